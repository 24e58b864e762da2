package registry

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"streamvault/migrations"
)

// Tx is one change of the registry. It must not leave the function it was given to.
type Tx struct {
	c   *migrations.Conn
	now time.Time
}

// walBytes is the size of the log at which it is copied into registry.db.
const walBytes = 4 << 20

// write runs fn in one durable transaction and empties the cache before it returns.
func (r *Registry) write(ctx context.Context, fn func(*Tx) error) (err error) {
	var c *migrations.Conn
	select {
	case c = <-r.writer:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { r.writer <- c }()
	if err := c.Run(`BEGIN IMMEDIATE`); err != nil {
		return fmt.Errorf("change registry: %w", err)
	}
	defer func() {
		if !c.AutoCommit() {
			err = errors.Join(err, c.Run(`ROLLBACK`))
		}
	}()
	if err := fn(&Tx{c, r.o.Now()}); err != nil {
		return err
	}
	defer r.cache.empty()
	if err := c.Run(`COMMIT`); err != nil {
		return fmt.Errorf("commit to registry: %w", err)
	}
	return r.checkpoint(c)
}

// checkpoint bounds the log; SQLite's own checkpoints are off because they swallow errors.
func (r *Registry) checkpoint(c *migrations.Conn) error {
	if info, err := os.Stat(r.wal); err != nil || info.Size() < walBytes {
		return nil
	}
	if err := c.Run(`PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		r.o.Log.Error().Err(err).Msg("checkpoint of the registry failed; what was committed is safe")
	}
	return nil
}

// read lends fn a connection that cannot write.
func (r *Registry) read(ctx context.Context, fn func(*migrations.Conn) error) error {
	select {
	case c := <-r.readers:
		defer func() { r.readers <- c }()
		return fn(c)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Registry) one(ctx context.Context, sql string, args ...driver.Value) (row []driver.Value, err error) {
	err = r.read(ctx, func(c *migrations.Conn) error {
		row, err = c.Row(sql, args...)
		return found(err)
	})
	return row, err
}

// each calls fn with every row.
func (r *Registry) each(ctx context.Context, sql string, fn func([]driver.Value) error, args ...driver.Value) error {
	return r.read(ctx, func(c *migrations.Conn) error { return c.Each(sql, fn, args...) })
}

// found names the answer without a row.
func found(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrNotFound
	}
	return err
}

func (t *Tx) run(sql string, args ...driver.Value) error { return t.c.Run(sql, args...) }

func (t *Tx) row(sql string, args ...driver.Value) ([]driver.Value, error) {
	row, err := t.c.Row(sql, args...)
	return row, found(err)
}

func text(v driver.Value) string { s, _ := v.(string); return s }

func textOrNil(v driver.Value) *string {
	if s, ok := v.(string); ok {
		return &s
	}
	return nil
}

func orNull(s *string) driver.Value {
	if s == nil {
		return nil
	}
	return *s
}

func moment(v driver.Value) time.Time { return time.UnixMilli(v.(int64)).UTC() }

func momentOrNil(v driver.Value) *time.Time {
	if v == nil {
		return nil
	}
	t := moment(v)
	return &t
}
