package browser

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// shoot writes what the window shows to a file.
func (p *tab) shoot(path string) {
	p.Helper()
	shot, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p, err)
	require.NoError(p, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(p, os.WriteFile(path, shot, 0o644))
}

// shootSmall is shoot with the 256 commonest colours, for files that are kept.
func (p *tab) shootSmall(path string) {
	p.Helper()
	p.shoot(path)
	b, err := os.ReadFile(path)
	require.NoError(p, err)
	full, err := png.Decode(bytes.NewReader(b))
	require.NoError(p, err)
	reduced := image.NewPaletted(full.Bounds(), commonest(full))
	draw.Draw(reduced, full.Bounds(), full, image.Point{}, draw.Src)
	var out bytes.Buffer
	require.NoError(p, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, reduced))
	require.NoError(p, os.WriteFile(path, out.Bytes(), 0o644))
	p.Logf("%s: %d bytes", path, out.Len())
}

// commonest are the colours that a picture has most of, no two of them nearly the same.
func commonest(of image.Image) color.Palette {
	count := map[color.RGBA]int{}
	for y := of.Bounds().Min.Y; y < of.Bounds().Max.Y; y++ {
		for x := of.Bounds().Min.X; x < of.Bounds().Max.X; x++ {
			c := color.RGBAModel.Convert(of.At(x, y)).(color.RGBA)
			count[color.RGBA{c.R &^ 3, c.G &^ 3, c.B &^ 3, c.A}]++
		}
	}
	all := make([]color.RGBA, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if d := count[b] - count[a]; d != 0 {
			return d
		}
		return int(a.R)<<16 + int(a.G)<<8 + int(a.B) - int(b.R)<<16 - int(b.G)<<8 - int(b.B)
	})
	var p color.Palette
	for _, c := range all[:min(len(all), 256)] {
		p = append(p, c)
	}
	return p
}

// TestScreenshots makes the pictures of the README, of a demo that is in use.
func TestScreenshots(t *testing.T) {
	if *shots == "" {
		t.Skip("-shots DIR says where to")
	}
	s := demo(t)
	must(s, "POST", "/demo/api/admin/goals/followers/progress", map[string]any{"by": 12})
	for _, name := range []string{"LuckyOwl", "PixelFox", "mira_plays"} {
		must(s, "POST", "/demo/api/points/"+name, map[string]any{"amount": 250, "source": "tip", "description": "Tip"})
	}
	must(s, "POST", "/demo/api/dropgame/score", map[string]any{"username": "PixelFox", "score": 110, "isPerfect": true})
	must(s, "POST", "/demo/api/events/test", map[string]any{"type": "subscription", "username": "PixelFox"})

	p := newTab(t)
	p.size(1280, 720)
	p.visit(s.URL + "/demo/overlay?key=" + s.Hello.Demo.OverlayKey)
	p.see("Perfect")
	p.eval(`{ document.body.style.background = 'linear-gradient(160deg, #27344d, #4a3a5e 60%, #6b4a52)'; 0 }`, nil) // where the game would be
	p.still()
	p.shootSmall(filepath.Join(*shots, "overlay.png"))

	for name, page := range map[string]struct{ path, theme, see string }{
		"dashboard": {"/demo/dashboard#key=" + s.Hello.Demo.OwnerKey, "light", "Top viewers"},
		"console":   {"/#key=" + s.Hello.Demo.AdminKey, "dark", "demo"},
	} {
		p := newTab(t)
		p.prefers("prefers-color-scheme", page.theme)
		p.visit(s.URL + page.path)
		p.see(page.see)
		p.still()
		p.until(`document.querySelector('.content').firstElementChild.querySelector('h1')`) // in their order
		p.shootSmall(filepath.Join(*shots, name+".png"))
	}
}

// still waits until everything is there and nothing moves.
func (p *tab) still() {
	p.Helper()
	p.until(`!document.querySelector('[aria-busy=true]') && document.getAnimations().every(a => a.playState !== 'running')`)
	p.eval(`document.fonts.ready.then(() => new Promise(done => setTimeout(done, 300)))`, nil)
}
