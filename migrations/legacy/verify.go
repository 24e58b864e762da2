package legacy

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"streamvault/migrations"
)

// verify holds the finished file against the source, each figure computed anew by SQL. What
// needs the file alone is looked at beside that on connections of its own.
func (b *build) verify(ctx context.Context) error {
	checks, ctx := errgroup.WithContext(ctx)
	checks.SetLimit(2)
	figures := []func() error{b.checkAccounts, b.checkCounts, b.checkPlain, b.checkSums, b.checkSame, b.checkLedgers}
	checks.Go(func() error {
		for _, check := range figures {
			if err := errors.Join(ctx.Err(), check()); err != nil {
				return err
			}
		}
		return nil
	})
	for _, tables := range [][]string{{"point_transactions"}, nil} {
		checks.Go(func() error { return b.alone(func(c *migrations.Conn) error { return checkFile(ctx, c, tables) }) })
	}
	checks.Go(func() error { return b.alone(checkKeys) })
	return checks.Wait()
}

// alone runs a check on a connection of its own.
func (b *build) alone(check func(*migrations.Conn) error) error {
	c, err := b.file.Reader()
	if err != nil {
		return err
	}
	return errors.Join(c.Run(`PRAGMA cache_size = -16384`), check(c), c.Close())
}

func (b *build) checkAccounts() error {
	for name, rows := range b.src.rows {
		c, ok := b.report.Tables[name]
		if !ok || c.Source != rows || c.Carried+c.Repaired+c.Skipped+c.Rejected != rows {
			return mismatch("table %s has %d rows, accounted for are %+v", name, rows, c)
		}
	}
	return nil
}

func (b *build) checkCounts() error {
	taken := func(tables ...string) (n int64) {
		for _, t := range tables {
			n += b.report.Tables[t].Carried + b.report.Tables[t].Repaired
		}
		return n
	}
	for table, want := range map[string]int64{
		"users":              taken("users"),
		"user_points":        taken("user_points") + b.tally.points,
		"point_transactions": taken(ledgerTable, halfMigrated) + b.tally.opening,
		"legacy_rejects":     b.tally.parked,
	} {
		got, err := b.to.Int(`SELECT count(*) FROM `+table+` WHERE +streamer_id = ?1`, b.streamer)
		if err != nil {
			return err
		}
		if got != want {
			return mismatch("%s has %d rows instead of %d", table, got, want)
		}
	}
	return nil
}

