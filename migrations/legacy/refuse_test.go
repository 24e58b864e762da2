package legacy

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
)

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	body, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, body, 0o600))
}

// crowd is a database of some pages, closed and with an emptied log.
func crowd(t testing.TB) *oldDB {
	t.Helper()
	o := newOld(t, fixtures.OldSchema)
	for i := int64(1); i <= 300; i++ {
		o.user(i, "viewer_"+strings.Repeat("x", int(i%40))+string(rune('a'+i%26))+strings.Repeat("y", int(i/26)), i)
	}
	return o
}

// edit changes a file's bytes.
func edit(t testing.TB, path string, fn func([]byte) []byte) string {
	t.Helper()
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, fn(body), 0o600))
	return path
}

func cut(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }

func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		b[(at+len(b))%len(b)] ^= 4
		return b
	}
}

// flipLast changes the last place in which a text stands: there, in an index.
func flipLast(text string) func([]byte) []byte {
	return func(b []byte) []byte { return flip(bytes.LastIndex(b, []byte(text)) + len(text) - 1)(b) }
}

// newOf is a database with this schema and nothing else.
func newOf(t *testing.T, schema string) string { return newOld(t, schema).closed() }

func TestBrokenSourcesAreRefused(t *testing.T) {
	t.Parallel()
	whole := func(b []byte) []byte { return b }
	for name, c := range map[string]struct {
		why  string
		make func(t *testing.T) string
	}{
		"Missing":   {"does not exist", func(t *testing.T) string { return t.TempDir() + "/none.db" }},
		"Empty":     {"is empty", func(t *testing.T) string { return edit(t, crowd(t).closed(), cut(0)) }},
		"Directory": {"neither a user_data.json nor", func(t *testing.T) string { return t.TempDir() }},
		"Fifo": {"is not a plain file", func(t *testing.T) string {
			path := t.TempDir() + "/fifo.db"
			require.NoError(t, syscall.Mkfifo(path, 0o600))
			return path
		}},
		"HTML": {"is not a SQLite database", func(t *testing.T) string {
			return edit(t, crowd(t).closed(), func([]byte) []byte { return []byte("<!doctype html><title>404</title>") })
		}},
		"WrongMagic":  {"is not a SQLite database", func(t *testing.T) string { return edit(t, crowd(t).closed(), flip(3)) }},
		"Short":       {"is not a SQLite database", func(t *testing.T) string { return edit(t, crowd(t).closed(), cut(7)) }},
		"CutInHeader": {"is truncated", func(t *testing.T) string { return edit(t, crowd(t).closed(), cut(60)) }},
		"CutAtPage":   {"is truncated", func(t *testing.T) string { return edit(t, crowd(t).closed(), cut(3*4096)) }},
		"CutInPage":   {"is truncated", func(t *testing.T) string { return edit(t, crowd(t).closed(), cut(3*4096+100)) }},
		"LastByteGone": {"is truncated", func(t *testing.T) string {
			return edit(t, crowd(t).closed(), func(b []byte) []byte { return b[:len(b)-1] })
		}},
		"PageSize": {"is damaged", func(t *testing.T) string { return edit(t, crowd(t).closed(), flip(17)) }},
		"SchemaPage": {"is damaged", func(t *testing.T) string {
			return edit(t, crowd(t).closed(), func(b []byte) []byte { clear(b[100:4096]); return b })
		}},
		"ZeroedPage": {"is damaged", func(t *testing.T) string {
			return edit(t, crowd(t).closed(), func(b []byte) []byte { clear(b[4096 : 2*4096]); return b })
		}},
		"IndexOnly": {"is damaged", func(t *testing.T) string { return edit(t, crowd(t).closed(), flipLast("viewer_xxx")) }},
		"LogOfOtherSize": {"of another size", func(t *testing.T) string {
			log := crowd(t).run(`PRAGMA wal_checkpoint(TRUNCATE); UPDATE users SET country = 'us' WHERE id = 5`).killed() + "-wal"
			path := crowd(t).run(`CREATE TABLE more (body); INSERT INTO more VALUES (zeroblob(40000))`).closed()
			copyFile(t, log, path+"-wal")
			return path
		}},
		"OtherApp":     {"another application", func(t *testing.T) string { return newOf(t, fixtures.OldSchema+`PRAGMA application_id = 7`) }},
		"OtherTables":  {"is not a database of kick-overlay", func(t *testing.T) string { return newOf(t, `CREATE TABLE songs (id)`) }},
		"NoTables":     {"is not a database of kick-overlay", func(t *testing.T) string { return newOf(t, `CREATE TABLE x (a); DROP TABLE x`) }},
		"UsersIsAView": {"is not a database of kick-overlay", func(t *testing.T) string { return newOf(t, `CREATE VIEW users AS SELECT 1 id, 'x' username`) }},
		"VirtualTable": {"virtual table", func(t *testing.T) string {
			return newOf(t, fixtures.OldSchema+`CREATE VIRTUAL TABLE v USING rtree(a,b,c)`)
		}},
		"HotJournal": {"unfinished transaction", func(t *testing.T) string {
			return beside(t, crowd(t).closed(), "-journal", append(journalMagic, 0, 0, 0, 1))
		}},
		"LogIsText": {"-wal that does not fit", func(t *testing.T) string {
			return beside(t, crowd(t).closed(), "-wal", []byte("not a log at all, only text of some length"))
		}},
		"LogIsCut":       {"-wal that does not fit", func(t *testing.T) string { return besideEdited(t, cut(20)) }},
		"LogHeader":      {"-wal that does not fit", func(t *testing.T) string { return besideEdited(t, flip(17)) }},
		"LogFrame":       {"-wal that does not fit", func(t *testing.T) string { return besideEdited(t, flip(32+24+700)) }},
		"LogFrameHeader": {"-wal that does not fit", func(t *testing.T) string { return besideEdited(t, flip(32+4120*2+2)) }},
		"LogSalt":        {"-wal that does not fit", func(t *testing.T) string { return besideEdited(t, flip(32+4120*2+9)) }},
		"LogLastFrame":   {"-wal that does not fit", func(t *testing.T) string { return besideEdited(t, flip(-5)) }},
		"LogOfOtherDB":   {"", func(t *testing.T) string { return stranger(t) }},
		"LogInRollbackMode": {"not in WAL mode", func(t *testing.T) string {
			return edit(t, besideEdited(t, whole), func(b []byte) []byte { b[18], b[19] = 1, 1; return b })
		}},
		"FileUnderLogIsCut": {"-wal that does not fit", func(t *testing.T) string { return edit(t, settledThenMore(t), cut(4096)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := c.make(t)
			_, err := tryImport(t, from)
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, c.why)
			require.NotContains(t, err.Error(), "\n", "one sentence")
		})
	}
}

