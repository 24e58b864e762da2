package api

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"unicode/utf8"
)

// drawer draws values of a schema of the document, and values that it forbids, as JSON text.
type drawer struct {
	*document
	*rand.Rand
}

type schema = map[string]any

func (d drawer) resolved(s schema) schema {
	ref, ok := s["$ref"].(string)
	if !ok {
		return s
	}
	return d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(schema)
}

func types(s schema) []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		all := []string{}
		for _, one := range t {
			all = append(all, one.(string))
		}
		return all
	}
	return nil
}

func bound(s schema, key string, other int64) int64 {
	if n, ok := s[key].(json.Number); ok {
		if v, err := n.Int64(); err == nil {
			return v
		}
	}
	return other
}

func (d drawer) pick(of ...string) string { return of[d.IntN(len(of))] }

// good is a value that the schema allows, of its bounds more often than not.
func (d drawer) good(s schema) string {
	s = d.resolved(s)
	if list, ok := s["enum"].([]any); ok {
		return asJSON(list[d.IntN(len(list))])
	}
	kinds := types(s)
	if len(kinds) == 0 {
		return `{}`
	}
	switch kinds[d.IntN(len(kinds))] {
	case "null":
		return "null"
	case "boolean":
		return d.pick("true", "false")
	case "integer":
		return d.goodInteger(s)
	case "array":
		return "[]"
	case "object":
		return d.goodObject(s)
	}
	return asJSON(d.goodText(s))
}

func (d drawer) goodInteger(s schema) string {
	low, high := bound(s, "minimum", -1<<62), bound(s, "maximum", 1<<62)
	n := []int64{low, high, max(low, min(high, 1)), low + d.Int64N(max(high/2-low/2, 1))}[d.IntN(4)]
	if s["not"] != nil && n == 0 {
		n = 1
	}
	return fmt.Sprint(n)
}

func (d drawer) goodObject(s schema) string {
	properties, _ := s["properties"].(schema)
	fields := []string{}
	for _, name := range sortedKeys(properties) {
		if d.IntN(2) == 0 || required(s, name) {
			fields = append(fields, asJSON(name)+":"+d.good(properties[name].(schema)))
		}
	}
	if len(properties) == 0 && d.IntN(2) == 0 {
		return `{"a":{"b":[1,2.5,"c",null,true]}}`
	}
	return "{" + strings.Join(fields, d.pick(",", " ,\n ")) + "}"
}

func required(s schema, name string) bool {
	list, _ := s["required"].([]any)
	for _, one := range list {
		if one == name {
			return true
		}
	}
	return false
}

// letters of all kinds that anyText allows.
var letters = []rune("azAZ09 .,;:!?'\"\\/<>&%+=#{}[]()@~`|^$*-_äÜßéñчשع日本語🛡🎉\u200b\u202e\u0301\ufeff\ufffd\t\n\x1f\x7f\u0085")

var plainLetters = []rune(strings.Map(func(r rune) rune {
	if r < ' ' || 0x7f <= r && r <= 0x9f {
		return -1
	}
	return r
}, string(letters)))

func (d drawer) runes(of []rune, n int64) string {
	var b strings.Builder
	for range n {
		b.WriteRune(of[d.IntN(len(of))])
	}
	return b.String()
}

