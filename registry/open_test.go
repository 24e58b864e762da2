package registry

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADirectoryHasOneOwner(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	_, err := Open(t.Context(), dir, Options{})
	require.ErrorIs(t, err, ErrLocked)
	require.NoError(t, r.Close())
	r = open(t, dir, Options{})
	require.Empty(t, r.FirstAdminKey(), "the first key is made once")
	require.NoError(t, r.Close())
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	r := opened(t)
	s := create(t, r, "alice")
	for _, file := range []string{r.ShardPath(s), filepath.Join(r.Dir(), "registry.db"), r.Dir() + ".key", filepath.Join(r.Dir(), "LOCK")} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
	for _, dir := range []string{r.Dir(), filepath.Dir(r.ShardPath(s)), filepath.Join(r.Dir(), "backups")} {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), dir)
	}
}

func TestTheMasterKeyIsGuarded(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, key string){
		"Missing":   func(t *testing.T, key string) { require.NoError(t, os.Remove(key)) },
		"Readable":  func(t *testing.T, key string) { require.NoError(t, os.Chmod(key, 0o640)) },
		"Truncated": func(t *testing.T, key string) { require.NoError(t, os.WriteFile(key, []byte("abcd\n"), 0o600)) },
		"Another's": func(t *testing.T, key string) {
			other := dataDir(t)
			require.NoError(t, open(t, other, Options{}).Close())
			require.NoError(t, os.Rename(other+".key", key))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			require.NoError(t, open(t, dir, Options{}).Close())
			spoil(t, dir+".key")
			_, err := Open(t.Context(), dir, Options{})
			require.ErrorIs(t, err, ErrMasterKey)
		})
	}
	dir := dataDir(t)
	_, err := Open(t.Context(), dir, Options{MasterKeyFile: filepath.Join(dir, "key")})
	require.ErrorIs(t, err, ErrMasterKey, "never inside the data directory")
}

func TestDataKeysOpenForTheirStreamerOnly(t *testing.T) {
	t.Parallel()
	r := opened(t)
	a, b := create(t, r, "alice"), create(t, r, "bob")
	keyA, err := r.DataKey(t.Context(), a.ID)
	require.NoError(t, err)
	keyB, err := r.DataKey(t.Context(), b.ID)
	require.NoError(t, err)
	require.Len(t, keyA, 32)
	require.NotEqual(t, keyA, keyB)
	require.NoError(t, r.write(t.Context(), func(tx *Tx) error {
		return tx.run(`UPDATE streamers SET data_key = (SELECT data_key FROM streamers WHERE id = ?1) WHERE id = ?2`, int64(a.ID), int64(b.ID))
	}))
	_, err = r.DataKey(t.Context(), b.ID)
	require.ErrorIs(t, err, ErrMasterKey, "a wrapped key that was moved does not open")
}

// TestTheAuditChainIsWalkedWhileItGrows: what is written behind the walk's back is not taken for gone.
func TestTheAuditChainIsWalkedWhileItGrows(t *testing.T) {
	t.Parallel()
	r := opened(t)
	var writes sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer func() { stop(); writes.Wait() }()
	writes.Go(func() {
		for ctx.Err() == nil {
			assert.NoError(t, r.write(context.Background(), func(tx *Tx) error { return tx.audit(Entry{Actor: "test", Action: "test"}) }))
		}
	})
	for range 500 {
		require.NoError(t, r.VerifyAudit(t.Context()))
	}
}

func TestTheAuditChainShowsEveryChange(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"Changed": `UPDATE audit_log SET actor = 'nobody' WHERE id = 2`,
		"Removed": `DELETE FROM audit_log WHERE id = 2`,
		"Swapped": `UPDATE audit_log SET detail = '{"x":1}' WHERE id = 3`,
		"CutOff":  `DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := opened(t)
			create(t, r, "alice")
			create(t, r, "bob")
			require.NoError(t, r.VerifyAudit(t.Context()))
			require.NoError(t, r.write(t.Context(), func(tx *Tx) error { return tx.run(sql) }))
			require.ErrorIs(t, r.VerifyAudit(t.Context()), ErrAuditBroken)
		})
	}
	r := opened(t)
	s := create(t, r, "alice")
	rows, err := r.Audit(t.Context(), s.ID, time.Time{}, 0, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "streamer.create", rows[0].Action)
}

func TestExpiredKeysAndSessionsAreDead(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := open(t, dataDir(t), Options{Now: c.now})
	defer r.Close()
	s := create(t, r, "alice")
	token, _, err := r.CreateSession(t.Context(), s.ID, 0, time.Hour)
	require.NoError(t, err)
	k, secret, err := r.CreateKey(t.Context(), RoleOwner, s.ID, "", "test")
	require.NoError(t, err)
	require.NoError(t, r.write(t.Context(), func(tx *Tx) error {
		return tx.run(`UPDATE keys SET expires_at = ?2 WHERE id = ?1`, k.ID, c.now().Add(time.Hour).UnixMilli())
	}))
	_, err = r.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	c.move(time.Hour)
	_, err = r.Authenticate(t.Context(), secret)
	require.ErrorIs(t, err, ErrUnknownKey, "from memory, too")
	_, err = r.Session(t.Context(), token)
	require.ErrorIs(t, err, ErrNotFound)
	_, _, err = r.CreateKey(t.Context(), RoleAdmin, s.ID, "", "test")
	require.ErrorIs(t, err, ErrInvalid)
}
