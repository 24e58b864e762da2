package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// replicators may read registry.db beside us: they keep to SQLite's locks.
var replicators = map[string]bool{"litestream": true}

// processes reports programs other than this one, and what it has started, that have a
// database of ours open.
func (e *examination) processes(_ context.Context, f *findings) error {
	all, err := os.ReadDir(e.proc)
	if err == nil {
		_, err = os.Stat(filepath.Join(e.proc, strconv.Itoa(os.Getpid()), "fd")) // one that is not mounted is an empty directory
	}
	if err != nil {
		f.note(subject{}, ProcessesUnknown, e.proc+" does not tell of processes: "+err.Error())
		return nil
	}
	by := map[string]subject{}
	for _, s := range e.streamers {
		by[e.Registry.ShardName(s)] = subject{s.ID, s.Username}
	}
	for _, p := range all {
		pid, err := strconv.Atoi(p.Name())
		if err != nil || ours(pid) {
			continue
		}
		for _, name := range databasesOf(pid, e.Registry.Dir()) {
			if replicators[command(pid)] && name == "registry.db" {
				continue
			}
			f.problem(by[name], ForeignProcess, fmt.Sprintf("process %d (%s) has %s open", pid, command(pid), name))
		}
	}
	return nil
}

// ours says whether a process is this one or was started by it.
func ours(pid int) bool {
	for range 32 { // ancestors
		if pid == os.Getpid() {
			return true
		}
		if pid = parent(pid); pid <= 1 {
			return false
		}
	}
	return false
}

// parent is behind the command in parentheses, which may hold anything, and the state.
func parent(pid int) int {
	body, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(body[strings.LastIndex(string(body), ")")+1:]), " ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	above, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return above
}

func command(pid int) string {
	body, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(body))
}

// databasesOf lists what a process has open of the registry and the streamers' files, logs
// counted with their files. What it may not tell is left out.
func databasesOf(pid int, dir string) (names []string) {
	open := fmt.Sprintf("/proc/%d/fd", pid)
	fds, err := os.ReadDir(open)
	if err != nil {
		return nil // it has ended, or is somebody else's
	}
	seen := map[string]bool{}
	for _, fd := range fds {
		to, err := os.Readlink(filepath.Join(open, fd.Name()))
		if err != nil {
			continue
		}
		rel, err := filepath.Rel(dir, strings.TrimSuffix(to, " (deleted)"))
		name := database(filepath.ToSlash(rel))
		if err != nil || seen[name] || name != "registry.db" && !strings.HasPrefix(name, "shards/") {
			continue
		}
		seen[name] = true
		names = append(names, name)
	}
	return names
}
