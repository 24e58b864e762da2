package scope

import (
	"strings"

	"github.com/mattn/go-sqlite3"
)

// actionRecursive is SQLITE_RECURSIVE, for which the driver has no name.
const actionRecursive = 33

// functions that statements may call.
var functions = map[string]bool{
	"count": true, "sum": true, "total": true, "max": true, "min": true, "coalesce": true, "length": true,
	"json_valid": true, "json_object": true, "json_group_array": true, "json_extract": true,
	"abs": true, "ifnull": true, "substr": true, "hex": true, "iif": true,
}

// pragmas of the writer, which no statement of an entity uses.
var pragmas = map[string]bool{"wal_checkpoint": true, "shrink_memory": true,
	"max_page_count": true, "page_count": true, "freelist_count": true}

// authorizer answers SQLite while it prepares a statement: rows of the streamer's
// tables may be read and changed, and nothing else. It costs nothing afterwards.
func authorizer(writer bool) func(action int, arg1, arg2, database string) int {
	return func(action int, arg1, arg2, _ string) int {
		if allowed(action, arg1, arg2, writer) {
			return sqlite3.SQLITE_OK
		}
		return sqlite3.SQLITE_DENY
	}
}

func allowed(action int, arg1, arg2 string, writer bool) bool {
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT, actionRecursive:
		return true
	case sqlite3.SQLITE_READ:
		return !strings.HasPrefix(arg1, "sqlite_") || arg1 == "sqlite_stat1" // read when the schema is
	case sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE:
		return writer && !strings.HasPrefix(arg1, "sqlite_")
	case sqlite3.SQLITE_FUNCTION:
		return functions[strings.ToLower(arg2)] || writer && arg2 == "leave_log"
	case sqlite3.SQLITE_PRAGMA:
		return writer && pragmas[arg1]
	}
	return false
}
