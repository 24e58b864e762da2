-- Imports that were taken back. The sealed source stays readable: its key moves here from the
-- streamer's row, wrapped as it was. kept is the copy of a streamer's file that had changed
-- since the import, below the data directory.
CREATE TABLE legacy_rollbacks (
	run            TEXT    PRIMARY KEY,
	streamer_id    INTEGER NOT NULL,
	streamer       TEXT    NOT NULL,
	source_sha256  TEXT    NOT NULL CHECK (length(source_sha256) = 64),
	report         TEXT    NOT NULL CHECK (json_valid(report)),
	imported_at    INTEGER NOT NULL,
	rolled_back_at INTEGER NOT NULL,
	data_key       BLOB,
	kept           TEXT
) STRICT;
CREATE INDEX legacy_rollbacks_by_streamer ON legacy_rollbacks (streamer_id);
