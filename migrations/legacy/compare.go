package legacy

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
)

// Comparison is what has become of an import since: the rows that the source gives, held
// against the tenant's rows of today.
type Comparison struct {
	Tables map[string]Compared `json:"tables"` // of the tenant
	// Differences are what use explains, and what nothing does.
	Differences []Difference `json:"differences"`
}

// Compared counts the rows of a table of the tenant. Same, Changed and Removed add up to
// Imported.
type Compared struct {
	Imported int64 `json:"imported"`
	Same     int64 `json:"same"`
	Changed  int64 `json:"changed"`
	Removed  int64 `json:"removed"`
	Added    int64 `json:"added"`
}

// Difference is a kind of difference with the number of rows. Expected says that the normal
// use of the tenant explains it.
type Difference struct {
	Code     string `json:"code"`
	Table    string `json:"table"`
	Count    int64  `json:"count"`
	Example  string `json:"example"` // the key of one of the rows
	Expected bool   `json:"expected"`
}

// OK says that use explains every difference.
func (c Comparison) OK() bool {
	return !slices.ContainsFunc(c.Differences, func(d Difference) bool { return !d.Expected })
}

// nature is how the rows of a table may change in use.
type nature int

const (
	history nature = iota // rows are added, and go only with their viewer
	stamped               // whoever changes a row stamps it in updated_at
	free                  // rows come, change and go without a trace
)

// compared is a table of the tenant that an import fills.
type compared struct {
	name   string
	key    []string
	nature nature
	viewer string // the column that says whose the row is, or ""
	secret []string
}

var comparedTables = []compared{
	{name: "users", key: []string{"id"}, nature: stamped},
	{name: "user_points", key: []string{"user_id"}, nature: stamped, viewer: "user_id"},
	{name: "point_transactions", key: []string{"id"}, nature: history, viewer: "user_id"},
	{name: "drop_history", key: []string{"id"}, nature: history, viewer: "user_id"},
	{name: "powerup_purchases", key: []string{"id"}, nature: history, viewer: "user_id"},
	{name: "powerup_inventory", key: []string{"user_id", "powerup_type"}, nature: free, viewer: "user_id"},
	{name: "powerup_config", key: []string{"id"}, nature: stamped},
	{name: "overlay_settings", key: []string{"key"}, nature: stamped},
	{name: "overlay_layouts", key: []string{"id"}, nature: stamped},
	{name: "theme", key: []string{"streamer_id"}, nature: stamped},
	{name: "tips", key: []string{"id"}, nature: stamped},
	{name: "goals", key: []string{"id"}, nature: stamped},
	{name: "api_tokens", key: []string{"provider"}, nature: stamped, secret: []string{"access_token", "refresh_token"}},
	{name: "user_sessions", key: []string{"id"}, nature: free},
	{name: "command_cooldowns", key: []string{"user_id", "command"}, nature: free},
	{name: "legacy_rejects", key: []string{"id"}, nature: free},
}

// comparison is one run: main is what the source gives, now is the tenant of today.
type comparison struct {
	*migrations.Conn
	since int64 // Unix ms of the import
	out   Comparison
}

// Compare holds the tenant file at path, a copy that nobody uses, against a file that Build
// made of the source anew. since is when the tenant was imported, in Unix ms.
func Compare(ctx context.Context, built, tenant string, since int64) (_ Comparison, err error) {
	q := url.Values{"_query_only": {"1"}, "_mutex": {"no"}, "_cache_size": {"-16384"}}
	d, err := (&sqlite3.SQLiteDriver{}).Open(uriOf(built, q))
	if err != nil {
		return Comparison{}, err
	}
	c := &comparison{Conn: &migrations.Conn{SQLiteConn: d.(*sqlite3.SQLiteConn)}, since: since,
		out: Comparison{Tables: map[string]Compared{}, Differences: []Difference{}}}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Run(`ATTACH DATABASE ?1 AS now`, uriOf(tenant, url.Values{"immutable": {"1"}})); err != nil {
		return Comparison{}, err
	}
	for _, t := range comparedTables {
		if err := ctx.Err(); err != nil {
			return Comparison{}, err
		}
		if err := c.compare(t); err != nil {
			return Comparison{}, fmt.Errorf("compare %s: %w", t.name, err)
		}
	}
	return c.out, c.balances()
}

