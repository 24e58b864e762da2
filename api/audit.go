package api

// AuditStore reads who did what.
type AuditStore interface{}
