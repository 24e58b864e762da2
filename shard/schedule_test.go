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

	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// followed is a job's end.
func (s *stand) followed(t testing.TB, j registry.Job, err error) registry.Job {
	t.Helper()
	require.NoError(t, err)
	j, err = s.FollowJob(t.Context(), j.ID, nil)
	require.NoError(t, err)
	return j
}

func TestADrillProvesWhatCanBeHadBack(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	j, err := s.StartDrill(t.Context(), Drill{}, "test")
	require.EqualValues(t, 0, s.followed(t, j, err).Total, "there is nothing to prove yet")
	old := s.backup(t, BackupRequest{})
	newest := s.backup(t, BackupRequest{Compress: true, Encrypt: true})
	bobs := s.backup(t, BackupRequest{Streamer: s.bob.ID})
	reg, err := s.BackupRegistry(t.Context(), true, true, "test")
	require.NoError(t, err)
	before := s.digest(t, s.alice.ID)

	j, err = s.StartDrill(t.Context(), Drill{Sample: 100}, "test")
	j = s.followed(t, j, err)
	require.Equal(t, registry.JobDone, j.State)
	require.EqualValues(t, 3, j.Total)
	for id, proven := range map[int64]bool{old.ID: false, newest.ID: true, bobs.ID: true, reg.ID: true} {
		b, err := s.Registry.Backup(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, proven, b.ProvenAt != nil, b.File)
	}
	cares, err := s.Cares(t.Context())
	require.NoError(t, err)
	require.False(t, cares[s.alice.ID].Proven.IsZero())
	require.Equal(t, before, s.digest(t, s.alice.ID), "it changes nothing")
	same, err := s.Streamer(t.Context(), s.alice.ID)
	require.NoError(t, err)
	require.Equal(t, s.alice.Generation, same.Generation)
	require.Empty(t, leftovers(t, s.Dir()))

	for _, b := range []registry.Backup{bobs, reg} {
		path := filepath.Join(s.Dir(), "backups", b.File)
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		body[len(body)/2] ^= 1
		require.NoError(t, os.WriteFile(path, body, 0o600))
	}
	j, err = s.StartDrill(t.Context(), Drill{Sample: 100}, "test")
	j = s.followed(t, j, err)
	require.Equal(t, registry.JobFailed, j.State)
	require.EqualValues(t, 2, j.Failed, "one bit is enough")
	for _, id := range []int64{bobs.ID, reg.ID} {
		b, err := s.Registry.Backup(t.Context(), id)
		require.NoError(t, err)
		require.Nil(t, b.ProvenAt)
		require.Nil(t, b.VerifiedAt)
	}
	for range 20 {
		j, err = s.StartDrill(t.Context(), Drill{Sample: 1}, "test")
		require.EqualValues(t, 1, s.followed(t, j, err).Total)
	}
	_, err = s.StartDrill(t.Context(), Drill{Sample: -1}, "test")
	require.ErrorIs(t, err, registry.ErrInvalid)
}

// hand is a clock that a test sets.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.at }

func (h *hand) set(at time.Time) { h.mu.Lock(); defer h.mu.Unlock(); h.at = at }

func TestPruningKeepsWhatTheRuleSays(t *testing.T) {
	t.Parallel()
	clock := &hand{at: time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC)}
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), Options{Now: clock.now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	alice, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	for range 6 {
		_, err := s.CreateBackup(t.Context(), BackupRequest{Streamer: alice.ID, Actor: "test"})
		require.NoError(t, err)
		_, err = s.BackupRegistry(t.Context(), false, false, "test")
		require.NoError(t, err)
		clock.set(clock.now().Add(12 * time.Hour))
	}
	keep, err := backup.ParseKeep("2d")
	require.NoError(t, err)
	dry, err := s.Prune(t.Context(), keep, true, "test", nil)
	require.NoError(t, err)
	require.Len(t, dry.Removed, 8)
	require.Equal(t, 4, dry.Kept)
	require.Len(t, backupFiles(t, s), 24, "a dry run removes nothing")
	wet, err := s.Prune(t.Context(), keep, false, "test", nil)
	require.NoError(t, err)
	require.Equal(t, dry.Removed, wet.Removed)
	require.Len(t, backupFiles(t, s), 8)
	again, err := s.Prune(t.Context(), keep, false, "test", nil)
	require.NoError(t, err)
	require.Empty(t, again.Removed)
	_, err = s.Registry.Purge(t.Context(), alice.ID, registry.Purging{Force: true, Actor: "test"})
	require.NoError(t, err)
	none, err := s.Prune(t.Context(), backup.Keep{}, false, "test", nil)
	require.NoError(t, err)
	require.Empty(t, none.Removed)
	require.Equal(t, 2, none.Kept, "a purge takes what lies here, the rule takes nothing")
}

func backupFiles(t testing.TB, s *Store) (names []string) {
	t.Helper()
	require.NoError(t, backup.NewLocal(filepath.Join(s.Dir(), "backups")).List(t.Context(), "0", func(o backup.Object) error {
		names = append(names, o.Name)
		return nil
	}))
	return names
}

// lastRun is the job that the schedule began last.
func lastRun(t *testing.T, s *Store) registry.Job {
	t.Helper()
	j, err := s.LastJob(t.Context(), BackupJob, scheduler)
	require.NoError(t, err)
	return j
}

func (s *Store) tick(t *testing.T) time.Duration {
	t.Helper()
	return s.attend(t.Context(), task{BackupJob, s.o.Schedule.Every, s.startScheduled})
}

