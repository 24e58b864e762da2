package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"
)

// isTerminal says whether a person looks at w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colour says whether w may get colours.
func (a *app) colour(w io.Writer) bool {
	none, _ := a.env("NO_COLOR")
	kind, _ := a.env("TERM")
	return isTerminal(w) && none == "" && kind != "dumb"
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

// answer writes v as JSON, or the lines for people.
func (a *app) answer(v any, lines ...string) error {
	if a.json {
		return writeJSON(a.stdout, v)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.stdout, line); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
	return nil
}

// table is rows of text and numbers, below their heads. A terminal sees aligned columns and
// grouped digits; another program gets tabs and plain numbers.
type table struct {
	heads []string
	rows  [][]any
}

func (t *table) add(cells ...any) { t.rows = append(t.rows, cells) }

func (a *app) print(t table) error {
	var err error
	if isTerminal(a.stdout) {
		err = t.align(a.stdout)
	} else {
		err = t.lines(a.stdout, ungrouped)
	}
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

func ungrouped(n int64) string { return strconv.FormatInt(n, 10) }

func (t table) align(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if err := t.lines(out, thousands); err != nil {
		return err
	}
	return out.Flush()
}

func (t table) lines(w io.Writer, number func(int64) string) error {
	if t.heads != nil {
		if _, err := fmt.Fprintln(w, strings.Join(t.heads, "\t")); err != nil {
			return err
		}
	}
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			if n, ok := c.(int64); ok {
				cells[i] = number(n)
			} else {
				cells[i] = plain(fmt.Sprint(c))
			}
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return nil
}

// list answers with a listing: the items as they came, or a table of them.
func (a *app) list(items []json.RawMessage, t table) error {
	if !a.json {
		return a.print(t)
	}
	if items == nil {
		items = []json.RawMessage{}
	}
	return writeJSON(a.stdout, map[string]any{"items": items, "next": nil})
}
