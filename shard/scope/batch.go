package scope

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

const (
	// maxBatch is how many operations share one commit.
	maxBatch = 256
	// maxQueue is how many may wait for one file's writer.
	maxQueue = 1024
)

// operation is one call of Write on its way through the writer.
type operation struct {
	fn       func(*Tx) error
	err      error
	panicked any           // what fn panicked with; the caller panics in its turn
	done     chan struct{} // has one value once err is final
	taken    bool          // by a batch, or by a caller who gave up
}

var operations = sync.Pool{New: func() any { return &operation{done: make(chan struct{}, 1)} }}

// write brings fn to the writer. While nobody writes it runs at once, in a transaction of
// its own; otherwise it waits and shares the next commit with all who wait.
func (f *File) write(ctx context.Context, fn func(*Tx) error) error {
	f.log.use()
	f.writes.Add(1)
	select {
	case w := <-f.turn:
		alone := operation{fn: fn}
		f.commitAll(w, []*operation{&alone})
		f.giveTurn(w)
		return alone.result()
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o := operations.Get().(*operation)
	o.fn, o.err, o.panicked, o.taken = fn, nil, nil, false
	if err := f.enqueue(o); err != nil {
		return err
	}
	f.wake()
	select {
	case <-o.done:
		defer operations.Put(o)
		return o.result()
	case <-ctx.Done():
		if f.withdraw(o) {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, ctx.Err()) // it is being committed
	}
}

func (o *operation) result() error {
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.err
}

func (f *File) enqueue(o *operation) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) >= maxQueue {
		return ErrBusy
	}
	f.queue = append(f.queue, o)
	return nil
}

// withdraw takes an operation back that no batch has taken.
func (f *File) withdraw(o *operation) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o.taken {
		return false
	}
	o.taken = true
	for i, waiting := range f.queue {
		if waiting == o {
			f.queue = append(f.queue[:i], f.queue[i+1:]...)
			break
		}
	}
	return true
}

// take moves the longest waiting operations into batch.
func (f *File) take(batch []*operation) []*operation {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(f.queue), maxBatch)
	batch = append(batch[:0], f.queue[:n]...)
	f.queue = append(f.queue[:0], f.queue[n:]...)
	for _, o := range batch {
		o.taken = true
	}
	return batch
}

func (f *File) waiting() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue) > 0 || len(f.pauses) > 0
}

// wake lets those who wait have the writer, should nobody hold it.
func (f *File) wake() {
	select {
	case w := <-f.turn:
		go f.drain(w)
	default:
	}
}

// giveTurn puts the writer back. Whoever came meanwhile saw that it was taken, and waits.
func (f *File) giveTurn(w *conn) {
	f.turn <- w
	if f.waiting() {
		f.wake()
	}
}

// drain commits batch after batch until nobody waits.
func (f *File) drain(w *conn) {
	batch, unsettled := make([]*operation, 0, maxBatch), make([]*operation, 0, maxBatch)
	for {
		f.pause(w)
		if batch = f.take(batch); len(batch) == 0 {
			f.giveTurn(w)
			return
		}
		unsettled = append(unsettled[:0], batch...)
		f.commitAll(w, unsettled)
		for _, o := range batch {
			o.done <- struct{}{}
		}
		// Those who have just been answered come back first, so that they share the next
		// commit; what this costs is nothing beside one.
		runtime.Gosched()
	}
}

// commitAll runs operations in one transaction and settles each; it uses ops as scratch. One that fails loses only
// itself, except where SQLite gives the whole transaction up: then the others run again
// without it.
func (f *File) commitAll(w *conn, ops []*operation) {
	for len(ops) > 0 {
		ops = f.attempt(w, ops)
	}
}

// attempt returns the operations that have to run again.
func (f *File) attempt(w *conn, ops []*operation) (again []*operation) {
	if err := f.Broken(); err != nil {
		return failAll(ops, err)
	}
	begun := time.Now()
	if err := w.control(begin); err != nil {
		return failAll(ops, f.fail(err))
	}
	ended := false
	defer func() {
		if !ended && !w.AutoCommit() {
			_ = f.fail(w.control(rollback))
		}
	}()
	kept := 0
	for i, o := range ops {
		if f.run(w, o, len(ops) > 1); o.err == nil {
			ops[kept] = o
			kept++
		} else if w.AutoCommit() {
			return append(ops[:kept], ops[i+1:]...)
		}
	}
	if kept == 0 {
		return nil
	}
	err := f.commitNow(w)
	if ended = err == nil; ended {
		f.counters.batch.Observe(int64(kept))
		f.counters.commit.Observe(int64(time.Since(begun)))
		f.afterCommit(w)
		return nil
	}
	return failAll(ops[:kept], err)
}

func (f *File) commitNow(w *conn) error {
	if _, err := w.exec(bumpCommitSeq, nil); err != nil {
		return f.fail(err)
	}
	return f.fail(w.control(commit))
}

func failAll(ops []*operation, err error) []*operation {
	for _, o := range ops {
		o.err = err
	}
	return nil
}

// run is one operation. With others in the transaction it has a savepoint of its own.
func (f *File) run(w *conn, o *operation, shared bool) {
	o.err, o.panicked = nil, nil
	if shared {
		if o.err = f.fail(w.control(savepoint)); o.err != nil {
			return
		}
	}
	tx := &Tx{conn: w}
	o.call(tx)
	tx.conn = nil // it must not be used any more
	if o.err != nil {
		o.err = f.fail(o.err)
	}
	if !shared || w.AutoCommit() {
		return
	}
	if o.err != nil {
		o.err = errors.Join(o.err, f.fail(w.control(rollbackTo)))
	}
	o.err = errors.Join(o.err, f.fail(w.control(release)))
}

func (o *operation) call(tx *Tx) {
	defer func() {
		if r := recover(); r != nil {
			o.panicked, o.err = r, fmt.Errorf("panic: %v", r)
		}
	}()
	o.err = o.fn(tx)
}
