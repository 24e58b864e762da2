package scope

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

// copied is a copy that another process makes, as a gate's child does.
func copied(t *testing.T, f *File, meanwhile func()) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, f.Freeze(t.Context(), func(from string, _ int64, _ time.Duration) error {
		meanwhile()
		return exec.Command("cp", from, path).Run()
	}))
	return path
}

func tipsIn(t *testing.T, path string, id migrations.Identity) (tips, commits int64) {
	t.Helper()
	file, err := migrations.Open(t.Context(), path, migrations.Tenant(), &id, migrations.Options{Refuse: true})
	require.NoError(t, err)
	c := file.Writer()
	defer c.Close()
	tips, err = c.Int(`SELECT count(*) FROM tips`)
	require.NoError(t, err)
	ok, err := c.Row(`PRAGMA integrity_check`)
	require.NoError(t, err)
	require.Equal(t, "ok", ok[0])
	return tips, file.CommitSeq
}

func TestAFrozenFileIsWholeWhileOthersWrite(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	db := Bind(fixed{f}, 3)
	var wg sync.WaitGroup
	var written atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := db.Exec(context.WithoutCancel(ctx), addTip, "tip", time.UnixMilli(1)); err != nil {
					t.Error(err)
					return
				}
				written.Add(1)
			}
		})
	}
	for range 5 {
		before := written.Load()
		path := copied(t, f, func() {
			for during := written.Load(); written.Load() < during+200; { // and go on while it is held
				time.Sleep(time.Millisecond)
			}
		})
		tips, _ := tipsIn(t, path, identity(3))
		require.GreaterOrEqual(t, tips, before)
		require.Less(t, tips, written.Load())
	}
	stop()
	wg.Wait()
	require.Zero(t, f.log.frozen.Load())
	require.NoError(t, f.Close())
}

// What is in the log only would be missing in a copy of the main file.
func TestAFileWhoseLogAReaderHoldsIsNotFrozen(t *testing.T) {
	t.Parallel()
	f, path := newFile(t, 3, Options{})
	db := Bind(fixed{f}, 3)
	add := func(n int) {
		for i := range n {
			_, err := db.Exec(t.Context(), addTip, fmt.Sprint(i), time.UnixMilli(1))
			require.NoError(t, err)
		}
	}
	add(3)
	old, err := f.file.Reader()
	require.NoError(t, err)
	require.NoError(t, old.Run(`BEGIN`))
	_, err = old.Int(`SELECT count(*) FROM tips`)
	require.NoError(t, err)
	add(3)
	err = f.Freeze(t.Context(), func(string, int64, time.Duration) error { t.Error("it was frozen"); return nil })
	require.ErrorIs(t, err, ErrNotFrozen)
	require.NoError(t, old.Run(`COMMIT`))
	require.NoError(t, old.Close())
	tips, commits := tipsIn(t, copied(t, f, func() { add(1) }), identity(3))
	require.Equal(t, int64(6), tips)
	require.Equal(t, int64(6), commits)
	require.NoError(t, f.Close())
	tips, _ = tipsIn(t, path, identity(3))
	require.Equal(t, int64(7), tips)
}

// What is written meanwhile stays in the log, even if somebody wants to copy it.
func TestNothingIsCopiedIntoAFrozenFile(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 3, Options{})
	db := Bind(fixed{f}, 3)
	add := func() {
		_, err := db.Exec(t.Context(), addTip, "tip", time.UnixMilli(1))
		require.NoError(t, err)
	}
	add()
	path := copied(t, f, func() {
		add()
		c, err := f.file.Reader()
		require.NoError(t, err)
		require.NoError(t, c.Run(`PRAGMA wal_checkpoint(PASSIVE)`))
		require.NoError(t, c.Close())
	})
	tips, commits := tipsIn(t, path, identity(3))
	require.Equal(t, int64(1), tips)
	require.Equal(t, int64(1), commits)
	require.NoError(t, f.Close())
}
