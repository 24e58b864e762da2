package scope

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// together holds the writer while calls are made, so that they share one commit.
func together(t *testing.T, f *File, calls ...func()) *sync.WaitGroup {
	t.Helper()
	w := <-f.turn
	var wg sync.WaitGroup
	for i, call := range calls {
		wg.Go(call)
		for f.queued() <= i {
			runtime.Gosched() // the order of the queue is the order of the calls
		}
	}
	f.giveTurn(w)
	return &wg
}

func (f *File) queued() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue)
}

func insert(db DB, content string) error {
	return db.Write(context.Background(), func(tx *Tx) error {
		_, err := tx.Exec(context.Background(), addTip, content, 1)
		return err
	})
}

func contents(t *testing.T, db DB) []string {
	t.Helper()
	all, err := All(t.Context(), db, tipsOfOwner, firstText)
	require.NoError(t, err)
	return all
}

func TestThoseWhoWaitShareOneCommit(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	db := Bind(fixed{f}, 3)
	errs := make([]error, 10)
	var calls []func()
	for i := range errs {
		calls = append(calls, func() { errs[i] = insert(db, fmt.Sprint(i)) })
	}
	together(t, f, calls...).Wait()
	require.NoError(t, errors.Join(errs...))
	require.EqualValues(t, 1, f.CommitSeq())
	require.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, contents(t, db))
}

// An operation that fails takes nothing of the others with it, and leaves nothing behind.
func TestAFailingOperationLosesOnlyItself(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	db := Bind(fixed{f}, 3)
	no := errors.New("no")
	var first, second, third, fourth error
	var panicked any
	together(t, f,
		func() { first = insert(db, "first") },
		func() {
			second = db.Write(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(t.Context(), addTip, "undone", 1)
				return errors.Join(err, no)
			})
		},
		func() {
			third = db.Write(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(t.Context(), addTip, "undone too", 1)
				_, bad := tx.Exec(t.Context(), addGoal, "g", "Goal", -5, 1)
				return errors.Join(err, bad)
			})
		},
		func() {
			defer func() { panicked = recover() }()
			_ = db.Write(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(t.Context(), addTip, "undone as well", 1)
				require.NoError(t, err)
				panic("a mistake in the operation")
			})
		},
		func() { fourth = insert(db, "last") },
	).Wait()
	require.NoError(t, first)
	require.ErrorIs(t, second, no)
	require.ErrorIs(t, third, ErrOutOfRange)
	require.Equal(t, "a mistake in the operation", panicked, "its caller hears of it, nobody else does")
	require.NoError(t, fourth)
	require.Equal(t, []string{"first", "last"}, contents(t, db))
	require.EqualValues(t, 1, f.CommitSeq())
}

// When SQLite gives the whole transaction up, those who did nothing wrong run again.
func TestOnlyTheCulpritOfAFullFileFails(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	db := Bind(fixed{f}, 3)
	old, err := One(t.Context(), db, addTip, firstInt, "old", 1)
	require.NoError(t, err)
	w := <-f.turn
	w.RegisterAuthorizer(nil)
	pages, err := w.Int(`PRAGMA page_count`)
	require.NoError(t, err)
	require.NoError(t, w.Run(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+20)))
	f.turn <- w
	var first, large, last error
	var runs atomic.Int64
	together(t, f,
		func() {
			first = db.Write(t.Context(), func(tx *Tx) error {
				runs.Add(1)
				_, err := tx.Exec(t.Context(), addTip, "first", 1)
				return err
			})
		},
		func() { _, large = db.Exec(t.Context(), renameTip, old, strings.Repeat("x", 1<<20)) },
		func() { last = insert(db, "last") },
	).Wait()
	require.NoError(t, first)
	require.ErrorIs(t, large, ErrFull)
	require.NoError(t, last)
	require.EqualValues(t, 2, runs.Load())
	require.Equal(t, []string{"old", "first", "last"}, contents(t, db))
	require.NoError(t, f.Broken(), "no room is no damage")
}

