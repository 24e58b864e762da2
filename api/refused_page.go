package api

import (
	"bytes"
	"html/template"
	"strings"
)

// refusedPage is a problem for people.
var refusedPage = template.Must(template.ParseFS(web, "web/refused.html"))

// wantsPage says whether a browser shows the answer to somebody.
func (c *call) wantsPage() bool {
	return strings.Contains(c.r.Header.Get("Accept"), "text/html")
}

func (c *call) refusePage(p *Problem) {
	var b bytes.Buffer
	if err := refusedPage.Execute(&b, p); err != nil {
		panic(err) // a Problem is plain data
	}
	c.w.Header()["Content-Security-Policy"] = forPages
	c.send(p.Status, "text/html; charset=utf-8", b.Bytes())
}
