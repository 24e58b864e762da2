package shard

import (
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
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

// A limit of rows holds for what a restore brings back as for what is written.
func TestARestoreStaysBelowTheLimitsOfRows(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.backup(t, BackupRequest{})
	held := s.content(t, s.alice.ID).Tables["users"].Rows
	limit := func(users int64) {
		_, err := s.UpdateStreamer(t.Context(), s.alice.ID, registry.Change{Limits: registry.LimitChange{Rows: map[string]int64{"users": users}}}, "test")
		require.NoError(t, err)
	}
	limit(held - 1)
	before := s.digest(t, s.alice.ID)
	for _, dry := range []bool{true, false} {
		_, err := s.Restore(t.Context(), RestoreRequest{Streamer: s.alice.ID, DryRun: dry, From: Source{Backup: made.ID}})
		require.ErrorIs(t, err, scope.ErrQuota)
	}
	require.Equal(t, before, s.digest(t, s.alice.ID))
	require.Empty(t, leftovers(t, s.Dir()))
	limit(held)
	_, err := s.Restore(t.Context(), RestoreRequest{Streamer: s.alice.ID, From: Source{Backup: made.ID}})
	require.NoError(t, err, "as many as the limit are allowed")
}
