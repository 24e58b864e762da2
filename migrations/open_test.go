package migrations

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// rewrite changes a closed file with plain SQL.
func rewrite(t *testing.T, path, sql string) string {
	t.Helper()
	c, err := connect(path, use{})
	require.NoError(t, err)
	require.NoError(t, c.Run(`PRAGMA foreign_keys = OFF`))
	require.NoError(t, c.Run(sql))
	require.NoError(t, c.Close())
	return path
}

func TestOpenRefusesWithAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	good := func(t *testing.T) string { return tenantFile(t, someone(3), 0) }
	beside := func(t *testing.T, name string) string { return filepath.Join(t.TempDir(), name) }
	for name, c := range map[string]struct {
		want error
		path func(t *testing.T) string
	}{
		"Missing":   {ErrMissing, func(t *testing.T) string { return beside(t, "none.db") }},
		"Empty":     {ErrUnsafeFile, func(t *testing.T) string { return write(t, nil) }},
		"Directory": {ErrUnsafeFile, func(t *testing.T) string { return t.TempDir() }},
		"Garbage":   {ErrDamaged, func(t *testing.T) string { return write(t, make([]byte, 4096)) }},
		"HTML":      {ErrDamaged, func(t *testing.T) string { return write(t, []byte("<html>not found</html>")) }},
		"Symlink": {ErrUnsafeFile, func(t *testing.T) string {
			link := beside(t, "link.db")
			require.NoError(t, os.Symlink(good(t), link))
			return link
		}},
		"HardLink": {ErrUnsafeFile, func(t *testing.T) string {
			path := good(t)
			require.NoError(t, os.Link(path, path+".second"))
			return path
		}},
		"Fifo": {ErrUnsafeFile, func(t *testing.T) string {
			fifo := beside(t, "fifo.db")
			require.NoError(t, syscall.Mkfifo(fifo, 0o600))
			return fifo
		}},
		"OtherApplication": {ErrForeignFile, func(t *testing.T) string {
			return rewrite(t, good(t), `PRAGMA application_id = 1`)
		}},
		"Registry": {ErrForeignFile, func(t *testing.T) string {
			image, err := Registry().Image(nil, 0, day, nil)
			require.NoError(t, err)
			return write(t, image)
		}},
		"OtherTenant": {ErrWrongIdentity, func(t *testing.T) string { return tenantFile(t, someone(4), 0) }},
		"OtherUUID": {ErrWrongIdentity, func(t *testing.T) string {
			return rewrite(t, good(t), `UPDATE shard_identity SET shard_uuid = '10000000-0000-4000-8000-000000000003'`)
		}},
		"OtherGeneration": {ErrWrongIdentity, func(t *testing.T) string { return rewrite(t, good(t), `UPDATE shard_identity SET generation = 2`) }},
		"NoIdentity":      {ErrWrongIdentity, func(t *testing.T) string { return rewrite(t, good(t), `DELETE FROM shard_identity`) }},
		"SecondStreamer":  {ErrWrongIdentity, func(t *testing.T) string { return rewrite(t, good(t), `INSERT INTO streamers (id) VALUES (9)`) }},
		"Newer":           {ErrNewer, func(t *testing.T) string { return rewrite(t, good(t), `PRAGMA user_version = 99`) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := someone(3)
			_, err := Open(context.Background(), c.path(t), Tenant(), &id, Options{})
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestAMissingFileIsNotCreated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.db")
	_, err := connect(path, use{})
	require.ErrorIs(t, err, ErrMissing)
	require.NoFileExists(t, path)
}

func TestAQuestionMarkIsPartOfTheName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a?mode=memory&_foreign_keys=0#%41.db")
	require.NoError(t, os.Rename(tenantFile(t, someone(3), 0), path))
	_, c := opened(t, path, someone(3), Options{})
	require.NoError(t, c.Run(`INSERT INTO tips (streamer_id, content, created_at, updated_at) VALUES (3, 'x', 1, 1)`))
	require.FileExists(t, path+"-wal")
}

func TestOldSQLiteIsRefused(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, checkSQLite("3.51.2", 3051002), ErrOldSQLite)
	require.NoError(t, checkSQLite("3.51.3", 3051003))
}
