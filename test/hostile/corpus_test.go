package hostile

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

// corpus are files that a restore must refuse, by name.
var corpus = map[string]file{
	"Empty": is(""), "OneByte": is("S"), "Zip": is("PK\x03\x04" + string(random(5000))), "HTML": is("<!doctype html><title>404</title>"),
	"JSON": is(`{"users":[]}`), "MagicOnly": is("SQLite format 3\x00"), "Zeros": is(string(make([]byte, 8192))), "Random": is(string(random(8192))),
	"OldSQLite2": is("** This file contains an SQLite 2.1 database **" + string(make([]byte, 1000))), "Gzip": is("\x1f\x8b\x08" + string(random(3000))),
	"HeaderOnly":      func(_ testing.TB, _ *stand, good []byte) []byte { return good[:100] },
	"OnePage":         func(_ testing.TB, _ *stand, good []byte) []byte { return good[:pageSize(good)] },
	"HalfAPage":       func(_ testing.TB, _ *stand, good []byte) []byte { return good[:len(good)-300] },
	"OnePageShort":    func(_ testing.TB, _ *stand, good []byte) []byte { return good[:len(good)-int(pageSize(good))] },
	"HalfTheFile":     func(_ testing.TB, _ *stand, good []byte) []byte { return good[:len(good)/2048*1024] },
	"TailInsideAPage": func(_ testing.TB, _ *stand, good []byte) []byte { return append(bytes.Clone(good), "tail"...) },
	"FirstByteCutOff": func(_ testing.TB, _ *stand, good []byte) []byte { return good[1:] },
	"PagesSwapped":    func(_ testing.TB, _ *stand, good []byte) []byte { return swapped(good, 4, 9) },
	"SecondPageZeroed": func(_ testing.TB, _ *stand, good []byte) []byte {
		return changed(good, 2, func(p []byte, _ uint32) { clear(p) })
	},

	"WrongMagic": at(0, 'X'), "PageSize0": at(16, 0, 0), "PageSize1000": at(16, 3, 232), "PageSize512": at(16, 2, 0), "PageSize65536": at(16, 0, 1),
	"ReservedBytes": at(20, 32), "WriteVersion3": at(18, 3), "ReadVersion9": at(19, 9), "Fractions": at(21, 65), "SchemaFormat9": at(44, word(9)...),
	"UTF16": at(56, word(2)...), "NoEncoding": at(56, word(0)...), "SelfVacuuming": at(52, word(3)...), "OtherApplication": at(68, word(1)...),
	"NoApplication": at(68, word(0)...), "NewerVersion": at(60, word(999)...), "Version0": at(60, word(0)...), "NegativeVersion": at(60, word(0xffffffff)...),
	"OlderThanItsSchema": at(60, word(1)...), "FreelistAtPage1": at(32, append(word(1), word(5)...)...), "FreelistBeyondTheEnd": at(32, append(word(1<<30), word(1)...)...),
	"FreelistOfUsedPages": at(32, append(word(3), word(1)...)...), "SchemaPageOfNoKind": at(100, 0xff), "SchemaPageOfAnIndex": at(100, 0x0a),
	"SchemaCellsBeyondThePage": at(103, 0xff, 0xff),

	"PageOfNoKind":       page("users", func(p []byte, _ uint32) { p[0] = 0x42 }),
	"CellsOverlap":       page("tips", func(p []byte, _ uint32) { copy(p[10:12], p[8:10]) }),
	"CellBeyondThePage":  page("tips", func(p []byte, _ uint32) { p[8], p[9] = 0xff, 0xf0 }),
	"CountOfCells":       page("goals", func(p []byte, _ uint32) { p[3], p[4] = 0x7f, 0xff }),
	"FreeBlocksLoop":     page("tips", func(p []byte, _ uint32) { p[1], p[2] = 0, 8 }),
	"ChildIsItself":      page("point_transactions", func(p []byte, n uint32) { copy(p[8:], word(n)) }),
	"ChildIsTheSchema":   page("point_transactions", func(p []byte, _ uint32) { copy(p[8:], word(1)) }),
	"ChildBeyondTheEnd":  page("point_transactions", func(p []byte, _ uint32) { copy(p[8:], word(0x7fffffff)) }),
	"IndexIsItsOwnChild": page("point_transactions_by_user", func(p []byte, n uint32) { copy(p[8:], word(n)) }),
	"SpillsIntoItself":   overflow(func(this, _ uint32) uint32 { return this }),
	"SpillsIntoSchema":   overflow(func(uint32, uint32) uint32 { return 1 }),
	"SpillsIntoNothing":  overflow(func(_, pages uint32) uint32 { return pages + 7 }),
	"SpillsTooShort":     overflow(func(uint32, uint32) uint32 { return 0 }),

	"ExtraTable": sql(`CREATE TABLE extra (a)`), "ExtraIndex": sql(`CREATE INDEX extra ON tips (content)`),
	"ExtraTrigger":  sql(`CREATE TRIGGER extra AFTER INSERT ON users BEGIN DELETE FROM users; END`),
	"TriggerOnRead": sql(`CREATE VIEW extra AS SELECT load_extension('/tmp/x.so'); CREATE TRIGGER t INSTEAD OF INSERT ON extra BEGIN SELECT 1; END`),
	"ExtraView":     sql(`CREATE VIEW extra AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`),
	"ViewForATable": sql(`DROP TABLE tips; CREATE VIEW tips AS SELECT 1 AS id`),
	"ExtraColumn":   sql(`ALTER TABLE tips ADD COLUMN extra TEXT`), "GeneratedColumn": sql(`ALTER TABLE tips ADD COLUMN extra INTEGER AS (randomblob(1000000000)) VIRTUAL`),
	"VirtualTable": sql(`CREATE VIRTUAL TABLE extra USING rtree(a, b, c)`), "MissingTable": sql(`DROP TABLE tips`), "MissingIndex": sql(`DROP INDEX tips_in_order`),
	"RenamedTable": sql(`ALTER TABLE tips RENAME TO tipps`), "NoUniqueNames": sql(`UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (twin >= 0)', '                 ') WHERE name = 'users'`),
	"NoRules": sql(`UPDATE sqlite_schema SET sql = replace(sql, 'CHECK', 'CHEKC') WHERE name = 'goals'`), "NotStrict": sql(`UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'tips'`),
	"GarbageSchema": sql(`UPDATE sqlite_schema SET sql = 'garbage' WHERE name = 'tips'`), "SharedPages": sql(`UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'users') WHERE name = 'tips'`),
	"RootBeyondTheEnd": sql(`UPDATE sqlite_schema SET rootpage = 100000 WHERE name = 'tips'`), "RootIsTheSchema": sql(`UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'tips'`),
	"TwoOfAName": sql(`INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'tips'`), "SchemaOfNoKind": sql(`INSERT INTO sqlite_schema VALUES ('blob', 'x', 'x', 2, NULL)`),
	"MoreStatistics": sql(`CREATE TABLE sqlite_stat4 (tbl, idx, neq, nlt, ndlt, sample)`),

	"OtherStreamer": func(_ testing.TB, s *stand, _ []byte) []byte { return s.bobs },
	"OtherUUID":     sql(`UPDATE shard_identity SET shard_uuid = '00000000-0000-4000-8000-00000000000' || (%[1]d %% 10)`),
	"UUIDIsNone":    sql(`UPDATE shard_identity SET shard_uuid = substr(shard_uuid || '                    ', 2, 36)`),
	"NoIdentity":    sql(`DELETE FROM shard_identity`), "NoStreamer": sql(`DELETE FROM streamers`),
	"TwoStreamers": sql(`INSERT INTO streamers VALUES (77)`), "TwoIdentities": sql(`INSERT INTO streamers VALUES (77); INSERT INTO shard_identity SELECT 77, shard_uuid, 1, 1, 1 FROM shard_identity`),
	"EndlessCommits": sql(`UPDATE shard_identity SET commit_seq = 9223372036854775807`), "EndlessGenerations": sql(`UPDATE shard_identity SET generation = 9223372036854775807`),
	"OthersTips":     sql(`INSERT INTO tips (id, streamer_id, content, created_at, updated_at) VALUES (77 << 32, 77, 'x', 1, 1)`),
	"OthersSettings": sql(`UPDATE overlay_settings SET streamer_id = 77`), "OthersViewers": sql(`UPDATE users SET streamer_id = 77 WHERE id = (SELECT max(id) FROM users)`),
	"OthersMigrations": sql(`UPDATE schema_migrations SET streamer_id = 77`),

	"NegativePoints": sql(`UPDATE user_points SET channel_points = -5`), "TooManyPoints": sql(`UPDATE user_points SET channel_points = 1 << 50`),
	"UnearnedPoints": sql(`UPDATE user_points SET channel_points = channel_points + 1000`), "UnspentLedger": sql(`DELETE FROM point_transactions WHERE id %% 3 = 0 AND streamer_id = %d`),
	"LargeAmounts":  sql(`UPDATE point_transactions SET amount = 9223372036854775807`),
	"TextForPoints": loosened("user_points", `UPDATE user_points SET channel_points = 'many'`), "RealForPoints": loosened("user_points", `UPDATE user_points SET channel_points = 0.5`),
	"InfinitePoints": loosened("user_points", `UPDATE user_points SET drop_points = 9e999`), "NoPoints": loosened("user_points", `UPDATE user_points SET updated_at = NULL`),
	"BlobForText": loosened("tips", `UPDATE tips SET content = x'00ff'`), "NullForText": loosened("tips", `UPDATE tips SET content = NULL`),
	"BadJSON": sql(`UPDATE theme SET config = '{"a":'`), "NoUTF8": sql(`UPDATE users SET country = CAST(x'c3286162' AS TEXT)`),
	"IdBelowBase": sql(`UPDATE tips SET id = 5 WHERE id = (SELECT min(id) FROM tips)`), "IdOfAnother": sql(`UPDATE tips SET id = id + (1 << 32)`),
	"NegativeId": sql(`UPDATE tips SET id = -id`), "SequenceOfAnother": sql(`UPDATE sqlite_sequence SET seq = seq + (1 << 32)`),
	"SequenceBelow": sql(`UPDATE sqlite_sequence SET seq = 0`), "SequenceIsText": sql(`UPDATE sqlite_sequence SET seq = 'x'`), "SequenceAtTheEnd": sql(`UPDATE sqlite_sequence SET seq = 9223372036854775807`),
	"SequenceOfNoTable": sql(`INSERT INTO sqlite_sequence VALUES ('x', 1 << 62)`),
	"OrphanPoints":      sql(`DELETE FROM users`), "OrphanLedger": sql(`UPDATE point_transactions SET user_id = user_id + 100000`),
	"HiddenViewer": sql(`UPDATE users SET username_key = username_key || 'x'`), "TwoOfAKey": sql(`UPDATE users SET twin = 1`),
	"HugeValue": sql(`UPDATE uploads SET body = zeroblob(200000000)`), "HugeText": sql(`UPDATE overlay_settings SET value = hex(zeroblob(20000000)) WHERE key = 'tts_enabled'`),
	"BlobOfNothing": sql(`UPDATE uploads SET body = x''`), "ShortHash": sql(`UPDATE user_sessions SET token_hash = x'01'`),
	"StaleIndex": sql(`UPDATE sqlite_schema SET sql = NULL, type = 'x' WHERE name = 'tips_in_order'; PRAGMA schema_version = 7001; DELETE FROM tips; UPDATE sqlite_schema SET type = 'index', sql = 'CREATE INDEX tips_in_order ON tips (streamer_id, sort_order, id)' WHERE name = 'tips_in_order'`),
	"Registry": func(t testing.TB, s *stand, _ []byte) []byte {
		image, err := migrations.Registry().Image(nil, 0, s.alice.CreatedAt, nil)
		require.NoError(t, err)
		return image
	},
	"DeepJSON": func(t testing.TB, _ *stand, good []byte) []byte {
		return craft(t, good, `UPDATE theme SET config = ?1`, strings.Repeat("[", 200_000)+strings.Repeat("]", 200_000))
	},
}

func swapped(body []byte, a, b int64) []byte {
	bad, size := bytes.Clone(body), pageSize(body)
	copy(bad[(a-1)*size:a*size], body[(b-1)*size:b*size])
	copy(bad[(b-1)*size:b*size], body[(a-1)*size:a*size])
	return bad
}
