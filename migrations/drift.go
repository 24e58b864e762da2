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
	all, err := objects(c)
	if err != nil {
		return "", openError(err)
	}
	return fingerprint(all), nil
}

// Fingerprint is what files of a version should have.
func (f *Family) Fingerprint(version int) (string, error) {
	want, err := f.schema(version)
	return fingerprint(want), err
}

func fingerprint(all []object) string {
	h := sha256.New()
	for _, o := range slices.SortedFunc(slices.Values(all), object.compare) {
		for _, part := range []string{o.kind, o.name, o.table, o.sql} {
			h.Write([]byte(part))
			h.Write([]byte{0})
		}
	}
	return hex.EncodeToString(h.Sum(nil))
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