func members(t *testing.T, s *Store, job int64) (ids []scope.StreamerID) {
	t.Helper()
	require.NoError(t, s.EachJobItem(t.Context(), job, func(i registry.JobItem) error {
		ids = append(ids, i.Streamer)
		return nil
	}))
	return ids
}

// What is due is read from the registry: a restart neither delays nor repeats it. Who has not
// changed is left out.
func TestTheScheduleSurvivesRestarts(t *testing.T) {
	t.Parallel()
	clock := &hand{at: time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC)}
	dir := filepath.Join(t.TempDir(), "data")
	o := Options{Now: clock.now, Schedule: Schedule{Every: 6 * time.Hour, Keep: backup.Keep{Hours: 2}, Compress: true}}
	s, err := Open(t.Context(), dir, o)
	require.NoError(t, err)
	var ids []scope.StreamerID
	for i := range 3 {
		one, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: fmt.Sprint("s", i)})
		require.NoError(t, err)
		ids = append(ids, one.ID)
	}
	clock.set(clock.now().Add(soon)) // the first comes soon
	require.Zero(t, s.tick(t))
	first := lastRun(t, s)
	require.Equal(t, registry.JobDone, first.State)
	require.Equal(t, append([]scope.StreamerID{0}, ids...), members(t, s, first.ID))
	require.Positive(t, s.tick(t))
	require.Equal(t, first.ID, lastRun(t, s).ID, "it is not due again")

	restart := func() {
		require.NoError(t, s.Close(context.Background()))
		s, err = Open(t.Context(), dir, o)
		require.NoError(t, err)
	}
	clock.set(clock.now().Add(5 * time.Hour))
	restart()
	wait := s.tick(t)
	require.InDelta(t, time.Hour, wait, float64(20*time.Minute))
	_, err = s.Tenant(ids[1]).AddPoints(t.Context(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
	clock.set(clock.now().Add(wait))
	require.Zero(t, s.tick(t))
	second := lastRun(t, s)
	require.Equal(t, []scope.StreamerID{ids[1]}, members(t, s, second.ID), "nobody else has changed, not even the registry")

	clock.set(clock.now().Add(7 * time.Hour))
	_, err = s.Tenant(ids[2]).AddPoints(t.Context(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
	restart() // what was changed is known after it, too
	require.Zero(t, s.tick(t))
	third := lastRun(t, s)
	require.Equal(t, []scope.StreamerID{ids[2]}, members(t, s, third.ID))
	require.Contains(t, string(third.Detail), `"pruned":0`)

	clock.set(clock.now().Add(7 * time.Hour))
	_, err = s.Tenant(ids[2]).AddPoints(t.Context(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
	require.Zero(t, s.tick(t))
	require.Contains(t, string(lastRun(t, s).Detail), `"pruned":1`, "the oldest of three hours")
	require.NoError(t, s.Close(context.Background()))
}

// What a stop has cut off is due at once, and only for those who are left.
func TestAScheduledBackupThatWasCutOffIsTakenUp(t *testing.T) {
	t.Parallel()
	clock := &hand{at: time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC)}
	s := newStand(t)
	s.o.Now, s.o.Schedule = clock.now, Schedule{Every: 6 * time.Hour}
	s.began = clock.now().Add(-soon)
	j, err := s.startScheduled(t.Context())
	require.NoError(t, err)
	_, err = s.jobs.Halt(t.Context(), j.ID, "test")
	if err != nil {
		require.ErrorIs(t, err, registry.ErrWrongState, "it was faster")
		return
	}
	due, err := s.due(t.Context(), task{kind: BackupJob, every: 6 * time.Hour})
	require.NoError(t, err)
	require.False(t, due.After(clock.now()), "now, not in six hours")
}

// What a crash has cut off does not stand halted for ever; what an operator began is his.
func TestTheNextScheduledRunEndsTheOneThatACrashCutOff(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.o.Schedule = Schedule{Every: 6 * time.Hour}
	for _, actor := range []string{"test", scheduler} {
		_, err := s.CreateJob(t.Context(), registry.NewJob{Kind: BackupJob, Actor: actor, Members: []scope.StreamerID{s.alice.ID}})
		require.NoError(t, err)
	}
	require.NoError(t, s.HaltCrashed(t.Context()))
	s.began = s.o.Now().Add(-time.Hour)
	s.tick(t)
	all, err := s.Jobs(t.Context(), 0, 10)
	require.NoError(t, err)
	states := []registry.JobState{}
	for _, j := range all {
		states = append(states, j.State)
	}
	require.Equal(t, []registry.JobState{registry.JobDone, registry.JobCancelled, registry.JobHalted}, states)
}

func TestTheScheduleEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.RunSchedule(t.Context()) // nothing to do
	s.o.Schedule = Schedule{Every: time.Hour, DrillEvery: time.Hour}
	s.began = time.Now().Add(-time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.RunSchedule(ctx) }()
	require.Eventually(t, func() bool {
		b, err := s.LastJob(t.Context(), BackupJob, scheduler)
		d, err2 := s.LastJob(t.Context(), DrillJob, scheduler)
		return err == nil && err2 == nil && b.State == registry.JobDone && d.State == registry.JobDone
	}, time.Minute, 10*time.Millisecond)
	cancel()
	<-ended
	all, err := s.Backups(t.Context(), registry.AllBackups, 0, 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
}
