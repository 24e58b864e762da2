package legacy

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/test/fixtures"
)

// made is a database of the given SQL, with two viewers, closed.
func made(t testing.TB, before, after string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kick-overlay.db")
	c := opened(t, path)
	run(t, c, before+fixtures.OldSchema+`
		INSERT INTO users (username) VALUES ('Ann'), ('Bob');
		INSERT INTO user_points (user_id, channel_points) VALUES (1, 5), (2, 7);`+after)
	require.NoError(t, c.Close())
	return path
}

// forged changes what the file says of its own schema: a text in it, and what follows that.
// A table's line there is its type, name, table, root page (one byte) and SQL.
func forged(t testing.TB, text string, after int, change ...byte) string {
	t.Helper()
	path := made(t, "PRAGMA secure_delete = ON;", "") // no second copy of a text
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	at := bytes.Index(body, []byte(text))
	require.Positive(t, at, text)
	copy(body[at+len(text)+after:], change)
	require.NoError(t, os.WriteFile(path, body, 0o600))
	return path
}

// hostile are files that were made to harm whoever opens them. "" is a file that is none the
// worse for it.
var hostile = map[string]struct {
	why  string
	make func(t testing.TB) string
}{
	"ViewOverItself": {"", func(t testing.TB) string {
		return made(t, "", `CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a`)
	}},
	"TriggerOnEverything": {"", func(t testing.TB) string {
		return made(t, "", `CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END;
			CREATE TRIGGER u AFTER UPDATE ON user_points BEGIN UPDATE user_points SET channel_points = 1; END`)
	}},
	"TriggerIntoItself": {"", func(t testing.TB) string {
		return made(t, "", `CREATE VIEW v AS SELECT 1; CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN INSERT INTO v VALUES (1); END`)
	}},
	"CheckThatNeverHolds": {"", func(t testing.TB) string {
		return made(t, "PRAGMA ignore_check_constraints = ON;", `CREATE TABLE c (x CHECK (x > length(zeroblob(900000000)))); INSERT INTO c VALUES (1)`)
	}},
	"GeneratedMegabytes": {"", func(t testing.TB) string {
		return made(t, "", `CREATE TABLE g (x, y AS (hex(zeroblob(x)))); INSERT INTO g VALUES (400000000), (1)`)
	}},
	"GeneratedName": {"", func(t testing.TB) string {
		return made(t, "", `ALTER TABLE users ADD COLUMN loud AS (upper(username))`)
	}},
	"IndexOnMegabytes": {"damaged", func(t testing.TB) string {
		return made(t, "", `CREATE TABLE g (x); CREATE INDEX gi ON g (length(zeroblob(x))); INSERT INTO g VALUES (90000000)`)
	}},
	"ManyTables": {"", func(t testing.TB) string {
		var b strings.Builder
		for i := range 2000 {
			fmt.Fprintf(&b, "CREATE TABLE t%d (a);", i)
		}
		return made(t, "", b.String())
	}},
	"ManyColumns": {"cannot be read", func(t testing.TB) string {
		return made(t, "", `CREATE TABLE w (x`+columns(1999)+`)`)
	}},
	"HugeText": {"", func(t testing.TB) string {
		return made(t, "", `INSERT INTO tips (content) VALUES (hex(zeroblob(6000000)))`)
	}},
	"HugerThanAllowed": {"cannot be read", func(t testing.TB) string {
		return made(t, "", `INSERT INTO tips (content) VALUES (zeroblob(70000000))`)
	}},
	"SmallPages": {"", func(t testing.TB) string { return made(t, "PRAGMA page_size = 512;", "") }},
	"LargePages": {"", func(t testing.TB) string { return made(t, "PRAGMA page_size = 65536;", "") }},
	"UTF16":      {"", func(t testing.TB) string { return made(t, "PRAGMA encoding = 'UTF-16be';", "") }},
	"AutoVacuum": {"", func(t testing.TB) string { return made(t, "PRAGMA auto_vacuum = FULL;", "") }},
	"FreePages": {"", func(t testing.TB) string {
		return made(t, "", "CREATE TABLE f (x); INSERT INTO f VALUES (zeroblob(99999)); DROP TABLE f")
	}},
	"NoSequence":  {"", func(t testing.TB) string { return made(t, "", "DELETE FROM sqlite_sequence") }},
	"OddSequence": {"", func(t testing.TB) string { return made(t, "", "UPDATE sqlite_sequence SET seq = 'x'") }},
	"Statistics":  {"", func(t testing.TB) string { return made(t, "", "ANALYZE; UPDATE sqlite_stat1 SET stat = 'x y z'") }},
	"UserVersion": {"", func(t testing.TB) string { return made(t, "", "PRAGMA user_version = 2000000000") }},
	"QuotedNames": {"", func(t testing.TB) string {
		return made(t, "", `CREATE TABLE "a""b;'--" ("c""d" PRIMARY KEY) WITHOUT ROWID; INSERT INTO "a""b;'--" VALUES (1)`)
	}},
	"KnownTableWithoutRowids": {"never made", func(t testing.TB) string {
		return made(t, "", `DROP TABLE goals; CREATE TABLE goals (id TEXT PRIMARY KEY, label, current_value, target_value, enabled, updated_at) WITHOUT ROWID;
			INSERT INTO goals VALUES ('g', 'G', 1, 2, 1, '2025-01-01 00:00:00')`)
	}},
	"KnownTableAsView": {"", func(t testing.TB) string {
		return made(t, "", `DROP TABLE tips; CREATE VIEW tips AS SELECT 1 AS id, 'x' AS content`)
	}},
	"ColumnNamedRowid": {"never made", func(t testing.TB) string {
		return made(t, "", `DROP TABLE tips; CREATE TABLE tips (rowid TEXT, content); INSERT INTO tips VALUES ('a', 'z')`)
	}},
	"UsersIsAView": {"is not a database of kick-overlay", func(t testing.TB) string {
		return made(t, "", `ALTER TABLE users RENAME TO u; CREATE VIEW users AS SELECT * FROM u`)
	}},
	"VirtualTable":    {"virtual table", func(t testing.TB) string { return made(t, "", `CREATE VIRTUAL TABLE v USING rtree(a, b, c)`) }},
	"SchemaOfWords":   {"damaged", func(t testing.TB) string { return forged(t, "CREATE TABLE users", -6, 'x') }},
	"SchemaOfNothing": {"damaged", func(t testing.TB) string { return forged(t, "CREATE TABLE users", -18, make([]byte, 18)...) }},
	"RootOutside":     {"damaged", func(t testing.TB) string { return forged(t, "tableusersusers", 0, 120) }},
	"RootNegative":    {"damaged", func(t testing.TB) string { return forged(t, "tableusersusers", 0, 200) }},
	"RootOfAnother":   {"damaged", func(t testing.TB) string { return forged(t, "tableusersusers", 0, 6) }},
	"RootIsTheSchema": {"damaged", func(t testing.TB) string { return forged(t, "tableusersusers", 0, 1) }},
	"TypeOfWords":     {"damaged", func(t testing.TB) string { return forged(t, "tableusersusers", -15, []byte("tabel")...) }},
	"NameOfAnother":   {"damaged", func(t testing.TB) string { return forged(t, "tabletipstips", -8, []byte("users")...) }},
	"IndexOfNoTable":  {"damaged", func(t testing.TB) string { return forged(t, "indexidx_users_username", 0, []byte("nobod")...) }},
	"BytesInARow":     {"", func(t testing.TB) string { return forged(t, "Bob", 0, 0xff, 0xff, 0xff, 0xff) }},
}

