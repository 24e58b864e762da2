package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever holds an owner key cannot fill the registry with keys and sign-ins.
func TestKeysAndSignInsOfAStreamerAreBounded(t *testing.T) {
	t.Parallel()
	r := opened(t)
	alice, bob := create(t, r, "alice"), create(t, r, "bob")
	first, _, err := r.CreateSession(t.Context(), alice.ID, 0, time.Hour)
	require.NoError(t, err)
	require.NoError(t, r.write(t.Context(), func(tx *Tx) error {
		return tx.run(`
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
			INSERT INTO keys (role, streamer_id, name, hash, created_at) SELECT 'overlay', ?1, '', randomblob(32), 1 FROM n`, int64(alice.ID), int64(MaxKeys))
	}))
	var bad *InvalidError
	_, _, err = r.CreateKey(t.Context(), RoleOverlay, alice.ID, "one more", "test")
	require.ErrorAs(t, err, &bad)
	_, _, err = r.CreateKey(t.Context(), RoleOverlay, bob.ID, "his first", "test")
	require.NoError(t, err)
	require.NoError(t, r.write(t.Context(), func(tx *Tx) error {
		return tx.run(`UPDATE keys SET revoked_at = 1 WHERE id IN (SELECT id FROM keys WHERE streamer_id = ?1 ORDER BY id DESC LIMIT 2)`, int64(alice.ID))
	}))
	_, _, err = r.CreateKey(t.Context(), RoleOverlay, alice.ID, "in its place", "test")
	require.NoError(t, err)

	require.NoError(t, r.write(t.Context(), func(tx *Tx) error {
		return tx.run(`
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
			INSERT INTO streamer_sessions (streamer_id, hash, created_at, expires_at) SELECT ?1, randomblob(32), 1, 1 << 50 FROM n`, int64(alice.ID), int64(MaxSessions-1))
	}))
	_, err = r.Session(t.Context(), first)
	require.NoError(t, err, "there is room for all so far")
	last, _, err := r.CreateSession(t.Context(), alice.ID, 0, time.Hour)
	require.NoError(t, err)
	_, err = r.Session(t.Context(), first)
	require.ErrorIs(t, err, ErrNotFound, "the oldest ends")
	_, err = r.Session(t.Context(), last)
	require.NoError(t, err)
}
