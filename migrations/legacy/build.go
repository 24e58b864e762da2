package legacy

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/migrations"
)

// Progress says how far a build is.
type Progress struct {
	Table string // being read; "" while the result is checked
	Done  int64  // rows of the source so far
	Total int64  // rows of the source
}

// build is one run: a source on one side, a new file on the other.
type build struct {
	src      *Source
	file     *migrations.File
	to       *migrations.Conn
	streamer int64
	now      time.Time
	seal     func(provider, column string, secret []byte) ([]byte, error)
	notes    notes
	report   Report
	progress func(Progress)
	at       Progress

	statements []driver.Stmt // to be closed with the run
	park       driver.Stmt
	changed    map[string]*changes
	users      *users
	ledger     *ids
	tally      tally
}

// changes are the rows of a table that were not carried unchanged, as both sides name them.
type changes struct{ source, result []int64 }

// tally counts the rows that the run adds of its own.
type tally struct{ points, opening, parked int64 }

// largeSource is how many bytes of a source make a file with large pages.
const largeSource = 16 << 20

// tick is after how many rows progress is told.
const tick = 5_000

// Build writes a new file at t and fills it from the source. progress may be nil. When it
// fails it leaves the file, which the caller removes; the error is a RefusedError when the
// source is at fault and an ErrMismatch when the result is not equal to it.
func (s *Source) Build(ctx context.Context, t Target, progress func(Progress)) (Report, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	b, err := newBuild(ctx, s, t, progress)
	if err != nil {
		return Report{}, fmt.Errorf("build from %s: %w", s.from, err)
	}
	if err = errors.Join(b.all(ctx), b.release(), b.to.Close()); err != nil {
		return b.report, fmt.Errorf("build from %s: %w", s.from, err)
	}
	return b.report, t.sync()
}

// all builds and verifies, while the source's own soundness is looked into beside it. A
// source that is damaged is the reason for whatever else has failed.
func (b *build) all(ctx context.Context) error {
	sound := make(chan error, 1)
	go func() { sound <- b.src.checkIntegrity(ctx) }()
	err := b.run(ctx)
	if damage := <-sound; damage != nil {
		return b.src.damaged(ctx, damage)
	}
	if err != nil {
		return b.src.unread(err)
	}
	return b.verify(ctx)
}

func newBuild(ctx context.Context, s *Source, t Target, progress func(Progress)) (*build, error) {
	file, err := t.create(ctx, s.Bytes >= largeSource)
	if err != nil {
		return nil, err
	}
	id := t.Identity
	b := &build{src: s, file: file, to: file.Writer(), streamer: id.Streamer, now: t.Now, seal: t.Seal, notes: notes{}, progress: progress,
		changed: map[string]*changes{}, report: Report{StreamerID: id.Streamer, Generation: s.Generation, Tables: map[string]Count{}}}
	if err := b.to.Run(whileBuilding); err != nil {
		return nil, errors.Join(err, b.to.Close())
	}
	return b, nil
}

func (b *build) run(ctx context.Context) error {
	indexes, err := b.begin(ctx)
	if err != nil {
		return err
	}
	for _, t := range b.plan() {
		if err := b.carry(ctx, t); err != nil {
			return fmt.Errorf("carry %s: %w", t.name, err)
		}
	}
	if err := b.openingEntries(); err != nil {
		return fmt.Errorf("write opening entries: %w", err)
	}
	b.progress(Progress{Done: b.at.Total, Total: b.at.Total})
	if err := b.finish(indexes); err != nil {
		return err
	}
	b.noteSource()
	b.report.Notes = b.notes.sorted()
	return nil
}

// plan lists what to do with each table of the source, known ones first.
func (b *build) plan() (all []table) {
	known := map[string]bool{}
	for _, t := range tables() {
		known[t.name] = true
		if b.src.has(t.name) {
			all = append(all, t)
		}
	}
	for _, name := range b.src.order {
		if !known[name] {
			all = append(all, unknownTable(name, b.src.tables[name]))
		}
	}
	return all
}