func (d drawer) goodText(s schema) string {
	if s["format"] == "date-time" {
		return d.pick("2026-01-31T12:00:00Z", "1970-01-01T00:00:00Z", "2999-12-31T23:59:59.999Z", "2026-06-01T00:00:00.123456789+05:30", "2024-02-29T23:59:59-11:00")
	}
	low, high := bound(s, "minLength", 0), bound(s, "maxLength", 60)
	n := []int64{low, high, low + d.Int64N(min(high, 40)-min(low, 39))}[d.IntN(3)]
	n = max(n, low)
	switch pattern, _ := s["pattern"].(string); pattern {
	case anyText, "":
		return d.runes(letters, n)
	case noControls:
		return d.runes(plainLetters, n)
	case rules["slug"]["pattern"]:
		return d.runes([]rune("az09_-"), 1+d.Int64N(40))
	case rules["channel"]["pattern"]:
		return d.runes([]rune("azAZ09_-"), 1+d.Int64N(32))
	case rules["afterID"]["pattern"]:
		return d.pick("", "31", "313233", "39"+strings.Repeat("30", 17))
	case rules["afterTime"]["pattern"]:
		return d.pick("", "5b302c315d", "5b313736393836303830303030302c345d", "5b2d312c3939395d")
	case rules["web"]["pattern"]:
		return d.pick("", "https://example.com", "http://a.b-c/x.png", "https://e.com/"+strings.Repeat("a", 2034))
	case rules["duration"]["pattern"]:
		return d.pick("", "1s", "36h", "999999h")
	case rules["keep"]["pattern"]:
		return d.pick("", "1h", "24h,7d,4w", "9999d,1w", "52w", "1h,9999w")
	case rules["picture"]["pattern"]:
		return d.pick("", "/", "/a", "https://", "http://x/"+d.runes(plainLetters, 20), "/alice/api/uploads/1")
	}
	return fmt.Sprint(s["example"]) // a rule that this has not heard of is seen to be refused
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// flaw is a value that the schema forbids, and why.
type flaw struct{ why, value string }

// bad are values that the schema forbids.
func (d drawer) bad(s schema) (all []flaw) {
	s = d.resolved(s)
	allowed := map[string]bool{}
	for _, kind := range types(s) {
		allowed[kind] = true
	}
	add := func(why, value string) { all = append(all, flaw{why, value}) }
	if s["enum"] != nil {
		add("not in the list", `"none of them"`)
		add("not in the list", `2`)
	}
	if len(allowed) == 0 {
		return all
	}
	for kind, value := range map[string]string{"null": "null", "boolean": "true", "array": `["x"]`, "object": `{"x":1}`, "string": `"x"`, "integer": "7"} {
		if !allowed[kind] {
			add("a "+kind, value)
		}
	}
	if !allowed["number"] {
		add("a fraction", "1.5")
		add("no double can hold it", "1e400")
	}
	if allowed["string"] {
		d.badText(s, add)
	}
	if allowed["integer"] {
		badInteger(s, add)
	}
	return all
}

func (d drawer) badText(s schema, add func(why, value string)) {
	add("NUL", `"a\u0000b"`)
	add("half a surrogate", `"\ud800"`)
	add("no escape", `"\x"`)
	add("a raw control character", "\"a\x01\"")
	add("bad UTF-8", "\"\xff\"")
	if low := bound(s, "minLength", 0); low > 0 {
		add("too short", asJSON(strings.Repeat("x", int(low)-1)))
	}
	if high := bound(s, "maxLength", -1); high >= 0 && s["pattern"] == anyText {
		add("too long", asJSON(strings.Repeat("x", int(high)+1)))
		if utf8.RuneLen('日')*int(high) < defaultBody {
			add("too long, of wide letters", asJSON(strings.Repeat("日", int(high)+1)))
		}
	}
	if s["format"] != nil {
		add("no time", `"yesterday"`)
	}
	if p := s["pattern"]; p != anyText && p != nil {
		add("off its pattern", `"a\u0001\u007f"`)
	}
}

func badInteger(s schema, add func(why, value string)) {
	low, high := bound(s, "minimum", -1<<63), bound(s, "maximum", 1<<63-1)
	if low > -1<<63 {
		add("below", fmt.Sprint(low-1))
	}
	if high < 1<<63-1 {
		add("above", fmt.Sprint(high+1))
	}
	if s["maximum"] != nil {
		add("beyond 64 bits", "9223372036854775808")
	}
	add("beyond everything", "1"+strings.Repeat("0", 400))
	add("no number", "01")
	if s["not"] != nil {
		add("0", "0")
	}
}

// badBodies are bodies that the schema of a body forbids, and bodies that are none.
func (d drawer) badBodies(s schema) (all []flaw) {
	s = d.resolved(s)
	properties, _ := s["properties"].(schema)
	for name, p := range properties {
		for _, f := range d.bad(p.(schema)) {
			all = append(all, flaw{name + ": " + f.why, d.bodyWith(s, name, f.value)})
		}
		if required(s, name) {
			all = append(all, flaw{name + " is missing", d.bodyWith(s, name, "")})
		}
		twice := asJSON(name) + ":" + d.good(p.(schema))
		all = append(all, flaw{name + " twice", "{" + twice + "," + twice + "}"})
		all = append(all, flaw{name + " in another case", "{" + strings.ToUpper(twice) + "}"})
	}
	good := d.good(s)
	if s["additionalProperties"] == false {
		all = append(all, flaw{"an unknown field", strings.TrimSuffix(d.bodyWith(s, "", ""), "}") + comma(properties) + `"nobodysField":1}`})
	}
	for why, value := range map[string]string{"nothing": "", "null": "null", "a list": "[]", "a text": `"x"`, "a number": "1", "half": good[:len(good)-1], "more after it": good + "{}",
		"deep": strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001), "open": strings.Repeat("[", 10_001), "bad UTF-8": "{\"\xff\":1}", "a BOM": "\ufeff" + good, "NUL": "\x00"} {
		all = append(all, flaw{why, value})
	}
	return all
}

func comma(properties schema) string {
	if len(properties) == 0 {
		return ""
	}
	return ","
}

// bodyWith is a good body with all fields, but for one: that has another value, or is left out.
func (d drawer) bodyWith(s schema, name, value string) string {
	properties, _ := s["properties"].(schema)
	fields := []string{}
	for _, one := range sortedKeys(properties) {
		v := d.good(properties[one].(schema))
		if one == name {
			v = value
		}
		if v != "" {
			fields = append(fields, asJSON(one)+":"+v)
		}
	}
	return "{" + strings.Join(fields, ",") + "}"
}
