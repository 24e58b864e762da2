package legacy

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// viewer is a row of the new table.
type viewer struct {
	id                    int64
	name                  string
	voice, image, country *string
	created, updated      int64
}

// names puts viewers into the new file so that each is found by his own spelling.
//
// The key of a name is its ASCII-lowered form. When it is taken, by a name that differs in
// case, the viewer is a twin: the key gets U+001F and a number. A spelling that is taken
// cannot be looked up twice, so that viewer's name gets a number too.
type names struct {
	b         *build
	add, find driver.Stmt
	twins     map[string]int64 // last number by key
	spellings map[string]int64 // last number by name
	alike     lookAlikes
}

func newNames(b *build) (_ *names, err error) {
	n := &names{b: b, twins: map[string]int64{}, spellings: map[string]int64{}, alike: lookAlikes{}}
	n.add, err = b.prepare(b.to, `INSERT INTO users
		(streamer_id, id, username, username_key, twin, voice_id, drop_image, country, created_at, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
		ON CONFLICT (streamer_id, username_key) DO NOTHING`)
	if err != nil {
		return nil, err
	}
	n.find, err = b.prepare(b.to, `SELECT 1 FROM users WHERE streamer_id = ?1 AND username_key = ?2 AND username = ?3
		UNION ALL
		SELECT 1 FROM users WHERE streamer_id = ?1 AND username = ?3 AND twin > 0
		LIMIT 1`)
	return n, err
}

// spelled says that a viewer of exactly this name is in the new file.
func (n *names) spelled(name string) (bool, error) {
	return found(n.find, n.b.streamer, nameKey(name), name)
}

// insert gives the viewer a spelling and a key of his own. It answers false for a spelling
// that is taken when the row can still wait.
func (n *names) insert(r *row, v viewer) (bool, error) {
	if r.again {
		if err := n.respell(r, &v); err != nil {
			return false, err
		}
	}
	added, err := n.put(v, nameKey(v.name), 0)
	if err == nil && !added {
		taken, err := n.spelled(v.name)
		if err != nil || taken {
			return false, err
		}
		n.b.notes.add("twin-name", 1, fmt.Sprintf("users row %d, %q", r.id, v.name))
		added, err = n.twin(v)
		if err != nil {
			return false, err
		}
	}
	n.look(r, v.name)
	return added, err
}

func (n *names) put(v viewer, key string, twin int64) (bool, error) {
	added, err := exec(n.add, n.b.streamer, v.id, v.name, key, twin, v.voice, v.image, v.country, v.created, v.updated)
	return added > 0, err
}

// twin numbers the key until it is free.
func (n *names) twin(v viewer) (bool, error) {
	key := nameKey(v.name)
	for {
		n.twins[key]++
		added, err := n.put(v, fmt.Sprintf("%s\x1f%d", key, n.twins[key]), n.twins[key])
		if err != nil || added {
			return added, err
		}
	}
}

// respell numbers a name that somebody else bears already.
func (n *names) respell(r *row, v *viewer) error {
	bare := v.name
	for {
		taken, err := n.spelled(v.name)
		if err != nil || !taken {
			return err
		}
		if v.name == bare {
			r.fault("same-name", userName)
		}
		n.spellings[bare]++
		v.name = fmt.Sprintf("%s~%d", bare, n.spellings[bare]+1)
	}
}

// look notes names that are kept as they are but that an owner should know of.
func (n *names) look(r *row, name string) {
	n.alike.look(r.id, name)
	if name == "" || utf8.RuneCountInString(name) > 100 || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		n.odd(r, name)
	}
}

func (n *names) odd(r *row, name string) {
	n.b.notes.add("odd-name", 1, fmt.Sprintf("users row %d, %.100q", r.id, name))
}

func (n *names) note() {
	n.b.notes.add("look-alike-name", n.alike.count, n.alike.example)
}

// nameKey lowers A to Z, as the tenant's own code and SQLite's NOCASE do.
func nameKey(name string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, name)
}
