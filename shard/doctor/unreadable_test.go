package doctor_test

import (
	"database/sql/driver"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard"
	"streamvault/shard/doctor"
)

// spoilTable turns the head of a table's first page over, in a file that nobody has open.
func (h *house) spoilTable(name string) {
	h.Helper()
	d, err := (&sqlite3.SQLiteDriver{}).Open(h.path(aliceFile))
	require.NoError(h, err)
	rows, err := d.(*sqlite3.SQLiteConn).Query(`SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?1`, []driver.Value{name})
	require.NoError(h, err)
	at := make([]driver.Value, 2)
	require.NoError(h, rows.Next(at))
	require.NoError(h, errors.Join(rows.Close(), d.Close()))
	h.scribble(h.path(aliceFile), (at[0].(int64)-1)*at[1].(int64), 8)
}

// A file that is older than what the program serves is no problem: the next call migrates it.
func TestAFileOlderThanWhatIsServedIsNoProblem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	later := migrations.Tenant().Newest() + 1
	h.close()
	h.o.Family = migrations.Tenant().Next("extra", `CREATE TABLE extra (streamer_id INTEGER NOT NULL, x INTEGER PRIMARY KEY) STRICT`, `DROP TABLE extra`, later)
	h.open()
	for range 2 { // a look changes nothing
		r := h.examine(doctor.Order{Deep: true})
		require.Empty(t, r.Problems)
		require.Equal(t, "alice", of(r.Notes)[doctor.FileOlder])
	}
	serves(h)
	r := h.examine(doctor.Order{Deep: true})
	require.Empty(t, r.Problems)
	require.Equal(t, "bob", of(r.Notes)[doctor.FileOlder], "alice's has been migrated")
}

// A file to which no way leads is not said to be missing.
func TestAFileToWhichNoWayLeads(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.close()
	require.NoError(t, os.Rename(h.path("shards/01"), h.dir+".away"))
	h.copyFile(h.path("LOCK"), h.path("shards/01"))
	h.o.Examined = true
	h.open()
	r := h.examine(doctor.Order{})
	require.Equal(t, "alice", of(r.Problems)[doctor.Unreadable])
	require.NotContains(t, of(r.Problems), doctor.FileMissing)
	n, err := h.balance(h.bob)
	require.NoError(t, err)
	require.EqualValues(t, 20, n)
}

// whoElse is a user who is nobody here.
const whoElse = 65534

// What its user may not read a doctor names, and looks at the rest.
func TestWhatMayNotBeRead(t *testing.T) {
	if os.Geteuid() == 0 { // who may read everything
		asSomebody(t)
		return
	}
	h := newHouse(t)
	_, err := h.store.CreateBackup(t.Context(), shard.BackupRequest{Streamer: h.alice.ID, Actor: "test"})
	require.NoError(t, err)
	h.copyFile(h.path("LOCK"), h.path("trash/orphan-20260101T000000.000-0000000077.1.db"))
	h.close()
	for what, mode := range map[string]os.FileMode{aliceFile: 0, "shards/01": 0o600, "shards/02": 0o300, "shards": 0o300, "backups": 0} {
		info, err := os.Stat(h.path(what))
		require.NoError(t, err)
		h.open()
		h.chmod(what, mode)
		r := h.examine(doctor.Order{})
		h.chmod(what, info.Mode())
		h.close()
		require.Contains(t, of(r.Problems), doctor.Unreadable, what)
		require.Equal(t, 2, r.Shards, what)
		require.NotContains(t, of(r.Problems), doctor.BackupFileGone, "nobody can say so of %s", what)
		require.Contains(t, of(r.Notes), doctor.InTrash, "what comes after %s is looked at", what)
	}
}

// asSomebody runs this very test again, as a user who may not read everything.
func asSomebody(t *testing.T) {
	t.Helper()
	room := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(room), 0o755))
	program := filepath.Join(room, "test")
	self, err := os.Executable()
	require.NoError(t, err)
	body, err := os.ReadFile(self)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, body, 0o755))
	tmp := filepath.Join(room, "tmp")
	require.NoError(t, os.Mkdir(tmp, 0o700))
	require.NoError(t, os.Chown(tmp, whoElse, whoElse))
	cmd := exec.Command(program, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.Env = tmp, append(os.Environ(), "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: whoElse, Gid: whoElse}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}
