package legacy

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"
)

// The old app wrote two forms; anything else is odd.
const (
	plainTime = "2006-01-02 15:04:05"
	isoTime   = "2006-01-02T15:04:05.000Z"
)

// parseTime reads one of the app's own forms as Unix milliseconds.
func parseTime(text string) (ms int64, ok bool) {
	layout := plainTime
	switch len(text) {
	case len(plainTime):
	case len(isoTime):
		layout = isoTime
	case len("2006-01-02T15:04:05Z"):
		layout = "2006-01-02T15:04:05Z"
	default:
		return 0, false
	}
	t, err := time.Parse(layout, text)
	// Parse takes a blank for a digit and a comma for a point.
	if err != nil || t.Year() < 1 || t.Format(layout) != text {
		return 0, false
	}
	return t.UnixMilli(), true
}

var oddTimes = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	"2006-01-02 15:04", "2006-01-02", time.RFC1123, time.RFC1123Z,
}

// guessTime reads a time in some other form, as seconds or milliseconds since 1970 too.
func guessTime(text string) (ms int64, ok bool) {
	text = strings.TrimSpace(text)
	for _, layout := range oddTimes {
		if t, err := time.Parse(layout, text); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return t.UnixMilli(), true
		}
	}
	if !decimal.MatchString(text) {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	return guessNumber(n)
}

// guessNumber takes 1973 to 5138 in seconds, or the same years in milliseconds.
func guessNumber(n float64) (ms int64, ok bool) {
	switch {
	case n >= 1e8 && n < 1e11:
		return int64(n * 1000), true
	case n >= 1e11 && n < 1e14:
		return int64(n), true
	}
	return 0, false
}

// time reads a column of time. What is missing or no time becomes fallback.
func (r *row) time(i int, fallback int64) int64 {
	ms, ok, clean := int64(0), false, false
	switch v := r.values[i].(type) {
	case string:
		if ms, clean = parseTime(v); clean {
			return ms
		}
		ms, ok = guessTime(v)
	case []byte:
		ms, ok = guessTime(string(v))
	case int64:
		ms, ok = guessNumber(float64(v))
	case float64:
		ms, ok = guessNumber(v)
	}
	if !ok {
		r.fault("no-time", i)
		return fallback
	}
	r.fault("odd-time", i)
	return ms
}

// readNewest finds the newest time in the source, whatever table it is in. Times of an
// impossible future do not count, nor do times of expiry.
func (s *Source) readNewest(ctx context.Context) error {
	s.newest = math.MinInt64
	for table, columns := range s.tables {
		for _, column := range columns {
			if !stamps[column] {
				continue
			}
			if err := s.readNewestOf(ctx, table, column); err != nil {
				return err
			}
		}
	}
	if s.newest == math.MinInt64 {
		s.newest = 0
	}
	return nil
}

var stamps = map[string]bool{"created_at": true, "updated_at": true, "last_updated": true, "purchased_at": true}

// readNewestOf asks first without the costly look at every value's calendar; only when the
// greatest of them is no day at all is that needed.
func (s *Source) readNewestOf(ctx context.Context, table, column string) error {
	q := "+" + quote(column) // the plus keeps a date from being compared as a number
	newest := `SELECT max(replace(substr(` + q + `, 1, 19), 'T', ' ')) FROM ` + quote(table) + `
		WHERE typeof(` + q + `) = 'text'
		  AND ` + q + ` < '2100'
		  AND ` + q + ` GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'`
	valid := ` AND datetime(substr(` + q + `, 1, 19)) = replace(substr(` + q + `, 1, 19), 'T', ' ')`
	for _, sql := range []string{newest, newest + valid} {
		row, err := s.db.Row(sql)
		if err != nil {
			return err
		}
		text, ok := row[0].(string)
		if !ok {
			break
		}
		if ms, ok := parseTime(text); ok {
			s.newest = max(s.newest, ms)
			break
		}
	}
	return ctx.Err()
}
