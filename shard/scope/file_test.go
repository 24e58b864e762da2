package scope

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

var addTip = SQL(`
	INSERT INTO tips (streamer_id, content, created_at, updated_at)
	VALUES (?1, ?2, ?3, ?3)
	RETURNING id`)

var tipsOfOwner = SQL(`
	SELECT id, content
	FROM tips
	WHERE streamer_id = ?1
	ORDER BY id`)

var renameTip = SQL(`
	UPDATE tips
	SET content = ?3
	WHERE streamer_id = ?1
	  AND id = ?2`)

var addGoal = SQL(`
	INSERT INTO goals (streamer_id, id, label, target_value, updated_at)
	VALUES (?1, ?2, ?3, ?4, ?5)`)

func identity(n int64) migrations.Identity {
	return migrations.Identity{Streamer: n, UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Generation: 1}
}

// fixed lends one file to everyone, whoever asks.
type fixed struct{ *File }

func (f fixed) Borrow(context.Context, StreamerID) (Loan, error) { return f, nil }
func (f fixed) Handle() *File                                    { return f.File }
func (f fixed) Release()                                         {}

func newFile(t testing.TB, n int64, o Options) (*File, string) {
	t.Helper()
	id := identity(n)
	image, err := migrations.Tenant().Image(&id, 0, time.UnixMilli(1), nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "shard.db")
	require.NoError(t, os.WriteFile(path, image, 0o600))
	f, err := Open(t.Context(), path, id, o)
	require.NoError(t, err)
	return f, path
}

func newDB(t testing.TB, n int64) DB {
	t.Helper()
	f, _ := newFile(t, n, Options{})
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return Bind(fixed{f}, StreamerID(n))
}

func firstText(r Row) string { return r.Text(1) }
func firstInt(r Row) int64   { return r.Int(0) }

func TestAWrongLeaseIsRefused(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	other := Bind(fixed{f}, 4)
	_, err := All(t.Context(), other, tipsOfOwner, firstText)
	require.ErrorContains(t, err, "lent to streamer 4")
	_, err = other.Exec(t.Context(), addTip, "x", 1)
	require.ErrorContains(t, err, "lent to streamer 4")
}

func TestArgumentsAreCounted(t *testing.T) {
	t.Parallel()
	db := newDB(t, 3)
	for name, args := range map[string][]any{"TooFew": {"x"}, "TooMany": {"x", 1, 2}, "None": nil} {
		t.Run(name, func(t *testing.T) {
			_, err := db.Exec(t.Context(), addTip, args...)
			require.ErrorContains(t, err, "takes 2 arguments after the owner")
		})
	}
	_, err := db.Exec(t.Context(), addTip, "x", 1.5)
	require.ErrorContains(t, err, "float64", "only kinds that the schema has")
	_, err = db.Exec(t.Context(), Statement{})
	require.Error(t, err)
}

func TestAnErrorUndoesTheWholeTransaction(t *testing.T) {
	t.Parallel()
	db := newDB(t, 3)
	no := errors.New("no")
	err := db.Write(t.Context(), func(tx *Tx) error {
		if _, err := tx.Exec(t.Context(), addTip, "lost", 1); err != nil {
			return err
		}
		return no
	})
	require.ErrorIs(t, err, no)
	tips, err := All(t.Context(), db, tipsOfOwner, firstText)
	require.NoError(t, err)
	require.Equal(t, []string{}, tips)
}

func TestConstraintsHaveNames(t *testing.T) {
	t.Parallel()
	db := newDB(t, 3)
	_, err := db.Exec(t.Context(), addGoal, "g", "Goal", 5, 1)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), addGoal, "g", "Goal", 5, 1)
	require.ErrorIs(t, err, ErrConflict)
	_, err = db.Exec(t.Context(), addGoal, "h", "Goal", -5, 1)
	require.ErrorIs(t, err, ErrOutOfRange)
	_, err = One(t.Context(), db, renameTip, firstInt, 99, "x")
	require.ErrorIs(t, err, ErrNotFound)
}

