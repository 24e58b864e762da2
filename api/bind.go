package api

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"streamvault/shard/tenant"
)

// plan says where the fields of an input type come from. It is made once for a route.
//
//	Name  string     `path:"username"`           a variable of the path; required
//	Limit *int       `query:"limit"`             nil when it was not sent
//	Key   string     `header:"Idempotency-Key"`  "" when it was not sent
//	Body  struct{}                               the body, strict JSON; required
//
// Parameters are strings, integers, times (RFC 3339) or pointers to these. Embedded structs
// count as if their fields stood in their place. A query parameter that is not declared is
// ignored.
type plan struct {
	params []param
	body   []int // index of the field Body
	shape  *shape
	query  bool // some parameter is in the query
}

type param struct {
	in     source
	name   string
	index  []int
	typ    reflect.Type // without the pointer
	listed bool         // one of a list, in which "" is not
}

type source string

const (
	inPath   source = "path"
	inQuery  source = "query"
	inHeader source = "header"
)

var timeType = reflect.TypeFor[time.Time]()

// newPlan compiles an input type. It panics on a field that can come from nowhere, and on
// a variable of the path that no field takes.
func newPlan(r Route, t reflect.Type) *plan {
	p := &plan{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		if f.Name == "Body" {
			p.body, p.shape = f.Index, shapeOf(f.Type)
			continue
		}
		p.params = append(p.params, newParam(r, f))
	}
	for _, s := range strings.Split(r.Path, "/") {
		if name := strings.Trim(s, "{}"); name != s && name != "channel" && !p.takes(name) {
			panic(fmt.Sprintf("%s %s: no field of %v takes {%s}", r.Method, r.Path, t, name))
		}
	}
	for _, m := range p.params {
		p.query = p.query || m.in == inQuery
	}
	return p
}

func newParam(r Route, f reflect.StructField) param {
	m := param{index: f.Index, typ: f.Type, listed: strings.Contains(f.Tag.Get("is"), "one:")}
	for _, in := range []source{inPath, inQuery, inHeader} {
		if name, ok := f.Tag.Lookup(string(in)); ok {
			m.in, m.name = in, name
		}
	}
	if m.typ.Kind() == reflect.Pointer {
		m.typ = m.typ.Elem()
	}
	switch {
	case m.in == "":
		panic(fmt.Sprintf("%s %s: field %s comes from nowhere", r.Method, r.Path, f.Name))
	case m.in == inPath && !strings.Contains(r.Path, "{"+m.name+"}"):
		panic(fmt.Sprintf("%s %s: there is no {%s}", r.Method, r.Path, m.name))
	case m.typ.Kind() != reflect.String && m.typ.Kind() != reflect.Int && m.typ.Kind() != reflect.Int64 && m.typ != timeType:
		panic(fmt.Sprintf("%s %s: a parameter cannot be %v", r.Method, r.Path, f.Type))
	}
	return m
}

func (p *plan) takes(variable string) bool {
	for _, m := range p.params {
		if m.in == inPath && m.name == variable {
			return true
		}
	}
	return false
}

// bind fills in, a pointer to the route's input type, from the request.
func (c *call) bind(in any) error {
	p := c.route.plan
	if len(p.params) == 0 && p.body == nil {
		return nil
	}
	v := reflect.ValueOf(in).Elem()
	var query url.Values
	if p.query {
		var err error
		if query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
			return &tenant.InvalidError{Field: "query", Problem: "is not properly encoded"}
		}
	}
	for i := range p.params {
		if err := c.bindParam(&p.params[i], query, v); err != nil {
			return err
		}
	}
	if p.body == nil || c.route.Bare && c.r.ContentLength == 0 {
		return nil
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	return decodeStrict(p.shape, body, v.FieldByIndex(p.body))
}

func (c *call) bindParam(m *param, query url.Values, v reflect.Value) error {
	var sent []string
	switch m.in {
	case inPath:
		text, err := c.variable(m.name)
		if err != nil {
			return err
		}
		sent = []string{text}
	case inQuery:
		sent = query[m.name]
	case inHeader:
		sent = c.r.Header[http.CanonicalHeaderKey(m.name)]
	}
	if len(sent) == 0 {
		return nil
	}
	if len(sent) > 1 {
		return &tenant.InvalidError{Field: m.name, Problem: "is given twice"}
	}
	return m.set(v.FieldByIndex(m.index), sent[0])
}

// set puts a text into a field. A number in the path that is none names nothing.
func (m *param) set(field reflect.Value, text string) error {
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(m.typ))
		field = field.Elem()
	}
	if m.typ == timeType {
		t, err := time.Parse(time.RFC3339, text)
		field.Set(reflect.ValueOf(t))
		return m.unless(err == nil, "must be a time like 2026-01-31T12:00:00Z")
	}
	if m.typ.Kind() == reflect.String {
		field.SetString(text)
		if (m.in == inHeader || m.listed) && text == "" {
			return m.unless(false, "must not be empty")
		}
		return m.unless(clean(text), "must be UTF-8 without NUL")
	}
	n, err := strconv.ParseInt(text, 10, m.typ.Bits())
	if err != nil && m.in == inPath {
		return errNothingHere
	}
	field.SetInt(n)
	return m.unless(err == nil, "must be an integer")
}

func (m *param) unless(fine bool, problem string) error {
	if fine {
		return nil
	}
	return &tenant.InvalidError{Field: m.name, Problem: problem}
}

func clean(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// segment decodes a segment of a path.
func segment(encoded string) (string, error) {
	if strings.IndexByte(encoded, '%') < 0 {
		return encoded, nil
	}
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return "", &tenant.InvalidError{Field: "path", Problem: "is not properly encoded"}
	}
	return text, nil
}
