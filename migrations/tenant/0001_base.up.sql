-- What one streamer owns. One file holds one streamer: `streamers` has one row, and every
-- other table references it, so a row of anybody else cannot be stored here.
--
-- Times are Unix milliseconds, points and counts integers from 0 to 10^12, JSON is text.
-- Row ids start at streamer_id << 32, so an id minted here resolves in no other file.

CREATE TABLE streamers (
	id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 1048576)
) STRICT;

-- Which copy of this streamer's data the file is. commit_seq counts commits, so that a file
-- whose history was cut short can be told from the one the registry knows.
CREATE TABLE shard_identity (
	streamer_id INTEGER PRIMARY KEY REFERENCES streamers (id) ON DELETE CASCADE,
	shard_uuid  TEXT    NOT NULL CHECK (length(shard_uuid) = 36),
	generation  INTEGER NOT NULL CHECK (generation >= 1),
	created_at  INTEGER NOT NULL,
	commit_seq  INTEGER NOT NULL DEFAULT 0 CHECK (commit_seq >= 0)
) STRICT;

CREATE TABLE schema_migrations (
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	version     INTEGER NOT NULL CHECK (version >= 1),
	name        TEXT    NOT NULL,
	applied_at  INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, version)
) STRICT, WITHOUT ROWID;

-- Viewers. username_key is the ASCII-lowered name. Two viewers whose keys are equal can only
-- come from an old database; the second is a twin: its key ends in U+001F and its number.
CREATE TABLE users (
	id           INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	username     TEXT    NOT NULL,
	username_key TEXT    NOT NULL,
	twin         INTEGER NOT NULL DEFAULT 0 CHECK (twin >= 0),
	voice_id     TEXT,
	drop_image   TEXT,
	country      TEXT,
	created_at   INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	UNIQUE (streamer_id, id),
	UNIQUE (streamer_id, username_key)
) STRICT;
CREATE INDEX users_twins ON users (streamer_id, username) WHERE twin > 0;

CREATE TABLE user_points (
	streamer_id    INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id        INTEGER NOT NULL,
	channel_points INTEGER NOT NULL DEFAULT 0 CHECK (channel_points BETWEEN 0 AND 1000000000000),
	drop_points    INTEGER NOT NULL DEFAULT 0 CHECK (drop_points BETWEEN 0 AND 1000000000000),
	total_drops    INTEGER NOT NULL DEFAULT 0 CHECK (total_drops BETWEEN 0 AND 1000000000000),
	total_points   INTEGER NOT NULL GENERATED ALWAYS AS (channel_points + drop_points) STORED,
	updated_at     INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, user_id),
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- The leaderboard is the head of this index.
CREATE INDEX user_points_by_total ON user_points (streamer_id, total_points DESC, user_id);

-- The ledger: every change of either balance, in the transaction that made it.
CREATE TABLE point_transactions (
	id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id     INTEGER NOT NULL,
	kind        TEXT    NOT NULL CHECK (kind IN ('channel', 'drop')),
	amount      INTEGER NOT NULL CHECK (amount BETWEEN -1000000000000 AND 1000000000000),
	source      TEXT    NOT NULL CHECK (source IN ('chat', 'watch', 'drop', 'sub', 'gift', 'renewal',
	                    'tip', 'admin', 'spend', 'gamble', 'duel', 'import')),
	description TEXT,
	created_at  INTEGER NOT NULL,
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX point_transactions_by_user
	ON point_transactions (streamer_id, user_id, kind, created_at DESC, id);

CREATE TABLE powerup_config (
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	id          TEXT    NOT NULL,
	name        TEXT    NOT NULL,
	description TEXT    NOT NULL,
	cost        INTEGER NOT NULL CHECK (cost BETWEEN 0 AND 1000000000000),
	emoji       TEXT    NOT NULL,
	effect      TEXT    NOT NULL,
	variables   TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(variables)),
	enabled     INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	created_at  INTEGER NOT NULL,
	updated_at  INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, id)
) STRICT, WITHOUT ROWID;

