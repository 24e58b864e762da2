package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

// Pages are files of api/web as they lie there: no build step, no template. A page is the same
// for everybody and holds no data; its script asks the API for that, signed in by a cookie.
// Every file but the HTML is served at /assets/ by its name, wherever below api/web it lies, so
// a new one needs no code. What others wrote lies in api/web/vendor with its license, and
// VERSIONS.txt says where it is from; a test holds it to that.
//
//	style.css   the design system: tokens, then components
//	core.js     what every page is made of: api(), live(), forms, tables, plots, dialogs
//	stage.js    an overlay's areas, for the overlay itself and for previews of it

//go:embed web
var web embed.FS

func pageRoutes() []Route {
	return []Route{
		page[None]("/", "console.html", "The operator's console", forPages),
		page[None]("/docs", "docs.html", "The routes of this document, to read and to try", forPages),
		page[None]("/{channel}/dashboard", "dashboard.html", "The streamer's dashboard", forPages),
		page[None]("/{channel}/overlay", "overlay.html", "The overlay for OBS; it takes ?key=", forOverlays),
		page[namedLayout]("/{channel}/overlay/{layout}", "overlay.html", "The same in one of the channel's layouts", forOverlays),
		assetRoute(),
	}
}

type namedLayout struct {
	Layout string `path:"layout"` // name or id of a layout; the page finds out whether it is there
}

func page[In any](path, name, summary string, policy []string) Route {
	found := files()[name]
	r := declare[In, blob](Route{Method: http.MethodGet, Path: path, Who: Anyone, ETag: true, Summary: summary, content: []string{found.contentType}})
	r.run = func(c *call) error {
		if err := c.bind(new(In)); err != nil {
			return err
		}
		c.w.Header()["Content-Security-Policy"] = policy
		c.sendFile(found)
		return nil
	}
	return r
}

// What a page may load: what comes from here, and pictures over TLS.
var (
	forPages    = []string{onlyOwn + "; form-action 'self'"}
	forOverlays = []string{onlyOwn + "; form-action 'none'"}
)

const onlyOwn = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https:; font-src 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

type assetName struct {
	File string `path:"file"` // name of a script, a style sheet, a font or a picture
}

const assetPath = "/assets/{file}"

func assetRoute() Route {
	r := declare[assetName, blob](Route{Method: http.MethodGet, Path: assetPath, Who: Anyone, ETag: true,
		Summary: "What the pages are made of", content: slices.Sorted(maps.Values(contentTypes))})
	r.run = func(c *call) error {
		var in assetName
		if err := c.bind(&in); err != nil {
			return err
		}
		found := files()[in.File]
		if found == nil || strings.HasSuffix(in.File, ".html") {
			return errNothingHere
		}
		c.sendFile(found)
		return nil
	}
	return r
}

// file is an embedded file, ready to be sent.
type file struct {
	contentType  string
	body, packed []byte // packed is gzip, nil where that would not be smaller
	tag          string // of the content, in quotes
}

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".woff2": "font/woff2",
}

// files are all embedded files by their base name.
var files = sync.OnceValue(func() map[string]*file {
	all := map[string]*file{}
	err := fs.WalkDir(web, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		base := path.Base(name)
		if contentTypes[path.Ext(base)] == "" || all[base] != nil {
			panic(name + ": its type is not known, or its name is taken")
		}
		body, err := web.ReadFile(name)
		all[base] = newFile(contentTypes[path.Ext(base)], body)
		return err
	})
	if err != nil {
		panic(err) // they are embedded
	}
	return all
})

func newFile(contentType string, body []byte) *file {
	sum := sha256.Sum256(body)
	f := &file{contentType: contentType, body: body, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is one of its own
	_, _ = w.Write(body)                                       // to memory
	_ = w.Close()
	if packed.Len() < len(body) {
		f.packed = packed.Bytes()
	}
	return f
}

// sendFile answers a file, which may be kept but is asked for anew each time: a new version of
// the program is seen at once, and costs only the files that changed.
func (c *call) sendFile(f *file) {
	h := c.w.Header()
	h["Cache-Control"], h["Etag"] = noCache, []string{"W/" + f.tag}
	body := f.body
	if f.packed != nil && c.takesGzip() {
		h["Content-Encoding"] = gzipped
		body = f.packed
	}
	if tagged(c.r.Header["If-None-Match"], f.tag) {
		h.Del("Content-Encoding")
		c.send(http.StatusNotModified, "", nil)
		return
	}
	c.send(http.StatusOK, f.contentType, body)
}
