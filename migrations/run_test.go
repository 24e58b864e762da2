package migrations

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// schemaOf is the schema of a file as text, for comparing.
func schemaOf(t *testing.T, c *Conn) string {
	t.Helper()
	row, err := c.Row(`SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)`)
	require.NoError(t, err)
	return fmt.Sprint(row[0])
}

func TestTheWayForthAndBackLosesNothing(t *testing.T) {
	t.Parallel()
	family := Tenant()
	_, old := opened(t, tenantFile(t, someone(3), 1), someone(3), Options{})
	_, fresh := opened(t, tenantFile(t, someone(3), 0), someone(3), Options{})
	require.NoError(t, old.Run(`INSERT INTO tips (streamer_id, content, created_at, updated_at) VALUES (3, 'kept', 1, 1)`))
	before := schemaOf(t, old)

	version, err := family.Migrate(old, family.Newest(), day)
	require.NoError(t, err)
	require.Equal(t, family.Newest(), version)
	require.Equal(t, schemaOf(t, fresh), schemaOf(t, old), "a migrated file equals a new one")

	version, err = family.Migrate(old, 1, day)
	require.NoError(t, err)
	require.Equal(t, 1, version)
	require.Equal(t, before, schemaOf(t, old))
	kept, err := old.Int(`SELECT count(*) FROM tips WHERE content = 'kept'`)
	require.NoError(t, err)
	require.EqualValues(t, 1, kept)
	rows, err := old.Int(`SELECT max(version) FROM schema_migrations`)
	require.NoError(t, err)
	require.EqualValues(t, 1, rows, "the file's own account agrees")
	on, err := old.Int(`PRAGMA foreign_keys`)
	require.NoError(t, err)
	require.EqualValues(t, 1, on, "foreign keys are on again")
}

// family with a step of our making after the real ones.
func withStep(up, down string) *Family {
	f := *Tenant()
	f.steps = append(append([]step(nil), f.steps...), step{version: f.Newest() + 1, name: "test", up: up, down: down})
	return &f
}

func TestAFailingStepLeavesTheFileAsItWas(t *testing.T) {
	t.Parallel()
	for name, up := range map[string]string{
		"SQLError":  `CREATE TABLE extra (a); INSERT INTO nowhere VALUES (1)`,
		"BrokenKey": `CREATE TABLE extra (a); DELETE FROM users; DELETE FROM streamers`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := opened(t, tenantFile(t, someone(3), 0), someone(3), Options{})
			require.NoError(t, c.Run(`INSERT INTO tips (streamer_id, content, created_at, updated_at) VALUES (3, 'kept', 1, 1)`))
			before := schemaOf(t, c)
			family := withStep(up, ``)
			version, err := family.Migrate(c, family.Newest(), day)
			require.Error(t, err)
			require.Equal(t, Tenant().Newest(), version)
			require.True(t, c.AutoCommit(), "no transaction is left open")
			require.Equal(t, before, schemaOf(t, c))
			kept, err := c.Int(`SELECT count(*) FROM tips`)
			require.NoError(t, err)
			require.EqualValues(t, 1, kept)
		})
	}
}

// Rebuilding a referenced table inside a transaction would delete its children if
// foreign keys were on.
func TestARebuildKeepsTheChildren(t *testing.T) {
	t.Parallel()
	_, c := opened(t, tenantFile(t, someone(3), 0), someone(3), Options{})
	require.NoError(t, c.Run(`
		INSERT INTO users (streamer_id, username, username_key, created_at, updated_at) VALUES (3, 'A', 'a', 1, 1);
		INSERT INTO user_points (streamer_id, user_id, updated_at) SELECT 3, id, 1 FROM users`))
	users, err := c.Row(`SELECT sql FROM sqlite_schema WHERE name = 'users'`)
	require.NoError(t, err)
	family := withStep(strings.Replace(users[0].(string), "TABLE users", "TABLE rebuilt", 1)+`;
		INSERT INTO rebuilt SELECT * FROM users;
		DROP TABLE users;
		ALTER TABLE rebuilt RENAME TO users;
		CREATE INDEX users_twins ON users (streamer_id, username) WHERE twin > 0`, ``)
	_, err = family.Migrate(c, family.Newest(), day)
	require.NoError(t, err)
	children, err := c.Int(`SELECT count(*) FROM user_points p JOIN users u ON u.id = p.user_id`)
	require.NoError(t, err)
	require.EqualValues(t, 1, children)
}

// Two processes may open an old file at once: the version is read again inside the
// transaction, so a step runs once.
func TestConcurrentMigrationsRunEachStepOnce(t *testing.T) {
	t.Parallel()
	path := tenantFile(t, someone(3), 1)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			c, err := connect(path, use{})
			if err == nil {
				_, err = Tenant().Migrate(c, Tenant().Newest(), day)
				_ = c.Close()
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func TestAnEditedMigrationStopsTheProgram(t *testing.T) {
	t.Parallel()
	hashes, err := appliedHashes()
	require.NoError(t, err)
	const name = "tenant/0001_base.up.sql"
	_, err = loadStep(name, hashes)
	require.NoError(t, err)
	hashes[name] = strings.Repeat("0", 64)
	_, err = loadStep(name, hashes)
	require.ErrorContains(t, err, "is not the file that was applied")
}
