package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type reinstated struct {
	DryRun, NowWasReadable                 bool
	Streamers, Keys, KeysRevoked           int64
	Aside                                  string
	TakenIn, NotTakenIn, Missing, Warnings []string
	CameSince                              []string
}

func TestTheRegistryComesBackFromItsBackup(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	alice := h.Create("alice")
	var reg keptBackup
	h.JSON(&reg, "backup", "create", "--registry", "--compress", "--encrypt")
	file := reg.File
	require.Contains(t, h.Run("backup", "verify", file).Stdout, " rows of the registry as of commit ")
	var key struct {
		ID  int64
		Key string
	}
	h.JSON(&key, "key", "create", "--streamer", "alice", "--role", "overlay")
	p := h.serve()
	bob := h.Create("bob")
	p.Must("POST", "/bob/api/points/viewer", bob.OwnerKey, `{"amount":5,"source":"chat"}`)

	o := h.Run("backup", "restore", file, "--registry", "--yes")
	require.Equal(t, 1, o.Code)
	require.Contains(t, o.Stderr, "stop the server")
	require.Zero(t, p.Term())
	require.Equal(t, 2, h.Run("backup", "restore", file, "--registry").Code, "nobody there to ask")
	require.Equal(t, 2, h.Run("backup", "restore", file, "--registry", "--keys", "some", "--yes").Code)
	require.Equal(t, 2, h.Run("backup", "restore", file, "--keys", "keep", "--streamer", "alice").Code)
	require.Equal(t, 1, h.Run("backup", "restore", h.Data("registry.db"), "--registry", "--yes").Code)

	var r reinstated
	h.JSON(&r, "backup", "restore", file, "--registry", "--dry-run")
	require.True(t, r.DryRun && r.NowWasReadable)
	require.Len(t, h.Streamers(), 2, "a dry run changes nothing")
	require.Equal(t, []string{"bob"}, r.CameSince)
	h.JSON(&r, "backup", "restore", file, "--registry", "--yes")
	require.EqualValues(t, 1, r.Streamers)
	require.Equal(t, []string{"bob"}, r.CameSince, "who came since goes on, with his keys")
	require.Empty(t, r.TakenIn)
	require.Empty(t, r.Missing)
	require.FileExists(t, h.Data(r.Aside))
	p = h.serve()
	require.Equal(t, 200, p.Must("GET", "/alice/api/users", alice.OwnerKey, "").Status, "keys of the backup go on")
	require.Contains(t, p.Must("GET", "/bob/api/users", bob.OwnerKey, "").Body, `"viewer"`)
	require.Equal(t, 401, p.Must("GET", "/alice/api/overlay/settings", key.Key, "").Status, "those made since are gone")
	require.Zero(t, h.Run("audit", "verify").Code)
	require.Zero(t, p.Term())

	// The machine is lost: what is left is the backup and the master key.
	require.NoError(t, os.Remove(h.Data("registry.db")))
	o = h.Run("backup", "restore", file, "--registry", "--yes", "--json")
	require.Equal(t, 1, o.Code)
	require.Contains(t, o.Stdout, "keys_undecided")
	h.JSON(&r, "backup", "restore", file, "--registry", "--yes", "--keys", "revoke")
	require.EqualValues(t, r.Keys, r.KeysRevoked)
	require.NotEmpty(t, r.Warnings)
	require.Equal(t, map[int64]string{1: "alice", 2: "recovered-2"}, h.Streamers())
}

// The registry's copy that a backup of all makes holds that very job as one under way.
func TestARegistryFromABackupOfAllIsWell(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	require.Zero(t, h.Run("backup", "create", "--all").Code)
	copies, err := filepath.Glob(h.Data("backups", "0000000000", "*.db"))
	require.NoError(t, err)
	require.Len(t, copies, 1)
	require.Zero(t, h.Run("backup", "restore", copies[0], "--registry", "--yes").Code)
	var jobs struct{ Items []struct{ State string } }
	h.JSON(&jobs, "job", "list")
	require.Len(t, jobs.Items, 1)
	require.Equal(t, "cancelled", jobs.Items[0].State)
	o := h.Run("doctor")
	require.Zero(t, o.Code, o.Stdout)

	fifo := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	o = h.Run("backup", "restore", fifo, "--registry", "--yes")
	require.Equal(t, 1, o.Code)
	require.Contains(t, o.Stderr, "is no plain file")
}

// Whenever it is killed, the registry is the one from before or the restored one, and the same
// command again ends what was begun.
func TestAKilledRestoreOfTheRegistryLeavesOneOrTheOther(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	var reg keptBackup
	h.JSON(&reg, "backup", "create", "--registry")
	h.Create("bob")
	for wait := 20 * time.Millisecond; wait < 600*time.Millisecond; wait = wait * 3 / 2 {
		cmd := h.Command("backup", "restore", reg.File, "--registry", "--yes")
		require.NoError(t, cmd.Start())
		time.Sleep(wait)
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
		require.FileExists(t, h.Data("registry.db"))
		require.Zero(t, h.Run("audit", "verify").Code)
		require.Contains(t, h.Streamers(), int64(1))
	}
	var r reinstated
	h.JSON(&r, "backup", "restore", reg.File, "--registry", "--yes")
	require.Zero(t, h.Run("audit", "verify").Code)
	left, err := filepath.Glob(h.Data("tmp", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A prune or a drill that is killed has removed some backups whole and left the others whole.
func TestAKilledPruneAndDrillLeaveBackupsWhole(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
	for range 6 {
		h.JSON(&struct{}{}, "backup", "create", "alice")
	}
	for _, args := range [][]string{{"backup", "drill"}, {"backup", "prune", "--keep", "1h", "--yes"}} {
		for wait := 30 * time.Millisecond; wait < 300*time.Millisecond; wait *= 2 {
			cmd := h.Command(args...)
			require.NoError(t, cmd.Start())
			time.Sleep(wait)
			_ = cmd.Process.Signal(syscall.SIGKILL)
			_ = cmd.Wait()
			for _, b := range h.backups() {
				require.FileExists(t, b.File)
			}
		}
	}
	require.Zero(t, h.Run("backup", "prune", "--keep", "1h", "--yes").Code)
	all := h.backups()
	require.NotEmpty(t, all)
	require.LessOrEqual(t, len(all), 2, "the newest, and one that a drill had proven")
	files, err := filepath.Glob(h.Data("backups", "0000000001", "*"))
	require.NoError(t, err)
	require.Len(t, files, 2*len(all), "no file without a record")
	require.Zero(t, h.Run("backup", "verify", itoa(int(all[0].ID))).Code)
	left, err := filepath.Glob(h.Data("tmp", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
