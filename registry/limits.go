package registry

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limits are what one streamer may use, beside QuotaBytes; nothing in them is no limit.
type Limits struct {
	Rows              map[string]int64 `json:"rows,omitempty"` // by table: see LimitedTables
	RequestsPerSecond int64            `json:"requestsPerSecond,omitempty"`
}

// LimitedTables are the tables of a streamer whose rows can be limited.
var LimitedTables = []string{"users", "point_transactions", "drop_history", "powerup_config", "powerup_purchases",
	"overlay_settings", "overlay_layouts", "tips", "goals", "uploads"}

// The most that a limit can be.
const (
	mostRows     = 1_000_000_000_000
	mostRequests = 1_000_000
	mostQuota    = 1 << 50
)

// LimitChange says what to change of a streamer's limits; what is nil or not in Rows stays,
// 0 ends a limit.
type LimitChange struct {
	QuotaBytes        *int64
	Rows              map[string]int64
	RequestsPerSecond *int64
	Clear             bool // first of all, end those of rows and requests
}

// Any says that something is changed.
func (c LimitChange) Any() bool {
	return c.QuotaBytes != nil || len(c.Rows) > 0 || c.RequestsPerSecond != nil || c.Clear
}

// limit makes the change to s, whose values are shared until then.
func (s *Streamer) limit(c LimitChange) error {
	l := Limits{Rows: maps.Clone(s.Limits.Rows), RequestsPerSecond: s.Limits.RequestsPerSecond}
	if c.Clear {
		l = Limits{}
	}
	if q := c.QuotaBytes; q != nil {
		if s.QuotaBytes = q; *q == 0 {
			s.QuotaBytes = nil
		} else if *q < 0 || *q > mostQuota {
			return &InvalidError{"quotaBytes", fmt.Sprintf("must be 1 to %d bytes", int64(mostQuota))}
		}
	}
	if n := c.RequestsPerSecond; n != nil {
		if l.RequestsPerSecond = *n; *n < 0 || *n > mostRequests {
			return &InvalidError{"limits.requestsPerSecond", fmt.Sprintf("must be 1 to %d", mostRequests)}
		}
	}
	for table, n := range c.Rows {
		if !slices.Contains(LimitedTables, table) {
			return &InvalidError{"limits.rows", "must be of " + strings.Join(LimitedTables, ", ")}
		}
		if n < 0 || n > mostRows {
			return &InvalidError{"limits.rows." + table, fmt.Sprintf("must be 1 to %d", int64(mostRows))}
		}
		if l.Rows == nil {
			l.Rows = map[string]int64{}
		}
		if l.Rows[table] = n; n == 0 {
			delete(l.Rows, table)
		}
	}
	s.Limits = l
	return nil
}

// column is how limits are kept: NULL for none.
func (l Limits) column() driver.Value {
	if len(l.Rows) == 0 && l.RequestsPerSecond == 0 {
		return nil
	}
	body, err := json.Marshal(l)
	if err != nil {
		panic(err) // it is plain data
	}
	return string(body)
}

// parseLimits reads what column has written; what it cannot be is no limit.
func parseLimits(kept string) (l Limits) {
	if kept == "" || json.Unmarshal([]byte(kept), &l) != nil {
		return Limits{}
	}
	return l
}

func numberOrNull(n *int64) driver.Value {
	if n == nil {
		return nil
	}
	return *n
}
