package shard

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

// The variables that make this test binary a process that is killed before its nth step.
const (
	killDir  = "STREAMVAULT_TEST_KILL_DIR"
	killStep = "STREAMVAULT_TEST_KILL_STEP"
	killWork = "STREAMVAULT_TEST_KILL_WORK"
)

// killedWork is what such a process does with alice, by name. A rename, the trash and the way back from
// it have no steps: each is one transaction of the registry, and the file stays where it is.
var killedWork = map[string]func(ctx context.Context, s *Store, alice *registry.Streamer) error{
	"Create": func(ctx context.Context, s *Store, alice *registry.Streamer) error {
		_, err := s.CreateBackup(ctx, BackupRequest{Streamer: alice.ID, Compress: true, Encrypt: true, Actor: "test"})
		return err
	},
	"Restore": func(ctx context.Context, s *Store, alice *registry.Streamer) error {
		_, err := s.Restore(ctx, RestoreRequest{From: Source{Backup: 1}, Streamer: alice.ID, Actor: "test"})
		return err
	},
	"RestoreAs": func(ctx context.Context, s *Store, _ *registry.Streamer) error {
		_, err := s.Restore(ctx, RestoreRequest{From: Source{Backup: 1}, As: "carol", Actor: "test"})
		if errors.Is(err, registry.ErrTaken) {
			return nil // it was done
		}
		return err
	},
	"Clone": func(ctx context.Context, s *Store, alice *registry.Streamer) error {
		_, _, err := s.CloneStreamer(ctx, Clone{Source: alice.ID, Username: "twin", Actor: "test"})
		if errors.Is(err, registry.ErrTaken) {
			return nil // it was done
		}
		return err
	},
	"Delete": func(ctx context.Context, s *Store, _ *registry.Streamer) error {
		err := s.DeleteBackup(ctx, 2, "test")
		if errors.Is(err, registry.ErrNotFound) {
			return nil
		}
		return err
	},
}

// TestKilledWorker is no test but the process that TestKillsAtEveryStep starts.
func TestKilledWorker(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("runs only as a process of TestKillsAtEveryStep")
	}
	last, err := strconv.Atoi(os.Getenv(killStep))
	require.NoError(t, err)
	n, armed := 0, false
	s := openAgain(t, dir, Options{Fault: func(string) error {
		if armed {
			if n++; n == last {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
		return nil
	}})
	alice, err := s.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	armed = true
	require.NoError(t, killedWork[os.Getenv(killWork)](t.Context(), s, alice))
	armed = false
	require.NoError(t, s.Close(context.Background()))
}

// killed runs the work in a process that is killed before a step, and says whether it was.
func killed(t *testing.T, dir, work string, step int) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWorker$", "-test.count=1")
	cmd.Env = append(os.Environ(), killDir+"="+dir, killStep+"="+strconv.Itoa(step), killWork+"="+work)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	require.NoError(t, err, string(out))
	return false
}

// Killed before any step of any operation, the next start finds either nothing of it or all
// of it, and doing it again comes to the same.
func TestKillsAtEveryStep(t *testing.T) {
	t.Parallel()
	for work := range killedWork {
		t.Run(work, func(t *testing.T) {
			t.Parallel()
			steps := 0
			for step := firstStep(); ; step += stepsBetween() {
				dir := filepath.Join(t.TempDir(), "data")
				want := prepare(t, dir)
				wasKilled := killed(t, dir, work, step)
				settled(t, dir, work, want, step)
				if !wasKilled {
					break
				}
				steps++
			}
			require.NotZero(t, steps)
			t.Logf("killed before %d steps", steps)
		})
	}
}

// The short form takes every fourth step, other ones in each run.
func stepsBetween() int {
	if *long {
		return 1
	}
	return 4
}

func firstStep() int { return 1 + os.Getpid()%stepsBetween() }

// prepare makes an installation with alice, two backups of her, and a change since.
func prepare(t *testing.T, dir string) (digest string) {
	t.Helper()
	o := openAgain(t, dir, Options{})
	alice, _, err := o.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice"})
	require.NoError(t, err)
	fill(t, o.Tenant(alice.ID))
	s := &stand{Store: o, alice: alice}
	digest = s.backup(t, BackupRequest{}).Digest
	s.award(t, 10)
	s.backup(t, BackupRequest{})
	require.NoError(t, o.Close(context.Background()))
	return digest
}

