package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// Report is the state of an installation's health.
type Report struct {
	OK       bool      `json:"ok"`       // no problem is left
	Shards   int       `json:"shards"`   // streamers whose files were looked at
	Deep     bool      `json:"deep"`     // with what only reading every row tells
	SQLite   string    `json:"sqlite"`   // version of the linked library
	Problems []Problem `json:"problems"` // what somebody has to see to
	Notes    []Problem `json:"notes"`    // what is good to know
	Fixed    []Problem `json:"fixed"`    // what is not a problem any more
}

// Problem is one finding.
type Problem struct {
	Code     Code    `json:"code"`
	Streamer *string `json:"streamer"` // null where it is nobody's in particular
	Detail   string  `json:"detail"`   // what was found
	Advice   string  `json:"advice"`   // what to do about it
	Fixable  bool    `json:"fixable"`  // by doctor --fix

	id  scope.StreamerID
	fix func(context.Context) error
}

// Progress says how far an examination is.
type Progress struct {
	Step        string
	Done, Total int
}

func newReport(version string, deep bool) Report {
	return Report{Deep: deep, SQLite: version, Problems: []Problem{}, Notes: []Problem{}, Fixed: []Problem{}}
}

func (r *Report) add(found findings) {
	r.Problems = append(r.Problems, found.problems...)
	r.Notes = append(r.Notes, found.notes...)
}

// finish puts what concerns the installation first, then what concerns streamers, by id.
func (r *Report) finish() {
	for _, list := range []*[]Problem{&r.Problems, &r.Notes, &r.Fixed} {
		slices.SortStableFunc(*list, func(a, b Problem) int {
			return cmp.Or(cmp.Compare(a.id, b.id), strings.Compare(string(a.Code), string(b.Code)), strings.Compare(a.Detail, b.Detail))
		})
	}
	r.OK = len(r.Problems) == 0
}

// subject is whom a finding concerns; the zero value is nobody in particular.
type subject struct {
	id   scope.StreamerID
	name string
}

// findings collect what one look has found.
type findings struct{ problems, notes []Problem }

func (f *findings) problem(of subject, c Code, detail string) { f.fixable(of, c, detail, nil) }

// fixable adds a problem; fix may be nil.
func (f *findings) fixable(of subject, c Code, detail string, fix func(context.Context) error) {
	f.problems = append(f.problems, newProblem(of, c, detail, fix))
}

func (f *findings) note(of subject, c Code, detail string) {
	f.notes = append(f.notes, newProblem(of, c, detail, nil))
}

// counted is a number with its noun, of which more are named with an s.
func counted[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func newProblem(of subject, c Code, detail string, fix func(context.Context) error) Problem {
	p := Problem{Code: c, Detail: strings.ReplaceAll(detail, "\n", "; "), Advice: advice[c], Fixable: fix != nil, id: of.id, fix: fix}
	if of.name != "" {
		p.Streamer = &of.name
	}
	return p
}

// Unopened is the report on an installation that cannot even be opened, because of its master
// key or of its registry.
func Unopened(why error) Report {
	version, _ := migrations.SQLiteVersion()
	r, f, code := newReport(version, false), findings{}, RegistryDamaged
	switch {
	case errors.Is(why, registry.ErrMasterKey):
		code = MasterKey
	case errors.Is(why, registry.ErrLostRegistry):
		code = RegistryLost
	}
	f.problem(subject{}, code, plain(why))
	r.add(f)
	r.finish()
	return r
}
