DROP TABLE job_items;
DROP TABLE jobs;
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
DROP TABLE admin_sessions;
DROP INDEX streamer_sessions_by_key;
ALTER TABLE streamer_sessions DROP COLUMN key_id;
DROP TABLE backups;
DROP TABLE purges;
DROP TABLE former_names;
ALTER TABLE streamers DROP COLUMN proven_at;
ALTER TABLE streamers DROP COLUMN trashed_from;
ALTER TABLE streamers DROP COLUMN purge_after;
ALTER TABLE streamers DROP COLUMN limits;
