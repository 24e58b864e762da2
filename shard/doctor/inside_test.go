package doctor_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/doctor"
)

// contents are what a file says of itself.
var contents = map[string]ailment{
	"Version": {code: doctor.VersionMismatch, of: "alice", fixed: true, down: func(h *house) { h.registry(`UPDATE streamers SET schema_version = 1 WHERE username = 'alice'`) },
		after: func(h *house) {
			s, err := h.store.Streamer(h.Context(), h.alice.ID)
			require.NoError(h, err)
			require.Equal(h, h.alice.SchemaVersion, s.SchemaVersion)
		}},
	"Newer":             {code: doctor.FileNewer, of: "alice", down: func(h *house) { h.edit(h.path(aliceFile), `PRAGMA user_version = 99`) }},
	"Drift":             {code: doctor.SchemaDrift, of: "alice", down: func(h *house) { h.edit(h.path(aliceFile), `CREATE INDEX mine ON tips (content)`) }},
	"DriftLess":         {code: doctor.SchemaDrift, of: "alice", down: func(h *house) { h.edit(h.path(aliceFile), `DROP INDEX tips_in_order`) }},
	"DriftOfRegistry":   {code: doctor.SchemaDrift, down: func(h *house) { h.registry(`CREATE TABLE mine (x)`) }},
	"Quota":             {code: doctor.QuotaExceeded, of: "alice", down: func(h *house) { h.registry(`UPDATE streamers SET quota_bytes = 1000 WHERE username = 'alice'`) }},
	"Stale":             {code: doctor.RolledBack, of: "alice", down: func(h *house) { h.registry(`UPDATE streamers SET commit_mark = 1000 WHERE username = 'alice'`) }},
	"Mode":              {code: doctor.Damaged, of: "alice", down: func(h *house) { h.edit(h.path(aliceFile), `PRAGMA journal_mode = DELETE`) }},
	"ForeignProcess":    {code: doctor.ForeignProcess, of: "alice", live: func(h *house) { h.holdOpen(aliceFile) }},
	"ProcessOnRegistry": {code: doctor.ForeignProcess, live: func(h *house) { h.holdOpen("registry.db") }},
}

var deeply = doctor.Order{Deep: true}

// deeps are what only reading every row tells.
var deeps = map[string]ailment{
	"Pages": {code: doctor.Integrity, of: "alice", order: deeply, down: func(h *house) { h.scribble(h.path(aliceFile), -1024, 8) }},
	"Page":  {code: doctor.RowsUnreadable, of: "alice", order: deeply, down: func(h *house) { h.spoilTable("tips") }},
	"Rows": {code: doctor.ForeignRows, of: "alice", order: deeply, down: func(h *house) {
		h.edit(h.path(aliceFile), `INSERT INTO goals (streamer_id, id, label, target_value, updated_at) VALUES (2, 'x', 'x', 1, 1)`)
	}},
	"Keys": {code: doctor.ForeignKeys, of: "alice", order: deeply, down: func(h *house) {
		h.edit(h.path(aliceFile), `INSERT INTO powerup_inventory (streamer_id, user_id, powerup_type, quantity) VALUES (1, 77, 'x', 1)`)
	}},
	"Checks":  {code: doctor.Integrity, of: "alice", order: deeply, down: func(h *house) { h.edit(h.path(aliceFile), `UPDATE powerup_config SET cost = -1`) }},
	"Balance": {code: doctor.LedgerMismatch, of: "alice", order: deeply, down: func(h *house) { h.edit(h.path(aliceFile), `UPDATE user_points SET channel_points = 11`) }},
	"Drops":   {code: doctor.LedgerMismatch, of: "alice", order: deeply, down: func(h *house) { h.edit(h.path(aliceFile), `UPDATE user_points SET drop_points = 1`) }},
	"Row": {code: doctor.NotAsBackedUp, of: "alice", order: deeply, live: func(h *house) {
		_, err := h.store.CreateBackup(h.Context(), shard.BackupRequest{Streamer: h.alice.ID, Actor: "test"})
		require.NoError(h, err)
		require.Empty(h, h.examine(deeply).Problems)
		h.close()
		h.edit(h.path(aliceFile), `UPDATE tips SET content = 'x'`)
		h.open()
	}},
	"Ledger": {code: doctor.LedgerMismatch, of: "alice", order: deeply, down: func(h *house) { h.edit(h.path(aliceFile), `DELETE FROM point_transactions`) }},
}

