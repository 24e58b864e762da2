package legacy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/migrations/legacy"
)

// confined makes this test binary a process whose SQLite is bounded.
const confined = "STREAMVAULT_TEST_CONFINED"

// SQLite counts its memory in a process that bounds it, though it does not in others: a value beyond
// the bound is refused.
func TestAProcessThatBoundsItsMemoryIsBounded(t *testing.T) {
	t.Parallel()
	path := os.Getenv(confined)
	if path == "" {
		path = filepath.Join(t.TempDir(), "x.db")
		d, err := (&sqlite3.SQLiteDriver{}).Open(path)
		require.NoError(t, err)
		_, err = d.(*sqlite3.SQLiteConn).Exec(`CREATE TABLE t (x)`, nil)
		require.NoError(t, err)
		require.NoError(t, d.Close())
		cmd := exec.Command(os.Args[0], "-test.run=^TestAProcessThatBoundsItsMemoryIsBounded$", "-test.count=1")
		cmd.Env = append(os.Environ(), confined+"="+path)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return
	}
	require.NoError(t, legacy.Confine(4<<20))
	c, err := migrations.Examine(path)
	require.NoError(t, err)
	_, err = c.Int(`SELECT length(hex(zeroblob(100000)))`)
	require.NoError(t, err)
	_, err = c.Int(`SELECT length(hex(zeroblob(5000000)))`)
	require.ErrorContains(t, err, "out of memory")
	require.NoError(t, c.Close())
}
