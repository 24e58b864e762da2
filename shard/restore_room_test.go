package shard

import (
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
)

// Each rehearsal unpacks a whole copy: in a loop they must not fill the disk, nor keep a restore
// waiting.
func TestOneRehearsalOfAStreamerAtATime(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	r := RestoreRequest{Streamer: s.alice.ID, DryRun: true, From: Source{Backup: 1}}
	first, err := s.beginRestore(t.Context(), r)
	require.NoError(t, err)
	_, err = s.beginRestore(t.Context(), r)
	require.ErrorIs(t, err, scope.ErrBusy)
	r.DryRun = false
	other, err := s.beginRestore(t.Context(), r)
	require.NoError(t, err)
	require.NoError(t, other.end())
	require.NoError(t, first.end())
}

// What a backup unpacks to has to fit above the floor before a byte of it is written.
func TestABackupIsNotUnpackedIntoTheFloor(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.backup(t, BackupRequest{Compress: true})
	s.disk.minFree = 1 << 60
	_, err := s.VerifyBackup(t.Context(), Source{Backup: made.ID}, "test")
	require.ErrorIs(t, err, scope.ErrFull)
	plain := s.BackupPath(made)
	_, err = s.VerifyBackup(t.Context(), Source{File: plain}, "test")
	require.ErrorIs(t, err, scope.ErrFull)
}
