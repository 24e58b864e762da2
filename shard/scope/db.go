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
	if err == nil && !ok {
		err = ErrNotFound
	}
	return found, err
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
func (d DB) Exec(ctx context.Context, st Statement, args ...any) (n int64, err error) {
	err = d.Write(ctx, func(tx *Tx) error {
		n, err = tx.Exec(ctx, st, args...)
		return err
	})
	return n, err
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
	c, back, err := f.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { back <- c }()
	return f.fail(fn(&Tx{conn: c, readOnly: true}))
}

// Write runs fn in one transaction on the owner's writer. When it returns nil, what fn
// did is durable. When it returns an error, nothing of it is left, but for
// ErrOutcomeUnknown. fn may run twice.
func (d DB) Write(ctx context.Context, fn func(*Tx) error) error {
	loan, err := d.lender.Borrow(ctx, d.owner)
	if err != nil {
		return err
	}
	defer loan.Release()
	f := loan.Handle()
	if err := d.check(f); err != nil {
		return err
	}
	select {
	case w := <-f.turn:
		defer func() { f.turn <- w }()
		return f.transact(w, fn)
	case <-ctx.Done():
		return ctx.Err()
	}
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

// transact is one transaction. After any error it is abandoned: SQLite may have ended
// it already, which AutoCommit tells.
func (f *File) transact(w *conn, fn func(*Tx) error) (err error) {
	if err := w.Run(`BEGIN IMMEDIATE`); err != nil {
		return f.fail(classify(err))
	}
	done := false
	defer func() {
		if !done && !w.AutoCommit() {
			err = errors.Join(err, w.Run(`ROLLBACK`))
		}
	}()
	if err := fn(&Tx{conn: w}); err != nil {
		return f.fail(err)
	}
	if _, err := w.exec(bumpCommitSeq, nil); err != nil {
		return f.fail(err)
	}
	if err := w.Run(`COMMIT`); err != nil {
		return f.fail(classify(err))
	}
	done = true
	f.afterCommit(w)
	return nil
}

// Tx runs statements inside one Read or Write. It must not leave the function.
type Tx struct {
	conn     *conn
	readOnly bool
}

// Exec runs a statement inside the transaction. The context is not used: a statement
// that stopped half-way would take the transaction with it.
func (t *Tx) Exec(_ context.Context, st Statement, args ...any) (int64, error) {
	if t.readOnly && st.Writes() {
		return 0, errors.New("a writing statement in a read")
	}
	return t.conn.exec(st, args)
}

func (t *Tx) query(_ context.Context, st Statement, args []any, each func(Row) error) error {
	if t.readOnly && st.Writes() {
		return errors.New("a writing statement in a read")
	}
	return t.conn.query(st, args, each)
}
