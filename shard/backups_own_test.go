package shard

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/backup"
)

// A streamer's own backups are bounded however many he makes, a burst takes no older day's away, and
// none of somebody else's goes or is pushed out by them.
func TestAStreamersOwnBackupsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), t.TempDir(), Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	order := BackupRequest{Streamer: alice.ID, Actor: "test"}
	theirs, err := s.CreateBackup(t.Context(), order)
	require.NoError(t, err)
	var burst, days int
	for day := range 32 {
		now = now.Add(24 * time.Hour)
		made, gone, err := s.BackUpOwn(t.Context(), order)
		require.NoError(t, err)
		require.True(t, Own(made))
		days += 1 - len(gone)
		if day == 20 {
			_, err = s.MarkProven(t.Context(), made.ID, "test")
			require.NoError(t, err)
		}
	}
	all, err := s.Backups(t.Context(), alice.ID, 0, 1000)
	require.NoError(t, err)
	require.Len(t, all, days+1)
	require.LessOrEqual(t, days, OwnKeep.Days+OwnKeep.Weeks+1)
	for range 12 {
		now = now.Add(time.Second)
		made, gone, err := s.BackUpOwn(t.Context(), order)
		require.NoError(t, err)
		for _, b := range gone {
			require.NoFileExists(t, s.BackupPath(b))
			if b.CreatedAt.Before(now.Add(-time.Hour)) {
				burst++
			}
		}
		require.FileExists(t, s.BackupPath(made))
	}
	require.LessOrEqual(t, burst, 1, "only what is the day's newest no more")
	all, err = s.Backups(t.Context(), alice.ID, 0, 1000)
	require.NoError(t, err)
	require.LessOrEqual(t, len(all)-1, OwnKeep.Newest+OwnKeep.Days+OwnKeep.Weeks+1)
	require.Equal(t, theirs.ID, all[len(all)-1].ID, "the oldest is somebody else's")
	files, err := os.ReadDir(s.Dir() + "/backups/0000000001")
	require.NoError(t, err)
	require.Len(t, files, 2*len(all))

	pruned, err := s.Prune(t.Context(), backup.Keep{Hours: 1}, true, "test", nil)
	require.NoError(t, err)
	for _, b := range pruned.Removed {
		require.NotEqual(t, theirs.ID, b.ID, "the newest of those that operators made is no streamer's own")
	}
}

// Who made it is known of a backup also when the registry was lost.
func TestAnOwnBackupIsOneWithoutItsRegistry(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir()+"/data", time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), dir, Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	for _, make := range []func(BackupRequest) (registry.Backup, error){
		func(r BackupRequest) (registry.Backup, error) {
			b, _, err := s.BackUpOwn(t.Context(), r)
			return b, err
		},
		func(r BackupRequest) (registry.Backup, error) { return s.CreateBackup(t.Context(), r) },
	} {
		_, err = make(BackupRequest{Streamer: alice.ID, Actor: "test"})
		require.NoError(t, err)
		now = now.Add(time.Second) // names hold seconds
	}
	require.NoError(t, s.Close(t.Context()))
	require.NoError(t, os.Remove(dir+"/registry.db"))
	s, err = Open(t.Context(), dir, Options{Recover: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	all, err := s.Rebuild(t.Context(), "test")
	require.NoError(t, err)
	n, err := s.adoptBackups(t.Context(), all[0].Streamer, "test")
	require.NoError(t, err)
	require.Equal(t, 2, n)
	rows, err := s.Backups(t.Context(), alice.ID, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, []bool{Own(rows[0]), Own(rows[1])})
}
