package api

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"streamvault/registry"
	"streamvault/shard/fleet"
)

// maxAmount is the most points, as tenant.MaxPoints.
const maxAmount = 1_000_000_000_000

// anyText is what texts are when nothing else is said of them.
const anyText = `^[^\x00]*$`

const noControls = `^[^\x00-\x1f\x7f-\x9f]*$`

// rules are the words of a field's tag `is`, and what they mean in JSON Schema. The checks
// themselves are the store's, which serves others than this package too; a test sends what
// each rule just allows and just forbids. Besides, "1-500" is a length in characters,
// "1..744" a range, "one:a,b" a list, and "required" what the store misses when it is not sent, "local" what the control handler's callers may send.
var rules = map[string]doc{
	"points":  {"minimum": 0, "maximum": maxAmount},
	"change":  {"minimum": -maxAmount, "maximum": maxAmount},
	"nonzero": {"not": doc{"const": 0}},
	"slug":    {"pattern": `^[a-z0-9_-]{1,40}$`},
	"channel": {"pattern": `^[A-Za-z0-9_-]{1,32}$`, "not": doc{"enum": registry.Reserved()}},
	"line":    {"pattern": noControls},
	"name":    {"minLength": 1, "maxLength": 1024, "pattern": noControls},
	"web":     {"maxLength": 2048, "pattern": `^(https?://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/-]*)?)?$`},
	"picture": {"maxLength": 2048, "pattern": `^(|/|/[^/\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*|https?://[^\x00-\x1f\x7f-\x9f]*)$`},
	// Cursors are JSON in hexadecimal: an id, or a moment in milliseconds and an id.
	"afterID":   {"pattern": `^(30|3[1-9](3[0-9]){0,17})?$`},
	"afterTime": {"pattern": `^(5b(2d)?(30|3[1-9](3[0-9]){0,13})2c3[1-9](3[0-9]){0,17}5d)?$`},
	"object":    {"type": "object"},
	"duration":  {"pattern": `^([1-9][0-9]{0,5}[hms])?$`},
	"keep":      {"pattern": `^([1-9][0-9]{0,3}h(,[1-9][0-9]{0,3}d)?(,[1-9][0-9]{0,3}w)?|[1-9][0-9]{0,3}d(,[1-9][0-9]{0,3}w)?|[1-9][0-9]{0,3}w)?$`},
	"nonempty":  {"minLength": 1},
	"version":   {"minimum": 0, "maximum": fleet.Newest()}, // of a schema; 0 is the newest

	"counts":   {"additionalProperties": doc{"type": "integer", "minimum": 0}},
	"required": {},
	"local":    {},
	"true":     {"enum": []any{true, 1}},
}

// ranges are those of the answers' numbers, by the field's name: nothing else is ever stored.
var ranges = map[string]doc{
	"channelPoints integer": amount, "channel_points integer": amount, "dropPoints integer": amount, "drop_points integer": amount,
	"totalDrops integer": amount, "total_drops integer": amount, "totalPoints integer": {"minimum": 0, "maximum": 2 * maxAmount},
	"balance integer": amount, "price integer": amount, "cost integer": amount, "score integer": amount, "quantity integer": amount,
	"newTotal integer": amount, "current integer": amount, "target integer": amount, "amount integer": rules["change"],
	"id integer": anID, "user_id integer": anID, "userId integer": anID, "transactionId integer": anID,
}

var (
	amount = rules["points"]
	anID   = doc{"minimum": 1, "maximum": int64(1)<<53 - 1}
)

var (
	lengthRule = regexp.MustCompile(`^(\d+)-(\d+)$`)
	rangeRule  = regexp.MustCompile(`^(-?\d+)\.\.(-?\d*)$`)
)

// ruled is a schema with what a tag adds to it.
func ruled(s doc, tag string) doc {
	for word := range strings.FieldsSeq(tag) {
		s = with(s, rule(word))
	}
	return s
}

func rule(word string) doc {
	if r, ok := rules[word]; ok {
		return r
	}
	if list, ok := strings.CutPrefix(word, "one:"); ok {
		return doc{"enum": strings.Split(list, ",")}
	}
	if m := lengthRule.FindStringSubmatch(word); m != nil {
		return doc{"minLength": number64(m[1]), "maxLength": number64(m[2])}
	}
	m := rangeRule.FindStringSubmatch(word)
	if m == nil {
		panic(fmt.Sprintf("no rule %q", word))
	}
	r := doc{"minimum": number64(m[1])}
	if m[2] != "" {
		r["maximum"] = number64(m[2])
	}
	return r
}

func number64(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err) // the pattern fits
	}
	return n
}

// with is one schema with the keywords of another.
func with(s, more doc) doc {
	both := doc{}
	for _, d := range []doc{s, more} {
		for k, v := range d {
			both[k] = v
		}
	}
	return both
}

// must says whether a tag names a rule.
func must(f reflect.StructField, word string) bool {
	return slices.Contains(strings.Fields(f.Tag.Get("is")), word)
}
