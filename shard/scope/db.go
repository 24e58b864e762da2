package scope

import (
	"context"
	"errors"
	"fmt"
)

// Loan is an open file for the length of one call.
type Loan interface {
	Handle() *File
	Release()
}

// Lender opens files and keeps them open while they are on loan.
type Lender interface {
	Borrow(ctx context.Context, owner StreamerID) (Loan, error)
}

// DB runs statements on one owner's file. It is a value without state: making one
// costs nothing, and each call borrows the file anew.
type DB struct {
	lender Lender
	owner  StreamerID
}

// Bind makes the executor of one owner. It does no I/O.
func Bind(l Lender, owner StreamerID) DB { return DB{l, owner} }

// Querier is what runs a statement: a DB, each one by itself, or a Tx.
type Querier interface {
	// Exec runs a statement and returns how many rows it changed.
	Exec(ctx context.Context, st Statement, args ...any) (int64, error)
	query(ctx context.Context, st Statement, args []any, each func(Row) error) error
}

// One returns the single row of a statement, or ErrNotFound. More than one is a mistake in
// the statement and an error: no row is picked by chance.
func One[T any](ctx context.Context, q Querier, st Statement, scan func(Row) T, args ...any) (T, error) {
	var found T
	ok := false
	err := q.query(ctx, st, args, func(r Row) error {
		if ok {
			return errors.New("a second row where one was expected")
		}
		found, ok = scan(r), true
		return nil
	})
	switch {
	case err != nil: // found may still be written to
		return *new(T), err
	case !ok:
		return *new(T), ErrNotFound
	}
	return found, nil
}

// All returns every row of a statement; never nil without an error, so that an empty
// list is an empty list in JSON.
func All[T any](ctx context.Context, q Querier, st Statement, scan func(Row) T, args ...any) ([]T, error) {
	found := []T{}
	err := q.query(ctx, st, args, func(r Row) error {
		found = append(found, scan(r))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Exec runs one statement as a transaction of its own.
func (d DB) Exec(ctx context.Context, st Statement, args ...any) (int64, error) {
	var n int64
	err := d.write(ctx, func(tx *Tx) (err error) {
		n, err = tx.Exec(ctx, st, args...)
		return err
	}, st.deletes())
	if err != nil {
		return 0, err // n may still be written to
	}
	return n, nil
}

func (d DB) query(ctx context.Context, st Statement, args []any, each func(Row) error) error {
	if st.Writes() {
		return d.Write(ctx, func(tx *Tx) error { return tx.query(ctx, st, args, each) })
	}
	return d.Read(ctx, func(tx *Tx) error { return tx.query(ctx, st, args, each) })
}

// Read lends fn a connection to read with. Each statement sees the newest commit.
func (d DB) Read(ctx context.Context, fn func(*Tx) error) error {
	loan, err := d.lender.Borrow(ctx, d.owner)
	if err != nil {
		return err
	}
	defer loan.Release()
	f := loan.Handle()
	if err := d.check(f); err != nil {
		return err
	}
	c, writer, err := f.reader(ctx)
	if err != nil {
		return err
	}
	defer f.giveBack(c, writer)
	return f.fail(fn(&Tx{conn: c, readOnly: true}))
}

// Write runs fn on the owner's writer, in a transaction that it may share with others who
// write at the same moment. When it returns nil, what fn did is durable. When it returns an
// error, nothing of it is left, but for ErrOutcomeUnknown: the caller gave up while it was
// being committed. ErrBusy says that too many wait already, ErrFull and ErrQuota that there
// is no room; then nothing was tried.
//
// fn may run twice, and may still run when Write has returned an error: what it assigns
// counts only when Write has returned nil.
func (d DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return d.write(ctx, fn, false)
}

// Shrink is Write for what removes rows: a quota that is used up does not refuse it.
func (d DB) Shrink(ctx context.Context, fn func(*Tx) error) error {
	return d.write(ctx, fn, true)
}

// Erase is Shrink for what must not be found again: deleted bytes are overwritten in the file
// anyway, and with it the log is emptied, too. Where readers are in the way, that happens
// when the file next rests.
func (d DB) Erase(ctx context.Context, fn func(*Tx) error) error {
	if err := d.write(ctx, fn, true); err != nil {
		return err
	}
	loan, err := d.lender.Borrow(ctx, d.owner)
	if err != nil {
		return nil // it is erased; the log is emptied when the file closes
	}
	defer loan.Release()
	loan.Handle().emptyLog()
	return nil
}

func (d DB) write(ctx context.Context, fn func(*Tx) error, shrinks bool) error {
	loan, err := d.lender.Borrow(ctx, d.owner)
	if err != nil {
		return err
	}
	defer loan.Release()
	f := loan.Handle()
	if err := d.check(f); err != nil {
		return err
	}
	full := f.room(f.used.Load())
	if full != nil && !(shrinks && errors.Is(full, ErrQuota)) {
		return full
	}
	if err := f.write(ctx, fn); err != nil || full == nil {
		return err
	}
	f.measureNow() // there may be room again
	return nil
}

// check holds the borrowed file against the owner: a lease of the wrong streamer must
// not pass, whatever the lender did.
func (d DB) check(f *File) error {
	if f.owner != d.owner {
		return fmt.Errorf("%w: a file of streamer %d was lent to streamer %d", ErrBroken, f.owner, d.owner)
	}
	if err := f.Broken(); err != nil {
		return err
	}
	return nil
}

var bumpCommitSeq = SQL(`
	UPDATE shard_identity
	SET commit_seq = commit_seq + 1
	WHERE streamer_id = ?1`)

var errTxEnded = errors.New("a Tx was used after its function had returned")

// Tx runs statements inside one Read or Write. It must not leave the function.
type Tx struct {
	conn     *conn
	readOnly bool
}

// Exec runs a statement inside the transaction. The context is not used: a statement
// that stopped half-way would take the transaction with it.
func (t *Tx) Exec(_ context.Context, st Statement, args ...any) (int64, error) {
	if t.conn == nil {
		return 0, errTxEnded
	}
	if t.readOnly && st.Writes() {
		return 0, errors.New("a writing statement in a read")
	}
	return t.conn.exec(st, args)
}

func (t *Tx) query(_ context.Context, st Statement, args []any, each func(Row) error) error {
	if t.conn == nil {
		return errTxEnded
	}
	if t.readOnly && st.Writes() {
		return errors.New("a writing statement in a read")
	}
	return t.conn.query(st, args, each)
}
