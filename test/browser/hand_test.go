package browser

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// press gives what a selector finds the focus and presses a key there: "ArrowDown",
// "Shift+ArrowDown".
func (p *tab) press(selector, key string) {
	p.Helper()
	key, shift := strings.CutPrefix(key, "Shift+")
	p.until(`document.querySelector(` + quoted(selector) + `)`)
	p.eval(`{ const e = document.querySelector(`+quoted(selector)+`); e.focus();
		e.dispatchEvent(new KeyboardEvent('keydown', { key: `+quoted(key)+`, shiftKey: `+map[bool]string{true: "true", false: "false"}[shift]+`, bubbles: true, cancelable: true })); 0 }`, nil)
}

// drag takes what a selector finds by its middle and moves it by cells of the canvas it is in.
func (p *tab) drag(selector string, columns, rows int) {
	p.Helper()
	p.until(`document.querySelector(` + quoted(selector) + `)`)
	var at struct{ X, Y, Width, Height float64 }
	p.eval(`{ const e = document.querySelector(`+quoted(selector)+`); e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect(), c = e.closest('.canvas').getBoundingClientRect();
		({ x: b.x + b.width / 2, y: b.y + b.height / 2, width: c.width / 16, height: c.height / 12 }) }`, &at)
	move := func(kind input.DispatchMouseEventType, part float64) {
		p.do("drag "+selector, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, Button: "left", Buttons: 1, ClickCount: 1,
				X: at.X + part*float64(columns)*at.Width, Y: at.Y + part*float64(rows)*at.Height})
			return err
		}))
	}
	move("mousePressed", 0)
	for _, part := range []float64{0.3, 0.6, 1} {
		move("mouseMoved", part)
	}
	move("mouseReleased", 1)
	require.NotZero(p, at.Width)
}

// writeFile makes a small file as something else might have left it.
func writeFile(t testing.TB, path string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("left behind"), 0o600))
}
