package main

import (
	"fmt"
	"slices"
	"time"

	"streamvault/migrations/legacy"
)

// imported is the account of an import, and the key of the streamer if it made one.
type imported struct {
	legacy.Report
	OwnerKey string `json:"ownerKey,omitempty"`
}

// printImport shows the account of an import to a person.
func (a *app) printImport(r imported) error {
	if err := a.answer(nil, importSummary(r.Report), ""); err != nil {
		return err
	}
	for _, t := range []table{importTables(r.Tables), importSums(r.Sums), importNotes(r.Notes)} {
		if len(t.rows) == 0 {
			continue
		}
		if err := a.print(t); err != nil {
			return err
		}
		if err := a.answer(nil, ""); err != nil {
			return err
		}
	}
	return a.answer(nil, importEnd(r)...)
}

func importSummary(r legacy.Report) string {
	took := (time.Duration(r.DurationMs) * time.Millisecond).Round(10 * time.Millisecond)
	switch r.Status {
	case legacy.DryRun:
		return fmt.Sprintf("Dry run: a source of generation %s would become streamer %s. Nothing was changed. (%s)",
			r.Generation, r.Streamer, took)
	case legacy.AlreadyImported:
		return fmt.Sprintf("This very source is streamer %s already, by run %s. Nothing was changed.", r.Streamer, r.Run)
	}
	return fmt.Sprintf("Imported a source of generation %s into streamer %s (id %d) in %s, run %s.",
		r.Generation, r.Streamer, r.StreamerID, took, r.Run)
}

func importTables(counts map[string]legacy.Count) table {
	t := table{heads: []string{"TABLE", "SOURCE", "CARRIED", "REPAIRED", "SKIPPED", "REJECTED"}}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c := counts[name]
		t.add(name, c.Source, c.Carried, c.Repaired, c.Skipped, c.Rejected)
	}
	return t
}

func importSums(s legacy.Sums) table {
	t := table{heads: []string{"SUM OVER CARRIED ROWS", "SOURCE", "RESULT"}}
	for _, row := range []struct {
		name string
		sum  legacy.Sum
	}{{"channel points", s.ChannelPoints}, {"drop points", s.DropPoints}, {"drops", s.TotalDrops}, {"ledger", s.Ledger}} {
		t.add(row.name, row.sum.Source, row.sum.Result)
	}
	return t
}

func importNotes(notes []legacy.Note) table {
	t := table{heads: []string{"NOTE", "COUNT", "FOR EXAMPLE"}}
	for _, n := range notes {
		t.add(n.Code, n.Count, n.Example)
	}
	return t
}

func importEnd(r imported) []string {
	switch r.Status {
	case legacy.DryRun:
		return []string{"Run it again without --dry-run to import."}
	case legacy.AlreadyImported:
		return nil
	}
	return []string{
		"A sealed copy of the source is kept in " + r.Backup + ", below the data directory.",
		"Owner key, shown this once: " + r.OwnerKey,
	}
}