// A commit that fails fails everybody in it.
func TestAFailingCommitFailsAllOfIt(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	db := Bind(fixed{f}, 3)
	w := <-f.turn
	w.RegisterAuthorizer(nil)
	f.turn <- w
	var first, second error
	together(t, f,
		func() { first = insert(db, "first") },
		func() {
			second = db.Write(t.Context(), func(tx *Tx) error {
				// A key that refers to nothing, found only by the commit.
				return tx.conn.Run(`PRAGMA defer_foreign_keys = ON;
					INSERT INTO theme (streamer_id, config, updated_at) VALUES (99, '{}', 1)`)
			})
		},
	).Wait()
	require.ErrorIs(t, first, ErrNotFound)
	require.ErrorIs(t, second, ErrNotFound)
	require.Empty(t, contents(t, db))
	require.NoError(t, insert(db, "after"))
	require.EqualValues(t, 1, f.CommitSeq())
}

func TestACallerWhoGivesUp(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	db := Bind(fixed{f}, 3)
	ctx, cancel := context.WithCancel(t.Context())
	w := <-f.turn
	result := make(chan error, 1)
	go func() {
		_, err := db.Exec(ctx, addTip, "withdrawn", 1)
		result <- err
	}()
	for f.queued() == 0 {
		runtime.Gosched()
	}
	cancel()
	err := <-result
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrOutcomeUnknown, "nothing was begun")
	require.Zero(t, f.queued())
	f.giveTurn(w)

	ctx, cancel = context.WithCancel(t.Context())
	begun, goOn := make(chan struct{}), make(chan struct{})
	wg := together(t, f, func() {
		result <- db.Write(ctx, func(tx *Tx) error {
			close(begun)
			<-goOn
			_, err := tx.Exec(context.Background(), addTip, "committed", 1)
			return err
		})
	})
	<-begun
	cancel()
	err = <-result
	require.ErrorIs(t, err, ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	close(goOn)
	wg.Wait()
	require.NoError(t, insert(db, "after"))
	require.Equal(t, []string{"committed", "after"}, contents(t, db))
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	db := Bind(fixed{f}, 3)
	calls := make([]func(), maxQueue)
	for i := range calls {
		calls[i] = func() {
			if err := insert(db, "x"); err != nil {
				t.Error(err)
			}
		}
	}
	w := <-f.turn
	var wg sync.WaitGroup
	for i, call := range calls {
		wg.Go(call)
		for f.queued() <= i {
			runtime.Gosched()
		}
	}
	busy := insert(db, "one too many")
	f.giveTurn(w)
	wg.Wait()
	require.ErrorIs(t, busy, ErrBusy)
	require.Len(t, contents(t, db), maxQueue)
	require.EqualValues(t, maxQueue/maxBatch, f.CommitSeq())
}

func TestATxEndsWithItsFunction(t *testing.T) {
	t.Parallel()
	db := newDB(t, 3)
	var kept *Tx
	require.NoError(t, db.Write(t.Context(), func(tx *Tx) error { kept = tx; return nil }))
	_, err := kept.Exec(t.Context(), addTip, "late", 1)
	require.ErrorIs(t, err, errTxEnded)
	_, err = All(t.Context(), kept, tipsOfOwner, firstText)
	require.ErrorIs(t, err, errTxEnded)
}

// Many who write, read and give up at once: what was acknowledged is there exactly once.
func TestManyWritersLoseNothing(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	defer f.Close()
	db := Bind(fixed{f}, 3)
	var acknowledged, unknown sync.Map
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			for i := range 40 {
				mine := fmt.Sprintf("%d/%d", n, i)
				ctx, cancel := context.WithCancel(context.Background())
				if i%5 == 0 {
					go cancel()
				}
				_, err := db.Exec(ctx, addTip, mine, 1)
				cancel()
				switch {
				case err == nil:
					acknowledged.Store(mine, true)
				case errors.Is(err, ErrOutcomeUnknown):
					unknown.Store(mine, true)
				case !errors.Is(err, context.Canceled):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, insert(db, "end"))
	seen := map[string]int{}
	for _, c := range contents(t, db) {
		seen[c]++
	}
	delete(seen, "end")
	acknowledged.Range(func(k, _ any) bool {
		require.Equal(t, 1, seen[k.(string)], k)
		delete(seen, k.(string))
		return true
	})
	for left := range seen {
		_, ok := unknown.Load(left)
		require.True(t, ok, "%s was refused and is there", left)
	}
}
