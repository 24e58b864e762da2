// Command bench measures what streamvault promises about speed, against what one would
// write without it, and prints a line for each goal:
//
//	go run ./test/bench [-quick] [-only M3,M4] [-draw]
//	M3 ratio=24.8 required>=15 ok
//
// Variants of a comparison run in turns in one process, and only their ratio is printed:
// the machine's own speed drops out of it. A goal with several parts prints its worst; the
// parts and the figures behind them go to stderr. What is measured is what is served: the
// packages of this module as they are, opened as the program opens them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"streamvault/shard"
)

func main() {
	shard.Gate() // a large file is copied by a child
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	quick := flags.Bool("quick", false, "smaller files and fewer rounds; leaves out what takes long")
	only := flags.String("only", "", "measure only these `goals`, as M3,M4")
	dir := flags.String("dir", "", "make files below this `directory` instead of the temporary one; its disk is what is measured")
	draw := flags.Bool("draw", false, "write the table and a plot to test/bench/results")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen, err := choose(*only, *quick)
	if err != nil {
		fmt.Fprintln(stderr, "error:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	results, err := measureAll(ctx, chosen, *dir, *quick, stdout, stderr)
	if err == nil && *draw {
		err = drawAll("test/bench/results", results)
	}
	if err != nil {
		fmt.Fprintln(stderr, "error:", err)
		return 1
	}
	return 0
}

func choose(only string, quick bool) ([]goal, error) {
	all := goals()
	if only == "" {
		return slices.DeleteFunc(all, func(g goal) bool { return quick && g.slow }), nil
	}
	var chosen []goal
	for id := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(g goal) bool { return strings.EqualFold(g.id, strings.TrimSpace(id)) })
		if i < 0 {
			return nil, fmt.Errorf("there is no goal %q; the goals are %s", id, names(all))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func names(all []goal) string {
	var ids []string
	for _, g := range all {
		ids = append(ids, g.id)
	}
	return strings.Join(ids, ", ")
}

// result is what a goal came to.
type result struct {
	goal   goal
	ratios []float64
}

func measureAll(ctx context.Context, chosen []goal, dir string, quick bool, stdout, stderr io.Writer) ([]result, error) {
	dir, err := os.MkdirTemp(dir, "streamvault-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var results []result
	failed := 0
	for _, g := range chosen {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fmt.Fprintf(stderr, "%s  %s\n", g.id, g.what)
		start := time.Now()
		r := result{g, nil}
		b := &bench{dir: filepath.Join(dir, g.id), quick: quick, detail: stderr}
		if r.ratios, err = g.measure(ctx, b); err != nil {
			fmt.Fprintf(stderr, "    could not be measured: %v\n", err)
			r.ratios = slices.Repeat([]float64{math.NaN()}, len(g.parts))
			failed++
		}
		for i, p := range g.parts {
			fmt.Fprintf(stderr, "  %-46s %12.3g  required%s %s\n", p.name, r.ratios[i], p.bound(), verdict(p, r.ratios[i]))
		}
		fmt.Fprintf(stderr, "    (%.0f s)\n", time.Since(start).Seconds())
		fmt.Fprintln(stdout, g.line(g.worst(r.ratios)))
		results = append(results, r)
	}
	if failed > 0 {
		return nil, fmt.Errorf("%d of %d goals could not be measured", failed, len(chosen))
	}
	return results, nil
}