// carry takes one table over and accounts for its rows.
func (b *build) carry(ctx context.Context, t table) error {
	b.at.Table = t.name
	b.report.Tables[t.name] = Count{Source: b.src.rows[t.name]}
	b.changed[t.name] = &changes{}
	if t.skip != "" {
		b.account(&row{table: t.name}, skipped, b.src.rows[t.name])
		b.notes.add(t.skip, b.src.rows[t.name], "table "+t.name)
		return nil
	}
	l, err := t.open(b)
	if err != nil {
		return err
	}
	if b.src.json {
		l = b.staged(t, l)
	}
	if err := b.rows(ctx, t, l); err != nil {
		return err
	}
	return l.finish()
}

// rows streams a table through its loader, then those rows that it deferred.
func (b *build) rows(ctx context.Context, t table, l loader) error {
	var later []int64
	r := &row{table: t.name, columns: b.src.allColumns(t)}
	take := func(values []driver.Value) error {
		r.id, r.values, r.faults = values[0].(int64), values[1:], r.faults[:0]
		v, err := l.load(r)
		switch {
		case err != nil:
			return fmt.Errorf("row %d: %w", r.id, err)
		case v == deferred:
			later = append(later, r.id)
			return nil
		case v == carried:
			r.surplus(t)
		}
		return b.settle(r, v)
	}
	if err := b.first(ctx, t, r.columns, take); err != nil {
		return err
	}
	r.again = true
	one := b.src.query(t, r.columns, "main.") + ` WHERE rowid = ?1`
	for _, id := range later {
		if err := b.src.db.each(ctx, one, take, id); err != nil {
			return err
		}
	}
	return nil
}

// first carries a table's ordinary rows in bulk where that can be, and takes the others.
func (b *build) first(ctx context.Context, t table, columns []string, take func([]driver.Value) error) error {
	fits, err := b.bulkFits(t)
	if err != nil {
		return err
	}
	if !fits {
		return b.src.db.each(ctx, b.src.query(t, columns, "main.")+inOrder(t), take)
	}
	n, err := b.carryBulk(ctx, t)
	if err != nil || n == b.src.rows[t.name] {
		return err
	}
	return old{b.to}.each(ctx, b.leftOver(t, columns), take)
}

// settle accounts for a row and parks it where it is not carried as it was.
func (b *build) settle(r *row, v verdict) error {
	b.account(r, v, 1)
	for _, f := range r.faults {
		b.notes.add(f.code, 1, fmt.Sprintf("%s row %d, %s", r.table, r.id, f.column))
	}
	changed := b.changed[r.table]
	if v != carried || len(r.faults) > 0 {
		changed.source = append(changed.source, r.id)
	}
	if v == carried && len(r.faults) > 0 {
		changed.result = append(changed.result, r.newID)
	}
	if v != skipped && len(r.faults) > 0 {
		if err := b.parkRow(r, v); err != nil {
			return err
		}
	}
	if b.at.Done%tick == 0 {
		b.progress(b.at)
	}
	return nil
}

func (b *build) account(r *row, v verdict, n int64) {
	c := b.report.Tables[r.table]
	switch {
	case v == skipped:
		c.Skipped += n
	case v == rejected:
		c.Rejected += n
	case len(r.faults) > 0:
		c.Repaired += n
	default:
		c.Carried += n
	}
	b.report.Tables[r.table] = c
	b.at.Done += n
}

// noteSource says what is worth knowing about the source as a whole.
func (b *build) noteSource() {
	b.notes.add("wal-tail", b.src.tail, "pages at the end of the -wal are of a transaction that was never finished, as a killed app leaves them")
	switch {
	case b.src.json:
		b.notes.add("no-times", 1, "the JSON files hold no times; what needs one says 1970-01-01")
	case len(b.src.parts) == 1:
		b.notes.add("no-wal", 1, "no -wal beside the source: what the old app had not copied into the .db is not in it")
	}
}

// list is row numbers as JSON, which SQL can read as a table.
func list(ids []int64) string {
	if len(ids) == 0 {
		return "[]"
	}
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err) // integers always marshal
	}
	return string(text)
}
