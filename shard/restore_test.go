package shard

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/restore"
	"streamvault/shard/backup"
)

// The registry's own backups are looked at as what they are.
func TestABackupOfTheRegistryIsVerified(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made, err := s.BackupRegistry(t.Context(), true, true, "test")
	require.NoError(t, err)
	for _, from := range []Source{{Backup: made.ID}, {File: s.BackupPath(made)}} {
		v, err := s.VerifyBackup(t.Context(), from, "test")
		require.NoError(t, err)
		require.NotNil(t, v.Backup.VerifiedAt)
		require.NotZero(t, v.Facts.Content.Rows())
	}
	_, err = s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, Streamer: s.alice.ID})
	require.ErrorIs(t, err, restore.ErrRefused, "it is no streamer's")
	body, err := os.ReadFile(s.BackupPath(made))
	require.NoError(t, err)
	body[len(body)/2] ^= 1
	require.NoError(t, os.WriteFile(s.BackupPath(made), body, 0o600))
	_, err = s.VerifyBackup(t.Context(), Source{Backup: made.ID}, "test")
	require.ErrorIs(t, err, backup.ErrDamaged)
	again, err := s.Registry.Backup(t.Context(), made.ID)
	require.NoError(t, err)
	require.Nil(t, again.VerifiedAt)
}

// Whatever lies where the file was: it goes to trash, and the streamer comes back.
func TestAFileThatIsGoneComesBack(t *testing.T) {
	t.Parallel()
	for name, ruin := range map[string]func(path string) error{
		"Removed":   os.Remove,
		"Emptied":   func(path string) error { return os.Truncate(path, 0) },
		"Cut":       func(path string) error { return os.Truncate(path, 3000) },
		"Directory": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"Link":      func(path string) error { return errors.Join(os.Remove(path), os.Symlink("/etc/passwd", path)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			want := prepare(t, dir)
			o := openAgain(t, dir, Options{})
			alice, err := o.StreamerByName(t.Context(), "alice")
			require.NoError(t, err)
			old := o.ShardPath(alice)
			require.NoError(t, ruin(old))
			_, err = o.Tenant(alice.ID).UserByName(t.Context(), "Ünal")
			require.ErrorIs(t, err, ErrQuarantined)
			_, err = o.CreateBackup(t.Context(), BackupRequest{Streamer: alice.ID})
			require.Error(t, err)
			dry, err := o.Restore(t.Context(), RestoreRequest{From: Source{Backup: 1}, Streamer: alice.ID, DryRun: true})
			require.NoError(t, err)
			require.Nil(t, dry.Now, "what she has cannot be read")
			_, err = o.Restore(t.Context(), RestoreRequest{From: Source{Backup: 1}, Streamer: alice.ID})
			require.NoError(t, err)
			require.Equal(t, want, (&stand{Store: o}).digest(t, alice.ID))
			_, err = os.Lstat(old)
			require.ErrorIs(t, err, os.ErrNotExist, "nothing is left where the old one was")
			require.NoError(t, o.Close(context.Background()))
		})
	}
}