func TestEveryCommitIsCountedOnce(t *testing.T) {
	t.Parallel()
	f, path := newFile(t, 3, Options{})
	db := Bind(fixed{f}, 3)
	for range 3 {
		require.NoError(t, db.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), addTip, "a", 1)
			_, again := tx.Exec(t.Context(), addTip, "b", 1)
			return errors.Join(err, again)
		}))
	}
	require.Error(t, db.Write(t.Context(), func(*Tx) error { return errors.New("no") }))
	require.EqualValues(t, 3, f.CommitSeq())
	require.NoError(t, f.Close())
	reopened, err := Open(t.Context(), path, identity(3), Options{})
	require.NoError(t, err)
	require.EqualValues(t, 3, reopened.CommitSeq())
	require.NoError(t, reopened.Close())
	log, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	require.Zero(t, log.Size(), "closing copies the log into the file")
}

func TestServingConnectionsAreFencedIn(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	w := <-f.turn
	defer func() { f.turn <- w }()
	for name, sql := range map[string]string{
		"Attach": `ATTACH ':memory:' AS x`, "DDL": `CREATE TABLE x (a)`, "Drop": `DROP TABLE tips`,
		"Pragma": `PRAGMA foreign_keys = OFF`, "Schema": `SELECT sql FROM sqlite_schema`,
		"Sequence": `UPDATE sqlite_sequence SET seq = 0`, "Clock": `SELECT datetime('now')`,
		"Random": `SELECT random()`, "Temp": `CREATE TEMP TABLE x (a)`, "Trigger": `CREATE TRIGGER x AFTER INSERT ON tips BEGIN SELECT 1; END`,
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, w.Run(sql)) })
	}
	require.NoError(t, w.Run(`PRAGMA wal_checkpoint(PASSIVE)`))
}

func TestReadersSeeWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	db := newDB(t, 3)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 25 {
				mine := fmt.Sprintf("%d/%d", w, i)
				_, err := One(t.Context(), db, addTip, firstInt, mine, 1)
				if err != nil {
					t.Error(err)
					return
				}
				tips, err := All(t.Context(), db, tipsOfOwner, firstText)
				if err != nil {
					t.Error(err)
					return
				}
				found := false
				for _, tip := range tips {
					found = found || tip == mine
				}
				if !found {
					t.Errorf("%s was acknowledged and is not read", mine)
				}
			}
		})
	}
	wg.Wait()
}

func TestACancelledCallerGivesUpItsPlace(t *testing.T) {
	t.Parallel()
	db := newDB(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, db.Write(t.Context(), func(*Tx) error {
		cancel()
		_, err := db.Exec(ctx, addTip, "never", 1)
		require.ErrorIs(t, err, context.Canceled)
		return nil
	}))
	tips, err := All(t.Context(), db, tipsOfOwner, firstText)
	require.NoError(t, err)
	require.Empty(t, tips)
}

func TestAWriteInAReadIsRefused(t *testing.T) {
	t.Parallel()
	db := newDB(t, 3)
	err := db.Read(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(t.Context(), addTip, "x", 1)
		return err
	})
	require.ErrorContains(t, err, "writing statement in a read")
}

// A file whose pages are overwritten under it fails, says so once, and takes no more.
func TestABrokenFileTakesNoMoreWrites(t *testing.T) {
	t.Parallel()
	var alarms int
	f, path := newFile(t, 3, Options{OnBroken: func(error) { alarms++ }})
	db := Bind(fixed{f}, 3)
	more := strings.Repeat("x", 1<<20) // than the cache holds, so that reading meets the disk
	_, err := db.Exec(t.Context(), addTip, more, 1)
	require.NoError(t, err)
	w := <-f.turn
	require.NoError(t, f.checkpoint(w, "TRUNCATE"))
	f.turn <- w
	raw, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = raw.WriteAt(bytes.Repeat([]byte{0xff}, 1<<20), 1024)
	require.NoError(t, err)
	require.NoError(t, raw.Close())
	_, err = All(t.Context(), db, tipsOfOwner, firstText)
	require.ErrorIs(t, err, ErrBroken)
	_, err = db.Exec(t.Context(), addTip, "refused", 1)
	require.ErrorIs(t, err, ErrBroken)
	require.Equal(t, 1, alarms)
	require.NoError(t, f.Close())
}