-- A viewer may hold power-ups that left the catalogue, so nothing references it.
CREATE TABLE powerup_inventory (
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id      INTEGER NOT NULL,
	powerup_type TEXT    NOT NULL,
	quantity     INTEGER NOT NULL CHECK (quantity BETWEEN 0 AND 1000000000000),
	PRIMARY KEY (streamer_id, user_id, powerup_type),
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE powerup_purchases (
	id           INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id      INTEGER NOT NULL,
	powerup_type TEXT    NOT NULL,
	cost         INTEGER NOT NULL CHECK (cost BETWEEN 0 AND 1000000000000),
	purchased_at INTEGER NOT NULL,
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX powerup_purchases_by_user
	ON powerup_purchases (streamer_id, user_id, purchased_at DESC, id);

CREATE TABLE drop_history (
	id           INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id      INTEGER NOT NULL,
	score        INTEGER NOT NULL CHECK (score BETWEEN 0 AND 1000000000000),
	is_perfect   INTEGER NOT NULL DEFAULT 0 CHECK (is_perfect IN (0, 1)),
	powerup_used TEXT,
	created_at   INTEGER NOT NULL,
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX drop_history_by_user ON drop_history (streamer_id, user_id, created_at DESC, id);

CREATE TABLE overlay_settings (
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	key         TEXT    NOT NULL,
	value       TEXT    NOT NULL,
	description TEXT,
	updated_at  INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE overlay_layouts (
	id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	name        TEXT    NOT NULL,
	layout      TEXT    NOT NULL CHECK (json_valid(layout)),
	is_default  INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
	created_at  INTEGER NOT NULL,
	updated_at  INTEGER NOT NULL,
	UNIQUE (streamer_id, id),
	UNIQUE (streamer_id, name)
) STRICT;
CREATE UNIQUE INDEX overlay_layouts_one_default ON overlay_layouts (streamer_id) WHERE is_default = 1;

CREATE TABLE theme (
	streamer_id INTEGER PRIMARY KEY REFERENCES streamers (id) ON DELETE CASCADE,
	config      TEXT    NOT NULL CHECK (json_valid(config)),
	updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE tips (
	id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	content     TEXT    NOT NULL,
	enabled     INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	sort_order  INTEGER NOT NULL DEFAULT 0,
	created_at  INTEGER NOT NULL,
	updated_at  INTEGER NOT NULL,
	UNIQUE (streamer_id, id)
) STRICT;
CREATE INDEX tips_in_order ON tips (streamer_id, sort_order, id);

CREATE TABLE goals (
	streamer_id   INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	id            TEXT    NOT NULL,
	label         TEXT    NOT NULL,
	current_value INTEGER NOT NULL DEFAULT 0 CHECK (current_value BETWEEN 0 AND 1000000000000),
	target_value  INTEGER NOT NULL CHECK (target_value BETWEEN 0 AND 1000000000000),
	enabled       INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	sort_order    INTEGER NOT NULL DEFAULT 0,
	updated_at    INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, id)
) STRICT, WITHOUT ROWID;

-- Tokens of providers, sealed under the streamer's data key.
CREATE TABLE api_tokens (
	id            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id   INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	provider      TEXT    NOT NULL,
	access_token  BLOB    NOT NULL,
	refresh_token BLOB,
	expires_at    INTEGER NOT NULL,
	scope         TEXT,
	created_at    INTEGER NOT NULL,
	updated_at    INTEGER NOT NULL,
	UNIQUE (streamer_id, provider)
) STRICT;

-- Sessions of viewers. Only the SHA-256 of a token is kept.
CREATE TABLE user_sessions (
	id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id     INTEGER NOT NULL,
	token_hash  BLOB    NOT NULL CHECK (length(token_hash) = 32),
	created_at  INTEGER NOT NULL,
	expires_at  INTEGER NOT NULL,
	UNIQUE (streamer_id, token_hash),
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX user_sessions_by_user ON user_sessions (streamer_id, user_id);
CREATE INDEX user_sessions_by_expiry ON user_sessions (streamer_id, expires_at);

-- One pending code a name; whoever asks again gets a new one.
CREATE TABLE verification_codes (
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	username_key TEXT    NOT NULL,
	username     TEXT    NOT NULL,
	code_hash    BLOB    NOT NULL CHECK (length(code_hash) = 32),
	tries_left   INTEGER NOT NULL CHECK (tries_left BETWEEN 0 AND 5),
	confirmed_at INTEGER,
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, username_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX verification_codes_by_expiry ON verification_codes (streamer_id, expires_at);

CREATE TABLE command_cooldowns (
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id      INTEGER NOT NULL,
	command      TEXT    NOT NULL,
	last_used_at INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, user_id, command),
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX command_cooldowns_by_expiry ON command_cooldowns (streamer_id, expires_at);

CREATE TABLE processed_webhooks (
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	message_id   TEXT    NOT NULL,
	processed_at INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX processed_webhooks_by_time ON processed_webhooks (streamer_id, processed_at);

-- What a request with an Idempotency-Key did, kept in the transaction that did it.
CREATE TABLE idempotency_keys (
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	key          TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
	request_hash BLOB    NOT NULL CHECK (length(request_hash) = 32),
	response     TEXT    NOT NULL CHECK (json_valid(response)),
	created_at   INTEGER NOT NULL,
	PRIMARY KEY (streamer_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (streamer_id, created_at);

CREATE TABLE uploads (
	id           INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	user_id      INTEGER NOT NULL,
	content_type TEXT    NOT NULL CHECK (content_type IN ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
	sha256       BLOB    NOT NULL CHECK (length(sha256) = 32),
	body         BLOB    NOT NULL CHECK (length(body) BETWEEN 1 AND 2097152),
	created_at   INTEGER NOT NULL,
	FOREIGN KEY (streamer_id, user_id) REFERENCES users (streamer_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX uploads_by_user ON uploads (streamer_id, user_id, id);

-- Live or not, and the last event that an overlay shows.
CREATE TABLE stream_status (
	streamer_id INTEGER PRIMARY KEY REFERENCES streamers (id) ON DELETE CASCADE,
	live        INTEGER NOT NULL DEFAULT 0 CHECK (live IN (0, 1)),
	last_event  TEXT    CHECK (last_event IS NULL OR json_valid(last_event)),
	updated_at  INTEGER NOT NULL
) STRICT;

-- Rows of an old database that could not be carried as they were, so that nothing is lost.
CREATE TABLE legacy_rejects (
	id           INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id >> 32 = streamer_id),
	streamer_id  INTEGER NOT NULL REFERENCES streamers (id) ON DELETE CASCADE,
	source_table TEXT    NOT NULL,
	source_row   TEXT    NOT NULL CHECK (json_valid(source_row)),
	kind         TEXT    NOT NULL CHECK (kind IN ('rejected', 'repaired')),
	reason       TEXT    NOT NULL,
	created_at   INTEGER NOT NULL
) STRICT;
