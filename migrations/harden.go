package migrations

/*
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup

// The SQLite that go-sqlite3 compiles in. The driver offers no db_config, and a
// second copy of the library in one process would drop its POSIX locks, so these
// symbols are bound to that very copy when the program is linked.
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;
typedef void function(sqlite3_context *, int, sqlite3_value **);
extern int sqlite3_config(int, ...);
extern int sqlite3_auto_extension(void (*)(void));
extern int sqlite3_db_config(sqlite3 *, int, ...);
extern const char *sqlite3_db_filename(sqlite3 *, const char *);
extern int sqlite3_uri_boolean(const char *, const char *, int);
extern int sqlite3_create_function(sqlite3 *, const char *, int, int, void *, function *, function *, void (*)(sqlite3_context *));
extern sqlite3 *sqlite3_context_db_handle(sqlite3_context *);
extern int sqlite3_value_int(sqlite3_value *);
extern void sqlite3_result_int(sqlite3_context *, int);

enum {
	processMemStatus    = 9,
	configLoadExtension = 1005,
	configNoCheckpoint  = 1006,
	configStablePlans   = 1007,
	configDefensive     = 1010,
	configQuotedDML     = 1013,
	configQuotedDDL     = 1014,
	configTrustedSchema = 1017,
	utf8DirectOnly      = 1 | 0x80000
};

// set switches one option and answers an error unless the connection confirms it.
static int set(sqlite3 *db, int option, int want) {
	int got = -1;
	int rc = sqlite3_db_config(db, option, want, &got);
	if (rc != 0) return rc;
	return got == want ? 0 : 1;
}

// The driver keeps its handle to itself, but a function is given the one it runs on:
// leave_log(1) makes closing leave the log as it lies, leave_log(0) lets it be copied.
static void leaveLog(sqlite3_context *c, int n, sqlite3_value **v) {
	(void)n;
	sqlite3_result_int(c, set(sqlite3_context_db_handle(c), configNoCheckpoint, sqlite3_value_int(v[0])));
}

// A connection that was opened with leave_log=1 in its URI, as the door does, leaves the log
// alone from the start: also when opening fails half-way, inside of the driver.
static int harden(sqlite3 *db, char **message, const void *api) {
	(void)message; (void)api;
	int leave = sqlite3_uri_boolean(sqlite3_db_filename(db, "main"), "leave_log", 0);
	return set(db, configDefensive, 1)
	    || set(db, configTrustedSchema, 0)
	    || set(db, configQuotedDML, 0)
	    || set(db, configQuotedDDL, 0)
	    || set(db, configLoadExtension, 0)
	    || (leave && set(db, configNoCheckpoint, 1))
	    || set(db, configStablePlans, 1)
	    || sqlite3_create_function(db, "leave_log", 1, utf8DirectOnly, 0, leaveLog, 0, 0);
}

// SQLite counts what it allocates under one lock of the whole process, for which connections
// queue. Nobody reads the count; a process that has set a limit of memory has SQLite running
// by then, which refuses this and goes on counting.
static int hardenEveryConnection(void) {
	sqlite3_config(processMemStatus, 0);
	return sqlite3_auto_extension((void (*)(void))harden);
}
*/
import "C"

import (
	"fmt"
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
	text, number := linked()
	if err := checkSQLite(text, number); err != nil {
		return err
	}
	if rc := C.hardenEveryConnection(); rc != 0 {
		return fmt.Errorf("harden SQLite connections: result code %d", int(rc))
	}
	return nil
})

func linked() (text string, number int) {
	text, number, _ = sqlite3.Version()
	return text, number
}

func checkSQLite(text string, number int) error {
	if number < oldestSQLite {
		return fmt.Errorf("%w: %s is linked, 3.51.3 is the oldest that is safe", ErrOldSQLite, text)
	}
	return nil
}

// LeaveLog makes closing the connection leave the write-ahead log as it lies, as it does from
// the start. Closing the last connection otherwise copies the log into the file, which must
// not happen with a log that may be another file's, or after a write that failed.
func (c *Conn) LeaveLog() error { return c.leaveLog(1) }

func (c *Conn) leaveLog(leave int64) error {
	rc, err := c.Int(`SELECT leave_log(?1)`, leave)
	if err == nil && rc != 0 {
		err = fmt.Errorf("result code %d", rc)
	}
	if err != nil {
		return fmt.Errorf("leave the log: %w", err)
	}
	return nil
}