// affairs are the installation's own.
var affairs = map[string]ailment{
	"Audit":    {code: doctor.AuditBroken, down: func(h *house) { h.registry(`UPDATE audit_log SET actor = 'nobody' WHERE id = 2`) }},
	"AuditCut": {code: doctor.AuditBroken, down: func(h *house) { h.registry(`DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)`) }},
	"Job": {code: doctor.JobHalted, down: func(h *house) {
		h.registry(`INSERT INTO jobs (kind, state, actor, started_at) VALUES ('migrate', 'halted', 'x', 1)`)
	}},
	"CrashedJob": {code: doctor.JobHalted, down: func(h *house) {
		h.registry(`INSERT INTO jobs (kind, state, actor, started_at) VALUES ('migrate', 'running', 'x', 1)`)
	}},
	"Secrets": {code: doctor.SecretsLocked, of: "alice", down: func(h *house) { h.registry(`UPDATE streamers SET data_key = NULL WHERE username = 'alice'`) }},
	"OthersSecrets": {code: doctor.SecretsLocked, of: "alice", down: func(h *house) {
		h.registry(`UPDATE streamers SET data_key = (SELECT data_key FROM streamers WHERE username = 'bob') WHERE username = 'alice'`)
	}},
	"RegistryKeys": {code: doctor.RegistryDamaged, down: func(h *house) {
		h.registry(`INSERT INTO keys (role, streamer_id, hash, created_at) VALUES ('owner', 99, zeroblob(32), 1)`)
	}},
	"RegistryChecks": {code: doctor.RegistryDamaged, down: func(h *house) {
		h.registry(`PRAGMA ignore_check_constraints = ON; UPDATE keys SET hash = x'00' WHERE id = 1`)
	}},
	"NoBackup":  {code: doctor.BackupMissing, of: "alice", order: doctor.Order{MaxBackupAge: time.Nanosecond}, down: func(*house) {}},
	"OldBackup": {code: doctor.BackupOld, of: "alice", order: doctor.Order{MaxBackupAge: time.Hour}, down: func(h *house) { h.backup(1000) }},
	"OldButWhole": {code: doctor.BackupFileGone, of: "alice", order: doctor.Order{MaxBackupAge: time.Hour}, down: func(h *house) {
		h.backup(1000)
		h.registry(`UPDATE backups SET commit_seq = 999, schema_version = (SELECT schema_version FROM streamers WHERE id = 1)`)
	}, after: func(h *house) {
		require.NotContains(h, of(h.examine(doctor.Order{MaxBackupAge: time.Hour}).Problems), doctor.BackupOld, "nothing has changed since")
	}},
	"NoFile": {code: doctor.BackupFileGone, of: "alice", down: func(h *house) { h.backup(time.Now().UnixMilli()) }},
	"Purge": {code: doctor.PurgeUnfinished, of: "alice", down: func(h *house) {
		h.backup(1000)
		h.registry(`UPDATE streamers SET state = 'deleting', data_key = NULL WHERE username = 'alice'`)
		h.registry(`INSERT INTO purges (streamer_id, streamer, shard_uuid, certificate, purged_at) VALUES (1, 'alice', 'x', '{}', 1)`)
	}, after: func(h *house) {
		require.Len(h, h.examine(doctor.Order{}).Problems, 1, "one cause is one problem")
		require.FileExists(h, h.path(aliceFile), "what is left is for the purge to remove")
	}},
	"Disk": {code: doctor.DiskFloor, down: func(h *house) { h.o.MinFree = 1 << 60 }},
}

// backup puts a backup of alice into the list.
func (h *house) backup(at int64) {
	h.registry(`INSERT INTO backups (streamer_id, streamer, target, file, bytes, sha256, digest, schema_version, generation, commit_seq, manifest, created_at)
		VALUES (1, 'alice', 'local', '0000000001/alice.db', 1, '` + strings.Repeat("0", 64) + `', '` + strings.Repeat("0", 64) + `', 1, 1, 1, '{}', ` + strconv.FormatInt(at, 10) + `)`)
}

// holdOpen has a process that this one is no parent of hold a file open.
func (h *house) holdOpen(name string) {
	h.Helper()
	out, err := exec.Command("sh", "-c", `sleep 60 < "$0" > /dev/null 2>&1 & echo $!`, h.path(name)).Output()
	require.NoError(h, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	require.NoError(h, err)
	h.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
}

// What is fine is no problem, and what this process and its children have open is no stranger's.
func TestWhatIsFineIsNoProblem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, put := range map[string]func(){
		"Busy":        func() { h.give(h.alice, 1) },
		"NewTmp":      func() { h.copyFile(h.path("LOCK"), h.path("tmp/build-0000000009.db")) },
		"TrashedFile": func() { h.copyFile(h.path("LOCK"), h.path("trash/orphan-20260101T000000.000-0000000077.1.db")) },
		"InTheTrash": func() {
			_, err := h.store.SetState(h.Context(), h.create("carol").ID, []registry.State{registry.Active}, registry.Trashed, "", "test")
			require.NoError(h, err)
		},
		"Child": func() {
			f, err := os.Open(h.path("registry.db"))
			require.NoError(t, err)
			t.Cleanup(func() { _ = f.Close() })
			cmd := exec.Command("sleep", "60")
			cmd.Stdin = f
			require.NoError(t, cmd.Start())
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		},
	} {
		put()
		r := h.examine(doctor.Order{Deep: true})
		require.Empty(t, r.Problems, name)
		require.Contains(t, of(r.Notes), doctor.BackupMissing, "nobody has asked for backups")
	}
	h.close()
	info, err := os.Stat(h.path(bobFile))
	require.NoError(t, err)
	h.registry(`UPDATE streamers SET quota_bytes = ` + strconv.FormatInt(info.Size()*21/20, 10) + ` WHERE username = 'bob'`)
	h.registry(`UPDATE fleet SET target_version = target_version + 1;
		INSERT INTO jobs (id, kind, state, actor, started_at) VALUES (7, 'migrate', 'done', 'x', 1), (8, 'plan', 'halted', 'x', 1);
		INSERT INTO job_items (job_id, streamer_id, state, updated_at) VALUES (7, 2, 'rolled-back', 1), (7, 1, 'done', 1)`)
	h.open()
	r := h.examine(doctor.Order{Fix: true, Actor: "test"})
	require.Empty(t, r.Problems)
	require.Contains(t, of(r.Notes), doctor.BehindFleet)
	require.Contains(t, of(r.Notes), doctor.JobHalted, "a plan changes nothing, so nothing is half done")
	require.Equal(t, "bob", of(r.Notes)[doctor.QuotaNear])
	require.Empty(t, r.Fixed)
	require.Zero(t, h.audited(), "nothing to mend leaves no trace")
}
