package scope

import (
	"context"
	"errors"
	"fmt"
	"time"

	"streamvault/migrations"
)

// ErrNotFrozen says that readers kept the log from being copied, so that the file without it is
// not the whole.
var ErrNotFrozen = errors.New("the file cannot be held still")

// Freeze holds the file's main part still while fn runs: it is then a whole database without
// its log, as it was after the last commit, and calls go on beside it. fn must not open the
// path in this process: closing it again would drop the locks that SQLite holds. The writer is
// kept for what is left of the log to be copied, which is the pause that fn is told; most of
// that is done before.
func (f *File) Freeze(ctx context.Context, fn func(path string, size int64, pause time.Duration) error) error {
	c, err := f.file.Reader()
	if err != nil {
		return fmt.Errorf("hold the file of streamer %d: %w", f.owner, classify(err))
	}
	pause, err := f.hold(ctx, c)
	if err == nil {
		err = f.whileStill(c, func(path string, size int64) error { return fn(path, size, pause) })
		f.log.frozen.Add(-1)
	}
	if err = errors.Join(err, c.Close()); err != nil {
		return fmt.Errorf("hold the file of streamer %d: %w", f.owner, err)
	}
	return nil
}

// hold copies the log and begins a read that nothing may be copied under.
func (f *File) hold(ctx context.Context, c *migrations.Conn) (pause time.Duration, err error) {
	for range holdTries {
		if err := f.copyMost(c); err != nil {
			return 0, err
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		f.between(func(w *conn) {
			began := time.Now()
			err = f.holdNow(w, c)
			pause = time.Since(began)
		})
		if !errors.Is(err, ErrNotFrozen) {
			return pause, err
		}
	}
	return pause, err
}

// fewFrames are copied while writers wait; more are copied before.
const fewFrames = 512

// copyMost copies the log beside those who write, where it is long.
func (f *File) copyMost(c *migrations.Conn) error {
	row, err := c.Row(`PRAGMA wal_checkpoint(NOOP)`)
	if err == nil && row[1].(int64)-row[2].(int64) > fewFrames {
		err = c.Run(`PRAGMA wal_checkpoint(PASSIVE)`)
	}
	if err != nil {
		return f.fail(fmt.Errorf("checkpoint: %w", classify(err)))
	}
	return nil
}

// holdTries is how often a reader or a copying of the log may be in the way.
const holdTries = 5

// holdNow runs while nobody writes.
func (f *File) holdNow(w *conn, c *migrations.Conn) error {
	if err := f.Broken(); err != nil {
		return err
	}
	row, err := w.Row(`PRAGMA wal_checkpoint(PASSIVE)`) // one that waits for readers would hold writers up
	if err != nil {
		return f.fail(fmt.Errorf("checkpoint: %w", classify(err)))
	}
	if row[0] != int64(0) || row[1] != row[2] {
		return ErrNotFrozen
	}
	if err := c.Run(`BEGIN`); err != nil {
		return err
	}
	if _, err := c.Int(`SELECT commit_seq FROM shard_identity`); err != nil {
		return classify(err)
	}
	f.log.frozen.Add(1) // the log grows instead of being copied
	return nil
}

func (f *File) whileStill(c *migrations.Conn, fn func(string, int64) error) error {
	pages, err := c.Int(`PRAGMA page_count`)
	if err == nil {
		err = fn(f.file.Path(), pages*f.file.PageSize)
	}
	return errors.Join(err, c.Run(`COMMIT`))
}

// between runs fn with the writer while nothing is being written, before those who wait to
// write.
func (f *File) between(fn func(*conn)) {
	select {
	case w := <-f.turn:
		fn(w)
		f.giveTurn(w)
		return
	default:
	}
	done := make(chan struct{})
	f.mu.Lock()
	f.pauses = append(f.pauses, func(w *conn) { defer close(done); fn(w) })
	f.mu.Unlock()
	f.wake()
	<-done
}

// pause runs what wants the writer for itself.
func (f *File) pause(w *conn) {
	f.mu.Lock()
	all := f.pauses
	f.pauses = nil
	f.mu.Unlock()
	for _, fn := range all {
		fn(w)
	}
}