func columns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", c%d", i)
	}
	return b.String()
}

// What was made to harm is refused in one sentence, or moves in like any other; nothing else
// happens, and soon.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := c.make(t)
			s := store(t)
			before, source := tree(t, s.Dir()), tree(t, filepath.Dir(from))
			began := time.Now()
			report, _, err := s.ImportLegacy(t.Context(), request(from), nil)
			t.Logf("%v: %v", time.Since(began).Round(time.Millisecond), err)
			require.Equal(t, source, tree(t, filepath.Dir(from)))
			if c.why == "" {
				require.NoError(t, err)
				require.EqualValues(t, 2, report.Tables["users"].Source-report.Tables["users"].Rejected)
				return
			}
			require.ErrorIs(t, err, legacy.ErrRefused)
			require.ErrorContains(t, err, c.why)
			require.NotContains(t, err.Error(), "\n")
			require.Equal(t, before, tree(t, s.Dir()), "nothing is left behind")
		})
	}
}

// Whatever bytes of a real shape are changed, the file is refused or moves in with an account
// of every row.
func TestFilesWithChangedBytes(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(manyRows(t))
	require.NoError(t, err)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	rounds, refused := 30, 0
	if *long {
		rounds = 2000
	}
	s := store(t)
	for i := range rounds {
		body := append([]byte(nil), whole...)
		for range 1 + random.IntN(8) {
			at := random.IntN(len(body))
			if random.IntN(2) == 0 {
				at = random.IntN(8192) // the header and the schema
			}
			body[at] = byte(random.IntN(256))
		}
		from := filepath.Join(t.TempDir(), "kick-overlay.db")
		require.NoError(t, os.WriteFile(from, body, 0o600))
		r := request(from)
		r.DryRun = true
		report, _, err := s.ImportLegacy(t.Context(), r, nil)
		if err != nil {
			require.True(t, errors.Is(err, legacy.ErrRefused), "round %d: %v", i, err)
			refused++
			continue
		}
		for name, c := range report.Tables {
			require.Equal(t, c.Source, c.Carried+c.Repaired+c.Skipped+c.Rejected, "round %d: %s", i, name)
		}
	}
	t.Logf("%d of %d refused", refused, rounds)
}
