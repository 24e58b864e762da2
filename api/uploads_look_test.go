package api

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	imagepng "image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pngHeader is a PNG up to the end of its header.
func pngHeader(width, height uint32) string {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, width)
	chunk = binary.BigEndian.AppendUint32(chunk, height)
	chunk = append(chunk, 8, 6, 0, 0, 0)
	return "\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + string(binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk)))
}

// drawnPictures is one of 3 by 2 in every format.
func drawnPictures(t testing.TB) map[string]string {
	t.Helper()
	var p, j, g bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, 3, 2), color.Palette{color.Black, color.White})
	require.NoError(t, imagepng.Encode(&p, m))
	require.NoError(t, jpeg.Encode(&j, m, nil))
	require.NoError(t, gif.EncodeAll(&g, &gif.GIF{Image: []*image.Paletted{m, m}, Delay: []int{1, 1}}))
	return map[string]string{"png": p.String(), "jpeg": j.String(), "gif": g.String(),
		"webp":     fromHex("52494646" + "1a000000" + "57454250" + "5650384c" + "0d000000" + "2f02400000" + "0710fd8ffe0722a2ff01" + "00"),
		"extended": "RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x01\x00\x00"}
}

func fromHex(text string) string {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestPicturesAreWhatTheyShow(t *testing.T) {
	t.Parallel()
	p := drawnPictures(t)
	for format, body := range p {
		kind, err := look([]byte(body))
		require.NoError(t, err, format)
		require.Equal(t, "image/"+strings.Replace(format, "extended", "webp", 1), kind)
	}
	for name, body := range map[string]string{
		"OldApp": "\x89PNG\r\n\x1a\nxxxx", "Signature": "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100), "Torn": p["png"][:20],
		"NoWidth": pngHeader(0, 5), "NoSum": pngHeader(60000, 60000)[:32] + "\x00",
	} {
		kind, err := look([]byte(body))
		require.NoError(t, err, name)
		require.Equal(t, "image/png", kind)
	}
}

func TestPicturesThatAreNone(t *testing.T) {
	t.Parallel()
	p := drawnPictures(t)
	huge := func(format string, at int, bytes string) string {
		return p[format][:at] + bytes + p[format][at+len(bytes):]
	}
	sof := strings.Index(p["jpeg"], "\xff\xc0") + 5
	frame := strings.Index(p["gif"], "\x2c\x00\x00\x00\x00\x03\x00\x02\x00") + 5
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"WidePNG":         {pngHeader(60000, 60000), errLargePicture},
		"LongPNG":         {pngHeader(1, 8193), errLargePicture},
		"ManyPixels":      {pngHeader(8000, 8000), errLargePicture},
		"WideJPEG":        {huge("jpeg", sof, "\xea\x60\xea\x60"), errLargePicture},
		"WideGIF":         {huge("gif", 6, "\x60\xea\x60\xea"), errLargePicture},
		"WideFrame":       {huge("gif", frame, "\x60\xea\x60\xea"), errLargePicture},
		"WideWebP":        {huge("webp", 21, "\xff\xff\xff\x0f"), errLargePicture},
		"WideCanvas":      {huge("extended", 24, "\x1f\x4e\x00\x1f\x4e\x00"), errLargePicture},
		"PageBehindGIF":   {"GIF89a<script>", errLargePicture},
		"OtherThanItSays": {"GIF89a" + p["png"], errLargePicture},
		"BMP":             {"BM" + strings.Repeat("\x00", 60), errNoPicture},
		"SVG":             {`<svg xmlns="http://www.w3.org/2000/svg"/>`, errNoPicture},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := look([]byte(c.body))
			require.Equal(t, c.want, err)
		})
	}
}

// FuzzLook: whatever comes, it is looked at, and nothing larger than what is taken passes.
func FuzzLook(f *testing.F) {
	for _, body := range drawnPictures(f) {
		f.Add([]byte(body))
	}
	f.Add([]byte(pngHeader(60000, 60000)))
	f.Fuzz(func(t *testing.T, body []byte) {
		kind, err := look(body)
		if err == nil {
			require.True(t, pictures[kind])
			if c, _, bad := image.DecodeConfig(bytes.NewReader(body)); bad == nil {
				require.LessOrEqual(t, max(c.Width, c.Height), mostAcross)
				require.LessOrEqual(t, c.Width*c.Height, mostPixels)
			}
		}
	})
}
