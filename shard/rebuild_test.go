package shard

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/doctor"
	"streamvault/shard/tenant"
)

// After the loss of the registry every streamer is served again under his old name, with all
// he had but what was sealed and his keys.
func TestStreamersOutliveTheirRegistry(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s, err := Open(t.Context(), dir, Options{})
	require.NoError(t, err)
	alice, key, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	fill(t, s.Tenant(alice.ID))
	before, err := s.Tenant(alice.ID).Leaderboard(t.Context(), 10)
	require.NoError(t, err)
	require.NoError(t, s.Close(context.Background()))

	for at, name := range map[string]string{"20260101T000000Z": "older", "20260301T000000Z": "alice"} {
		m := backup.Manifest{StreamerID: int64(alice.ID), Streamer: name, Bytes: 1, PlainBytes: 1, SHA256: strings.Repeat("0", 64), CreatedAt: time.Now()}
		body, err := m.Encode()
		require.NoError(t, err)
		room := filepath.Join(dir, "backups", "0000000001")
		require.NoError(t, os.MkdirAll(room, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(room, at+"-00000000.db.json"), body, 0o600))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "registry.db")))
	_, err = Open(t.Context(), dir, Options{})
	require.ErrorIs(t, err, registry.ErrLostRegistry)

	s, err = Open(t.Context(), dir, Options{Recover: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	all, err := s.Rebuild(t.Context(), "test")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, all[0].Err)
	found, err := s.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	after, err := s.Tenant(found.ID).Leaderboard(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, before, after)
	_, err = s.Tenant(found.ID).AddPoints(t.Context(), "Ünal", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
	_, err = s.Tenant(found.ID).Token(t.Context(), "kick")
	require.ErrorContains(t, err, "it was sealed for something else or is damaged")
	_, err = s.Authenticate(t.Context(), key)
	require.ErrorIs(t, err, registry.ErrUnknownKey)
}

// The doctor takes a streamer in with the backups of him that can still be opened.
func TestBackupsAreOnRecordAgainAfterALoss(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s, err := Open(t.Context(), dir, Options{})
	require.NoError(t, err)
	alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	fill(t, s.Tenant(alice.ID))
	plain, err := s.CreateBackup(t.Context(), BackupRequest{Streamer: alice.ID, Compress: true})
	require.NoError(t, err)
	_, err = s.CreateBackup(t.Context(), BackupRequest{Streamer: alice.ID, Encrypt: true})
	require.NoError(t, err)
	require.NoError(t, s.Close(context.Background()))
	require.NoError(t, os.Remove(filepath.Join(dir, "registry.db")))

	s, err = Open(t.Context(), dir, Options{Recover: true, Examined: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	report, err := s.Examine(t.Context(), doctor.Order{Fix: true, Actor: "test"}, nil)
	require.NoError(t, err)
	require.Equal(t, doctor.LostRow, report.Fixed[0].Code)
	all, err := s.Backups(t.Context(), registry.AllBackups, 0, 10)
	require.NoError(t, err)
	require.Len(t, all, 1, "the encrypted one opens for nobody any more")
	require.Equal(t, plain.File, all[0].File)
	require.Equal(t, plain.SHA256, all[0].SHA256)
	_, err = s.Restore(t.Context(), RestoreRequest{From: Source{Backup: all[0].ID}, Streamer: alice.ID, Actor: "test"})
	require.NoError(t, err)
}
