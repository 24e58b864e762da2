package legacy

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
)

// Old JSON files are first put, as they are, into a private database with the tables of the
// generations that came after. Everything from there on is one way: the same rules, the same
// account of every row.

// staged is that schema. Its columns have no types, so each value keeps its own. The columns
// named in unreadable hold what could not be understood of a row, or of a whole file.
const staged = `
	CREATE TABLE users (id INTEGER PRIMARY KEY, username, voice_id, drop_image, country, created_at, updated_at, other, "no-object", "shadowed-entry");
	CREATE TABLE user_points (user_id, channel_points, drop_points, total_drops, last_updated);
	CREATE TABLE powerup_inventory (user_id, powerup_type, quantity);
	CREATE TABLE tips (id INTEGER PRIMARY KEY, content, enabled, sort_order, created_at, "no-text", "broken-json");
	CREATE TABLE goals (id, label, current_value, target_value, enabled, updated_at, other, "no-object", "broken-json");
	CREATE TABLE overlay_settings (key, value, updated_at);
	CREATE TABLE api_tokens (provider, access_token, refresh_token, expires_at, scope, created_at, updated_at, "broken-token-json");`

// unreadable columns make their row a rejected one, for the reason that they are named after.
var unreadable = map[string]bool{"no-object": true, "shadowed-entry": true, "no-text": true, "broken-json": true, "broken-token-json": true}

// noTime stands for the times that JSON files do not hold. Nothing is taken from a clock, so
// that the same files always give the same rows.
const noTime = "1970-01-01 00:00:00"

// stage is one run.
type stage struct {
	c    *Copy
	db   *migrations.Conn
	adds map[string]driver.Stmt
	gen  Generation
}

// stageFiles makes the database and says which generation the files are.
func (c *Copy) stageFiles(ctx context.Context) (path string, gen Generation, err error) {
	path = filepath.Join(c.path, "staged.db")
	q := url.Values{"_mutex": {"no"}, "_sync": {"0"}, "_journal": {"OFF"}}
	d, err := (&sqlite3.SQLiteDriver{}).Open("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode())
	if err != nil {
		return "", "", err
	}
	s := &stage{c: c, db: &migrations.Conn{SQLiteConn: d.(*sqlite3.SQLiteConn)}, adds: map[string]driver.Stmt{}, gen: J1}
	err = errors.Join(s.all(ctx), s.close())
	return path, s.gen, err
}

func (s *stage) all(ctx context.Context) error {
	if err := s.db.Run(staged + `BEGIN`); err != nil {
		return err
	}
	if err := s.users(ctx); err != nil {
		return err
	}
	for name, read := range map[string]func([]byte) error{fileGoals: s.goals, fileTips: s.tips, fileTokens: s.tokens, fileGame: s.game} {
		body, err := os.ReadFile(filepath.Join(s.c.path, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = read(bytes.TrimPrefix(body, byteOrderMark))
		}
		if err != nil {
			return err
		}
	}
	return s.db.Run(`COMMIT`)
}

var byteOrderMark = []byte("\xef\xbb\xbf")

func (s *stage) close() error {
	var errs []error
	for _, add := range s.adds {
		errs = append(errs, add.Close())
	}
	return errors.Join(append(errs, s.db.Close())...)
}

// add puts a row into a table; columns are separated by ", ".
func (s *stage) add(table, columns string, values ...any) error {
	key := table + " " + columns
	if s.adds[key] == nil {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
		add, err := s.db.Prepare(`INSERT INTO ` + table + ` (` + columns + `) VALUES (` + marks + `)`)
		if err != nil {
			return err
		}
		s.adds[key] = add
	}
	return run(s.adds[key], values...)
}

// value is a JSON value as SQLite stores it: numbers and texts as what they are, all else as
// its JSON.
func value(raw json.RawMessage) any {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '"':
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return numberOf(json.Number(raw))
	}
	return string(raw)
}

// numberOf keeps what an integer of 64 bits holds; beyond that it is a real, perhaps infinite.
func numberOf(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64() // out of range is infinity, which is what it was
	return f
}

// members is an object, or nil.
func members(raw json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// others takes known members away and returns the rest as JSON, or nil when there is none.
func others(m map[string]json.RawMessage, known ...string) any {
	for _, k := range known {
		delete(m, k)
	}
	if len(m) == 0 {
		return nil
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(body)
}
