-- What operations need: backups, the trash, former names, limits, jobs that are taken up again.

-- limits is what one streamer may use, as JSON; NULL is the installation's default. In the trash a
-- streamer can be had back until purge_after, as what he was: trashed_from. proven_at is when a
-- backup of him was last restored to see that it can be.
ALTER TABLE streamers ADD COLUMN limits TEXT CHECK (limits IS NULL OR json_valid(limits));
ALTER TABLE streamers ADD COLUMN purge_after INTEGER;
ALTER TABLE streamers ADD COLUMN trashed_from TEXT;
ALTER TABLE streamers ADD COLUMN proven_at INTEGER;

-- A name that a streamer had before he was renamed: it leads to him until then, and nobody else
-- gets it.
CREATE TABLE former_names (
	username    TEXT    PRIMARY KEY,
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX former_names_by_streamer ON former_names (streamer_id);

-- Streamers whose data and key were destroyed. What is left of them elsewhere cannot be read.
CREATE TABLE purges (
	streamer_id INTEGER PRIMARY KEY,
	streamer    TEXT    NOT NULL,
	shard_uuid  TEXT    NOT NULL,
	certificate TEXT    NOT NULL CHECK (json_valid(certificate)),
	purged_at   INTEGER NOT NULL
) STRICT;

-- Backups. streamer_id 0 is the registry. file is a name in the target: a path below backups/ in
-- the data directory, or a key in an object store; sha256 is of its bytes as they lie there, digest of the rows in it.
CREATE TABLE backups (
	id             INTEGER PRIMARY KEY AUTOINCREMENT,
	streamer_id    INTEGER NOT NULL CHECK (streamer_id >= 0),
	streamer       TEXT    NOT NULL,
	target         TEXT    NOT NULL CHECK (target IN ('local', 's3')),
	file           TEXT    NOT NULL,
	bytes          INTEGER NOT NULL CHECK (bytes > 0),
	sha256         TEXT    NOT NULL CHECK (length(sha256) = 64),
	digest         TEXT    NOT NULL CHECK (length(digest) = 64),
	schema_version INTEGER NOT NULL CHECK (schema_version >= 1),
	generation     INTEGER NOT NULL,
	commit_seq     INTEGER NOT NULL,
	manifest       TEXT    NOT NULL CHECK (json_valid(manifest)),
	created_at     INTEGER NOT NULL,
	verified_at    INTEGER,
	proven_at      INTEGER,
	UNIQUE (target, file)
) STRICT;
CREATE INDEX backups_by_streamer ON backups (streamer_id, created_at);

-- A streamer signed in with an owner key stays in no longer than that key does. NULL: he came
-- from Kick, or signed in before this was kept.
ALTER TABLE streamer_sessions ADD COLUMN key_id INTEGER REFERENCES keys (id) ON DELETE CASCADE;
CREATE INDEX streamer_sessions_by_key ON streamer_sessions (key_id);

-- Operators signed in on the console, by an admin key: one that is withdrawn ends them.
CREATE TABLE admin_sessions (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	key_id     INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
	hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX admin_sessions_by_key ON admin_sessions (key_id);
CREATE INDEX admin_sessions_by_expiry ON admin_sessions (expires_at);

-- Jobs know who began them, and their items what became of each streamer.
DROP TABLE job_items;
DROP TABLE jobs;
CREATE TABLE jobs (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	kind       TEXT    NOT NULL,
	state      TEXT    NOT NULL CHECK (state IN ('running', 'halted', 'done', 'failed', 'cancelled')),
	actor      TEXT    NOT NULL,
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
	state       TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'skipped', 'rolled-back')),
	detail      TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
	updated_at  INTEGER NOT NULL,
	PRIMARY KEY (job_id, streamer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_items_by_state ON job_items (job_id, state, streamer_id);
