package browser

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"
)

// axe is the checker of accessibility; it is in the tests only.
//
//go:embed testdata/axe.min.js
var axe string

// accessible fails on what axe-core calls a serious or critical fault. The page stands still meanwhile: an
// event of the demo that fades in would be read half transparent.
func (p *tab) accessible() {
	p.Helper()
	motion := p.media["prefers-reduced-motion"]
	p.prefers("prefers-reduced-motion", "reduce")
	defer func() { p.prefers("prefers-reduced-motion", motion) }()
	var found []struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	p.until(`document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)`)
	p.eval(axe+"\n;0", nil)
	p.eval(`axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
		.map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 4).map(n => ({html: n.html.slice(0, 200), failureSummary: n.failureSummary}))})))`, &found)
	var all strings.Builder
	for _, f := range found {
		fmt.Fprintf(&all, "%s (%s): %s\n", f.ID, f.Impact, f.Help)
		for _, n := range f.Nodes {
			fmt.Fprintf(&all, "  %s\n  %s\n", n.HTML, n.FailureSummary)
		}
	}
	require.Empty(p, all.String())
}
