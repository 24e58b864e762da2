package registry

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"streamvault/migrations"
)

// CopyTo writes the registry as it is at this moment to path, where nothing is yet: one plain
// database without a log, written anew, so that no key that was destroyed is left in it.
// Lookups and changes go on meanwhile.
func (r *Registry) CopyTo(ctx context.Context, path string) error {
	f, err := migrations.Open(ctx, filepath.Join(r.dir.path, "registry.db"), migrations.Registry(), nil, migrations.Options{Refuse: true})
	if err != nil {
		return fmt.Errorf("copy registry: %w", err)
	}
	c := f.Writer()
	if err := errors.Join(c.VacuumInto(path), c.LeaveLog(), c.Close()); err != nil {
		return fmt.Errorf("copy registry: %w", err)
	}
	return nil
}

// CopyKey is what backups of the registry are sealed under: it is derived from the master key,
// so whoever has that can open them.
func (r *Registry) CopyKey() ([]byte, error) { return r.master.copyKey() }

func (m masterKey) copyKey() ([]byte, error) {
	return hkdf.Key(sha256.New, m, nil, "streamvault registry backup", keyBytes)
}

// CopyFacts are what a sound copy of a registry says of itself.
type CopyFacts struct {
	Version   int
	Rows      map[string]int64 // by table
	Digest    string           // SHA-256 over all rows, in hex
	Audited   int64            // id of its last audit row
	At        time.Time        // of that row
	Streamers int64
	Keys      int64 // access keys that are neither revoked nor expired
}

// ExamineCopy looks at a copy that nobody has open: schema, integrity, foreign keys, the chain
// of its audit log, and that it belongs to this installation's master key. The error is
// migrations.ErrDamaged, ErrAuditBroken, ErrMasterKey, or says that another program wrote it.
func (r *Registry) ExamineCopy(ctx context.Context, path string) (CopyFacts, error) {
	return examineCopy(ctx, path, r.master, r.o.Now())
}

func examineCopy(ctx context.Context, path string, master masterKey, now time.Time) (f CopyFacts, err error) {
	c, err := migrations.Examine(path)
	if err != nil {
		return f, fmt.Errorf("examine copy of registry: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, step := range []func() error{
		func() (err error) { f.Version, err = copyVersion(c); return err },
		func() error { return soundCopy(c) },
		func() error { return ownCopy(c, master) },
		func() error { return f.audited(c) },
		func() error { return f.figures(c, now) },
	} {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		if err := step(); err != nil {
			return f, fmt.Errorf("examine copy of registry: %w", err)
		}
	}
	return f, nil
}

func copyVersion(c *migrations.Conn) (int, error) {
	row, err := c.Row(`SELECT application_id, user_version FROM pragma_application_id, pragma_user_version`)
	if err != nil {
		return 0, migrations.Damage(err)
	}
	f := migrations.Registry()
	version := int(row[1].(int64))
	switch {
	case row[0] != int64(f.ApplicationID):
		return 0, fmt.Errorf("%w: it is no registry", migrations.ErrForeignFile)
	case version > f.Newest() || version < 1:
		return 0, &migrations.VersionError{File: version, Required: 1, Newest: f.Newest()}
	}
	return version, f.CheckSchema(c, version)
}

func soundCopy(c *migrations.Conn) error {
	row, err := c.Row(`PRAGMA integrity_check(1)`)
	if err != nil {
		return migrations.Damage(err)
	}
	if row[0] != "ok" {
		return fmt.Errorf("%w: %v", migrations.ErrDamaged, row[0])
	}
	broken, err := c.Int(`SELECT count(*) FROM pragma_foreign_key_check`)
	if err == nil && broken > 0 {
		return fmt.Errorf("%w: %d rows reference rows that do not exist", migrations.ErrDamaged, broken)
	}
	return err
}

func ownCopy(c *migrations.Conn, master masterKey) error {
	row, err := c.Row(`SELECT key_check FROM installation WHERE id = 1`)
	if err != nil {
		return migrations.Damage(found(err))
	}
	check, _ := row[0].([]byte)
	return master.confirm(check)
}

// audited walks the chain.
func (f *CopyFacts) audited(c *migrations.Conn) error {
	prev := make([]byte, 32)
	return c.Each(`SELECT `+auditColumns+` FROM audit_log ORDER BY id`, func(row []driver.Value) error {
		a := scanAudit(row)
		if string(a.prev) != string(prev) || string(a.sum()) != string(a.hash) {
			return fmt.Errorf("%w at row %d", ErrAuditBroken, a.ID)
		}
		prev, f.Audited, f.At = a.hash, a.ID, a.At
		return nil
	})
}

// figures counts and hashes the rows of every table.
func (f *CopyFacts) figures(c *migrations.Conn, now time.Time) error {
	var tables []string
	err := c.Each(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
		func(row []driver.Value) error { tables = append(tables, row[0].(string)); return nil })
	if err != nil {
		return migrations.Damage(err)
	}
	f.Rows = map[string]int64{}
	digests := map[string]string{}
	for _, t := range tables {
		h := sha256.New()
		err := c.Each(`SELECT * FROM "`+t+`" ORDER BY 1, 2`, func(row []driver.Value) error {
			f.Rows[t]++
			for _, v := range row {
				text := fmt.Sprintf("%T %v", v, v)
				fmt.Fprintf(h, "%d %s", len(text), text)
			}
			return nil
		})
		if err != nil {
			return migrations.Damage(err)
		}
		digests[t] = hex.EncodeToString(h.Sum(nil))
	}
	h := sha256.New()
	for _, t := range slices.Sorted(maps.Keys(digests)) {
		fmt.Fprintf(h, "%s %d %s\n", t, f.Rows[t], digests[t])
	}
	f.Digest = hex.EncodeToString(h.Sum(nil))
	f.Streamers = f.Rows["streamers"]
	f.Keys, err = c.Int(`SELECT count(*) FROM keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?1)`, now.UnixMilli())
	return err
}
