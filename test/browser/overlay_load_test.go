package browser

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// counted counts what makes a page work: frames that it asks for, and timers that go off.
const counted = `window.worked = {frames: 0, timers: 0};
	{ const frame = requestAnimationFrame; window.requestAnimationFrame = (f) => { worked.frames++; return frame(f); }; }
	for (const name of ['setTimeout', 'setInterval']) { const real = window[name]; window[name] = (f, ...rest) => real(() => { worked.timers++; f(); }, ...rest); }`

// metrics are figures of a tab: JSHeapUsedSize, Nodes, TaskDuration ...
func (p *tab) metrics() map[string]float64 {
	p.Helper()
	all := map[string]float64{}
	p.do("metrics", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, performance.Enable, performance.EnableParams{}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return err
		}
		got, err := cdp.Call(ctx, t, performance.GetMetrics, cdp.Empty{})
		for _, m := range got.Metrics {
			all[m.Name] = m.Value
		}
		return err
	}))
	return all
}

// An overlay that nothing happens to does nothing: no frames, no timers but those that turn the
// tips and look whether the machine has slept, nothing that moves.
func TestAnIdleOverlayDoesNothing(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := newTab(t)
	p.before(counted)
	p.size(1920, 1080)
	p.visit(s.URL + "/demo/overlay?key=" + s.Hello.Demo.OverlayKey)
	p.see("NightOwl")
	p.until(`document.getAnimations().length === 0`)
	var before, after struct{ Frames, Timers int }
	p.eval(`worked`, &before)
	time.Sleep(4 * time.Second)
	p.eval(`worked`, &after)
	after.Frames, after.Timers = after.Frames-before.Frames, after.Timers-before.Timers
	require.LessOrEqual(t, after.Frames, 1, "a tip may have turned")
	require.LessOrEqual(t, after.Timers, 2)
}

// Fifty events at once are drawn in the frames that there are, and leave no more behind than a few.
func TestABurstIsDrawnByTheFrame(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := newTab(t)
	p.before(counted)
	p.visit(s.URL + "/demo/overlay?key=" + s.Hello.Demo.OverlayKey)
	p.see("NightOwl")
	burst(s, 50)
	p.until(`[...document.querySelectorAll('.st-rank')].filter(e => e.innerText.includes('burst')).length >= 1`)
	before := p.metrics()
	for range 6 {
		burst(s, 50)
	}
	p.until(`document.getAnimations().length === 0`)
	after := p.metrics()
	t.Logf("heap %.0f -> %.0f bytes, nodes %.0f -> %.0f", before["JSHeapUsedSize"], after["JSHeapUsedSize"], before["Nodes"], after["Nodes"])
	var shown int
	p.eval(`document.querySelectorAll('#page *').length`, &shown)
	require.Less(t, shown, 400, "lists are bounded")
	require.Less(t, after["Nodes"], 2*before["Nodes"]+500)
	require.Less(t, after["JSHeapUsedSize"], before["JSHeapUsedSize"]+3e6)
}

// TestLongOverlay leaves an overlay idle, and then holds it at ten events a second for as long as
// -hold says: doing nothing must cost next to nothing, and what it keeps must not grow. Its
// figures are printed.
func TestLongOverlay(t *testing.T) {
	if !*long {
		t.Skip("takes minutes: -long")
	}
	s := demo(t)
	p := overlay(t, s, "")
	p.see("NightOwl")
	time.Sleep(5 * time.Second)
	begin := p.metrics()
	time.Sleep(30 * time.Second)
	end := p.metrics()
	share := (end["TaskDuration"] - begin["TaskDuration"]) / 30
	t.Logf("idle: %.3f %% of a core in the page's thread over 30 s", 100*share)
	require.Less(t, share, 0.01)
	var first map[string]float64
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := range int(*hold / (100 * time.Millisecond)) {
		<-tick.C
		burst(s, 1)
		if i%600 == 599 {
			now := p.metrics()
			if first == nil {
				first = now
			}
			t.Logf("%4d events: heap %.0f bytes, %.0f nodes, %.0f listeners, %.1f %% of a core", i+1, now["JSHeapUsedSize"], now["Nodes"], now["JSEventListeners"],
				100*(now["TaskDuration"]-end["TaskDuration"])/(now["Timestamp"]-end["Timestamp"]))
		}
	}
	last := p.metrics()
	require.Less(t, last["JSHeapUsedSize"], first["JSHeapUsedSize"]*1.1+100_000)
	require.Less(t, last["Nodes"], first["Nodes"]*1.2)
}