func beside(t *testing.T, path, suffix string, body []byte) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path+suffix, body, 0o600))
	return path
}

// besideEdited is a killed app's database with its log changed.
func besideEdited(t *testing.T, fn func([]byte) []byte) string {
	path := crowd(t).killed()
	edit(t, path+"-wal", fn)
	return path
}

// settledThenMore has most pages in the file and the newest in the log.
func settledThenMore(t *testing.T) string {
	return crowd(t).run(`PRAGMA wal_checkpoint(TRUNCATE)`).user(1000, "late", int64(5)).killed()
}

// stranger has the log of a database of the same shape, but of other people.
func stranger(t *testing.T) string {
	o := newOld(t, fixtures.OldSchema)
	for i := int64(1); i <= 150; i++ {
		o.user(i*3, strings.Repeat("z", int(i)), i)
	}
	path := o.run(`PRAGMA wal_checkpoint(TRUNCATE)`).closed()
	copyFile(t, settledThenMore(t)+"-wal", path+"-wal")
	return path
}

// A transaction that was never committed, and the rest of an earlier round of the log, are
// what a killed app leaves; neither is damage.
func TestLogsOfAKilledAppAreWhole(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"NothingCommitted": edit(t, settledThenMore(t)+"-wal", cut(32)),
		"TailOfAFrame":     edit(t, settledThenMore(t)+"-wal", func(b []byte) []byte { return append(b, b[32:1000]...) }),
		"EarlierRound":     overwritten(t) + "-wal",
		"EmptyLog":         edit(t, settledThenMore(t)+"-wal", cut(0)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			imported(t, strings.TrimSuffix(path, "-wal"))
		})
	}
}

// overwritten has a log whose second round is shorter than its first.
func overwritten(t *testing.T) string {
	o := crowd(t).run(`PRAGMA wal_checkpoint(RESTART)`).user(2000, "second round", int64(1))
	path := o.killed()
	body, err := os.ReadFile(path + "-wal")
	require.NoError(t, err)
	require.Greater(t, len(body), 32+20*4120, "the first round is still there")
	require.False(t, bytes.Equal(body[16:24], body[len(body)-4112:len(body)-4104]))
	return path
}

func TestALogIsReadWhole(t *testing.T) {
	t.Parallel()
	r := imported(t, settledThenMore(t))
	require.EqualValues(t, 301, r.Tables["users"].Carried)
	require.Zero(t, r.note("no-wal").Count)
	require.Zero(t, r.note("wal-tail").Count)
	r = imported(t, overwritten(t))
	require.EqualValues(t, 301, r.Tables["users"].Carried)
}

// A transaction that was never finished is left out, and said to be.
func TestAnUnfinishedTransactionIsNoted(t *testing.T) {
	t.Parallel()
	o := crowd(t).run(`PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = 4; PRAGMA cache_spill = 4`).user(1000, "late", int64(5)).
		run(`BEGIN; UPDATE users SET country = hex(randomblob(300))`)
	r := imported(t, o.killed())
	require.EqualValues(t, 301, r.Tables["users"].Carried)
	require.Positive(t, r.note("wal-tail").Count)
	require.Zero(t, r.count(t, `SELECT count(*) FROM users WHERE country IS NOT NULL`))
}