// checkPlain counts what the tables that have nothing to do with points got, and adds up
// what can be added.
func (b *build) checkPlain() error {
	for _, t := range tables() {
		if t.into == nil || !b.src.has(t.name) {
			continue
		}
		got, want := int64(0), b.report.Tables[t.name].Carried+b.report.Tables[t.name].Repaired
		for _, into := range t.into {
			n, err := b.to.Int(`SELECT count(*) FROM `+into+` WHERE +streamer_id = ?1`, b.streamer)
			if err != nil {
				return err
			}
			got += n
		}
		if got != want {
			return mismatch("%s: %d rows arrived instead of %d", t.name, got, want)
		}
		if err := b.checkSum(t); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) checkSum(t table) error {
	if t.sum == "" {
		return nil
	}
	changed := b.changed[t.name]
	source, err := b.src.db.Int(fmt.Sprintf(`SELECT coalesce(sum(%s), 0) FROM %s WHERE %s`,
		t.sum, t.name, outside("rowid", changed.source)), list(changed.source))
	if err != nil {
		return fmt.Errorf("sum of %s.%s in the source: %w", t.name, t.sum, err)
	}
	result, err := b.to.Int(fmt.Sprintf(`SELECT coalesce(sum(%s), 0) FROM %s WHERE +streamer_id = ?2 AND %s`,
		t.sum, t.name, outside("id", changed.result)), list(changed.result), b.streamer)
	if err == nil && source != result {
		return mismatch("the sum of %s.%s is %d in the source and %d in the result", t.name, t.sum, source, result)
	}
	return err
}

// checkSums takes the sums over the rows carried unchanged, on both sides.
func (b *build) checkSums() error {
	sums := &b.report.Sums
	for _, s := range []struct {
		table, column string
		sum           *Sum
	}{
		{"user_points", "channel_points", &sums.ChannelPoints},
		{"user_points", "drop_points", &sums.DropPoints},
		{"user_points", "total_drops", &sums.TotalDrops},
		{ledgerTable, "amount", &sums.Ledger},
		{halfMigrated, "amount", &sums.Ledger},
	} {
		if !b.src.has(s.table) {
			continue
		}
		n, err := b.src.db.Int(fmt.Sprintf(`SELECT coalesce(sum(%s), 0) FROM %s
			WHERE %s`, s.column, s.table, outside("rowid", b.changed[s.table].source)), list(b.changed[s.table].source))
		if err != nil {
			return fmt.Errorf("sum of %s.%s in the source: %w", s.table, s.column, err)
		}
		s.sum.Source += n
	}
	return b.resultSums()
}

func (b *build) resultSums() error {
	sums := &b.report.Sums
	points, ledger := b.changedHere("user_points"), b.changedHere(ledgerTable, halfMigrated)
	row, err := b.to.Row(`SELECT coalesce(sum(channel_points), 0), coalesce(sum(drop_points), 0), coalesce(sum(total_drops), 0)
		FROM user_points WHERE +streamer_id = ?2 AND `+outside("user_id", points), list(points), b.streamer)
	if err != nil {
		return err
	}
	sums.ChannelPoints.Result, sums.DropPoints.Result, sums.TotalDrops.Result = row[0].(int64), row[1].(int64), row[2].(int64)
	sums.Ledger.Result, err = b.to.Int(`SELECT coalesce(sum(amount), 0) FROM point_transactions
		WHERE +streamer_id = ?2 AND source <> 'import' AND `+outside("id", ledger), list(ledger), b.streamer)
	if err != nil {
		return err
	}
	for name, s := range map[string]Sum{"channel points": sums.ChannelPoints, "drop points": sums.DropPoints,
		"drops": sums.TotalDrops, "ledger": sums.Ledger} {
		if s.Source != s.Result {
			return mismatch("the sum of %s is %d in the source and %d in the result", name, s.Source, s.Result)
		}
	}
	return nil
}

// outside is the condition that a column is none of the ids bound as ?1.
func outside(column string, ids []int64) string {
	if len(ids) == 0 {
		return `?1 = '[]'`
	}
	return column + ` NOT IN (SELECT value FROM json_each(?1))`
}

func (b *build) changedHere(tables ...string) (ids []int64) {
	for _, t := range tables {
		if c := b.changed[t]; c != nil {
			ids = append(ids, c.result...)
		}
	}
	return ids
}

func (b *build) checkLedgers() error {
	left, err := b.differences()
	if err == nil && len(left) > 0 {
		return mismatch("the ledgers of %d viewers do not add up to their balances", len(left))
	}
	return err
}

func checkKeys(c *migrations.Conn) error {
	return c.Each(`PRAGMA foreign_key_check`, func(row []driver.Value) error {
		return mismatch("row %v of %v refers to a row that is not there", row[1], row[0])
	})
}

// checkFile checks the integrity of tables with their indexes: of these, or of all others.
func checkFile(ctx context.Context, c *migrations.Conn, tables []string) error {
	if tables == nil {
		err := c.Each(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'point_transactions'`, func(row []driver.Value) error {
			tables = append(tables, row[0].(string))
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, t := range tables {
		err := c.Each(`PRAGMA integrity_check(`+quote(t)+`)`, func(row []driver.Value) error {
			if row[0] != "ok" {
				return mismatch("integrity check: %v", row[0])
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}
