package main

// The baselines in C: what the same SQLite, linked into this very binary by the driver,
// takes without any Go around it.

/*
#cgo LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
extern int sqlite3_open_v2(const char *, sqlite3 **, int, const char *);
extern int sqlite3_close(sqlite3 *);
extern int sqlite3_exec(sqlite3 *, const char *, void *, void *, char **);
extern int sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
extern int sqlite3_bind_int64(sqlite3_stmt *, int, int64_t);
extern int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
extern int sqlite3_step(sqlite3_stmt *);
extern int sqlite3_reset(sqlite3_stmt *);
extern int sqlite3_finalize(sqlite3_stmt *);
extern int sqlite3_column_count(sqlite3_stmt *);
extern int sqlite3_column_type(sqlite3_stmt *, int);
extern int64_t sqlite3_column_int64(sqlite3_stmt *, int);
extern const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
extern int sqlite3_column_bytes(sqlite3_stmt *, int);

enum { ROW = 100, DONE = 101, INTEGER = 1, TEXT = 3, READWRITE = 2, NOMUTEX = 0x8000 };

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// read runs the statement once and copies each value out, as a caller would.
static int read_row(sqlite3_stmt *s, int64_t owner, const char *name) {
	static char text[4096];
	static int64_t sum;
	sqlite3_bind_int64(s, 1, owner);
	sqlite3_bind_text(s, 2, name, -1, 0);
	if (sqlite3_step(s) != ROW) return 1;
	for (int i = sqlite3_column_count(s) - 1; i >= 0; i--)
		switch (sqlite3_column_type(s, i)) {
		case INTEGER: sum += sqlite3_column_int64(s, i); break;
		case TEXT: {
			const unsigned char *t = sqlite3_column_text(s, i);
			memcpy(text, t, sqlite3_column_bytes(s, i));
		}
		}
	if (sqlite3_step(s) != DONE) return 1;
	return sqlite3_reset(s);
}

static int open_file(const char *path, const char *sql, sqlite3 **db, sqlite3_stmt **s) {
	if (sqlite3_open_v2(path, db, READWRITE | NOMUTEX, 0)) return 1;
	if (sqlite3_exec(*db, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=1; PRAGMA wal_autocheckpoint=0", 0, 0, 0)) return 1;
	return sqlite3_prepare_v2(*db, sql, -1, s, 0);
}

// reads takes the time of n reads with one prepared statement, or returns -1.
static int64_t reads(const char *path, const char *sql, int64_t owner, char **names, int n) {
	sqlite3 *db;
	sqlite3_stmt *s;
	if (open_file(path, sql, &db, &s)) return -1;
	if (read_row(s, owner, names[0])) return -1;
	int64_t start = now();
	for (int i = 0; i < n; i++) if (read_row(s, owner, names[i])) return -1;
	int64_t took = now() - start;
	sqlite3_finalize(s);
	return sqlite3_close(db) ? -1 : took;
}

// opens takes the time of opening n files and reading one row of each, or returns -1. They
// are closed when the clock has stopped.
static int64_t opens(char **paths, const char *sql, int64_t *owners, const char *name, int n) {
	sqlite3 **db = calloc(n, sizeof *db);
	sqlite3_stmt **s = calloc(n, sizeof *s);
	int failed = 0;
	int64_t start = now();
	for (int i = 0; i < n; i++)
		failed |= open_file(paths[i], sql, &db[i], &s[i]) || read_row(s[i], owners[i], name);
	int64_t took = now() - start;
	for (int i = 0; i < n; i++) {
		sqlite3_finalize(s[i]);
		failed |= sqlite3_close(db[i]);
	}
	free(db);
	free(s);
	return failed ? -1 : took;
}

// migrates takes the time of running sql on n files, one after the other, or returns -1. Closing
// copies the log into the file.
static int64_t migrates(char **paths, const char *sql, int n) {
	int64_t start = now();
	for (int i = 0; i < n; i++) {
		sqlite3 *db;
		if (sqlite3_open_v2(paths[i], &db, READWRITE | NOMUTEX, 0)) return -1;
		if (sqlite3_exec(db, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF", 0, 0, 0)) return -1;
		if (sqlite3_exec(db, sql, 0, 0, 0)) return -1;
		if (sqlite3_close(db)) return -1;
	}
	return now() - start;
}
*/
import "C"

import (
	"errors"
	"time"
	"unsafe"
)

var errPlainC = errors.New("the baseline in C failed")

// viewerSQL is what one would write to read a viewer by name.
const viewerSQL = `
	SELECT u.id, u.username, u.voice_id, u.drop_image, u.country, u.created_at, u.updated_at,
	       p.channel_points, p.drop_points, p.total_drops
	FROM users u
	JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
	WHERE u.streamer_id = ?1
	  AND u.username_key = ?2`

func plainReads(path string, owner int64, viewers []string) (time.Duration, error) {
	sql, file := C.CString(viewerSQL), C.CString(path)
	defer C.free(unsafe.Pointer(sql))
	defer C.free(unsafe.Pointer(file))
	names, free := cStrings(viewers)
	defer free()
	return plainTook(C.reads(file, sql, C.int64_t(owner), &names[0], C.int(len(names))))
}

func plainOpens(paths []string, owners []int64, viewer string) (time.Duration, error) {
	sql, name := C.CString(viewerSQL), C.CString(viewer)
	defer C.free(unsafe.Pointer(sql))
	defer C.free(unsafe.Pointer(name))
	files, free := cStrings(paths)
	defer free()
	return plainTook(C.opens(&files[0], sql, (*C.int64_t)(&owners[0]), name, C.int(len(files))))
}

func plainMigrates(paths []string, text string) (time.Duration, error) {
	sql := C.CString(text)
	defer C.free(unsafe.Pointer(sql))
	files, free := cStrings(paths)
	defer free()
	return plainTook(C.migrates(&files[0], sql, C.int(len(paths))))
}

func plainTook(ns C.int64_t) (time.Duration, error) {
	if ns < 0 {
		return 0, errPlainC
	}
	return time.Duration(ns), nil
}

func cStrings(all []string) (_ []*C.char, free func()) {
	made := make([]*C.char, len(all))
	for i, s := range all {
		made[i] = C.CString(s)
	}
	return made, func() {
		for _, s := range made {
			C.free(unsafe.Pointer(s))
		}
	}
}
