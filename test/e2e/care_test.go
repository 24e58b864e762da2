package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/versity"
)

type keptBackup struct {
	ID                   int64
	Streamer             string
	StreamerID           int64
	File, Target, SHA256 string
	ProvenAt, VerifiedAt *string
}

func (h home) backups() []keptBackup {
	h.Helper()
	var list struct{ Items []keptBackup }
	h.JSON(&list, "backup", "list")
	return list.Items
}

type endedJob struct {
	ID                  int64
	State               string
	Total, Done, Failed int64
}

func TestBackupsAreLookedAfterByCommands(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	h.Create("bob")
	for _, served := range []bool{false, true} {
		if served {
			h.serve()
		}
		var j endedJob
		h.JSON(&j, "backup", "create", "--all", "--compress")
		require.EqualValues(t, 3, j.Done, "two streamers and the registry")
		h.JSON(&j, "backup", "drill", "--sample", "50")
		require.Equal(t, "done", j.State)
		require.EqualValues(t, 3, j.Done)
		var reg keptBackup
		h.JSON(&reg, "backup", "create", "--registry", "--encrypt")
		require.Zero(t, reg.StreamerID)
		require.FileExists(t, reg.File)
	}
	all := h.backups()
	require.Len(t, all, 8)
	proven := 0
	for _, b := range all {
		if b.ProvenAt != nil {
			proven++
		}
	}
	require.Equal(t, 6, proven)

	require.Equal(t, 2, h.Run("backup", "prune", "--keep", "1y", "--yes").Code)
	require.Equal(t, 2, h.Run("backup", "prune", "--yes").Code, "nobody said what stays")
	require.Equal(t, 2, h.Run("backup", "prune", "--keep", "1w").Code, "nobody there to ask")
	var p struct {
		DryRun  bool
		Kept    int
		Removed []keptBackup
	}
	h.JSON(&p, "backup", "prune", "--keep", "1w", "--dry-run")
	require.Len(t, p.Removed, 4, "of each streamer the newest stays, and of the registry the newest proven one too")
	require.Len(t, h.backups(), 8)
	h.JSON(&p, "backup", "prune", "--keep", "1w", "--yes")
	require.Len(t, p.Removed, 4)
	require.Len(t, h.backups(), 4)
	for _, b := range p.Removed {
		require.NoFileExists(t, b.File)
		require.NoFileExists(t, b.File+".json")
	}
}

func TestAServerBacksUpBySchedule(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	p := h.serve("--backup-every", "1h", "--backup-keep", "24h,7d", "--backup-compress", "--backup-drill-every", "1h")
	require.Eventually(t, func() bool {
		all := h.backups()
		return len(all) == 2 && all[0].ProvenAt != nil && all[1].ProvenAt != nil
	}, time.Minute, 200*time.Millisecond, "the streamer and the registry, soon after the first start")
	require.Zero(t, p.Term())
	h.serve("--backup-every", "1h")
	var jobs struct {
		Items []struct{ Kind, Actor, State string }
	}
	h.JSON(&jobs, "job", "list")
	require.Len(t, jobs.Items, 2, "a restart repeats nothing")
	for _, j := range jobs.Items {
		require.Equal(t, "schedule", j.Actor)
		require.Equal(t, "done", j.State)
	}
}

func TestWrongSchedulesAreRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, args := range [][]string{
		{"--backup-every", "often"}, {"--backup-every", "1s"}, {"--backup-keep", "7"}, {"--backup-drill-every", "-1h"},
		{"--backup-workers", "0"}, {"--backup-to", "ftp://x"}, {"--backup-to", "s3://id:secret@bucket"},
	} {
		o := h.Run(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
		require.Equal(t, 2, o.Code, "%v: %s", args, o.Stderr)
		require.NotContains(t, o.Stderr, "secret@")
	}
	require.NoFileExists(t, h.Data("registry.db"))
}

// The whole way by an object store: kept there, proven from there, a streamer brought back from
// there, pruned there.
func TestBackupsInAnObjectStore(t *testing.T) {
	t.Parallel()
	store := versity.Start(t)
	h := newHome(t)
	keys := filepath.Join(h.Dir, "keys")
	require.NoError(t, os.WriteFile(keys, []byte("aws_access_key_id = "+store.ID+"\naws_secret_access_key = "+store.Secret+"\n"), 0o600))
	s3 := func(args ...string) []string {
		return append(args, "--backup-to", "s3://"+store.Bucket+"/fleet", "--s3-endpoint", store.Endpoint, "--s3-credentials", keys)
	}
	alice := h.Create("alice")
	p := h.serve(s3()...)
	p.Must("POST", "/alice/api/points/viewer", alice.OwnerKey, `{"amount":7,"source":"chat"}`)
	var j endedJob
	h.JSON(&j, "backup", "create", "--all", "--encrypt", "--compress")
	require.Equal(t, "done", j.State)
	h.JSON(&j, "backup", "drill")
	require.EqualValues(t, 2, j.Done)
	all := h.backups()
	require.Len(t, all, 2)
	for _, b := range all {
		require.Equal(t, "s3", b.Target)
		require.NotNil(t, b.ProvenAt)
		require.FileExists(t, filepath.Join(store.Root, store.Bucket, "fleet", b.File))
		require.NoFileExists(t, h.Data("backups", b.File))
	}
	p.Must("POST", "/alice/api/points/viewer", alice.OwnerKey, `{"amount":100,"source":"chat"}`)
	of := map[string]keptBackup{all[0].Streamer: all[0], all[1].Streamer: all[1]}["alice"]
	require.Zero(t, h.Run("backup", "restore", itoa(int(of.ID)), "--streamer", "alice", "--yes").Code)
	require.Contains(t, p.Must("GET", "/alice/api/leaderboard", "", "").Body, `"totalPoints":7`)

	require.Zero(t, p.Term())
	o := h.Run("backup", "verify", itoa(int(of.ID)))
	require.Equal(t, 1, o.Code, "without the flag nobody knows where it is")
	require.Contains(t, o.Stderr, "--backup-to")
	require.Zero(t, h.Run(s3("backup", "verify", itoa(int(of.ID)))...).Code)
	h.JSON(&struct{}{}, s3("backup", "create", "alice")...)
	h.JSON(&struct{}{}, s3("backup", "prune", "--keep", "1w", "--yes")...)
	left, err := filepath.Glob(filepath.Join(store.Root, store.Bucket, "fleet", "0000000001", "*"))
	require.NoError(t, err)
	require.Len(t, left, 4, "the newest and the newest proven one, each with its manifest")
	logs, err := filepath.Glob(h.Data("*"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	require.NotContains(t, o.Stderr, store.Secret)
}
