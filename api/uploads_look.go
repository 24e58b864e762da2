package api

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/gif" // so that image knows it
	_ "image/jpeg"
	_ "image/png"
	"net/http"

	_ "golang.org/x/image/webp"

	"streamvault/shard/tenant"
)

// Browsers unpack a picture into 4 bytes a pixel, on each overlay that shows it: a few hundred
// bytes may be gigabytes there.
const (
	mostAcross = 8192
	mostPixels = 24_000_000
)

var (
	errNoPicture    = &tenant.InvalidError{Field: "image", Problem: "must be a PNG, JPEG, GIF or WebP"}
	errLargePicture = &tenant.InvalidError{Field: "image", Problem: fmt.Sprintf("must be at most %d pixels wide and high, and %d pixels in all", mostAcross, mostPixels)}
)

// look returns what a picture's bytes say it is, unless its header says that it is larger than
// what is taken.
func look(body []byte) (kind string, err error) {
	kind = http.DetectContentType(body)
	if !pictures[kind] {
		return "", errNoPicture
	}
	found, format, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return kind, nil //nolint:nilerr // without a header nothing unpacks it; the old app's traffic has such
	}
	if format == "gif" {
		found.Width, found.Height = gifSize(body)
	}
	if w, h := found.Width, found.Height; w > mostAcross || h > mostAcross || w*h > mostPixels {
		return "", errLargePicture
	}
	return kind, nil
}

// gifSize is what a browser makes of a GIF: its screen, or a frame that is larger.
func gifSize(body []byte) (width, height int) {
	const screen, frame = 13, 10
	number := func(at int) int { return int(binary.LittleEndian.Uint16(body[at:])) }
	width, height = number(6), number(8)
	at := screen + gifColors(body[10])
	for at < len(body) {
		switch kind := body[at]; {
		case kind == '!' && at+2 <= len(body): // an extension
			at = gifSkip(body, at+2)
		case kind == ',' && at+frame < len(body):
			width, height = max(width, number(at+1)+number(at+5)), max(height, number(at+3)+number(at+7))
			at = gifSkip(body, at+frame+gifColors(body[at+9])+1)
		default:
			return width, height
		}
	}
	return width, height
}

// gifColors is how long a table of colours is.
func gifColors(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifSkip goes over blocks, each with its length before it, up to an empty one.
func gifSkip(body []byte, at int) int {
	for at < len(body) && body[at] != 0 {
		at += int(body[at]) + 1
	}
	return at + 1
}
