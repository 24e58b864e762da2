package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sendBadParameters breaks one parameter after the other.
func (f *fuzzer) sendBadParameters(key string) {
	f.house.Helper()
	params, _ := f.operation["parameters"].([]any)
	body := ""
	if s := f.bodySchema(); s != nil {
		body = f.good(s)
	}
	for _, p := range params {
		p := p.(schema)
		at, in := p["name"].(string), p["in"].(string)
		for _, flaw := range f.badParameter(p["schema"].(schema), in) {
			got := f.house.ask(f.route.Method, f.path(at, flaw.value), key, body, f.headers(at, flaw.value)...)
			f.refuses(got, at+" is "+flaw.why, flaw.value)
		}
	}
}

// badParameter is what a parameter, which is always text, must not be.
func (f *fuzzer) badParameter(s schema, in string) (all []flaw) {
	if in == "header" {
		if most := bound(s, "maxLength", 0); most > 0 {
			return []flaw{{"too long", strings.Repeat("k", int(most)+1)}}
		}
		return nil // what names nothing is true of nothing
	}
	all = []flaw{{"NUL", "a\x00"}, {"bad UTF-8", "\xff"}}
	if slices.Contains(types(s), "integer") {
		for _, value := range []string{"", "x", "1.5", "1e3", "99999999999999999999", "0x1", "null", "1 "} {
			all = append(all, flaw{"no integer", value})
		}
		if low := bound(s, "minimum", -1<<63); low > -1<<63 {
			all = append(all, flaw{"below", fmt.Sprint(low - 1)})
		}
	}
	if s["format"] == "date-time" {
		all = append(all, flaw{"no time", "yesterday"})
	}
	if s["enum"] != nil {
		all = append(all, flaw{"not in the list", "none"})
	}
	if in == "path" && s["pattern"] == rules["slug"]["pattern"] {
		all = append(all, flaw{"off its pattern", "No Slug"})
	}
	return all
}

// path fills the template, with one parameter other than good.
func (f *fuzzer) path(except, value string) string {
	f.house.Helper()
	path, query := f.route.Path, []string{}
	params, _ := f.operation["parameters"].([]any)
	for _, p := range params {
		p := p.(schema)
		at := p["name"].(string)
		v := value
		if at != except {
			v = f.parameter(at, p)
		}
		switch {
		case p["in"] == "path":
			path = strings.Replace(path, "{"+at+"}", url.PathEscape(v), 1)
		case p["in"] == "query" && (at == except || f.IntN(2) == 0):
			query = append(query, at+"="+url.QueryEscape(v))
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	return path
}

// parameter is a good value: of what is there, or drawn.
func (f *fuzzer) parameter(at string, p schema) string {
	f.house.Helper()
	if at == "name" && f.route.Writes() && !strings.Contains(f.route.Path, "/keys") {
		return f.pick(f.another(), f.another(), "nobody")
	}
	if vars := expected[name(f.route)].vars; p["in"] == "path" && vars != nil && f.IntN(4) > 0 {
		if f.known == nil || f.route.Method == http.MethodDelete && f.IntN(4) == 0 {
			f.known = vars(f.house)
		}
		if i := slices.Index(f.known, "{"+at+"}"); i >= 0 {
			return f.known[i+1]
		}
	}
	switch s := p["schema"].(schema); {
	case at == "channel":
		return f.pick("alice", "alice", "ALICE")
	case at == "name":
		return f.pick("alice", "nobody")
	case slices.Contains(types(s), "integer") && p["in"] == "path":
		return fmt.Sprint(1_000_000 + f.Int64N(1<<52)) // none of the house's own keys
	case slices.Contains(types(s), "integer"):
		return f.goodInteger(s)
	case s["enum"] != nil:
		return strings.Trim(f.good(s), `"`)
	default:
		if v := f.goodText(s); p["in"] == "query" || v != "" && v != "." && v != ".." {
			return v
		}
		return "x"
	}
}

// headers are those that the document declares, one of them other than good.
func (f *fuzzer) headers(except, value string) (all []string) {
	params, _ := f.operation["parameters"].([]any)
	for _, p := range params {
		p := p.(schema)
		at := p["name"].(string)
		switch {
		case p["in"] != "header":
		case at == except:
			all = append(all, at, value)
		case f.IntN(3) == 0:
			all = append(all, at, f.runes([]rune("azAZ09 -_.:"), 60)+"k")
		}
	}
	return all
}
