package legacy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Status is how a run ended.
type Status string

// The three good ends of a run.
const (
	Imported        Status = "imported"
	AlreadyImported Status = "already-imported"
	DryRun          Status = "dry-run"
)

// Report is the account of a run. Build fills Generation, Tables, Sums and Notes.
type Report struct {
	Run        string           `json:"run"`
	Streamer   string           `json:"streamer"` // username
	StreamerID int64            `json:"streamerId"`
	Status     Status           `json:"status"`
	Generation Generation       `json:"generation"`
	Tables     map[string]Count `json:"tables"` // every table of the source
	Sums       Sums             `json:"sums"`
	Notes      []Note           `json:"notes"`
	Backup     string           `json:"backup"` // below the data directory; "" for a dry run
	DurationMs int64            `json:"durationMs"`
}

// Count says what became of the rows of a table; the last four add up to Source.
type Count struct {
	Source   int64 `json:"source"`
	Carried  int64 `json:"carried"`
	Repaired int64 `json:"repaired"`
	Skipped  int64 `json:"skipped"`
	Rejected int64 `json:"rejected"`
}

// Sums are taken over the rows that were carried unchanged.
type Sums struct {
	ChannelPoints Sum `json:"channelPoints"`
	DropPoints    Sum `json:"dropPoints"`
	TotalDrops    Sum `json:"totalDrops"`
	Ledger        Sum `json:"ledger"`
}

// Sum is one sum, taken in the source and in the result; opening entries do not count.
type Sum struct {
	Source int64 `json:"source"`
	Result int64 `json:"result"`
}

// Note tells something about rows that an owner should know.
type Note struct {
	Code    string `json:"code"`
	Count   int64  `json:"count"`
	Example string `json:"example"` // the first one met
}

// notes counts by code.
type notes map[string]*Note

const maxExampleBytes = 120

func (n notes) add(code string, count int64, example string) {
	if count == 0 {
		return
	}
	if n[code] == nil {
		if len(example) > maxExampleBytes {
			example = strings.ToValidUTF8(example[:maxExampleBytes], "") + "…"
		}
		n[code] = &Note{Code: code, Example: strings.ToValidUTF8(example, string(utf8.RuneError))}
	}
	n[code].Count += count
}

func (n notes) sorted() []Note {
	all := []Note{}
	for _, note := range n {
		all = append(all, *note)
	}
	slices.SortFunc(all, func(a, b Note) int { return strings.Compare(a.Code, b.Code) })
	return all
}
