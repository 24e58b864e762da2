package legacy

import (
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/tenant"
)

// difference finds what Verify says about one code of one table.
func difference(v shard.Verification, table, code string) legacy.Difference {
	for _, d := range v.Differences {
		if d.Table == table && d.Code == code {
			return d
		}
	}
	return legacy.Difference{}
}

func TestVerifyExplainsWhatUseHasChanged(t *testing.T) {
	t.Parallel()
	s := store(t)
	report, ts := moved(t, s, oldDatabase(t))
	v, err := s.VerifyImport(t.Context(), report.Run, "", nil)
	require.NoError(t, err)
	require.True(t, v.OK)
	require.Empty(t, v.Differences)
	require.Equal(t, legacy.Compared{Imported: 3, Same: 3}, v.Tables["users"])

	ann, err := ts.UserByName(t.Context(), "Ann")
	require.NoError(t, err)
	_, err = ts.AddPoints(t.Context(), "Ann", tenant.Award{Amount: 50, Source: "chat"})
	require.NoError(t, err)
	_, err = ts.CreateUser(t.Context(), tenant.NewUser{Username: "Newcomer"})
	require.NoError(t, err)
	twin, err := ts.UserByName(t.Context(), "Jürgen")
	require.NoError(t, err)
	require.NoError(t, ts.DeleteUser(t.Context(), twin.ID))
	_, err = ts.SetProfile(t.Context(), "Ann", tenant.Profile{})
	require.NoError(t, err)
	v, err = s.VerifyImport(t.Context(), report.Run, "", nil)
	require.NoError(t, err)
	require.True(t, v.OK, "%+v", v.Differences)
	require.Equal(t, legacy.Difference{Code: "changed", Table: "user_points", Count: 1, Example: fmt.Sprint(int64(ann.ID)), Expected: true},
		difference(v, "user_points", "changed"))
	require.EqualValues(t, 1, difference(v, "users", "added").Count)
	require.EqualValues(t, 1, difference(v, "users", "removed").Count)
	require.EqualValues(t, 1, difference(v, "user_points", "removed-with-viewer").Count)
}

// What no use explains is said to be so.
func TestVerifySeesDamage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, table, code string }{
		"Balance":    {`UPDATE user_points SET channel_points = channel_points + 1, updated_at = 9e12`, "user_points", "balance-without-ledger"},
		"DropPoints": {`UPDATE user_points SET drop_points = 0, updated_at = 9e12`, "user_points", "balance-without-ledger"},
		"Name":       {`UPDATE users SET username = 'Bob', username_key = 'bob' WHERE username = 'Ann'`, "users", "changed-unnoticed"},
		"LedgerRow":  {`DELETE FROM point_transactions WHERE source = 'chat'`, "point_transactions", "removed"},
		"Amount":     {`UPDATE point_transactions SET amount = 71 WHERE source = 'chat'`, "point_transactions", "changed-unnoticed"},
		"OldRow": {`INSERT INTO point_transactions (id, streamer_id, user_id, kind, amount, source, created_at)
			SELECT min(id) + 1, streamer_id, user_id, 'channel', 0, 'chat', 1 FROM point_transactions WHERE source = 'chat'`, "point_transactions", "added-among-old"},
		"PointsRow": {`DELETE FROM user_points WHERE channel_points = 100`, "user_points", "removed"},
		"Tip":       {`UPDATE tips SET content = 'other'`, "tips", "changed-unnoticed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, from := t.TempDir(), oldDatabase(t)
			s := openStore(t, dir)
			report, _, err := s.ImportLegacy(t.Context(), request(from), nil)
			require.NoError(t, err)
			closeStore(t, s)
			harm(t, dir, c.sql)
			s = openStore(t, dir)
			defer closeStore(t, s)
			v, err := s.VerifyImport(t.Context(), report.Run, "", nil)
			require.NoError(t, err)
			require.False(t, v.OK)
			require.Equal(t, int64(1), min(difference(v, c.table, c.code).Count, 1), "%+v", v.Differences)
			require.False(t, difference(v, c.table, c.code).Expected)
		})
	}
}

