package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// bench is what a measurement works with: a directory of its own, and how thorough it is.
type bench struct {
	dir    string
	quick  bool
	detail io.Writer // figures behind the ratios, for people
	made   int
}

// rounds is how often variants take turns; few enough for a person's patience, odd so that
// there is a median.
func (b *bench) rounds() int { return b.pick(5, 7) }

func (b *bench) pick(quick, full int) int {
	if b.quick {
		return quick
	}
	return full
}

// place makes a fresh directory.
func (b *bench) place() (string, error) {
	b.made++
	dir := filepath.Join(b.dir, fmt.Sprint(b.made))
	return dir, os.MkdirAll(dir, 0o700)
}

func (b *bench) note(format string, args ...any) { fmt.Fprintf(b.detail, "    "+format+"\n", args...) }

// variant is one way to do something. It returns what it took, in any unit that all
// variants of a comparison share.
type variant struct {
	name string
	run  func(context.Context) (float64, error)
}

// turns runs variants in turns, every other round backwards, and returns what each took.
func (b *bench) turns(ctx context.Context, variants ...variant) ([][]float64, error) {
	took := make([][]float64, len(variants))
	for round := range b.rounds() {
		for i := range variants {
			if round%2 == 1 {
				i = len(variants) - 1 - i
			}
			t, err := variants[i].run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", variants[i].name, err)
			}
			took[i] = append(took[i], t)
		}
	}
	for i, v := range variants {
		b.note("%-44s %12.4g", v.name, median(took[i]))
	}
	return took, nil
}

// ratio is the median of a/b, round by round: what disturbs a round disturbs both.
func ratio(a, b []float64) float64 {
	each := make([]float64, len(a))
	for i := range a {
		each[i] = a[i] / b[i]
	}
	return median(each)
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
