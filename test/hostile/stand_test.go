package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/backup"
	"streamvault/shard/tenant"
)

// stand is an installation with two streamers, and a backup of each.
type stand struct {
	*shard.Store
	alice, bob *registry.Streamer
	good       []byte // alice's backup
	bobs       []byte
	digest     string // of what a restore of good brings back
}

func newStand(t testing.TB) *stand {
	t.Helper()
	store, err := shard.Open(t.Context(), filepath.Join(t.TempDir(), "data"), shard.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
	s := &stand{Store: store}
	s.alice, s.bob = s.streamer(t, "alice"), s.streamer(t, "bob")
	s.good, s.digest = s.backup(t, s.alice)
	s.bobs, _ = s.backup(t, s.bob)
	return s
}

// streamer makes one with enough rows for trees of several levels, and values that spill over.
func (s *stand) streamer(t testing.TB, name string) *registry.Streamer {
	t.Helper()
	made, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: name})
	require.NoError(t, err)
	data := s.Tenant(made.ID)
	for i := range 60 {
		viewer := fmt.Sprint("Viewer", i)
		_, err := data.AddPoints(t.Context(), viewer, tenant.Award{Amount: 10, Source: "chat", Description: strings.Repeat("text ", 20)})
		require.NoError(t, err)
	}
	_, err = data.SaveUpload(t.Context(), "Viewer1", "image/png", bytes.Repeat([]byte("picture"), 2000), nil)
	require.NoError(t, err)
	require.NoError(t, data.SaveToken(t.Context(), tenant.Token{Provider: "kick", AccessToken: "a", ExpiresAt: time.Unix(1, 0)}))
	require.NoError(t, data.SetTheme(t.Context(), []byte(`{"primary":"#123456"}`)))
	_, _, err = data.StartSession(t.Context(), "Viewer1")
	require.NoError(t, err)
	return made
}

func (s *stand) backup(t testing.TB, of *registry.Streamer) (body []byte, digest string) {
	t.Helper()
	b, err := s.CreateBackup(t.Context(), shard.BackupRequest{Streamer: of.ID})
	require.NoError(t, err)
	body, err = os.ReadFile(s.BackupPath(b))
	require.NoError(t, err)
	return body, b.Digest
}

// offer uploads a file as alice does.
func (s *stand) offer(t testing.TB, body []byte, dryRun bool) (shard.RestoreResult, error) {
	t.Helper()
	return s.Restore(t.Context(), shard.RestoreRequest{Streamer: s.alice.ID, DryRun: dryRun, Actor: "test",
		From: shard.Source{Upload: bytes.NewReader(body)}})
}

// now is what alice's file comes to, and which it is.
func (s *stand) now(t testing.TB) (digest string, generation int64) {
	t.Helper()
	_, digest = s.backup(t, s.alice)
	streamer, err := s.Streamer(t.Context(), s.alice.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Active, streamer.State, streamer.StateReason)
	return digest, streamer.Generation
}

// refused says that a file was found wrong, and not that something broke.
func refused(err error) bool {
	var wrong *registry.InvalidError
	return errors.Is(err, restore.ErrRefused) || errors.Is(err, backup.ErrDamaged) || errors.Is(err, backup.ErrManifest) || errors.As(err, &wrong)
}

// nothingLeft holds the temporary directory to be empty.
func (s *stand) nothingLeft(t testing.TB) {
	t.Helper()
	for _, room := range []string{"tmp", "backups/pending"} {
		left, err := os.ReadDir(filepath.Join(s.Dir(), room))
		if !os.IsNotExist(err) {
			require.NoError(t, err)
		}
		require.Empty(t, left)
	}
}
