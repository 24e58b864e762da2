package migrations

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Fingerprint is the SHA-256 of every table and index of an open file, by their words. Files
// of one version have one fingerprint, unless somebody else has changed their schema.
func Fingerprint(c *Conn) (string, error) {
	row, err := c.Row(`
		SELECT group_concat(type || char(31) || name || char(31) || tbl_name || char(31) || coalesce(sql, ''), char(30))
		FROM (SELECT * FROM sqlite_schema WHERE name <> 'sqlite_stat1' ORDER BY type, name)`)
	if err != nil {
		return "", openError(err)
	}
	text, _ := row[0].(string)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:]), nil
}

// Fingerprint is what files of a version should have.
func (f *Family) Fingerprint(version int) (string, error) {
	t, err := f.template(version, PageSize)
	if err != nil {
		return "", err
	}
	return t.fingerprint, nil
}

// Drift compares the schema of an open file with that of a version, as a diff: lines that
// begin with "-" should be there and are not, those with "+" are there and should not. A
// file that nobody has changed has none.
func (f *Family) Drift(c *Conn, version int) (diff []string, err error) {
	want, err := f.schema(version)
	if err != nil {
		return nil, err
	}
	got, err := objects(c)
	if err != nil {
		return nil, openError(err)
	}
	both := slices.Concat(want, got)
	slices.SortStableFunc(both, object.compare)
	for _, o := range slices.Compact(both) {
		expected, found := slices.Contains(want, o), slices.Contains(got, o)
		switch {
		case expected && !found:
			diff = append(diff, "- "+o.words())
		case found && !expected:
			diff = append(diff, "+ "+o.words())
		}
	}
	return diff, nil
}

// schema is what our own migrations make.
func (f *Family) schema(version int) ([]object, error) {
	t, err := f.template(version, PageSize)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return objects(t.c)
}

func (o object) compare(other object) int {
	return strings.Compare(o.kind+"\x00"+o.name+"\x00"+o.sql, other.kind+"\x00"+other.name+"\x00"+other.sql)
}

// words are the SQL on one line. What SQLite made by itself has none.
func (o object) words() string {
	if o.sql == "" {
		return o.kind + " " + o.name + " of " + o.table
	}
	return strings.Join(strings.Fields(o.sql), " ")
}
