package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// drawAll writes the table and the plot of results into dir.
func drawAll(dir string, results []result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "table.md"), []byte(table(results)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "margins.svg"), []byte(plot(results)), 0o644)
}

func table(results []result) string {
	var t strings.Builder
	fmt.Fprintf(&t, "Measured on %d processors, %s/%s, %s. A ratio compares variants that ran in turns in one process.\n\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	t.WriteString("| goal | what | ratio of | ratio | required | |\n|---|---|---|---|---|---|\n")
	for _, r := range results {
		for i, p := range r.goal.parts {
			id, what := r.goal.id, r.goal.what
			if i > 0 {
				id, what = "", ""
			}
			fmt.Fprintf(&t, "| %s | %s | %s | %.3g | %s | %s |\n", id, what, p.name, r.ratios[i], p.bound(), verdict(p, r.ratios[i]))
		}
	}
	return t.String()
}

// Measures of the plot, in pixels. Margins are drawn on a logarithmic scale.
const (
	barHeight, barStep = 16, 24
	labelWidth         = 430
	scaleWidth         = 420
	leftmost, right    = 0.5, 64 // margins at the ends of the scale
)

// plot draws a bar for each part: how many times better than required it is.
func plot(results []result) string {
	var bars strings.Builder
	y := 40
	for _, r := range results {
		for i, p := range r.goal.parts {
			margin := p.margin(r.ratios[i])
			color := "#2a7f62"
			if margin < 1 {
				color = "#c2452d"
			}
			from, to := along(1), along(margin)
			fmt.Fprintf(&bars, `<text x="%d" y="%d" text-anchor="end">%s  %s</text>`, labelWidth-10, y+12, r.goal.id, html.EscapeString(p.name))
			fmt.Fprintf(&bars, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`, min(from, to), y, math.Abs(to-from), barHeight, color)
			fmt.Fprintf(&bars, `<text x="%.1f" y="%d">%.3g</text>`+"\n", max(from, to)+6, y+12, r.ratios[i])
			y += barStep
		}
	}
	var grid strings.Builder
	for m := leftmost; m <= right; m *= 2 {
		fmt.Fprintf(&grid, `<line x1="%.1f" y1="34" x2="%.1f" y2="%d" stroke="#d5d5d5"/><text x="%.1f" y="28" text-anchor="middle">%g×</text>`+"\n",
			along(m), along(m), y, along(m), m)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12" fill="#222">
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="%d" y="12" text-anchor="middle">how many times better than required; the number is the ratio itself</text>
%s%s</svg>
`, labelWidth+scaleWidth+80, y+16, labelWidth+scaleWidth/2, grid.String(), bars.String())
}

// along is where a margin lies on the scale.
func along(margin float64) float64 {
	share := math.Log(min(max(margin, leftmost), right)/leftmost) / math.Log(right/leftmost)
	return labelWidth + scaleWidth*share
}
