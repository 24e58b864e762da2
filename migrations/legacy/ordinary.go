package legacy

/*
#include <stddef.h>
#include <string.h>

// The SQLite that the driver compiles in: see package migrations.
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;
typedef void function(sqlite3_context *, int, sqlite3_value **);
extern int sqlite3_auto_extension(void (*)(void));
extern int sqlite3_create_function(sqlite3 *, const char *, int, int, void *, function *, function *, void (*)(sqlite3_context *));
extern int sqlite3_value_type(sqlite3_value *);
extern int sqlite3_value_bytes(sqlite3_value *);
extern const unsigned char *sqlite3_value_text(sqlite3_value *);
extern void sqlite3_result_int(sqlite3_context *, int);
extern void sqlite3_result_int64(sqlite3_context *, long long);

enum { isText = 3, isNull = 5, utf8DirectDeterministic = 1 | 0x80000 | 0x800, maxTextBytes = 4 << 20 };

// wellFormed says whether n bytes are UTF-8 without NUL, by the same rules as unicode/utf8.
static int wellFormed(const unsigned char *s, int n) {
	for (int i = 0; i < n;) {
		unsigned c = s[i];
		if (c == 0) return 0;
		if (c < 0x80) { i++; continue; }
		int more = c >= 0xC2 && c <= 0xDF ? 1 : c >= 0xE0 && c <= 0xEF ? 2 : c >= 0xF0 && c <= 0xF4 ? 3 : 0;
		if (more == 0 || n - i <= more) return 0;
		unsigned low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80, high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
		if (s[i + 1] < low || s[i + 1] > high) return 0;
		for (int k = 2; k <= more; k++)
			if (s[i + k] < 0x80 || s[i + k] > 0xBF) return 0;
		i += more + 1;
	}
	return 1;
}

// old_text(x): x is a text that is carried as it is.
static void oldText(sqlite3_context *c, int argc, sqlite3_value **v) {
	(void)argc;
	const unsigned char *s = sqlite3_value_type(v[0]) == isText ? sqlite3_value_text(v[0]) : NULL;
	int n = s ? sqlite3_value_bytes(v[0]) : 0;
	sqlite3_result_int(c, s != NULL && n <= maxTextBytes && wellFormed(s, n));
}

// number reads n digits, or -1.
static int number(const unsigned char *s, int n) {
	int value = 0;
	for (; n > 0; n--, s++) {
		if (*s < '0' || *s > '9') return -1;
		value = 10 * value + *s - '0';
	}
	return value;
}

static long long daysSince1970(int y, int m, int d) {
	y -= m <= 2;
	int era = y / 400, year = y - era * 400, day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097LL + year * 365 + year / 4 - year / 100 + day - 719468;
}

// old_time(x): milliseconds since 1970 of a time in one of the old app's own forms, or NULL.
static void oldTime(sqlite3_context *c, int argc, sqlite3_value **v) {
	(void)argc;
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (sqlite3_value_type(v[0]) != isText) return;
	const unsigned char *s = sqlite3_value_text(v[0]);
	int n = s ? sqlite3_value_bytes(v[0]) : 0, ms = 0;
	if (n != 19 && n != 20 && n != 24) return;
	if (s[10] != (n == 19 ? ' ' : 'T') || n > 19 && s[n - 1] != 'Z') return;
	if (s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':') return;
	if (n == 24 && (s[19] != '.' || (ms = number(s + 20, 3)) < 0)) return;
	int year = number(s, 4), month = number(s + 5, 2), day = number(s + 8, 2);
	int hour = number(s + 11, 2), minute = number(s + 14, 2), second = number(s + 17, 2);
	if (year < 1 || month < 1 || month > 12 || day < 1) return;
	int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (day > days[month - 1] + leap) return;
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return;
	long long seconds = daysSince1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	sqlite3_result_int64(c, seconds * 1000 + ms);
}

static int addOrdinary(sqlite3 *db, char **message, const void *api) {
	(void)message; (void)api;
	return sqlite3_create_function(db, "old_text", 1, utf8DirectDeterministic, 0, oldText, 0, 0)
	    || sqlite3_create_function(db, "old_time", 1, utf8DirectDeterministic, 0, oldTime, 0, 0);
}

static int addEverywhere(void) { return sqlite3_auto_extension((void (*)(void))addOrdinary); }
*/
import "C"

import (
	"fmt"
	"sync"
)

// ordinary gives every connection that is opened from then on two functions that tell,
// millions of times, whether a value is as the old app meant it: old_text and old_time.
// What they say no to comes to the code in Go, which knows every other form; they must say
// yes to nothing that it would repair.
var ordinary = sync.OnceValue(func() error {
	if rc := C.addEverywhere(); rc != 0 {
		return fmt.Errorf("add functions to SQLite: result code %d", int(rc))
	}
	return nil
})
