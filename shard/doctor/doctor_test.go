package doctor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/doctor"
)

// ailment is one thing that can be wrong, made to happen.
type ailment struct {
	code  doctor.Code
	of    string // whose it is, "" nobody's
	down  func(h *house)
	live  func(h *house) // after the store was opened
	order doctor.Order
	fixed bool // by --fix
	after func(h *house)
}

var ailments = joined(strangers, accesses, sidecars, states, contents, deeps, affairs)

var strangers = map[string]ailment{
	"Orphan": {code: doctor.OrphanFile, fixed: true, down: func(h *house) { h.copyFile(h.path("LOCK"), h.path("shards/07/0000000007.1.db")) }, after: inTrash("0000000007.1.db")},
	"OrphanWhileServing": {code: doctor.OrphanFile, fixed: true, live: func(h *house) { h.copyFile(h.path("LOCK"), h.path("shards/07/0000000007.1.db")) },
		after: inTrash("0000000007.1.db")},
	"OrphanWithLog": {code: doctor.OrphanFile, fixed: true, down: func(h *house) {
		h.copyFile(h.path("LOCK"), h.path("shards/07/0000000007.1.db"))
		h.copyFile(h.path("LOCK"), h.path("shards/07/0000000007.1.db-wal"))
	}, after: inTrash("0000000007.1.db-wal")},
	"SameUUID":      {code: doctor.DuplicateUUID, of: "alice", fixed: true, down: func(h *house) { h.copyFile(h.path(aliceFile), h.path("shards/07/0000000007.1.db")) }},
	"Other'sUUID":   {code: doctor.DuplicateUUID, of: "alice", down: func(h *house) { h.copyFile(h.path(bobFile), h.path(aliceFile)) }},
	"Leftover":      {code: doctor.LeftoverFile, fixed: true, live: func(h *house) { h.old("tmp/build-0000000009.db", 2*time.Hour) }, after: gone("tmp/build-0000000009.db")},
	"LeftoverTree":  {code: doctor.LeftoverFile, fixed: true, live: func(h *house) { h.old("tmp/export-1/x.db", 2*time.Hour); h.age("tmp/export-1", 2*time.Hour) }, after: gone("tmp/export-1")},
	"PurgeLeftover": {code: doctor.PurgeLeftover, fixed: true, down: purgedFile, after: gone("shards/05/0000000005.1.db")},
	"PurgeInTrash": {code: doctor.PurgeLeftover, fixed: true, down: func(h *house) {
		purgedFile(h)
		require.NoError(h, os.Rename(h.path("shards/05/0000000005.1.db"), h.path("trash/orphan-20260101T000000.000-0000000005.1.db")))
	}, after: gone("trash/orphan-20260101T000000.000-0000000005.1.db")},
}

var accesses = map[string]ailment{
	"File":      {code: doctor.Permissions, fixed: true, live: func(h *house) { h.chmod(aliceFile, 0o640) }},
	"Directory": {code: doctor.Permissions, fixed: true, down: func(h *house) { h.chmod("shards", 0o755) }},
	"Data":      {code: doctor.Permissions, fixed: true, down: func(h *house) { h.chmod(".", 0o755) }},
	"Registry":  {code: doctor.Permissions, fixed: true, live: func(h *house) { h.chmod("registry.db", 0o604) }},
	"MasterKey": {code: doctor.Permissions, fixed: true, down: func(h *house) { require.NoError(h, os.Chmod(h.dir+".key", 0o644)) }},
	"Everything": {code: doctor.Permissions, fixed: true, down: func(h *house) {
		for i := range 30 {
			name := "backups/" + strings.Repeat("x", i+1)
			h.copyFile(h.path("LOCK"), h.path(name))
			h.chmod(name, 0o666)
		}
	}},
	"NoMasterKey": {code: doctor.MasterKey, live: func(h *house) { require.NoError(h, os.Rename(h.dir+".key", h.dir+".lost")) }},
}

var sidecars = map[string]ailment{
	"LogOfNobody": {code: doctor.StaleSidecar, fixed: true, down: func(h *house) { h.copyFile(h.path("LOCK"), h.path("shards/07/0000000007.1.db-wal")) },
		after: inTrash("0000000007.1.db-wal")},
	"JournalOfNobody": {code: doctor.StaleSidecar, fixed: true, live: func(h *house) { h.copyFile(h.path("LOCK"), h.path("shards/07/0000000007.1.db-journal")) }},
	"Journal":         {code: doctor.StaleSidecar, of: "alice", fixed: true, down: func(h *house) { h.copyFile(h.path("LOCK"), h.path(aliceFile+"-journal")) }, after: serves},
	"LongLog": {code: doctor.WALOverLimit, of: "alice", fixed: true, down: func(h *house) {
		require.NoError(h, os.Truncate(h.path(aliceFile+"-wal"), 200<<20))
	}, after: func(h *house) {
		serves(h)
		info, err := os.Stat(h.path(aliceFile + "-wal"))
		require.NoError(h, err)
		require.Less(h, info.Size(), int64(1<<20))
	}},
}

