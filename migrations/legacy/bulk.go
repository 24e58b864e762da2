package legacy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// bulk is how the ordinary rows of a large table are carried: by statements that never leave
// SQLite, three times as fast as row by row. What is not ordinary is left for the loader.
type bulk struct {
	into string // table of the new file, whose id is base + the old one
	// columns of it after streamer_id and id, and what they are of a source row o.
	columns, values string
	// ordinary is true of a row that the loader would carry without a fault, and false when
	// in doubt. ?1 is the streamer, ?2 the base of ids.
	ordinary string
}

// viewerKnown is true of a row whose viewer is carried under his old id: the only ids of
// viewers above the highest old one are new.
const viewerKnown = `typeof(o.user_id) = 'integer' AND o.user_id BETWEEN 1 AND (
		SELECT max(id) FROM old.users WHERE typeof(id) = 'integer' AND id <= 4294967295)
	AND EXISTS (SELECT 1 FROM main.users u WHERE u.id = ?2 + o.user_id)`

// wholeAmount and wholeCount are true of what the loader reads with amount and count.
func wholeAmount(column string) string { return whole(column, -most) }
func wholeCount(column string) string  { return whole(column, 0) }

func whole(column string, least int64) string {
	return fmt.Sprintf(`typeof(%s) = 'integer' AND %[1]s BETWEEN %d AND %d`, column, least, int64(most))
}

// bulkStep is how many rows of the source one statement carries.
const bulkStep = 25_000

// attach lets the new file's connection read the private copy of the source.
func (b *build) attach() error {
	if b.src.utf16 {
		return nil
	}
	b.to.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)
	b.to.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, maxOldValueBytes)
	return b.to.Run(`PRAGMA cell_size_check = ON; ATTACH DATABASE ?1 AS old`, uriOf(b.src.path, nil))
}

// maxBulkID is the highest old id with which rows are carried in bulk. Far above it new ids
// may have to be found in gaps between old ones, which takes the loader's knowledge of each.
const maxBulkID = maxOldID / 2

// bulkFits says whether a table's rows can be carried in bulk at all: it has all columns
// and no others, its rows are numbered by their id, and no new id can meet an old one.
func (b *build) bulkFits(t table) (bool, error) {
	if t.bulk == nil || b.src.oneByOne || b.src.utf16 || len(b.src.tables[t.name]) != len(t.columns) ||
		t.bulk.into == ledgerTable && b.src.has(ledgerTable) && b.src.has(halfMigrated) {
		return false, nil
	}
	if !b.hasAll(t) {
		return false, nil
	}
	top, err := b.src.highest("users", t.name)
	if err != nil || top > maxBulkID {
		return false, err
	}
	others, err := b.src.db.Int(`SELECT count(*) FROM ` + quote(t.name) + ` WHERE id IS NOT rowid`)
	return others == 0, err
}

func (b *build) hasAll(t table) bool {
	return !slices.ContainsFunc(t.columns, func(column string) bool { return !b.src.hasColumn(t.name, column) })
}

// carryBulk carries the ordinary rows of a table, and answers how many they were.
func (b *build) carryBulk(ctx context.Context, t table) (n int64, err error) {
	add, err := b.prepare(b.to, `INSERT OR ROLLBACK INTO `+t.bulk.into+` (streamer_id, id, `+t.bulk.columns+`)
		SELECT ?1, ?2 + o.id, `+t.bulk.values+`
		FROM old.`+quote(t.name)+` o
		WHERE o.rowid BETWEEN ?3 AND ?4 AND (`+t.bulk.ordinary+`)`)
	if err != nil {
		return 0, err
	}
	for from := int64(1); ; {
		last, err := b.src.db.Row(`SELECT max(rowid), count(*) FROM (
			SELECT rowid FROM `+quote(t.name)+` WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid LIMIT ?3)`, from, int64(maxOldID), int64(bulkStep))
		to, any := last[0].(int64)
		if err != nil || !any {
			return n, err
		}
		carried, err := exec(add, b.streamer, b.base(), from, to)
		if err != nil {
			return n, err
		}
		n += carried
		b.account(&row{table: t.name}, 0, carried)
		b.progress(b.at)
		if err := ctx.Err(); err != nil {
			return n, err
		}
		from = to + 1
	}
}

// leftOver selects, on the new file's connection, the rows that carryBulk left.
func (b *build) leftOver(t table, columns []string) string {
	return b.src.query(t, columns, "old.") + ` o WHERE NOT EXISTS (
		SELECT 1 FROM main.` + t.bulk.into + ` n WHERE n.id = ` + fmt.Sprint(b.base()) + ` + o.rowid)` + inOrder(t)
}

// base is what an old id is added to.
func (b *build) base() int64 { return b.streamer << 32 }

// checkSame compares the rows that were carried unchanged one by one with what they were. A
// viewer with a new id is known to the loader only.
func (b *build) checkSame() error {
	for _, t := range tables() {
		if t.bulk == nil || b.src.utf16 || !b.src.has(t.name) || !b.hasAll(t) {
			continue
		}
		values := strings.Replace(t.bulk.values, "?2 + o.user_id", "iif("+viewerKnown+", ?2 + o.user_id, n.user_id)", 1)
		changed := b.changed[t.name].source
		got, err := b.to.Int(`SELECT count(*) FROM old.`+quote(t.name)+` o
			CROSS JOIN main.`+t.bulk.into+` n ON n.id = ?3 + o.id
			WHERE +n.streamer_id = ?2 AND (n.`+strings.ReplaceAll(t.bulk.columns, ", ", ", n.")+`) IS (`+strings.ReplaceAll(values, "?2", "?3")+`)
			  AND `+outside("o.rowid", changed), list(changed), b.streamer, b.base())
		if err != nil {
			return fmt.Errorf("compare %s: %w", t.name, err)
		}
		if want := b.report.Tables[t.name].Carried; got != want {
			return mismatch("%s: %d rows are what they were instead of %d", t.name, got, want)
		}
	}
	return nil
}
