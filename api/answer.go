package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

var newline = []byte("\n")

// keepBuffer is the largest buffer that is used again.
const keepBuffer = 256 << 10

// buffer holds an answer until its length is known.
type buffer struct{ bytes.Buffer }

// encode writes v as compact JSON, with a newline after it, and leaves < > & as they are.
func (b *buffer) encode(v any) error {
	e := json.NewEncoder(&b.Buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return nil
}

func (s *Server) buffer() *buffer { return s.buffers.Get().(*buffer) }

func (s *Server) release(b *buffer) {
	if b.Cap() <= keepBuffer {
		b.Reset()
		s.buffers.Put(b)
	}
}

// answer sends what a handler returned.
func (c *call) answer(out any) error {
	if _, none := out.(Nothing); none {
		c.send(c.route.Status, "", nil)
		return nil
	}
	if found, ok := out.(blob); ok {
		h := c.w.Header()
		h["Cache-Control"], h["Content-Security-Policy"] = forever, sandbox
		c.send(c.route.Status, found.contentType, found.body)
		return nil
	}
	b := c.server.buffer()
	defer c.server.release(b)
	if err := b.encode(out); err != nil {
		return err
	}
	body := bytes.TrimSuffix(b.Bytes(), newline)
	if c.route.Who == Anyone {
		c.w.Header()["Cache-Control"] = noCache
	}
	if c.route.ETag && c.unchanged(body) {
		c.send(http.StatusNotModified, "", nil)
		return nil
	}
	if len(body) >= largeAnswer && c.takesGzip() {
		packed := c.server.buffer()
		defer c.server.release(packed)
		if err := c.server.pack(packed, body); err != nil {
			return err
		}
		c.w.Header()["Content-Encoding"] = gzipped
		body = packed.Bytes()
	}
	c.send(c.route.Status, "application/json", body)
	return nil
}

// largeAnswer is how many bytes are worth packing.
const largeAnswer = 4 << 10

var (
	gzipped = []string{"gzip"}
	varies  = []string{"Accept-Encoding"}
)

// takesGzip says whether the caller can unpack. It marks the answer as one of two forms.
func (c *call) takesGzip() bool {
	c.w.Header()["Vary"] = varies
	for _, sent := range c.r.Header["Accept-Encoding"] {
		for one := range strings.SplitSeq(sent, ",") {
			name, quality, _ := strings.Cut(strings.TrimSpace(one), ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") && !refusedBy(quality) {
				return true
			}
		}
	}
	return false
}

// refusedBy: q=0 means that this form is not wanted.
func refusedBy(quality string) bool {
	value, ok := strings.CutPrefix(strings.ReplaceAll(quality, " ", ""), "q=")
	return ok && strings.Trim(value, "0.") == ""
}

func (s *Server) pack(to *buffer, body []byte) error {
	w, ok := s.packers.Get().(*gzip.Writer)
	if !ok {
		w, _ = gzip.NewWriterLevel(to, gzip.BestSpeed) // the level is one of its own
	}
	defer s.packers.Put(w)
	w.Reset(to)
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("pack answer: %w", err)
	}
	return w.Close()
}

// send writes the whole answer. A caller who is gone is not worth an error.
func (c *call) send(status int, contentType string, body []byte) {
	h := c.w.Header()
	if contentType != "" {
		h["Content-Type"] = []string{contentType}
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	c.status = status
	c.w.WriteHeader(status)
	if len(body) > 0 {
		n, _ := c.w.Write(body)
		c.bytes = int64(n)
	}
}

// unchanged tags the answer and says whether the caller has it already.
func (c *call) unchanged(body []byte) bool {
	tag := c.server.tag(body)
	c.w.Header()["Etag"] = []string{"W/" + tag}
	return tagged(c.r.Header["If-None-Match"], tag)
}