// harm changes the only streamer's closed file behind everybody's back.
func harm(t *testing.T, dir, sql string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "data", "shards", "*", "*.db"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	c := opened(t, files[0])
	run(t, c, sql)
	require.NoError(t, c.Close())
}

func TestVerifyWithTheSourceItself(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	report, _ := moved(t, s, from)
	v, err := s.VerifyImport(t.Context(), report.Run, from, nil)
	require.NoError(t, err)
	require.True(t, v.OK)
	_, err = s.VerifyImport(t.Context(), report.Run, manyRows(t), nil)
	require.ErrorIs(t, err, legacy.ErrRefused)
	require.ErrorContains(t, err, "is not the source that was imported then")
	_, err = s.VerifyImport(t.Context(), "never", "", nil)
	require.ErrorIs(t, err, registry.ErrNotFound)
}

func TestAnImportIsTakenBack(t *testing.T) {
	t.Parallel()
	s, from := store(t), oldDatabase(t)
	before := tree(t, s.Dir())
	report, key, err := s.ImportLegacy(t.Context(), request(from), nil)
	require.NoError(t, err)
	back := shard.RollBack{Run: report.Run, Actor: "test", DryRun: true}
	done, err := s.RollBackImport(t.Context(), back)
	require.NoError(t, err)
	require.Equal(t, "dry-run", done.Status)
	_, err = s.StreamerByName(t.Context(), "codingbutter")
	require.NoError(t, err)

	back.DryRun = false
	done, err = s.RollBackImport(t.Context(), back)
	require.NoError(t, err)
	require.Equal(t, shard.RolledBack{Run: report.Run, Streamer: "codingbutter", StreamerID: report.StreamerID, Status: "rolled-back", Backup: report.Backup}, done)
	after := tree(t, s.Dir())
	delete(after, "/"+report.Backup)
	require.Equal(t, before, after, "nothing else is left")
	_, err = s.StreamerByName(t.Context(), "codingbutter")
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, err = s.Authenticate(t.Context(), key)
	require.ErrorIs(t, err, registry.ErrUnknownKey)
	_, err = s.RollBackImport(t.Context(), back)
	require.ErrorIs(t, err, registry.ErrWrongState)
	_, err = s.VerifyImport(t.Context(), report.Run, "", nil)
	require.ErrorIs(t, err, registry.ErrWrongState)
	require.Len(t, auditDetails(t, s, "legacy.rollback"), 1)

	out := filepath.Join(t.TempDir(), "out")
	files, err := s.Source(t.Context(), report.Run, out)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(out, "old.db"), files[0])
	again, _ := moved(t, s, files[0])
	require.NotEqual(t, report.StreamerID, again.StreamerID, "an id is never used twice")
	_, err = s.Source(t.Context(), again.Run, out)
	require.ErrorIs(t, err, registry.ErrInvalid, "nothing is written over")
}

func TestAStreamerThatWasUsedIsNotTakenBackUnlessForced(t *testing.T) {
	t.Parallel()
	s := store(t)
	report, ts := moved(t, s, oldDatabase(t))
	_, err := ts.AddPoints(t.Context(), "Ann", tenant.Award{Amount: 50, Source: "chat"})
	require.NoError(t, err)
	back := shard.RollBack{Run: report.Run, Actor: "test"}
	_, err = s.RollBackImport(t.Context(), back)
	require.ErrorIs(t, err, shard.ErrChanged)
	u, err := ts.UserByName(t.Context(), "Ann")
	require.NoError(t, err, "he is served as before")
	require.EqualValues(t, 150, u.Points.Channel)

	back.Force = true
	done, err := s.RollBackImport(t.Context(), back)
	require.NoError(t, err)
	require.True(t, done.Changed)
	kept := opened(t, filepath.Join(s.Dir(), done.Kept))
	row, err := kept.Query(`SELECT channel_points FROM user_points WHERE channel_points = 150`, nil)
	require.NoError(t, err)
	require.NoError(t, row.Next(make([]driver.Value, 1)), "his file is kept as it was")
	require.NoError(t, row.Close())
	require.NoError(t, kept.Close())
	_, err = ts.UserByName(t.Context(), "Ann")
	require.ErrorIs(t, err, registry.ErrNotFound)
}
