package datastoretest

// signInTests are of who may come in, and of what one viewer leaves behind.
var signInTests = map[string]test{
	"Tokens":              tokens,
	"TokenLimits":         tokenLimits,
	"ViewerSessions":      viewerSessions,
	"ViewerSessionsEnd":   viewerSessionsEnd,
	"ViewerSessionExpiry": viewerSessionExpiry,
	"Codes":               codes,
	"CodeShape":           codeShape,
	"CodeTries":           codeTries,
	"CodeExpiry":          codeExpiry,
	"CodeOnce":            codeOnce,
	"CodeNames":           codeNames,
	"Cooldowns":           cooldowns,
	"CooldownRace":        cooldownRace,
	"CooldownLimits":      cooldownLimits,
	"Webhooks":            webhooks,
	"IdempotencyMemory":   idempotencyMemory,
	"Uploads":             uploads,
	"UploadLimits":        uploadLimits,
	"Export":              export,
	"ExportPages":         exportPages,
	"Erase":               erase,
	"Rejects":             rejects,
	"Status":              status,
}
