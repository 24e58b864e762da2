package scope

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"streamvault/migrations"
)

const (
	// maxReaders: a third reader on one file added nothing.
	maxReaders = 2
	// walBytes is the size of the log at which it is copied into the file.
	walBytes = 4 << 20
	// checkEvery spares looking at the log's size after most commits.
	checkEvery = 64
)

// File is one streamer's open file: one writer, up to two readers, opened when they
// are first needed. It is safe for any number of goroutines.
type File struct {
	owner    StreamerID
	file     *migrations.File
	turn     chan *conn // holds the writer while nobody uses it
	idle     chan *conn // readers that nobody uses
	readers  atomic.Int32
	broken   atomic.Pointer[error]
	commit   atomic.Int64
	onBroken func(error)
	commits  int // since the log's size was looked at; guarded by turn
	dirty    bool
}

// Options of a file. The zero value is the production default.
type Options struct {
	migrations.Options
	// OnBroken is called once, when an I/O error ends the file's life. Nothing is
	// acknowledged after it.
	OnBroken func(error)
}

// Open verifies the file at path as owner's and makes it ready for calls. Its errors
// are those of migrations.Open.
func Open(ctx context.Context, path string, id migrations.Identity, o Options) (*File, error) {
	file, err := migrations.Open(ctx, path, migrations.Tenant(), &id, o.Options)
	if err != nil {
		return nil, err
	}
	f := &File{
		owner: StreamerID(id.Streamer), file: file, onBroken: o.OnBroken,
		turn: make(chan *conn, 1), idle: make(chan *conn, maxReaders),
	}
	f.commit.Store(file.CommitSeq)
	f.turn <- newConn(file.Writer(), f.owner, true)
	return f, nil
}

// Version is the schema version of the open file.
func (f *File) Version() int { return f.file.Version }

// CommitSeq is the number of the last commit that is durable in the file.
func (f *File) CommitSeq() int64 { return f.commit.Load() }

// Broken is the I/O error that ended the file's life, or nil.
func (f *File) Broken() error {
	if p := f.broken.Load(); p != nil {
		return *p
	}
	return nil
}

// Close waits for calls under way, copies the log into the file, and closes every
// connection. No call may begin afterwards.
func (f *File) Close() error {
	w := <-f.turn
	var errs []error
	for range f.readers.Load() {
		errs = append(errs, (<-f.idle).close())
	}
	switch {
	case f.Broken() != nil:
		errs = append(errs, w.LeaveLog()) // a failed write is not tried again
	case f.dirty:
		errs = append(errs, f.checkpoint(w, "TRUNCATE"))
	}
	return errors.Join(append(errs, w.close())...)
}

// Abandon closes a file that turned out not to be what it should be before any call began.
// It and its log are left as they were found.
func (f *File) Abandon() error {
	w := <-f.turn
	return errors.Join(w.LeaveLog(), w.close())
}

// checkpoint copies the log into the file. The automatic one is off because it
// swallows errors; here the first error ends the file's life.
func (f *File) checkpoint(w *conn, mode string) error {
	if err := w.Run("PRAGMA wal_checkpoint(" + mode + ")"); err != nil {
		return f.fail(fmt.Errorf("checkpoint: %w", classify(err)))
	}
	return nil
}

// fail remembers the first I/O error and reports it.
func (f *File) fail(err error) error {
	if errors.Is(err, ErrBroken) && f.broken.CompareAndSwap(nil, &err) && f.onBroken != nil {
		f.onBroken(err)
	}
	return err
}

// afterCommit bounds the log. The caller holds the writer.
func (f *File) afterCommit(w *conn) {
	f.dirty = true
	f.commit.Add(1)
	if f.commits++; f.commits < checkEvery {
		return
	}
	f.commits = 0
	if info, err := os.Stat(f.file.WALPath()); err == nil && info.Size() > walBytes {
		_ = f.checkpoint(w, "PASSIVE") // kept in f.broken; this commit is durable
	}
}

// reader lends a connection to read with, and the function that takes it back. While
// nothing writes, the writer's own connection saves opening another.
func (f *File) reader(ctx context.Context) (*conn, chan *conn, error) {
	select {
	case c := <-f.idle:
		return c, f.idle, nil
	default:
	}
	select {
	case c := <-f.turn:
		return c, f.turn, nil
	default:
	}
	if f.readers.Add(1) <= maxReaders {
		c, err := f.file.Reader()
		if err != nil {
			f.readers.Add(-1)
			return nil, nil, f.fail(classify(err))
		}
		return newConn(c, f.owner, false), f.idle, nil
	}
	f.readers.Add(-1)
	select {
	case c := <-f.idle:
		return c, f.idle, nil
	case c := <-f.turn:
		return c, f.turn, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}
