-- The phone book of an installation: who the streamers are, which file is whose, who may call,
-- what was done. Times are Unix milliseconds.

CREATE TABLE schema_migrations (
	version    INTEGER PRIMARY KEY CHECK (version >= 1),
	name       TEXT    NOT NULL,
	applied_at INTEGER NOT NULL
) STRICT;

-- username is the channel: ASCII-lowered, [a-z0-9_-]{1,32}. AUTOINCREMENT: an id is never used
-- again. suspension is why a streamer may not write; it outlasts a quarantine. data_key is the streamer's data key, wrapped by the master key; NULL after a purge.
CREATE TABLE streamers (
	id             INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 1048576),
	kick_user_id   TEXT    UNIQUE CHECK (length(kick_user_id) BETWEEN 1 AND 64),
	username       TEXT    NOT NULL UNIQUE
	               CHECK (length(username) BETWEEN 1 AND 32 AND username NOT GLOB '*[^a-z0-9_-]*'),
	display_name   TEXT    NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
	avatar_url     TEXT,
	state          TEXT    NOT NULL CHECK (state IN ('creating', 'active', 'suspended', 'migrating', 'held',
	                       'quarantined', 'deleting', 'trashed')),
	state_reason   TEXT,
	suspension     TEXT    CHECK (length(suspension) BETWEEN 1 AND 500),
	generation     INTEGER NOT NULL CHECK (generation >= 1),
	shard_uuid     TEXT    NOT NULL UNIQUE CHECK (length(shard_uuid) = 36),
	schema_version INTEGER NOT NULL CHECK (schema_version >= 1),
	commit_mark    INTEGER NOT NULL DEFAULT 0 CHECK (commit_mark >= 0),
	data_key       BLOB,
	quota_bytes    INTEGER CHECK (quota_bytes > 0),
	created_at     INTEGER NOT NULL,
	updated_at     INTEGER NOT NULL,
	state_since    INTEGER NOT NULL
) STRICT;
CREATE INDEX streamers_by_state ON streamers (state, id);

-- Access keys; only the SHA-256 of a secret is kept. Admin keys belong to no streamer.
CREATE TABLE keys (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	role        TEXT    NOT NULL CHECK (role IN ('admin', 'owner', 'overlay')),
	streamer_id INTEGER REFERENCES streamers (id) ON DELETE CASCADE,
	name        TEXT    NOT NULL DEFAULT '' CHECK (length(name) <= 100),
	hash        BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
	created_at  INTEGER NOT NULL,
	expires_at  INTEGER,
	revoked_at  INTEGER,
	CHECK ((role = 'admin') = (streamer_id IS NULL))
) STRICT;
CREATE INDEX keys_by_streamer ON keys (streamer_id, id);

-- Sessions of streamers on the dashboard.
CREATE TABLE streamer_sessions (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	hash        BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
	created_at  INTEGER NOT NULL,
	expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX streamer_sessions_by_streamer ON streamer_sessions (streamer_id, id);
CREATE INDEX streamer_sessions_by_expiry ON streamer_sessions (expires_at);

-- Who did what. Each row's hash covers the row and the hash before it.
CREATE TABLE audit_log (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	at          INTEGER NOT NULL,
	actor       TEXT    NOT NULL,
	action      TEXT    NOT NULL,
	streamer_id INTEGER,
	streamer    TEXT,
	detail      TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
	prev_hash   BLOB    NOT NULL CHECK (length(prev_hash) = 32),
	hash        BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_log_by_streamer ON audit_log (streamer_id, id);

-- Long work: an import, a fleet migration, a backup of all.
CREATE TABLE jobs (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	kind       TEXT    NOT NULL,
	state      TEXT    NOT NULL CHECK (state IN ('running', 'halted', 'done', 'failed', 'cancelled')),
	total      INTEGER NOT NULL DEFAULT 0 CHECK (total >= 0),
	done       INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0),
	failed     INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
	detail     TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
	started_at INTEGER NOT NULL,
	ended_at   INTEGER
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, id);

CREATE TABLE job_items (
	job_id      INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	streamer_id INTEGER NOT NULL,
	state       TEXT    NOT NULL CHECK (state IN ('waiting', 'done', 'failed', 'skipped')),
	detail      TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
	updated_at  INTEGER NOT NULL,
	PRIMARY KEY (job_id, streamer_id)
) STRICT, WITHOUT ROWID;

-- key_check tells the installation's master key from another's.
CREATE TABLE installation (
	id         INTEGER PRIMARY KEY CHECK (id = 1),
	key_check  BLOB    NOT NULL CHECK (length(key_check) = 32),
	created_at INTEGER NOT NULL
) STRICT;

-- The schema version that new shards are born at and a fleet migration moves to.
CREATE TABLE fleet (
	id             INTEGER PRIMARY KEY CHECK (id = 1),
	target_version INTEGER NOT NULL CHECK (target_version >= 1),
	updated_at     INTEGER NOT NULL
) STRICT;

-- Old databases that have moved in, by the SHA-256 of what was read.
CREATE TABLE legacy_imports (
	run           TEXT    PRIMARY KEY,
	streamer_id   INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	source_sha256 TEXT    NOT NULL CHECK (length(source_sha256) = 64),
	report        TEXT    NOT NULL CHECK (json_valid(report)),
	created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX legacy_imports_by_streamer ON legacy_imports (streamer_id);
CREATE UNIQUE INDEX legacy_imports_by_source ON legacy_imports (source_sha256);
