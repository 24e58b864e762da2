package migrations

/*
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup

// The SQLite that go-sqlite3 compiles in. The driver offers no db_config, and a
// second copy of the library in one process would drop its POSIX locks, so these
// symbols are bound to that very copy when the program is linked.
typedef struct sqlite3 sqlite3;
extern int sqlite3_auto_extension(void (*)(void));
extern int sqlite3_db_config(sqlite3 *, int, ...);

enum {
	configLoadExtension = 1005,
	configNoCheckpoint  = 1006,
	configStablePlans   = 1007,
	configDefensive     = 1010,
	configQuotedDML     = 1013,
	configQuotedDDL     = 1014,
	configTrustedSchema = 1017
};

// set switches one option and answers an error unless the connection confirms it.
static int set(sqlite3 *db, int option, int want) {
	int got = -1;
	int rc = sqlite3_db_config(db, option, want, &got);
	if (rc != 0) return rc;
	return got == want ? 0 : 1;
}

// The connection that this thread has opened last: the driver keeps its own to itself.
static __thread sqlite3 *opened;

// Whether this thread is opening a connection for the door. Its log is left alone until the
// file has been verified, also when opening fails half-way.
static __thread int ours;

static void announce(int is) { ours = is; }

static sqlite3 *takeOpened(void) {
	sqlite3 *db = opened;
	opened = 0;
	return db;
}

static int leaveLog(sqlite3 *db, int leave) { return set(db, configNoCheckpoint, leave); }

static int harden(sqlite3 *db, char **message, const void *api) {
	(void)message; (void)api;
	opened = db;
	return set(db, configDefensive, 1)
	    || set(db, configTrustedSchema, 0)
	    || set(db, configQuotedDML, 0)
	    || set(db, configQuotedDDL, 0)
	    || set(db, configLoadExtension, 0)
	    || (ours && set(db, configNoCheckpoint, 1))
	    || set(db, configStablePlans, 1);
}

static int hardenEveryConnection(void) {
	return sqlite3_auto_extension((void (*)(void))harden);
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/mattn/go-sqlite3"
)

// oldestSQLite is the first release without the WAL-reset corruption of
// 3.7.0 to 3.51.2.
const oldestSQLite = 3051003

// library prepares the linked SQLite once per process: it refuses a release that
// can corrupt a WAL and hardens every connection that is opened from then on
// (DEFENSIVE, no trusted schema, no double-quoted strings, no extensions). Plans do not
// depend on bound values: SQLite would prepare a statement anew whenever a value changes
// that it once compared with a partial index, at five times the cost of the read. Each
// option is read back inside SQLite; a connection that does not confirm one fails
// to open.
var library = sync.OnceValue(func() error {
	text, number, _ := sqlite3.Version()
	if err := checkSQLite(text, number); err != nil {
		return err
	}
	if rc := C.hardenEveryConnection(); rc != 0 {
		return fmt.Errorf("harden SQLite connections: result code %d", int(rc))
	}
	return nil
})

func checkSQLite(text string, number int) error {
	if number < oldestSQLite {
		return fmt.Errorf("%w: %s is linked, 3.51.3 is the oldest that is safe", ErrOldSQLite, text)
	}
	return nil
}

// handle is SQLite's own pointer to a connection.
type handle *C.sqlite3

// open opens a connection through the driver and learns its handle on the way.
func open(dsn string) (*sqlite3.SQLiteConn, handle, error) {
	runtime.LockOSThread() // the handle is left in a variable of the thread
	defer runtime.UnlockOSThread()
	C.announce(1)
	defer C.announce(0)
	d, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return nil, nil, err
	}
	return d.(*sqlite3.SQLiteConn), handle(C.takeOpened()), nil
}

// LeaveLog makes closing the connection leave the write-ahead log as it lies, as it does from
// the start. Closing the last connection otherwise copies the log into the file, which must
// not happen with a log that may be another file's, or after a write that failed.
func (c *Conn) LeaveLog() error { return c.leaveLog(1) }

func (c *Conn) leaveLog(leave C.int) error {
	if rc := C.leaveLog(c.handle, leave); rc != 0 {
		return fmt.Errorf("leave the log: result code %d", int(rc))
	}
	return nil
}
