package restore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
)

// Facts are what a sound file says of itself.
type Facts struct {
	Streamer   int64   `json:"streamerId"`
	UUID       string  `json:"uuid"`
	Generation int64   `json:"generation"`
	CommitSeq  int64   `json:"commitSeq"`
	Version    int     `json:"schemaVersion"`
	Content    Content `json:"content"`
	Figures    Figures `json:"figures"`
}

// Expected is who a file must be of; the zero value takes anybody's.
type Expected struct {
	Streamer int64
	UUID     string
}

// Check holds a private copy against everything that a file of ours is, and marks its header as
// having no log. The error is a RefusedError when the file is at fault.
func Check(ctx context.Context, path string, want Expected) (Facts, error) {
	version, err := checkHeader(path)
	if err != nil {
		return Facts{}, err
	}
	c, err := migrations.Examine(path)
	if err != nil {
		return Facts{}, damaged(ctx, err)
	}
	c.RegisterAuthorizer(readingOnly)
	l := &look{ctx: ctx, c: c, facts: Facts{Version: version}, want: want}
	if err := errors.Join(l.all(), c.Close()); err != nil {
		return Facts{}, damaged(ctx, err)
	}
	return l.facts, nil
}

// look is one file being looked at.
type look struct {
	ctx   context.Context
	c     *migrations.Conn
	facts Facts
	want  Expected
}

func (l *look) all() error {
	for _, step := range []func() error{l.schema, l.integrity, func() error { return checkKeys(l.c) }, l.identity, l.foreign,
		l.sequences, l.values, l.ledger, l.content, l.figures} {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// damaged is what an error of SQLite on a private copy means, unless the caller gave up.
func damaged(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e sqlite3.Error
	if errors.Is(err, ErrRefused) || !errors.As(err, &e) && !errors.Is(err, migrations.ErrDamaged) && !errors.Is(err, migrations.ErrUnsafeFile) {
		return err
	}
	text := strings.TrimPrefix(err.Error(), migrations.ErrDamaged.Error()+": ")
	return refuse(Damaged, err, "is damaged: %s", strings.ReplaceAll(strings.TrimSpace(text), "\n", "; "))
}

// asked are the pragmas that looking takes.
var asked = map[string]bool{"integrity_check": true, "foreign_key_check": true, "table_list": true, "table_xinfo": true, "foreign_key_list": true}

// readingOnly lets statements read, call functions and ask some pragmas: whatever hides in the
// file's own schema cannot do more.
func readingOnly(action int, name, _, _ string) int {
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION:
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_PRAGMA:
		if asked[name] {
			return sqlite3.SQLITE_OK
		}
	}
	return sqlite3.SQLITE_DENY
}

func (l *look) schema() error { return migrations.Tenant().CheckSchema(l.c, l.facts.Version) }

func (l *look) integrity() error {
	return l.c.Each(`PRAGMA integrity_check(1)`, func(row []driver.Value) error {
		if row[0] == "ok" {
			return nil
		}
		return refuse(Damaged, nil, "is damaged: %v", strings.ReplaceAll(fmt.Sprint(row[0]), "\n", "; "))
	})
}

// checkKeys wants every row that is referenced to be there.
func checkKeys(c *migrations.Conn) error {
	return c.Each(`PRAGMA main.foreign_key_check`, func(row []driver.Value) error {
		return refuse(Damaged, nil, "is damaged: a row of %v belongs to a row of %v that is not there", row[0], row[2])
	})
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// mostCommits keeps counting possible.
const mostCommits = 1 << 53

func (l *look) identity() error {
	row, err := l.c.Row(`
		SELECT (SELECT count(*) FROM streamers), (SELECT count(*) FROM shard_identity), s.id, i.shard_uuid, i.generation, i.commit_seq
		FROM streamers s JOIN shard_identity i ON i.streamer_id = s.id`)
	if err != nil || row[0] != int64(1) || row[1] != int64(1) {
		return refuse(Foreign, err, "does not say whose it is")
	}
	f := &l.facts
	f.Streamer, f.UUID, f.Generation, f.CommitSeq = row[2].(int64), row[3].(string), row[4].(int64), row[5].(int64)
	switch {
	case !uuid.MatchString(f.UUID) || f.Generation >= mostCommits || f.CommitSeq >= mostCommits:
		return refuse(BadValues, nil, "says impossible things of itself")
	case l.want.Streamer != 0 && (l.want.Streamer != f.Streamer || l.want.UUID != f.UUID):
		return refuse(Foreign, migrations.ErrWrongIdentity, "is another streamer's (id %d, %s)", f.Streamer, f.UUID)
	}
	return nil
}

// foreign wants no row of anybody else's.
func (l *look) foreign() error {
	var tables []string
	err := l.c.Each(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
		AND name NOT LIKE 'sqlite_%' AND name <> 'streamers'`,
		func(row []driver.Value) error { tables = append(tables, row[0].(string)); return nil })
	if err != nil {
		return err
	}
	for _, t := range tables {
		n, err := l.c.Int(`SELECT count(*) FROM `+quote(t)+` WHERE streamer_id IS NOT ?1`, l.facts.Streamer)
		if err != nil {
			return err
		}
		if n > 0 {
			return refuse(Foreign, nil, "holds rows of another streamer: %d in %s", n, t)
		}
	}
	return nil
}

func (l *look) content() (err error) {
	l.facts.Content, err = ContentOf(l.ctx, l.c)
	return err
}

// Figures are what a person compares two files by.
type Figures struct {
	ChannelPoints int64      `json:"channelPoints"` // of all viewers
	DropPoints    int64      `json:"dropPoints"`
	Newest        *time.Time `json:"newest"` // when the last row of the ledger was written
}
