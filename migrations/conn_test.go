package migrations

import (
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
)

func TestEveryConnectionIsHardened(t *testing.T) {
	t.Parallel()
	f, writer := opened(t, tenantFile(t, someone(3), 0), someone(3), Options{})
	reader, err := f.Reader()
	require.NoError(t, err)
	defer reader.Close()
	for name, c := range map[string]*Conn{"Writer": writer, "Reader": reader} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, c.Run(`SELECT "no such column"`), "no such column", "double-quoted strings are off")
			require.Error(t, c.Run(`ATTACH ':memory:' AS other`))
			require.Error(t, c.Run(`SELECT load_extension('x')`))
			require.NoError(t, c.Run(`PRAGMA writable_schema = ON`))
			on, err := c.Int(`PRAGMA writable_schema`)
			require.NoError(t, err)
			require.Zero(t, on, "DEFENSIVE keeps the schema from being written")
			trusted, err := c.Int(`PRAGMA trusted_schema`)
			require.NoError(t, err)
			require.Zero(t, trusted)
		})
	}
	require.Error(t, reader.Run(`DELETE FROM tips`), "a reader cannot write")
}

func TestSettingsAreReadBack(t *testing.T) {
	t.Parallel()
	path := tenantFile(t, someone(3), 0)
	for pragma, want := range map[string]int64{
		"foreign_keys": 1, "synchronous": 2, "busy_timeout": 5000, "wal_autocheckpoint": 0, "cache_size": -4096,
	} {
		t.Run(pragma, func(t *testing.T) {
			_, c := opened(t, path, someone(3), Options{})
			got, err := c.Int(`PRAGMA ` + pragma)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	_, c := opened(t, path, someone(3), Options{Synchronous: Normal})
	got, err := c.Int(`PRAGMA synchronous`)
	require.NoError(t, err)
	require.EqualValues(t, 1, got)
}

// A file that is not in WAL mode has settings that read back wrong.
func TestAWrongSettingIsRefused(t *testing.T) {
	t.Parallel()
	path := tenantFile(t, someone(3), 0)
	d, err := (&sqlite3.SQLiteDriver{}).Open(path)
	require.NoError(t, err)
	_, err = d.(*sqlite3.SQLiteConn).Exec(`PRAGMA journal_mode = DELETE`, nil)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	_, err = connect(path, use{})
	require.ErrorContains(t, err, "journal_mode reads back as delete")
}