var states = map[string]ailment{
	"FoundWrongAndRightAgain": {code: doctor.Quarantined, of: "alice", fixed: true, live: func(h *house) {
		require.NoError(h, os.Rename(h.path(aliceFile), h.dir+".away"))
		_, err := h.balance(h.alice)
		require.ErrorIs(h, err, shard.ErrQuarantined)
		require.NoError(h, os.Rename(h.dir+".away", h.path(aliceFile)))
	}, after: serves},
	"DiskFailed": {code: doctor.Quarantined, of: "alice", live: func(h *house) {
		_, err := h.store.SetState(h.Context(), h.alice.ID, []registry.State{registry.Active}, registry.Quarantined, "I/O error: disk", "test")
		require.NoError(h, err)
	}},
	"Held": {code: doctor.Held, of: "alice", live: func(h *house) {
		_, err := h.store.SetState(h.Context(), h.alice.ID, []registry.State{registry.Active}, registry.Held, "job 3 failed", "test")
		require.NoError(h, err)
	}},
	"TrashOver": {code: doctor.TrashOverdue, of: "alice", down: func(h *house) {
		h.registry(`UPDATE streamers SET state = 'trashed', purge_after = 1000 WHERE username = 'alice'`)
	}},
	"Removed": {code: doctor.FileMissing, of: "alice", live: func(h *house) {
		h.give(h.alice, 1) // it is open
		require.NoError(h, os.Remove(h.path(aliceFile)))
	}},
	"RemovedWhileOpen": {code: doctor.FileReplaced, of: "alice", fixed: true, live: func(h *house) {
		h.give(h.alice, 1)
		require.NoError(h, os.Remove(h.path(aliceFile)))
	}, after: func(h *house) {
		_, err := h.balance(h.alice)
		require.ErrorIs(h, err, shard.ErrQuarantined, "nothing is acknowledged into a file without a name")
	}},
	"ReplacedWhileOpen": {code: doctor.FileReplaced, of: "alice", fixed: true, live: func(h *house) {
		h.give(h.alice, 1)
		h.copyFile(h.path(aliceFile), h.dir+".copy")
		require.NoError(h, os.Rename(h.dir+".copy", h.path(aliceFile)))
	}},
}

func joined(all ...map[string]ailment) map[string]ailment {
	one := map[string]ailment{}
	for _, some := range all {
		for name, a := range some {
			one[name] = a
		}
	}
	return one
}

const (
	aliceFile = "shards/01/0000000001.1.db"
	bobFile   = "shards/02/0000000002.1.db"
)

// TestEachAilmentIsFoundAndMendedWhereThatLosesNothing: a look changes nothing, a fix leaves
// nothing of its ailment, and nobody else is concerned.
func TestEachAilmentIsFoundAndMendedWhereThatLosesNothing(t *testing.T) {
	t.Parallel()
	for name, a := range ailments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.fall(a)
			a.order.Actor = "test"
			found := h.examine(a.order)
			require.Contains(t, of(found.Problems), a.code, "%+v", found.Problems)
			require.Equal(t, a.of, of(found.Problems)[a.code], "%+v", found.Problems)
			require.Empty(t, found.Fixed)
			h.fixable(found, a)
			a.order.Fix = true
			mended := h.examine(a.order)
			if !a.fixed {
				require.Contains(t, of(mended.Problems), a.code)
			} else {
				require.NotContains(t, of(mended.Problems), a.code, "%+v", mended.Problems)
				require.Contains(t, of(mended.Fixed), a.code)
				require.Positive(t, h.audited())
			}
			if a.after != nil {
				a.after(h)
			}
			n, err := h.balance(h.bob)
			require.NoError(t, err)
			require.EqualValues(t, 20, n, "bob is served all the while")
		})
	}
}

func (h *house) fall(a ailment) {
	h.Helper()
	h.close()
	if a.down != nil {
		a.down(h)
	}
	h.o.Examined = true
	h.open()
	if a.live != nil {
		a.live(h)
	}
}

func (h *house) fixable(r doctor.Report, a ailment) {
	h.Helper()
	for _, p := range r.Problems {
		if p.Code == a.code {
			require.Equal(h, a.fixed, p.Fixable, "%+v", p)
		}
	}
}

// audited counts what the doctor has written down.
func (h *house) audited() int {
	h.Helper()
	rows, err := h.store.AuditRows(h.Context(), registry.AuditFilter{Action: "doctor", Actor: "test", Limit: 100})
	require.NoError(h, err)
	return len(rows)
}

func (h *house) chmod(name string, to os.FileMode) {
	h.Helper()
	require.NoError(h, os.Chmod(h.path(name), to))
}

func (h *house) old(name string, by time.Duration) {
	h.Helper()
	h.copyFile(h.path("LOCK"), h.path(name))
	h.age(name, by)
}

func (h *house) age(name string, by time.Duration) {
	h.Helper()
	then := time.Now().Add(-by)
	require.NoError(h, os.Chtimes(h.path(name), then, then))
}

func purgedFile(h *house) {
	h.registry(`INSERT INTO purges (streamer_id, streamer, shard_uuid, certificate, purged_at) VALUES (5, 'eve', 'x', '{}', 1)`)
	h.copyFile(h.path("LOCK"), h.path("shards/05/0000000005.1.db"))
}

func inTrash(name string) func(*house) {
	return func(h *house) {
		found, err := filepath.Glob(h.path("trash/orphan-*-" + name))
		require.NoError(h, err)
		require.Len(h, found, 1, "nothing is lost")
	}
}

func gone(name string) func(*house) {
	return func(h *house) {
		_, err := os.Lstat(h.path(name))
		require.ErrorIs(h, err, os.ErrNotExist)
	}
}

func serves(h *house) {
	n, err := h.balance(h.alice)
	require.NoError(h, err)
	require.EqualValues(h, 10, n)
}
