package main

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// goal is a figure to reach: how much better than something obvious we have to be. Its
// parts are measured together and each has a bound of its own.
type goal struct {
	id, what string
	parts    []part
	slow     bool // left out by -quick
	measure  func(context.Context, *bench) ([]float64, error)
}

// part is one ratio with its bound: not below min, or not above max.
type part struct {
	name     string
	min, max float64
}

func atLeast(min float64, name string) part { return part{name: name, min: min} }
func atMost(max float64, name string) part  { return part{name: name, max: max} }

// margin is how far a ratio is inside its bound; below 1 it is short.
func (p part) margin(ratio float64) float64 {
	switch {
	case math.IsNaN(ratio):
		return 0
	case p.max > 0:
		return p.max / ratio
	}
	return ratio / p.min
}

func (p part) bound() string {
	if p.max > 0 {
		return fmt.Sprintf("<=%.4g", p.max)
	}
	return fmt.Sprintf(">=%.4g", p.min)
}

// line is the result of a part, as programs read it.
func (g goal) line(p part, ratio float64) string {
	return fmt.Sprintf("%s ratio=%.3g required%s %s", g.id, ratio, p.bound(), verdict(p, ratio))
}

func verdict(p part, ratio float64) string {
	if p.margin(ratio) < 1 {
		return "short"
	}
	return "ok"
}

// worst finds the part with the smallest margin.
func (g goal) worst(ratios []float64) (part, float64) {
	i := 0
	for j, p := range g.parts {
		if p.margin(ratios[j]) < g.parts[i].margin(ratios[i]) {
			i = j
		}
	}
	return g.parts[i], ratios[i]
}

// goals in the order of their numbers.
func goals() []goal {
	all := slices.Concat(readGoals, writeGoals, openGoals, neighbourGoals, webGoals, moveGoals, migrateGoals, backupGoals)
	slices.SortStableFunc(all, func(a, b goal) int { return number(a.id) - number(b.id) })
	return all
}

func number(id string) (n int) {
	_, _ = fmt.Sscanf(id, "M%d", &n)
	return n
}
