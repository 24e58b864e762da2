package legacy

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard/tenant"
)

func TestAnOldDatabaseBecomesAStreamer(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	before := tree(t, filepath.Dir(from))
	report, ts := moved(t, s, from)
	require.Equal(t, before, tree(t, filepath.Dir(from)), "the source is as it was")

	require.Equal(t, legacy.Count{Source: 3, Carried: 3}, report.Tables["users"])
	require.Equal(t, legacy.Count{Source: 2, Carried: 1, Repaired: 1}, report.Tables["user_points"])
	require.Equal(t, legacy.Count{Source: 2, Carried: 1, Rejected: 1}, report.Tables["point_transactions"])
	require.Equal(t, legacy.Count{Source: 1, Carried: 1}, report.Tables["tips"])
	require.Equal(t, legacy.Sum{Source: 100, Result: 100}, report.Sums.ChannelPoints)

	ann, err := ts.UserByName(t.Context(), "ANN")
	require.NoError(t, err)
	require.Equal(t, tenant.Points{Channel: 100, Drop: 20, Drops: 2}, ann.Points)
	require.EqualValues(t, report.StreamerID<<32+1, ann.ID)
	summary, err := ts.LedgerSummary(t.Context(), ann.ID, tenant.ChannelPoints)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"chat": 70, "import": 30}, summary)
	for _, name := range []string{"J%C3%BCrgen", "Jürgen"} {
		u, err := ts.UserByName(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, name, u.Username)
		require.Zero(t, u.Points)
	}
	_, err = ts.AddPoints(t.Context(), "ann", tenant.Award{Amount: -100, Source: "spend"})
	require.NoError(t, err, "life goes on")
}

func TestTheSameSourceAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	first, ts := moved(t, s, from)
	_, err := ts.AddPoints(t.Context(), "Ann", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
	again := request(from)
	again.Streamer = "somebodyelse"
	for _, r := range []struct{ dry bool }{{false}, {true}} {
		again.DryRun = r.dry
		report, key, err := s.ImportLegacy(t.Context(), again, nil)
		require.NoError(t, err)
		require.Empty(t, key)
		require.Equal(t, legacy.AlreadyImported, report.Status)
		require.Equal(t, first.Run, report.Run)
		require.Equal(t, "codingbutter", report.Streamer)
		require.Equal(t, first.Tables, report.Tables)
	}
	all, err := s.Streamers(t.Context(), 0, 10, "")
	require.NoError(t, err)
	require.Len(t, all, 1)
	ann, err := ts.UserByName(t.Context(), "ann")
	require.NoError(t, err)
	require.EqualValues(t, 101, ann.Points.Channel)
}

func TestAnotherSourceIsRefusedWhereTheStreamerExists(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	moved(t, s, from)
	c := opened(t, from)
	run(t, c, `UPDATE users SET country = 'DE'`)
	require.NoError(t, c.Close())
	for _, dry := range []bool{false, true} {
		other := request(from)
		other.DryRun = dry
		_, _, err := s.ImportLegacy(t.Context(), other, nil)
		require.ErrorIs(t, err, registry.ErrTaken)
		require.ErrorContains(t, err, "--streamer")
	}
	other := request(from)
	other.Streamer = "second"
	report, _, err := s.ImportLegacy(t.Context(), other, nil)
	require.NoError(t, err, "it may become another streamer")
	require.Equal(t, "second", report.Streamer)
}

func TestADryRunLeavesNothing(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	before := tree(t, s.Dir())
	dry := request(from)
	dry.DryRun = true
	rehearsed, key, err := s.ImportLegacy(t.Context(), dry, nil)
	require.NoError(t, err)
	require.Empty(t, key)
	require.Equal(t, legacy.DryRun, rehearsed.Status)
	require.Equal(t, before, tree(t, s.Dir()))
	_, err = s.StreamerByName(t.Context(), "codingbutter")
	require.ErrorIs(t, err, registry.ErrNotFound)

	report, _ := moved(t, s, from)
	require.Equal(t, report.Tables, rehearsed.Tables)
	require.Equal(t, report.Sums, rehearsed.Sums)
	require.EqualValues(t, 1, report.StreamerID, "the dry run spent no id")
}

func TestARefusedSourceChangesNothing(t *testing.T) {
	t.Parallel()
	s := store(t)
	before := tree(t, s.Dir())
	for name, body := range map[string][]byte{"HTML": []byte("<html></html>"), "Empty": {}, "Cut": cut(t, oldDatabase(t))} {
		from := filepath.Join(t.TempDir(), name+".db")
		require.NoError(t, os.WriteFile(from, body, 0o600))
		_, _, err := s.ImportLegacy(t.Context(), request(from), nil)
		require.ErrorIs(t, err, legacy.ErrRefused, name)
		require.Equal(t, before, tree(t, s.Dir()))
		all, err := s.Streamers(t.Context(), 0, 10, "")
		require.NoError(t, err)
		require.Empty(t, all)
	}
}

func cut(t *testing.T, path string) []byte {
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	return body[:len(body)-5000]
}

// An import that is stopped half-way leaves no streamer, and the next try finishes.
func TestAStoppedImportLeavesNoStreamer(t *testing.T) {
	t.Parallel()
	s, from := store(t), manyRows(t)
	before := tree(t, s.Dir())
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := s.ImportLegacy(ctx, request(from), func(legacy.Progress) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, before, tree(t, s.Dir()))
	_, err = s.StreamerByName(t.Context(), "codingbutter")
	require.ErrorIs(t, err, registry.ErrNotFound)
	moved(t, s, from)
}

func TestASealedCopyOfTheSourceIsKept(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	report, _ := moved(t, s, from)
	info, err := os.Stat(filepath.Join(s.Dir(), filepath.FromSlash(report.Backup)))
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	source, err := os.Stat(from)
	require.NoError(t, err)
	require.Greater(t, info.Size(), source.Size())
	require.NoError(t, filepath.WalkDir(s.Dir(), func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		if e.IsDir() {
			return nil
		}
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		require.False(t, bytes.Contains(body, []byte(plainSecret)), "%s holds a secret in clear", path)
		return nil
	}))
}

func TestTheImportIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	report, _ := moved(t, s, from)
	found := auditDetails(t, s, "legacy.import")
	require.Len(t, found, 1)
	require.Contains(t, found[0], report.Run)
	require.Contains(t, found[0], "opening-entry")
}

func TestAnImportedStreamerSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	moved(t, s, oldDatabase(t))
	closeStore(t, s)
	s = openStore(t, dir)
	defer closeStore(t, s)
	streamer, err := s.StreamerByName(t.Context(), "codingbutter")
	require.NoError(t, err)
	require.Equal(t, "Butters", streamer.DisplayName)
	require.Len(t, users(t, s.Tenant(streamer.ID)), 3)
}

// Of two imports of one source at once, the second finds what the first has made.
func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	statuses := make(chan legacy.Status, 2)
	for _, name := range []string{"one", "two"} {
		go func() {
			r := request(from)
			r.Streamer = name
			report, _, err := s.ImportLegacy(context.Background(), r, nil)
			assert.NoError(t, err)
			statuses <- report.Status
		}()
	}
	require.ElementsMatch(t, []legacy.Status{legacy.Imported, legacy.AlreadyImported}, []legacy.Status{<-statuses, <-statuses})
}
