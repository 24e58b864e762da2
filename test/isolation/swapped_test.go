package isolation

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/api"
	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

// lot is an installation at rest, with copies of what lay in it at other times.
type lot struct {
	dir, data       string
	alice, bob      string // their files
	good            string // a copy of alice's
	old             string // an earlier copy of alice's
	bobsLog, oldLog string // logs as they were under way: bob's, and alice's earlier one
	streamers       map[string]*registry.Streamer
}

func (l *lot) clear(t *testing.T) { require.NoError(t, os.Remove(l.alice)) }

func newLot(t *testing.T) *lot {
	t.Helper()
	l := &lot{dir: t.TempDir(), streamers: map[string]*registry.Streamer{}}
	s := openStore(t, l.dir)
	l.data = s.Dir()
	for _, name := range []string{"alice", "bob", "carol"} {
		l.streamers[name] = createStreamer(t, s, name)
	}
	l.alice, l.bob = s.ShardPath(l.streamers["alice"]), s.ShardPath(l.streamers["bob"])
	l.good, l.old, l.bobsLog, l.oldLog = l.dir+"/good", l.dir+"/old", l.dir+"/bobs-wal", l.dir+"/old-wal"
	give(t, s, l.streamers["carol"], 30)
	give(t, s, l.streamers["bob"], 20)
	copyFile(t, l.bob+"-wal", l.bobsLog)
	give(t, s, l.streamers["alice"], 10)
	copyFile(t, l.alice+"-wal", l.oldLog)
	closeStore(t, s)
	copyFile(t, l.alice, l.old)
	s = openStore(t, l.dir)
	give(t, s, l.streamers["alice"], 5)
	closeStore(t, s)
	copyFile(t, l.alice, l.good)
	return l
}

// lying is everything that lies there but for the registry, with its kind and content. A
// file that no row names is moved to the trash at a start, and counts as untouched there.
func (l *lot) lying(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if orphan := strings.Split(name, "-"); orphan[0] == "orphan" {
			name = strings.Join(orphan[2:], "-")
		}
		if err != nil || path == l.dir || strings.HasPrefix(name, "registry.db") || name == "LOCK" {
			return err
		}
		found[name] = d.Type().String()
		switch d.Type() {
		case 0:
			body, err := os.ReadFile(path)
			require.NoError(t, err)
			found[name] += string(body)
		case fs.ModeSymlink:
			to, err := os.Readlink(path)
			require.NoError(t, err)
			found[name] += to
		}
		return nil
	}))
	return found
}

// unchanged says which paths differ; the contents themselves are no text to print. To look
// at a log, SQLite makes an index beside it, or anew, and that is all that looking may change.
func unchanged(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path, was := range before {
		if index(path, was) {
			continue
		}
		is, there := after[path]
		require.True(t, there, "%s is gone", path)
		require.True(t, was == is, "%s was changed", path)
	}
	for path, is := range after {
		_, there := before[path]
		empty := strings.HasSuffix(path, "-wal") && is == fs.FileMode(0).String()
		require.True(t, there || index(path, is) || empty, "%s was made", path)
	}
}

func index(path, content string) bool {
	return strings.HasSuffix(path, "-shm") && strings.HasPrefix(content, "-")
}

// TestAMisplacedFileIsFoundAtOpen: nothing of a wrong file is served, changed or removed,
// its streamer is out of service, at the DataStore and over HTTP, and all others are served.
// It makes no difference whether the file came while the server was down or while it ran.
func TestAMisplacedFileIsFoundAtOpen(t *testing.T) {
	t.Parallel()
	for name, c := range swaps {
		t.Run(name+"/WhileDown", func(t *testing.T) {
			t.Parallel()
			l := newLot(t)
			c.put(t, l)
			before := l.lying(t)
			l.found(t, openStore(t, l.dir), c)
			unchanged(t, before, l.lying(t))
			l.found(t, openStore(t, l.dir), c) // nor after a restart
		})
		t.Run(name+"/WhileRunning", func(t *testing.T) {
			t.Parallel()
			l := newLot(t)
			s := openStore(t, l.dir)
			c.put(t, l)
			before := l.lying(t)
			l.found(t, s, c)
			unchanged(t, before, l.lying(t))
		})
	}
}

// found holds an installation against what a swap should have done to it, and closes it.
func (l *lot) found(t *testing.T, s *shard.Store, c swap) {
	t.Helper()
	l.refused(t, s, "alice", c.want)
	if c.also {
		l.refused(t, s, "bob", c.want)
	} else {
		l.served(t, s, "bob", 20)
	}
	l.served(t, s, "carol", 30)
	closeStore(t, s)
}

func (l *lot) refused(t *testing.T, s *shard.Store, name string, want error) {
	t.Helper()
	who := l.streamers[name]
	for range 2 {
		_, err := balance(t, s, who)
		require.ErrorIs(t, err, shard.ErrQuarantined)
		require.ErrorIs(t, err, want)
	}
	_, err := s.Tenant(who.ID).AddPoints(t.Context(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
	require.ErrorIs(t, err, shard.ErrQuarantined, "nor is anything written")
	shut, err := s.Streamer(t.Context(), who.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Quarantined, shut.State)
	require.NotEmpty(t, shut.StateReason)
	status, body := visit(s, "/"+name+"/api/leaderboard")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, `"code":"shard_quarantined"`)
	require.NotContains(t, body, l.dir, "where files lie is nobody's business")
}

func (l *lot) served(t *testing.T, s *shard.Store, name string, points int64) {
	t.Helper()
	n, err := balance(t, s, l.streamers[name])
	require.NoError(t, err)
	require.Equal(t, points, n)
	status, body := visit(s, "/"+name+"/api/leaderboard")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"viewer"`)
}

// visit asks a public page.
func visit(s *shard.Store, path string) (status int, body string) {
	w := httptest.NewRecorder()
	api.New(s, api.Options{}).Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// A rollback journal is never ours. While the server is down, it is swept aside before
// SQLite could play it back into a file; while it runs, its streamer is refused.
func TestAJournalIsNotPlayedBack(t *testing.T) {
	t.Parallel()
	l := newLot(t)
	hotJournal(t, l)
	s := openStore(t, l.dir)
	l.served(t, s, "alice", 15)
	l.served(t, s, "bob", 20)
	closeStore(t, s)
	s = openStore(t, l.dir)
	hotJournal(t, l)
	before := l.lying(t)
	l.refused(t, s, "alice", migrations.ErrUnsafeFile)
	closeStore(t, s)
	unchanged(t, before, l.lying(t))
}

// The right file in its place is served again, without anybody's doing.
func TestTheRightFileEndsAQuarantine(t *testing.T) {
	t.Parallel()
	l := newLot(t)
	copyFile(t, l.bob, l.alice)
	s := openStore(t, l.dir)
	defer closeStore(t, s)
	_, err := balance(t, s, l.streamers["alice"])
	require.ErrorIs(t, err, shard.ErrQuarantined)
	copyFile(t, l.good, l.alice)
	l.served(t, s, "alice", 15)
	back, err := s.Streamer(t.Context(), l.streamers["alice"].ID)
	require.NoError(t, err)
	require.Equal(t, registry.Active, back.State)
}
