package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"streamvault/test/program"
)

// volume is a file system of its own, of which the tests may dispose.
type volume struct {
	testing.TB
	image, dir string
	mounted    bool
}

// newVolume mounts an empty ext4 over a home. The image is sparse: what is not used costs
// nothing.
func newVolume(h program.Home, bytes int64) *volume {
	h.Helper()
	needVolumes(h)
	v := &volume{TB: h.TB, image: filepath.Join(h.TempDir(), "image"), dir: h.Dir}
	require.NoError(h, os.WriteFile(v.image, nil, 0o600))
	require.NoError(h, os.Truncate(v.image, bytes))
	v.run("mkfs.ext4", "-q", "-F", "-m", "0", v.image)
	h.Cleanup(v.drop)
	if out, err := v.mount(); err != nil {
		skip(h, "this system does not let the tests mount: "+out)
	}
	return v
}

func needVolumes(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		skip(t, "mounting needs root")
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		skip(t, "there are no loop devices")
	}
	for _, tool := range []string{"mkfs.ext4", "e2fsck", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, tool+" is not installed")
		}
	}
}

// skip tells why a test cannot be run here. Where nothing may be left out, it fails.
func skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("STREAMVAULT_CI") != "" {
		t.Fatal("STREAMVAULT_CI is set, so this may not be left out: " + why)
	}
	t.Skip(why)
}

func (v *volume) run(name string, args ...string) {
	v.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(v, err, "%s %s: %s", name, strings.Join(args, " "), out)
}

func (v *volume) mount() (string, error) {
	out, err := exec.Command("mount", "-o", "loop", v.image, v.dir).CombinedOutput()
	v.mounted = err == nil
	return string(out), err
}

func (v *volume) unmount() {
	v.Helper()
	v.run("umount", v.dir)
	v.mounted = false
}

// drop leaves neither mount nor loop device, whatever happened.
func (v *volume) drop() {
	if v.mounted {
		v.run("umount", "--lazy", v.dir)
	}
}

// The ioctl ends a mounted ext4 as it stands. Only with this flag is that a power cut: the
// others write the journal, or everything, first.
const (
	ext4Shutdown   = 0x8004587d
	withoutJournal = 2
)

// cut takes the power from a server that works on the volume, then has it checked and
// mounted again. What the server answered is on its way to the clients before the cut.
func (v *volume) cut(s *program.Server) {
	v.Helper()
	require.NoError(v, s.Cmd.Process.Signal(syscall.SIGSTOP))
	require.Eventually(v, func() bool { return stopped(s.PID()) }, 10*time.Second, time.Millisecond)
	root, err := os.Open(v.dir)
	require.NoError(v, err)
	err = unix.IoctlSetPointerInt(int(root.Fd()), ext4Shutdown, withoutJournal)
	require.NoError(v, root.Close())
	require.NoError(v, err)
	s.Kill()
	v.unmount()
	v.check()
	out, err := v.mount()
	require.NoError(v, err, out)
}

// check plays the journal back, as a system does when it starts, and wants nothing worse.
func (v *volume) check() {
	v.Helper()
	cmd := exec.Command("e2fsck", "-f", "-p", v.image)
	out, _ := cmd.CombinedOutput()
	const repaired = 1 // the journal, too, counts as that
	require.LessOrEqual(v, cmd.ProcessState.ExitCode(), repaired, string(out))
}

// stopped says whether no thread of a process runs or waits for the disk any more.
func stopped(pid string) bool {
	threads, _ := filepath.Glob("/proc/" + pid + "/task/*/stat")
	for _, name := range threads {
		stat, err := os.ReadFile(name)
		_, state, _ := strings.Cut(string(stat), ") ")
		if err != nil || !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return len(threads) > 0
}
