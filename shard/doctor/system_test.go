package doctor

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"streamvault/registry"
)

// examined is an examination of an installation with nobody in it.
func examined(t *testing.T) *examination {
	t.Helper()
	r, err := registry.Open(t.Context(), filepath.Join(t.TempDir(), "data"), registry.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return &examination{House: House{Registry: r, Room: func() error { return nil }}, proc: "/proc", statfs: unix.Statfs}
}

func codes(found []Problem) (all []Code) {
	for _, p := range found {
		all = append(all, p.Code)
	}
	return all
}

// A system that tells of no processes is not taken for one on which none has a file open.
func TestASystemThatTellsOfNoProcesses(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		proc string
		want []Code
	}{
		"None":       {filepath.Join(t.TempDir(), "proc"), []Code{ProcessesUnknown}},
		"NotMounted": {t.TempDir(), []Code{ProcessesUnknown}},
		"Proc":       {"/proc", nil},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			e, f := examined(t), findings{}
			e.proc = c.proc
			require.NoError(t, e.processes(t.Context(), &f))
			require.Empty(t, f.problems)
			require.Equal(t, c.want, codes(f.notes))
		})
	}
}

// A disk is told of while there is still room to act in.
func TestADiskThatFillsUp(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		free uint64 // of 1000 blocks
		want []Code
	}{
		"Full":         {0, []Code{DiskNear}},
		"Nearly":       {49, []Code{DiskNear}},
		"ATwentieth":   {50, nil},
		"EmptyEnough":  {900, nil},
		"ManyTerabyte": {1 << 40, nil},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			e, f := examined(t), findings{}
			e.statfs = func(path string, disk *unix.Statfs_t) error {
				require.Equal(t, e.Registry.Dir(), path)
				*disk = unix.Statfs_t{Blocks: 1000, Bavail: c.free, Bsize: 4096}
				return nil
			}
			require.NoError(t, e.machine(t.Context(), &f))
			require.Empty(t, f.problems)
			require.Equal(t, c.want, codes(f.notes))
		})
	}
}
