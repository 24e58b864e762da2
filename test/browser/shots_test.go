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
