package scope

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"streamvault/migrations"
)

const (
	// maxReaders: a third reader on one file added nothing.
	maxReaders = 2
	// patience is how long a read waits for the writer's connection before it opens one for
	// itself, which takes some 0.3 ms, 172 KiB and two descriptors.
	patience = time.Millisecond
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
	onCommit func()
	room     func(used int64) error
	used     atomic.Int64 // bytes of rows, as of some commits ago
	mu       sync.Mutex
	queue    []*operation  // waiting for turn; guarded by mu
	pauses   []func(*conn) // want the writer between two commits; guarded by mu
	log      log
	counters *Counters
	writes   atomic.Int64 // calls so far
}

// Options of a file. The zero value is the production default.
type Options struct {
	migrations.Options
	// Family is what the file is; nil is migrations.Tenant().
	Family *migrations.Family
	// Room is asked before each write, with the bytes that the file's rows take.
	// Its error, ErrFull or ErrQuota, refuses the write. It must be fast.
	Room func(used int64) error
	// MaxBytes is where SQLite itself refuses to let the file grow; 0 is no limit. It belongs
	// well above what Room refuses at.
	MaxBytes int64
	// MaxRows is the most rows that a table may have, by its name: an insert beyond it is an
	// ErrQuota. The tables that are not in it are not counted.
	MaxRows map[string]int64
	// Counters count what the file does; nil counts for nobody.
	Counters *Counters
	// OnCommit is called after each durable commit, by whoever made it, with the writer in
	// his hands: it must not block and must not use the file.
	OnCommit func()
	// OnBroken is called once, when an I/O error ends the file's life. Nothing is
	// acknowledged after it.
	OnBroken func(error)
}

// Open verifies the file at path as owner's and makes it ready for calls. Its errors
// are those of migrations.Open.
func Open(ctx context.Context, path string, id migrations.Identity, o Options) (*File, error) {
	if o.Family == nil {
		o.Family = migrations.Tenant()
	}
	file, err := migrations.Open(ctx, path, o.Family, &id, o.Options)
	if err != nil {
		return nil, err
	}
	first := file.Writer()
	if err := limitRows(first, o.MaxRows); err != nil {
		return nil, errors.Join(err, first.Close())
	}
	w := newConn(first, StreamerID(id.Streamer), true)
	if err := errors.Join(w.KeepLog(), w.limit(o.MaxBytes, file.PageSize)); err != nil {
		return nil, errors.Join(err, w.close())
	}
	f := &File{
		owner: w.owner, file: file, onBroken: o.OnBroken, onCommit: o.OnCommit, room: o.Room,
		counters: o.Counters,
		turn:     make(chan *conn, 1), idle: make(chan *conn, maxReaders),
	}
	if f.counters == nil {
		f.counters = NewCounters()
	}
	if f.onCommit == nil {
		f.onCommit = func() {}
	}
	if f.room == nil {
		f.room = func(int64) error { return nil }
	}
	f.commit.Store(file.CommitSeq)
	if f.used.Store(file.Size); o.MaxBytes > 0 && file.Size > o.MaxBytes/4 {
		f.measure(w) // it is large, but much of it may be free
	}
	f.log.rest = time.AfterFunc(time.Hour, f.tidy) // tidy reads this field, so it is set
	f.log.rest.Reset(restAfter)                    // before the time begins
	f.turn <- w
	return f, nil
}

// Version is the schema version of the open file.
func (f *File) Version() int { return f.file.Version }

// Moved says that the path does not lead to this file any more.
func (f *File) Moved() bool { return f.file.Moved() }

// Size is about how many bytes the file has.
func (f *File) Size() int64 { return max(f.file.Size, f.used.Load()) }

// CommitSeq is the number of the last commit that is durable in the file.
func (f *File) CommitSeq() int64 { return f.commit.Load() }

// Used is how many bytes the file's rows take, as of some commits ago.
func (f *File) Used() int64 { return f.used.Load() }

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
	f.log.stop()
	w := <-f.turn
	errs := []error{f.closeReaders(int(f.readers.Load()))}
	switch {
	case f.Broken() != nil:
		errs = append(errs, w.LeaveLog()) // a failed write is not tried again
	case f.log.dirty:
		errs = append(errs, f.checkpoint(w, "TRUNCATE"))
	}
	return errors.Join(append(errs, w.close())...)
}

// Abandon closes a file that turned out not to be what it should be before any call began.
// It and its log are left as they were found.
func (f *File) Abandon() error {
	f.log.stop()
	w := <-f.turn
	return errors.Join(w.LeaveLog(), w.close())
}

// closeReaders waits for n readers and closes them.
func (f *File) closeReaders(n int) error {
	var errs []error
	for range n {
		errs = append(errs, (<-f.idle).close())
		f.readers.Add(-1)
	}
	return errors.Join(errs...)
}

// fail remembers the first I/O error and reports it.
func (f *File) fail(err error) error {
	if errors.Is(err, ErrBroken) && f.broken.CompareAndSwap(nil, &err) && f.onBroken != nil {
		f.onBroken(err)
	}
	return err
}

// reader lends a connection to read with and says whether it is the writer's. While
// nothing writes, the writer's own connection saves opening another.
func (f *File) reader(ctx context.Context) (_ *conn, writer bool, err error) {
	f.log.use()
	select {
	case c := <-f.idle:
		return c, false, nil
	default:
	}
	select {
	case c := <-f.turn:
		return c, true, nil
	default:
	}
	if c, writer := f.beforeLong(); c != nil {
		return c, writer, nil
	}
	if f.readers.Add(1) <= maxReaders {
		c, err := f.file.Reader()
		if err == nil {
			return newConn(c, f.owner, false), false, nil
		}
		if !isCantOpen(err) {
			f.readers.Add(-1)
			return nil, false, f.fail(classify(err))
		}
	}
	f.readers.Add(-1)
	select {
	case c := <-f.idle:
		return c, false, nil
	case c := <-f.turn:
		return c, true, nil
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// beforeLong is a connection that becomes free within patience, or nil.
func (f *File) beforeLong() (_ *conn, writer bool) {
	if f.readers.Load() >= maxReaders {
		return nil, false
	}
	enough := time.NewTimer(patience)
	defer enough.Stop()
	select {
	case c := <-f.idle:
		return c, false
	case c := <-f.turn:
		return c, true
	case <-enough.C:
		return nil, false
	}
}

// giveBack ends what reader began.
func (f *File) giveBack(c *conn, writer bool) {
	if writer {
		f.giveTurn(c)
		return
	}
	f.idle <- c
}
