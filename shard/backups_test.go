package shard

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// stand is an installation with two streamers, each with a row of everything.
type stand struct {
	*Store
	alice, bob *registry.Streamer
}

func newStand(t testing.TB) *stand {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	st := &stand{Store: s}
	for name, to := range map[string]**registry.Streamer{"alice": &st.alice, "bob": &st.bob} {
		*to, _, err = s.CreateStreamer(t.Context(), registry.NewStreamer{Username: name})
		require.NoError(t, err)
		fill(t, s.Tenant((*to).ID))
	}
	return st
}

func (s *stand) backup(t testing.TB, r BackupRequest) registry.Backup {
	t.Helper()
	if r.Streamer == 0 {
		r.Streamer = s.alice.ID
	}
	b, err := s.CreateBackup(t.Context(), r)
	require.NoError(t, err)
	return b
}

// content is what a streamer's file comes to now.
func (s *stand) content(t testing.TB, id scope.StreamerID) restore.Content {
	t.Helper()
	path := filepath.Join(t.TempDir(), "now.db")
	require.NoError(t, s.copyShard(t.Context(), id, path))
	facts, err := restore.Check(t.Context(), path, restore.Expected{})
	require.NoError(t, err)
	return facts.Content
}

func (s *stand) digest(t testing.TB, id scope.StreamerID) string {
	t.Helper()
	return s.content(t, id).Digest(restore.SignedIn...)
}

func (s *stand) award(t testing.TB, points int64) {
	t.Helper()
	_, err := s.Tenant(s.alice.ID).AddPoints(t.Context(), "later", tenant.Award{Amount: points, Source: "chat"})
	require.NoError(t, err)
}

// leftovers are files below the data directory that no operation should leave.
func leftovers(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	for _, room := range []string{"tmp", "backups/pending"} {
		entries, err := os.ReadDir(filepath.Join(dir, room))
		if !os.IsNotExist(err) {
			require.NoError(t, err)
		}
		for _, e := range entries {
			all = append(all, room+"/"+e.Name())
		}
	}
	return all
}

func TestABackupComesBackInEveryForm(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]BackupRequest{
		"Plain": {}, "Packed": {Compress: true}, "Sealed": {Encrypt: true}, "Both": {Compress: true, Encrypt: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t)
			before := s.digest(t, s.alice.ID)
			made := s.backup(t, form)
			require.Equal(t, before, made.Digest)
			require.Nil(t, made.VerifiedAt, "nobody has read it back yet")
			path := filepath.Join(s.Dir(), "backups", made.File)
			require.NotContains(t, path, "alice")
			require.NoFileExists(t, path+"-wal")
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			v, err := s.VerifyBackup(t.Context(), Source{Backup: made.ID}, "test")
			require.NoError(t, err)
			require.NotNil(t, v.Backup.VerifiedAt)

			s.award(t, 10)
			session, _, err := s.Tenant(s.alice.ID).StartSession(t.Context(), "later")
			require.NoError(t, err)
			require.NotEqual(t, before, s.digest(t, s.alice.ID))
			done, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, Streamer: s.alice.ID, Actor: "test"})
			require.NoError(t, err)
			require.Equal(t, s.alice.Generation+1, done.Streamer.Generation)
			require.Equal(t, before, s.digest(t, s.alice.ID))
			now := s.content(t, s.alice.ID)
			require.Zero(t, now.Tables["user_sessions"].Rows+now.Tables["verification_codes"].Rows)
			require.NotZero(t, now.Tables["api_tokens"].Rows, "his own tokens still open")
			token, err := s.Tenant(s.alice.ID).Token(t.Context(), "kick")
			require.NoError(t, err)
			require.Equal(t, "access-in-clear", token.AccessToken)
			_, err = s.Tenant(s.alice.ID).Session(t.Context(), session)
			require.ErrorIs(t, err, scope.ErrNotFound)
			s.award(t, 1) // and he goes on
			require.Empty(t, leftovers(t, s.Dir()))
		})
	}
}

