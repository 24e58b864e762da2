package doctor

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"streamvault/migrations"
	"streamvault/migrations/restore"
	"streamvault/registry"
)

// inPlace is up to which size, in bytes, a file is read through where it lies: nobody waits
// for half a second. A larger one is copied first, while its streamer's calls go on.
const inPlace = 24 << 20

// deepOnCopy reads a large file through.
func (l *look) deepOnCopy(ctx context.Context) error {
	path := l.scratch()
	removeDatabase(path)
	defer removeDatabase(path)
	if err := l.Files.CopyTo(ctx, l.s.ID, path); err != nil {
		return err
	}
	return l.lookAt(ctx, path, func(ctx context.Context, _ *migrations.File, c *migrations.Conn) error {
		l.deep(ctx, c)
		return nil
	})
}

// deep asks what only reading every row tells, as of one moment. Each question is asked
// whatever the others have found.
func (l *look) deep(ctx context.Context, c *migrations.Conn) {
	if err := c.Run(`BEGIN`); err != nil {
		l.problem(l.who, RowsUnreadable, err.Error())
		return
	}
	defer func() { _ = c.Run(`ROLLBACK`) }()
	for _, q := range []struct {
		code Code
		ask  func(context.Context, *migrations.Conn) (string, error)
	}{
		{Integrity, integrity}, {ForeignKeys, foreignKeys}, {ForeignRows, l.foreignRows},
		{LedgerMismatch, ledger}, {RowsUnreadable, l.everyRow},
	} {
		wrong, err := q.ask(ctx, c)
		switch {
		case err != nil:
			l.problem(l.who, q.code, err.Error())
		case wrong != "":
			l.problem(l.who, q.code, wrong)
		}
	}
}

// integrity is SQLite's own verdict, CHECK constraints included.
func integrity(_ context.Context, c *migrations.Conn) (string, error) {
	return lines(c, `PRAGMA integrity_check(5)`, "ok")
}

// lines are the first words that a PRAGMA answers, unless they say that all is well.
func lines(c *migrations.Conn, pragma, well string) (string, error) {
	var all []string
	err := c.Each(pragma, func(row []driver.Value) error {
		all = append(all, strings.TrimPrefix(fmt.Sprint(row[0]), "*** in database main ***\n"))
		return nil
	})
	if len(all) == 1 && all[0] == well {
		return "", err
	}
	return strings.Join(all, "; "), err
}

func foreignKeys(_ context.Context, c *migrations.Conn) (string, error) {
	var n int
	var first string
	err := c.Each(`PRAGMA foreign_key_check`, func(row []driver.Value) error {
		if n++; n == 1 {
			first = fmt.Sprintf("a row of %v references one of %v", row[0], row[2])
		}
		return nil
	})
	if n == 0 {
		return "", err
	}
	return fmt.Sprintf("%s with a reference to what is not there; %s", counted(n, "row"), first), err
}

// tables lists a file's tables, those of its schema only.
func tables(c *migrations.Conn) (names []string, err error) {
	err = c.Each(`
		SELECT name
		FROM sqlite_schema
		WHERE type = 'table'
		  AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY name`,
		func(row []driver.Value) error { names = append(names, row[0].(string)); return nil })
	return names, err
}

// quoted is a name as SQL has it. It comes out of the schema, never from a caller.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// foreignRows counts rows of another streamer.
func (l *look) foreignRows(_ context.Context, c *migrations.Conn) (string, error) {
	names, err := tables(c)
	if err != nil {
		return "", err
	}
	var wrong []string
	for _, name := range names {
		if name == "streamers" {
			continue
		}
		n, err := c.Int(`SELECT count(*) FROM `+quoted(name)+` WHERE streamer_id <> ?1`, int64(l.s.ID))
		if err != nil {
			return "", err
		}
		if n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d in %s", n, name))
		}
	}
	if len(wrong) == 0 {
		return "", nil
	}
	return "rows of another streamer: " + strings.Join(wrong, ", "), nil
}

// ledger holds every balance against the sum of its ledger.
func ledger(_ context.Context, c *migrations.Conn) (string, error) {
	var n int
	var first string
	err := c.Each(`
		WITH ledger AS (
			SELECT user_id,
			       sum(CASE kind WHEN 'channel' THEN amount ELSE 0 END) AS channel,
			       sum(CASE kind WHEN 'drop' THEN amount ELSE 0 END) AS dropped
			FROM point_transactions
			GROUP BY user_id)
		SELECT u.id, coalesce(p.channel_points, 0), coalesce(l.channel, 0), coalesce(p.drop_points, 0), coalesce(l.dropped, 0)
		FROM users u
		LEFT JOIN user_points p ON p.streamer_id = u.streamer_id AND p.user_id = u.id
		LEFT JOIN ledger l ON l.user_id = u.id
		WHERE coalesce(p.channel_points, 0) <> coalesce(l.channel, 0)
		   OR coalesce(p.drop_points, 0) <> coalesce(l.dropped, 0)`,
		func(row []driver.Value) error {
			if n++; n == 1 {
				first = fmt.Sprintf("viewer %v has %v channel points where the ledger has %v, %v drop points where it has %v",
					row[0], row[1], row[2], row[3], row[4])
			}
			return nil
		})
	if n == 0 {
		return "", err
	}
	return fmt.Sprintf("%s other than the sum of the ledger; %s", counted(n, "balance"), first), err
}

// everyRow reads every row, and holds what they come to against the backup of this very
// commit, if there is one: a bit that turned over is found whatever it was of.
func (l *look) everyRow(ctx context.Context, c *migrations.Conn) (string, error) {
	content, err := restore.ContentOf(ctx, c)
	if err != nil {
		return "", err
	}
	row, err := c.Row(`SELECT i.generation, i.commit_seq, v.user_version FROM shard_identity i, pragma_user_version v`)
	if err != nil {
		return "", err
	}
	kept, err := l.Registry.BackupAt(ctx, l.s.ID, row[0].(int64), row[1].(int64), int(row[2].(int64)))
	if errors.Is(err, registry.ErrNotFound) {
		return "", nil
	}
	if err == nil && kept.Digest != content.Digest(restore.SignedIn...) {
		l.problem(l.who, NotAsBackedUp, fmt.Sprintf("its rows are not those of backup %d, which has the same last commit", kept.ID))
	}
	return "", err
}
