package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// condemned is a streamer in the trash with everything that a purge has to find.
func condemned(t testing.TB, r *Registry) *Streamer {
	t.Helper()
	s, _, err := r.CreateStreamer(t.Context(), NewStreamer{Username: "alice", KickUserID: text2("7"), Actor: "test"})
	require.NoError(t, err)
	rename(t, r, s, "anna")
	for name, body := range map[string]string{
		"shards/01/0000000001.1.db-wal": "log", "shards/01/0000000001.2.db": "generation",
		"trash/orphan-20260101T000000.000-0000000001.1.db": "orphan", "trash/0000000001.1.db": "old",
		"trash/orphan-20260101T000000.000-0000000010.1.db": "another's",
		"backups/0000000001/a.db":                          "backup", "backups/0000000001/a.db.json": "{}", "backups/elsewhere.db": "backup",
		"backups/0000000001/b.db": "not on record", "backups/legacy/r.sealed": "sealed",
		"backups/migrations/job-1/0000000001.1.v1.db": "from before a migration", "backups/migrations/job-1/0000000011.1.v1.db": "another's", "backups/0000000010/a.db": "another's",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(r.Dir(), filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(r.Dir(), name), []byte(body), 0o600))
	}
	require.NoError(t, r.write(t.Context(), func(tx *Tx) error {
		for _, b := range []struct {
			id           int64
			target, file string
		}{{1, "local", "0000000001/a.db"}, {1, "local", "elsewhere.db"}, {1, "s3", "bucket/1.db"}, {0, "local", "backups/registry.db"}} {
			err := tx.run(`
				INSERT INTO backups (streamer_id, streamer, target, file, bytes, sha256, digest, schema_version, generation, commit_seq, manifest, created_at)
				VALUES (?1, 'anna', ?2, ?3, 1, ?4, ?4, 1, 1, 1, '{}', ?5)`, b.id, b.target, b.file, strings.Repeat("0", 64), tx.now.UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	}))
	_, err = r.Trash(t.Context(), s.ID, time.Hour, "test")
	require.NoError(t, err)
	return s
}

func wrapped(t testing.TB, r *Registry, s *Streamer) []byte {
	t.Helper()
	row, err := r.one(t.Context(), `SELECT data_key FROM streamers WHERE id = ?1`, int64(s.ID))
	require.NoError(t, err)
	return bytes.Clone(row[0].([]byte))
}

// A fault at each step of a purge: the key is gone or everything is as it was, and a rerun ends
// where one without faults ends, in the same process and in the next.
func TestAPurgeIsFinishedByARerun(t *testing.T) {
	t.Parallel()
	for step := range 40 {
		dir, c, seen, broken := dataDir(t), newClock(), 0, true
		r := open(t, dir, Options{Now: c.now})
		s := condemned(t, r)
		key := wrapped(t, r, s)
		r.dir.fault = func(string) error {
			seen++
			if broken && seen == step+1 {
				return errors.New("injected")
			}
			return nil
		}
		p := Purging{Actor: "test", Sources: []string{"backups/legacy/r.sealed", "backups/legacy/none.sealed"}}
		done, err := r.Purge(t.Context(), s.ID, p)
		last := seen <= step
		broken = false
		if !last {
			require.ErrorContains(t, err, "injected")
			_, err = r.DataKey(t.Context(), s.ID)
			require.ErrorIs(t, err, ErrNotFound, "the key goes first")
			_, err = r.Undelete(t.Context(), s.ID, "test")
			require.ErrorIs(t, err, ErrWrongState)
			if step%2 == 0 {
				require.NoError(t, r.Close())
				r = open(t, dir, Options{Now: c.now})
			}
			var due []*Streamer
			due, err = r.PurgeDue(t.Context())
			require.NoError(t, err)
			require.Len(t, due, 1)
			done, err = r.Purge(t.Context(), due[0].ID, p)
		}
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(done.Removed), 10) // a restart takes the second generation for an orphan
		require.Len(t, done.OutOfReach, 2)
		require.EqualValues(t, 1, done.Keys)
		row, err := r.one(t.Context(), `SELECT certificate FROM purges`)
		require.NoError(t, err)
		kept, err := json.Marshal(done)
		require.NoError(t, err)
		require.JSONEq(t, text(row[0]), string(kept))
		log, err := r.Audit(t.Context(), s.ID, time.Time{}, 0, 100)
		require.NoError(t, err)
		require.Equal(t, "streamer.purge", log[len(log)-1].Action)
		require.JSONEq(t, string(kept), string(log[len(log)-1].Detail), "the log has it too")
		require.Empty(t, shardFiles(t, dir))
		for _, gone := range done.Removed {
			require.NoFileExists(t, filepath.Join(dir, gone))
		}
		require.FileExists(t, filepath.Join(dir, "trash/orphan-20260101T000000.000-0000000010.1.db"), "another's")
		require.FileExists(t, filepath.Join(dir, "backups/0000000010/a.db"))
		for _, file := range []string{"registry.db", "registry.db-wal"} {
			body, err := os.ReadFile(filepath.Join(dir, file))
			require.NoError(t, err)
			require.NotContains(t, string(body), string(key), "%s holds the key", file)
		}
		require.NoError(t, r.VerifyAudit(t.Context()))
		_, err = r.Purge(t.Context(), s.ID, p)
		require.ErrorIs(t, err, ErrNotFound)
		next, _, err := r.CreateStreamer(t.Context(), NewStreamer{Username: "anna", KickUserID: text2("7"), Actor: "test"})
		require.NoError(t, err, "name and Kick id are free")
		require.Greater(t, next.ID, s.ID)
		create(t, r, "alice") // the former one too
		require.NoError(t, r.Close())
		if last {
			require.Greater(t, step, 10, "there are steps to fail")
			return
		}
	}
	t.Fatal("more steps than expected")
}

func TestOnlyTheTrashIsPurged(t *testing.T) {
	t.Parallel()
	r, c := moving(t)
	s := create(t, r, "alice")
	_, err := r.Purge(t.Context(), s.ID, Purging{Actor: "test"})
	require.ErrorIs(t, err, ErrWrongState)
	_, err = r.PlanPurge(t.Context(), s.ID, Purging{})
	require.ErrorIs(t, err, ErrWrongState)
	_, err = r.Trash(t.Context(), s.ID, time.Hour, "test")
	require.NoError(t, err)
	due, err := r.PurgeDue(t.Context())
	require.NoError(t, err)
	require.Empty(t, due)
	c.move(time.Hour)
	due, err = r.PurgeDue(t.Context())
	require.NoError(t, err)
	require.Len(t, due, 1)
	_, err = r.Undelete(t.Context(), s.ID, "test")
	require.NoError(t, err)
	_, err = r.Trash(t.Context(), s.ID, time.Hour, "test")
	require.NoError(t, err)
	_, err = r.Purge(t.Context(), s.ID, Purging{Due: true})
	require.ErrorIs(t, err, ErrWrongState, "he was had back and deleted anew since he was found due")
	plan, err := r.PlanPurge(t.Context(), s.ID, Purging{})
	require.NoError(t, err)
	require.Len(t, plan.Removed, 1)
	require.Nil(t, plan.PurgedAt)
	require.FileExists(t, r.ShardPath(s))

	other := create(t, r, "bob")
	_, err = r.Purge(t.Context(), other.ID, Purging{Actor: "test", Force: true})
	require.NoError(t, err)
	require.NoFileExists(t, r.ShardPath(other))
}
