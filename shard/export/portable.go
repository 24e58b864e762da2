package export

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"streamvault/migrations"
	"streamvault/shard/tenant"
)

// forgotten are the tables that no export has rows of.
var forgotten = []string{
	`DELETE FROM api_tokens`,
	`DELETE FROM user_sessions`,
	`DELETE FROM verification_codes`,
	`DELETE FROM idempotency_keys`,
	`DELETE FROM processed_webhooks`,
}

// Portable turns copied, a private copy of the file that want describes, into a database
// without secrets at path, where nothing is yet. The copy is of no use afterwards.
func Portable(ctx context.Context, copied, path string, want migrations.Identity) (err error) {
	c, err := open(ctx, copied, want)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := forget(c); err != nil {
		return fmt.Errorf("leave secrets out: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.VacuumInto(path)
}

// open opens a private copy. Nobody else has it, so its log may go with it.
func open(ctx context.Context, copied string, want migrations.Identity) (*migrations.Conn, error) {
	file, err := migrations.Open(ctx, copied, migrations.Tenant(), &want,
		migrations.Options{Synchronous: migrations.Normal, Refuse: true})
	if err != nil {
		return nil, err
	}
	return file.Writer(), nil
}

func forget(c *migrations.Conn) error {
	secret, err := secretSettings(c)
	if err != nil {
		return err
	}
	if err := c.Run(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	for _, sql := range forgotten {
		if err := c.Run(sql); err != nil {
			return err // the file is thrown away
		}
	}
	for _, key := range secret {
		if err := c.Run(`DELETE FROM overlay_settings WHERE key = ?1`, key); err != nil {
			return err
		}
	}
	return c.Run(`COMMIT`)
}

// secretSettings are the keys of settings that an export leaves out.
func secretSettings(c *migrations.Conn) (keys []string, err error) {
	err = c.Each(`SELECT key FROM overlay_settings ORDER BY key`, func(row []driver.Value) error {
		if key, _ := row[0].(string); tenant.SecretSetting(key) {
			keys = append(keys, key)
		}
		return nil
	})
	return keys, err
}