// compare counts what became of a table's rows and judges it.
func (c *comparison) compare(t compared) error {
	columns, err := c.columns(t)
	if err != nil {
		return err
	}
	j := t.joins(columns)
	var n Compared
	for _, count := range []struct {
		to  *int64
		sql string
	}{
		{&n.Imported, `FROM main.` + t.name}, {&n.Removed, j.removed}, {&n.Added, j.added}, {&n.Changed, j.changed},
	} {
		if *count.to, err = c.Int(`SELECT count(*) ` + count.sql); err != nil {
			return err
		}
	}
	n.Same = n.Imported - n.Removed - n.Changed
	c.out.Tables[t.name] = n
	return c.judge(t, j, n)
}

// columns that are held against each other.
func (c *comparison) columns(t compared) (all []string, err error) {
	err = c.Each(`SELECT name FROM pragma_table_info(?1)`, func(row []driver.Value) error {
		if name := row[0].(string); name != "streamer_id" && !slices.Contains(t.key, name) && !slices.Contains(t.secret, name) {
			all = append(all, name)
		}
		return nil
	}, t.name)
	return all, err
}

// joins are the ends of queries that find a table's rows: r is a row of the source, n of now.
type joins struct{ removed, added, changed string }

func (t compared) joins(columns []string) joins {
	var on []string
	for _, k := range t.key {
		on = append(on, "n."+k+" = r."+k)
	}
	meet := strings.Join(on, " AND ")
	if t.key[0] != "streamer_id" {
		meet += " AND n.streamer_id = r.streamer_id"
	}
	return joins{
		removed: `FROM main.` + t.name + ` r WHERE NOT EXISTS (SELECT 1 FROM now.` + t.name + ` n WHERE ` + meet + `)`,
		added:   `FROM now.` + t.name + ` n WHERE NOT EXISTS (SELECT 1 FROM main.` + t.name + ` r WHERE ` + meet + `)`,
		changed: `FROM main.` + t.name + ` r CROSS JOIN now.` + t.name + ` n ON ` + meet + `
			WHERE (r.` + strings.Join(columns, ", r.") + `) IS NOT (n.` + strings.Join(columns, ", n.") + `)`,
	}
}

// judge says which differences use explains.
func (c *comparison) judge(t compared, j joins, n Compared) error {
	key := "r." + t.key[0]
	if n.Removed > 0 {
		with := "0"
		if t.viewer != "" {
			with = `r.` + t.viewer + ` NOT IN (SELECT id FROM now.users)`
		}
		if err := errors.Join(
			c.find(t, "removed-with-viewer", true, key, j.removed+` AND `+with),
			c.find(t, "removed", t.nature != history && t.name != "user_points", key, j.removed+` AND NOT `+with)); err != nil {
			return err
		}
	}
	if n.Changed > 0 {
		touched := map[nature]string{history: "0", free: "1", stamped: fmt.Sprintf("n.updated_at > %d", c.since)}[t.nature]
		if err := errors.Join(
			c.find(t, "changed", true, key, j.changed+` AND `+touched),
			c.find(t, "changed-unnoticed", false, key, j.changed+` AND NOT `+touched)); err != nil {
			return err
		}
	}
	if n.Added == 0 {
		return nil
	}
	fresh := "1"
	if t.nature == history {
		fresh = `n.id > (SELECT coalesce(max(id), 0) FROM main.` + t.name + `)`
	}
	return errors.Join(
		c.find(t, "added", true, "n."+t.key[0], j.added+` AND `+fresh),
		c.find(t, "added-among-old", false, "n."+t.key[0], j.added+` AND NOT `+fresh))
}

// balances holds what each viewer has now against what came over and what the ledger has
// seen since.
func (c *comparison) balances() error {
	t := compared{name: "user_points"}
	for kind, column := range map[string]string{"channel": "channel_points", "drop": "drop_points"} {
		err := c.find(t, "balance-without-ledger", false, "n.user_id", `FROM now.user_points n
			JOIN main.user_points r ON r.streamer_id = n.streamer_id AND r.user_id = n.user_id
			LEFT JOIN (
				SELECT user_id, sum(amount) AS moved FROM now.point_transactions NOT INDEXED
				WHERE kind = '`+kind+`' AND id > (SELECT coalesce(max(id), 0) FROM main.point_transactions)
				GROUP BY user_id) l ON l.user_id = n.user_id
			WHERE n.`+column+` <> r.`+column+` + coalesce(l.moved, 0)`)
		if err != nil {
			return err
		}
	}
	return nil
}

// find notes a difference, if any row has it.
func (c *comparison) find(t compared, code string, expected bool, key, from string) error {
	row, err := c.Row(`SELECT count(*), min(` + key + `) ` + from)
	if err != nil || row[0] == int64(0) {
		return err
	}
	c.out.Differences = append(c.out.Differences, Difference{code, t.name, row[0].(int64), fmt.Sprint(row[1]), expected})
	return nil
}
