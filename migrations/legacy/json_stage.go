package legacy

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
)

// stagedTable is a table of the old schema as it is filled from a JSON file. Its columns
// have no type, so that each value keeps its own.
type stagedTable struct {
	file    string
	columns string
	// surplus says that columns follow for members that the old app never wrote and for
	// what is rejected: why, and the JSON itself, under the name of the file.
	surplus bool
}

const (
	otherColumn    = "other"
	rejectedColumn = "rejected"
)

var stagedTables = map[string]stagedTable{
	"users":             {usersFile, "id, username, voice_id, drop_image, country, created_at, updated_at", true},
	"user_points":       {usersFile, "user_id, channel_points, drop_points, total_drops, last_updated", false},
	"powerup_inventory": {usersFile, "user_id, powerup_type, quantity", false},
	"goals":             {goalsFile, "id, label, current_value, target_value, enabled, updated_at", true},
	"api_tokens":        {tokensFile, "provider, access_token, refresh_token, expires_at, scope, created_at, updated_at", true},
	"tips":              {tipsFile, "id, content, enabled, sort_order, created_at", true},
	"overlay_settings":  {gameFile, "key, value, updated_at", true},
}

// all lists the columns as SQL.
func (t stagedTable) all() string {
	if !t.surplus {
		return t.columns
	}
	return t.columns + ", " + otherColumn + ", " + rejectedColumn + ", " + quote(t.file)
}

// The files hold no times. What has one in the old schema gets the first there is, which
// also says that a token is over.
const (
	noTime   = "1970-01-01 00:00:00"
	noExpiry = "1970-01-01T00:00:00.000Z"
)

// stage is a database in the old schema while it is filled from the copied JSON files.
// After that they are a source like any other.
type stage struct {
	c        *Copy
	to       *migrations.Conn
	inserts  map[string]driver.Stmt // by table
	shadowed idSet                  // entries whose key comes again
	grown    bool                   // an entry has what J1 lacks
}

// stage fills the private database and says which generation the files are of.
func (c *Copy) stage(ctx context.Context) (_ Generation, err error) {
	s, err := c.newStage()
	if err != nil {
		return "", fmt.Errorf("read %s: %w", c.from, err)
	}
	err = s.fill(ctx)
	for _, insert := range s.inserts {
		err = errors.Join(err, insert.Close())
	}
	if err = errors.Join(err, s.to.Close()); err != nil {
		var refused *RefusedError
		if errors.As(err, &refused) {
			return "", refused
		}
		return "", fmt.Errorf("read %s: %w", c.from, err)
	}
	return s.generation(), nil
}

func (c *Copy) newStage() (*stage, error) {
	f, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	d, err := (&sqlite3.SQLiteDriver{}).Open(uriOf(c.path, url.Values{"_mutex": {"no"}, "_cache_size": {"-8192"}}))
	if err != nil {
		return nil, err
	}
	return &stage{c: c, to: &migrations.Conn{SQLiteConn: d.(*sqlite3.SQLiteConn)}, inserts: map[string]driver.Stmt{}}, nil
}

// fill does it in one transaction. A crash leaves nothing that anybody looks at again, so
// nothing need be durable.
func (s *stage) fill(ctx context.Context) error {
	if err := s.to.Run(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; BEGIN`); err != nil {
		return err
	}
	if err := s.users(ctx); err != nil {
		return err
	}
	if err := s.sides(ctx); err != nil {
		return err
	}
	return s.to.Run(`COMMIT`)
}

func (s *stage) generation() Generation {
	switch {
	case s.c.has(gameFile):
		return J3
	case s.grown:
		return J2
	}
	return J1
}

// has says that the source has a part of this name.
func (c *Copy) has(name string) bool {
	for _, p := range c.parts {
		if p.name == name {
			return true
		}
	}
	return false
}

// table makes a table, unless it is there.
func (s *stage) table(name string) error {
	if s.inserts[name] != nil {
		return nil
	}
	columns := stagedTables[name].all()
	if err := s.to.Run(`CREATE TABLE ` + name + ` (` + columns + `)`); err != nil {
		return err
	}
	insert, err := s.to.Prepare(`INSERT INTO ` + name + ` VALUES (?` + strings.Repeat(`, ?`, strings.Count(columns, ",")) + `)`)
	if err == nil {
		s.inserts[name] = insert
	}
	return err
}

// add adds a row. Columns at the end that are not given are NULL.
func (s *stage) add(table string, values ...any) error {
	if err := s.table(table); err != nil {
		return err
	}
	insert := s.inserts[table]
	for len(values) < insert.NumInput() {
		values = append(values, nil)
	}
	return run(insert, values...)
}

// reject adds a row that will end in legacy_rejects. known are its first columns.
func (s *stage) reject(table, code string, raw json.RawMessage, known ...any) error {
	t := stagedTables[table]
	values := make([]any, strings.Count(t.columns, ",")+2, strings.Count(t.columns, ",")+4)
	copy(values, known)
	return s.add(table, append(values, code, string(redacted(raw)))...)
}

// staged rejects what the stage could make nothing of, whatever table it is in.
type staged struct {
	loader
	code, raw int // columns
}

func (b *build) staged(t table, l loader) loader {
	if !stagedTables[t.name].surplus {
		return l
	}
	s := staged{loader: l}
	for i, column := range b.src.allColumns(t) {
		switch column {
		case rejectedColumn:
			s.code = i
		case stagedTables[t.name].file:
			s.raw = i
		}
	}
	return s
}

func (s staged) load(r *row) (verdict, error) {
	if code, ok := r.values[s.code].(string); ok {
		return r.reject(code, s.raw)
	}
	return s.loader.load(r)
}
