// Package hostile hands files to a restore that somebody made to do harm: each is refused, or
// was not harmful after all, and then the streamer has what was in it. Nothing else changes.
package hostile

import (
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"streamvault/shard"
)

var long = flag.Bool("long", false, "many more mutations")

// workshop is a connection that was opened before the process hardens every one: it may do to a
// database what no connection of ours can.
var workshop struct {
	sync.Mutex
	c *sqlite3.SQLiteConn
}

func TestMain(m *testing.M) {
	flag.Parse()
	go measure()
	shard.Gate()
	d, err := new(sqlite3.SQLiteDriver).Open(":memory:")
	if err != nil {
		panic(err)
	}
	workshop.c = d.(*sqlite3.SQLiteConn)
	os.Exit(m.Run())
}

// measure notes, in a child, the most memory that it has had, below the directory of the test
// that started it.
func measure() {
	room := os.Getenv("TMPDIR")
	if os.Getenv("STREAMVAULT_GATE") == "" || room == "" {
		return
	}
	for most := 0; ; time.Sleep(2 * time.Millisecond) {
		status, _ := os.ReadFile("/proc/self/status")
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		var kib int
		if _, err := fmt.Sscan(after, &kib); err == nil && kib > most {
			most = kib
			_ = os.WriteFile(filepath.Join(room, "../../..", fmt.Sprint("memory-", os.Getpid())), []byte(fmt.Sprint(kib)), 0o600)
		}
	}
}

// load makes the workshop's database the given one.
func load(t testing.TB, body []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.db")
	require.NoError(t, os.WriteFile(path, body, 0o600))
	d, err := new(sqlite3.SQLiteDriver).Open("file:" + path + "?mode=ro")
	require.NoError(t, err)
	b, err := workshop.c.Backup("main", d.(*sqlite3.SQLiteConn), "main")
	require.NoError(t, err)
	_, err = b.Step(-1)
	require.NoError(t, errors.Join(err, b.Finish(), d.Close()))
}

// craft runs SQL on the bytes of a database and returns what it is then.
func craft(t testing.TB, body []byte, sql string, args ...driver.Value) []byte {
	t.Helper()
	workshop.Lock()
	defer workshop.Unlock()
	load(t, body)
	_, err := workshop.c.Exec(`PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON; `+sql, args)
	require.NoError(t, err, sql)
	after, err := workshop.c.Serialize("main")
	require.NoError(t, err)
	return after
}

// asked is the first value that a query of a database's bytes gives.
func asked(t testing.TB, body []byte, sql string) driver.Value {
	t.Helper()
	workshop.Lock()
	defer workshop.Unlock()
	load(t, body)
	rows, err := workshop.c.Query(sql, nil)
	require.NoError(t, err)
	row := make([]driver.Value, len(rows.Columns()))
	require.NoError(t, errors.Join(rows.Next(row), rows.Close()))
	return row[0]
}