// settled opens the installation anew, does the work again and holds everything against what
// should be.
func settled(t *testing.T, dir, work, first string, step int) {
	t.Helper()
	o := openAgain(t, dir, Options{})
	defer func() { require.NoError(t, o.Close(context.Background())) }()
	require.Empty(t, leftovers(t, dir), "after step %d", step)
	alice, err := o.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
	s := &stand{Store: o, alice: alice}
	s.consistent(t, dir)
	second, err := o.Registry.Backup(t.Context(), 2)
	if err == nil {
		require.Contains(t, []string{first, second.Digest}, s.digest(t, alice.ID), "what was, or what was restored")
	}
	require.NoError(t, killedWork[work](t.Context(), o, alice))
	switch work {
	case "Restore":
		require.Equal(t, first, s.digest(t, alice.ID))
	case "RestoreAs", "Clone":
		made, err := o.StreamerByName(t.Context(), map[string]string{"RestoreAs": "carol", "Clone": "twin"}[work])
		require.NoError(t, err)
		all := s.content(t, made.ID)
		require.NotZero(t, all.Tables["users"].Rows)
	}
	s.consistent(t, dir)
	require.NoError(t, o.VerifyAudit(t.Context()))
}

// openAgain waits for a process that another test is just starting: until it has begun, it has
// this one's lock too.
func openAgain(t *testing.T, dir string, o Options) (s *Store) {
	t.Helper()
	for range 1000 {
		var err error
		if s, err = Open(t.Context(), dir, o); !errors.Is(err, registry.ErrLocked) {
			require.NoError(t, err)
			return s
		}
		time.Sleep(5 * time.Millisecond)
	}
	require.Fail(t, "the directory stays locked")
	return nil
}

// consistent holds rows and files against each other: each backup is sound, each file is a
// backup's or a streamer's.
func (s *stand) consistent(t *testing.T, dir string) {
	t.Helper()
	known := map[string]bool{}
	rows, err := s.Backups(t.Context(), registry.AllBackups, 0, 100)
	require.NoError(t, err)
	for _, b := range rows {
		known["backups/"+b.File], known["backups/"+b.File+".json"] = true, true
		_, err := s.VerifyBackup(t.Context(), Source{Backup: b.ID}, "test")
		require.NoError(t, err)
	}
	streamers, err := s.Streamers(t.Context(), 0, 100, "")
	require.NoError(t, err)
	for _, one := range streamers {
		require.Equal(t, registry.Active, one.State)
		_, err := s.Tenant(one.ID).UserByName(t.Context(), "Ünal")
		require.NoError(t, err)
		name, err := filepath.Rel(dir, s.ShardPath(one))
		require.NoError(t, err)
		known[name] = true
	}
	for _, room := range []string{"backups", "shards"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(dir, room), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, _ := filepath.Rel(dir, path)
			name = strings.TrimSuffix(strings.TrimSuffix(name, "-wal"), "-shm")
			require.True(t, known[name], "nobody's: %s", name)
			return nil
		}))
	}
}

// Any step may fail, too: then nothing has changed, and nothing is left.
func TestFaultsAtEveryStep(t *testing.T) {
	t.Parallel()
	for work, do := range killedWork {
		t.Run(work, func(t *testing.T) {
			t.Parallel()
			for last := firstStep(); ; last += stepsBetween() {
				dir := filepath.Join(t.TempDir(), "data")
				first := prepare(t, dir)
				n := -1000
				s := openAgain(t, dir, Options{Fault: func(step string) error {
					if n++; n == last {
						return fmt.Errorf("%s: %w", step, syscall.EIO)
					}
					return nil
				}})
				alice, err := s.StreamerByName(t.Context(), "alice")
				require.NoError(t, err)
				n = 0
				failed := do(t.Context(), s, alice)
				reached := n >= last
				n = -1000
				if work != "Delete" { // what goes, goes at the next start
					require.Empty(t, leftovers(t, dir))
				}
				require.NoError(t, s.Close(context.Background()))
				settled(t, dir, work, first, last)
				if !reached {
					require.NoError(t, failed)
					break
				}
			}
		})
	}
}
