package scope

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// SQLite's own checkpoint is off: it swallows errors and makes the commit that happens to
// reach its limit pay for all before. Here the log is copied into the file in the
// background, on a connection opened for it, while others go on writing; a log that grows
// faster than that is cut off in the writer's slot; and a file that rests gets no log, and
// keeps no connection but the writer's. The first error of any of them ends the file's life.

const (
	// checkEvery is how many commits go by before the log's length is looked at.
	checkEvery = 8
	// copyFrames is how many pages of the log are copied in the background at a time: 4 MiB.
	copyFrames = 4096
	// maxFrames is where writers wait for the copying: 64 MiB.
	maxFrames = 16 * copyFrames
	// restAfter is how long a file goes unused before it is tidied.
	restAfter = 2 * time.Second
)

// LogLimit is how many bytes a log may have before something is wrong: twice what writers
// wait at, for a long read keeps a log from being cut off.
func LogLimit(pageSize int64) int64 { return 2 * maxFrames * (pageSize + frameHeader) }

// frameHeader is what SQLite writes before each page in a log, in bytes.
const frameHeader = 24

// log is what a File knows of its write-ahead log. What is not atomic is guarded by turn.
type log struct {
	dirty   bool
	commits int // since its length was looked at
	copying atomic.Bool
	frozen  atomic.Int32 // how many hold the file still: nothing is copied into it
	copies  sync.WaitGroup
	uses    atomic.Int64 // calls so far
	seen    int64        // uses when tidy looked last
	rest    *time.Timer  // runs tidy
	asleep  atomic.Bool  // nothing is left to tidy; the next use sets rest again
	stopped atomic.Bool
}

// use counts a call.
func (l *log) use() {
	l.uses.Add(1)
	if l.asleep.Load() && l.asleep.CompareAndSwap(true, false) {
		l.rest.Reset(restAfter)
	}
}

func (l *log) stop() {
	l.stopped.Store(true)
	l.rest.Stop()
	l.copies.Wait()
}

// afterCommit counts a commit and bounds the log. The caller holds the writer, and what
// was committed is durable whatever happens here: an error is kept in f.broken.
func (f *File) afterCommit(w *conn) {
	f.commit.Add(1)
	f.onCommit()
	if f.log.dirty = true; f.log.commits < checkEvery {
		f.log.commits++
		return
	}
	f.log.commits = 0
	row, err := w.figures(logLength)
	if err != nil {
		_ = f.fail(fmt.Errorf("length of the log: %w", err))
		return
	}
	length, copied := row[1], row[2]
	f.measure(w)
	switch {
	case f.Broken() != nil, f.log.frozen.Load() > 0: // copying would wait for who holds it
	case length > maxFrames && !f.log.copying.Load():
		_ = f.checkpoint(w, "TRUNCATE")
	case length-copied > copyFrames && f.log.copying.CompareAndSwap(false, true):
		f.log.copies.Go(f.copyLog)
	}
}

// measure counts the bytes that rows take. Pages that are free to be used again do not
// count, so that deleting makes room. An error is kept in f.broken.
func (f *File) measure(w *conn) {
	pages, err := w.figures(pageCount)
	free, freeErr := w.figures(freePages)
	if err = errors.Join(err, freeErr); err != nil {
		_ = f.fail(fmt.Errorf("size of the file: %w", err))
		return
	}
	f.used.Store((pages[0] - free[0]) * f.file.PageSize)
}

func (f *File) measureNow() {
	w := <-f.turn
	defer f.giveTurn(w)
	f.measure(w)
}

// copyLog copies what it can of the log into the file, beside those who read and write.
func (f *File) copyLog() {
	defer f.log.copying.Store(false)
	c, err := f.file.Reader()
	if isCantOpen(err) {
		return // no descriptor is free; the log can wait
	}
	if err == nil {
		err = errors.Join(f.counters.checkpointed(c.Run(`PRAGMA wal_checkpoint(PASSIVE)`)), c.Close())
	}
	if err != nil {
		_ = f.fail(fmt.Errorf("checkpoint: %w", classify(err)))
	}
}

// checkpoint copies the log into the file in the writer's slot.
func (f *File) checkpoint(w *conn, mode string) error {
	busy, err := w.Int("PRAGMA wal_checkpoint(" + mode + ")")
	if err = f.counters.checkpointed(err); err != nil {
		return f.fail(fmt.Errorf("checkpoint: %w", classify(err)))
	}
	f.log.dirty = mode != "TRUNCATE" || busy != 0
	return nil
}

// emptyLog copies the log and cuts it off now rather than at rest. An error is kept in f.broken.
func (f *File) emptyLog() {
	w := <-f.turn
	defer f.giveTurn(w)
	if f.Broken() == nil && f.log.frozen.Load() == 0 {
		_ = f.checkpoint(w, "TRUNCATE")
	}
}

// CutLog copies the log into the file and cuts it off, where no reader is in the way.
func (f *File) CutLog() error {
	f.emptyLog()
	return f.Broken()
}

// tidy runs every restAfter until nobody has used the file in between. Then it gives back
// its log, its cache and the connections of its readers.
func (f *File) tidy() {
	select {
	case w := <-f.turn:
		uses := f.log.uses.Load()
		if f.log.seen == uses {
			f.atRest(w)
			f.log.asleep.Store(true)
		}
		f.log.seen = uses
		f.giveTurn(w)
	default: // somebody writes
	}
	if !f.log.asleep.Load() && !f.log.stopped.Load() {
		f.log.rest.Reset(restAfter)
	}
}

func (f *File) atRest(w *conn) {
	for {
		select {
		case c := <-f.idle:
			_ = c.close()
			f.readers.Add(-1)
			continue
		default:
		}
		break
	}
	if f.Broken() != nil {
		return
	}
	if f.log.dirty && !f.log.copying.Load() && f.log.frozen.Load() == 0 {
		_ = f.checkpoint(w, "TRUNCATE")
	}
	_ = f.fail(classify(w.Run(`PRAGMA shrink_memory`)))
}