func TestARestoreAsSomebodyElse(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.backup(t, BackupRequest{Encrypt: true})
	_, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, Streamer: s.bob.ID, Actor: "test"})
	require.ErrorIs(t, err, restore.ErrRefused, "it is alice's")
	_, err = s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, As: "bob"})
	require.ErrorIs(t, err, registry.ErrTaken)
	rehearsed, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, As: "carol", DryRun: true})
	require.NoError(t, err)
	require.Equal(t, made.Digest, rehearsed.From.Content.Digest(restore.SignedIn...))
	_, err = s.StreamerByName(t.Context(), "carol")
	require.ErrorIs(t, err, registry.ErrNotFound)

	done, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, As: "Carol", Actor: "test"})
	require.NoError(t, err)
	require.Equal(t, "carol", done.Streamer.Username)
	key, err := s.Authenticate(t.Context(), done.OwnerKey)
	require.NoError(t, err)
	require.Equal(t, done.Streamer.ID, key.Streamer)
	now := s.content(t, done.Streamer.ID)
	require.Equal(t, []string{"overlay_settings"}, now.Differences(done.From.Content, restore.Personal...), "but for a secret setting")
	settings, err := s.Tenant(done.Streamer.ID).Settings(t.Context())
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(settings), "sk-in-clear")
	require.Zero(t, now.Tables["api_tokens"].Rows)
	u, err := s.Tenant(done.Streamer.ID).UserByName(t.Context(), "Ünal")
	require.NoError(t, err)
	require.Equal(t, int64(done.Streamer.ID), int64(u.ID)>>32)
	_, err = s.Tenant(done.Streamer.ID).EnsureUser(t.Context(), "new")
	require.NoError(t, err)
	require.Empty(t, leftovers(t, s.Dir()))
}

// Nobody writes while the files are changed, and what was acknowledged before is in the old
// file or the new one is the whole truth.
func TestARestoreUnderLoad(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.backup(t, BackupRequest{})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := s.Tenant(s.alice.ID).AddPoints(context.WithoutCancel(ctx), fmt.Sprint("v", i), tenant.Award{Amount: 1, Source: "chat"})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 3 {
		_, err := s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, Streamer: s.alice.ID, Actor: "test"})
		require.NoError(t, err)
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	wg.Wait()
	streamer, err := s.Streamer(t.Context(), s.alice.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Active, streamer.State, streamer.StateReason)
	require.Equal(t, s.alice.Generation+3, streamer.Generation)
	s.content(t, s.alice.ID) // passes every check
	trash, err := os.ReadDir(filepath.Join(s.Dir(), "trash"))
	require.NoError(t, err)
	require.Len(t, trash, 3, "the files from before")
	_, err = s.Restore(t.Context(), RestoreRequest{From: Source{File: filepath.Join(s.Dir(), "trash", trash[2].Name())}, Streamer: s.alice.ID})
	require.NoError(t, err, "a restore can be taken back")
}

// What the marks of the old file said is nothing to the new one.
func TestARestoredFileIsNoRollback(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.backup(t, BackupRequest{})
	for range 30 {
		s.award(t, 1)
	}
	s.pool.Retire(s.alice.ID)
	require.Eventually(t, func() bool { return s.marks.last(s.alice.ID) > 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, s.marks.flush())
	before, err := s.Streamer(t.Context(), s.alice.ID)
	require.NoError(t, err)
	require.Greater(t, before.CommitMark, made.CommitSeq+1)
	_, err = s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, Streamer: s.alice.ID})
	require.NoError(t, err)
	require.NoError(t, s.marks.flush())
	s.award(t, 1)
	streamer, err := s.Streamer(t.Context(), s.alice.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Active, streamer.State, streamer.StateReason)
}

func TestADamagedBackupIsFoundAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for name, form := range map[string]BackupRequest{"Plain": {}, "Packed": {Compress: true}, "Sealed": {Encrypt: true}} {
		t.Run(name, func(t *testing.T) {
			made := s.backup(t, form)
			_, err := s.VerifyBackup(t.Context(), Source{Backup: made.ID}, "test")
			require.NoError(t, err)
			path := filepath.Join(s.Dir(), "backups", made.File)
			body, err := os.ReadFile(path)
			require.NoError(t, err)
			body[len(body)/2] ^= 4
			require.NoError(t, os.WriteFile(path, body, 0o600))
			before := s.digest(t, s.alice.ID)
			_, err = s.VerifyBackup(t.Context(), Source{Backup: made.ID}, "test")
			require.ErrorIs(t, err, backup.ErrDamaged)
			again, err := s.Registry.Backup(t.Context(), made.ID)
			require.NoError(t, err)
			require.Nil(t, again.VerifiedAt, "it no longer counts as verified")
			_, err = s.Restore(t.Context(), RestoreRequest{From: Source{Backup: made.ID}, Streamer: s.alice.ID})
			require.ErrorIs(t, err, backup.ErrDamaged)
			require.Equal(t, before, s.digest(t, s.alice.ID))
			streamer, err := s.Streamer(t.Context(), s.alice.ID)
			require.NoError(t, err)
			require.Equal(t, s.alice.Generation, streamer.Generation)
			require.NoError(t, s.DeleteBackup(t.Context(), made.ID, "test"))
			require.NoFileExists(t, path)
		})
	}
	require.Empty(t, leftovers(t, s.Dir()))
}
