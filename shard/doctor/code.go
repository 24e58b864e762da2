package doctor

// Code names a kind of finding. Codes are stable: program against them.
type Code string

// What can be found.
const (
	FileMissing      Code = "file_missing"
	UnsafeFile       Code = "unsafe_file"
	ForeignFile      Code = "foreign_file"
	WrongIdentity    Code = "wrong_identity"
	DuplicateUUID    Code = "duplicate_uuid"
	Damaged          Code = "damaged"
	Unreadable       Code = "unreadable"
	RolledBack       Code = "rolled_back"
	FileReplaced     Code = "file_replaced"
	FileNewer        Code = "file_newer"
	FileOlder        Code = "file_older"
	VersionMismatch  Code = "version_mismatch"
	SchemaDrift      Code = "schema_drift"
	ForeignLog       Code = "foreign_log"
	StaleSidecar     Code = "stale_sidecar"
	WALOverLimit     Code = "wal_over_limit"
	QuotaExceeded    Code = "quota_exceeded"
	QuotaNear        Code = "quota_near"
	Quarantined      Code = "shard_quarantined"
	Held             Code = "shard_held"
	NotLookedAt      Code = "not_looked_at"
	ForeignProcess   Code = "foreign_process"
	Integrity        Code = "integrity"
	ForeignKeys      Code = "foreign_keys"
	ForeignRows      Code = "foreign_rows"
	LedgerMismatch   Code = "ledger_mismatch"
	RowsUnreadable   Code = "rows_unreadable"
	NotAsBackedUp    Code = "not_as_backed_up"
	PurgeUnfinished  Code = "purge_unfinished"
	OrphanFile       Code = "orphan_file"
	LostRow          Code = "lost_row"
	RegistryLost     Code = "registry_lost"
	LeftoverFile     Code = "leftover_file"
	PurgeLeftover    Code = "purge_leftover"
	TrashOverdue     Code = "trash_overdue"
	InTrash          Code = "in_trash"
	Permissions      Code = "permissions"
	MasterKey        Code = "master_key"
	SecretsLocked    Code = "secrets_locked"
	DiskFloor        Code = "disk_floor"
	DiskNear         Code = "disk_near"
	AuditBroken      Code = "audit_broken"
	JobHalted        Code = "job_halted"
	BehindFleet      Code = "behind_fleet"
	BackupMissing    Code = "backup_missing"
	BackupOld        Code = "backup_old"
	BackupFileGone   Code = "backup_file_missing"
	NeverProven      Code = "restore_unproven"
	RegistryDamaged  Code = "registry_damaged"
	ProcessesUnknown Code = "processes_unknown"
)

const (
	restoreIt = "Restore the streamer from a backup: streamvault backup list, then streamvault backup restore ID --streamer NAME."
	putBack   = "Put the right file back (the next call looks again), or restore the streamer from a backup."
)

// advice is what to do about a finding, in one sentence or two.
var advice = map[Code]string{
	FileMissing:      restoreIt,
	UnsafeFile:       putBack,
	ForeignFile:      putBack,
	WrongIdentity:    putBack,
	DuplicateUUID:    "Find out which of the two is the right one; the other is a copy and may not lie there.",
	Damaged:          restoreIt,
	Unreadable:       "See what the disk and the system's log say, then run doctor again.",
	RolledBack:       "An old copy was put in its place, or the disk lost writes: put the newest file back, or restore the streamer from a backup.",
	FileReplaced:     "Changes since then go to a file without a name and are lost when it closes: --fix closes it, so that the file in its place is judged at the next call; then restore from a backup.",
	FileNewer:        "Run the newer program, or roll the migration back with it: streamvault migrate rollback JOB.",
	FileOlder:        "Nothing: it is migrated when it is next opened.",
	VersionMismatch:  "--fix writes the file's version into the registry.",
	SchemaDrift:      "Somebody has changed the schema by hand: restore the streamer from a backup, or undo the change.",
	ForeignLog:       "The file itself is right: --fix moves the log that is not its own to the trash.",
	StaleSidecar:     "--fix moves it to the trash.",
	WALOverLimit:     "--fix copies the log into the file and cuts it off; if it grows again, something holds a long read.",
	QuotaExceeded:    "Let the streamer delete some, or raise the limit; reads go on, writes answer 507.",
	QuotaNear:        "Raise the limit before writes are refused.",
	Quarantined:      "See to the cause, then streamvault streamer resume NAME.",
	Held:             "Decide about the migration: streamvault migrate jobs, then resume or rollback.",
	NotLookedAt:      "Run doctor again when there is less going on.",
	ForeignProcess:   "Stop that program: a live database must not be opened by anything else, nor copied file by file.",
	Integrity:        restoreIt,
	ForeignKeys:      restoreIt,
	ForeignRows:      "The file was changed by hand: restore the streamer from a backup.",
	LedgerMismatch:   "Balances were changed by hand or by a disk fault: restore the streamer from a backup, or correct the viewer with a reason.",
	RowsUnreadable:   restoreIt,
	OrphanFile:       "--fix moves it to the trash, where nothing is lost.",
	LostRow:          "--fix takes the streamer in under the name of his last backup here, else as recovered-ID; he has no keys then, and what was sealed stays closed. A newer copy of the registry would know it all: streamvault backup restore FILE --registry.",
	RegistryLost:     "Put registry.db back, or restore a copy of it: streamvault backup restore FILE --registry. Without one, --fix makes a new registry that knows every streamer again; access keys, and what was sealed, are lost.",
	NotAsBackedUp:    "Something changed rows without a commit: verify the backup with streamvault backup verify ID, and restore the streamer from it.",
	PurgeUnfinished:  "Finish it: streamvault streamer purge NAME",
	LeftoverFile:     "--fix removes it; the next start does so, too.",
	PurgeLeftover:    "--fix removes it, as was certified.",
	TrashOverdue:     "Decide: streamvault streamer purge NAME, or undelete NAME.",
	InTrash:          "Nothing, until you want the room: look at it and remove it.",
	Permissions:      "--fix takes the access of others away.",
	MasterKey:        "Put the installation's key file back, readable by its owner only, or name it with --master-key-file.",
	SecretsLocked:    "What was sealed (tokens, sealed backups) cannot be read: restore the registry from a backup, or let the streamer enter his tokens anew.",
	DiskFloor:        "Make room: writes answer 507 until then, reads go on.",
	DiskNear:         "Make room before writes are refused.",
	AuditBroken:      "Somebody has changed the registry by hand: compare with a backup of it.",
	JobHalted:        "Decide about it: streamvault job list, then job resume or job cancel.",
	BehindFleet:      "Move them with streamvault migrate up when it suits; they are served as they are.",
	BackupMissing:    "streamvault backup create NAME",
	BackupOld:        "streamvault backup create NAME, and see why the schedule does not.",
	BackupFileGone:   "Make a new backup, and prune the list: streamvault backup prune.",
	NeverProven:      "streamvault backup drill",
	RegistryDamaged:  "Restore the registry from a backup of it.",
	ProcessesUnknown: "Nothing: this system does not tell which process has a file open.",
}
