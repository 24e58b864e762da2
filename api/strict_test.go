package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

// sample has a field of every kind that bodies may have.
type sample struct {
	Name  string   `json:"name"`
	Count int64    `json:"count,omitempty"`
	Small int      `json:"small,omitempty"`
	On    bool     `json:"on,omitempty"`
	Maybe *string  `json:"maybe"`
	Clear Text     `json:"clear"`
	Kick  kickID   `json:"kick"`
	Tags  []string `json:"tags,omitempty"`
	Inner struct {
		Title string `json:"title"`
	} `json:"inner,omitempty"`
	Free json.RawMessage `json:"free"`
}

func decodeSample(body string) (sample, error) {
	var v sample
	err := decodeStrict(shapeOf(reflect.TypeFor[sample]()), []byte(body), reflect.ValueOf(&v).Elem())
	return v, err
}

func TestStrictAccepts(t *testing.T) {
	t.Parallel()
	v, err := decodeSample(" {\"name\" : \"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00ü\",\n\t\"count\":-9223372036854775808,\"small\":-0,\"on\":true," +
		`"maybe":"","clear":null,"kick":12345678901234567890,"tags":["x",  "y"],"inner":{"title":"t"},"free":{"a":[1.5e+3,null,{}],"b":"\u0001"}}` + "\r\n ")
	require.NoError(t, err)
	require.Equal(t, "a\"\\/\b\f\n\r\té😀ü", v.Name)
	require.EqualValues(t, -9223372036854775808, v.Count)
	require.True(t, v.On)
	require.Equal(t, "", *v.Maybe)
	require.Equal(t, Text{Set: true}, v.Clear)
	require.Equal(t, "12345678901234567890", *v.Kick.value)
	require.Equal(t, []string{"x", "y"}, v.Tags)
	require.Equal(t, "t", v.Inner.Title)
	require.JSONEq(t, `{"a":[1500,null,{}],"b":"\u0001"}`, string(v.Free))
}

func TestStrictRefuses(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	_, err := decodeSample(`{"name":"x","free":` + deep(maxDepth-1) + `}`)
	require.NoError(t, err, "as deep as it may be")
	for name, c := range map[string]struct{ body, detail string }{
		"Duplicate":        {`{"name":"a","name":"b"}`, "name is given twice"},
		"EscapedDuplicate": {`{"name":"a","n\u0061me":"b"}`, "name is given twice"},
		"DuplicateInside":  {`{"name":"a","free":[{"x":{"y":1,"y":2}}]}`, "free.x.y is given twice"},
		"CaseVariant":      {`{"name":"a","NAME":"b"}`, "NAME is not a field of this request"},
		"Unknown":          {`{"name":"a","nane":1}`, "nane is not a field of this request"},
		"UnknownInside":    {`{"name":"a","inner":{"title":"a","x":1}}`, "inner.x is not a field of this request"},
		"LongUnknown":      {`{"` + strings.Repeat("ü", 40) + `":1}`, strings.Repeat("ü", 32) + "... is not a field of this request"},
		"Missing":          {`{}`, "name is missing"},
		"MissingInside":    {`{"name":"a","inner":{}}`, "inner.title is missing"},
		"Trailing":         {`{"name":"a"}{"name":"b"}`, "body must end after one JSON value"},
		"TrailingGarbage":  {`{"name":"a"}x`, "body must end after one JSON value"},
		"Null":             {`null`, "body must not be null"},
		"List":             {`[{"name":"a"}]`, "body must be an object"},
		"NullText":         {`{"name":null}`, "name must not be null"},
		"NullPointer":      {`{"name":"a","maybe":null}`, "maybe must not be null"},
		"NullObject":       {`{"name":"a","inner":null}`, "inner must not be null"},
		"NullList":         {`{"name":"a","tags":null}`, "tags must not be null"},
		"NumberAsText":     {`{"name":5}`, "name must be a string"},
		"TextAsNumber":     {`{"name":"a","count":"5"}`, "count must be an integer"},
		"Fraction":         {`{"name":"a","count":1.0}`, "count must be an integer"},
		"Exponent":         {`{"name":"a","count":1e3}`, "count must be an integer"},
		"TooLarge":         {`{"name":"a","count":9223372036854775808}`, "count is out of range"},
		"Endless":          {`{"name":"a","count":` + strings.Repeat("9", 400) + `}`, "count is out of range"},
		"BoolAsText":       {`{"name":"a","on":"true"}`, "on must be true or false"},
		"TextAsList":       {`{"name":"a","tags":"x"}`, "tags must be a list"},
		"WrongItem":        {`{"name":"a","tags":["x",1]}`, "tags[1] must be a string"},
		"WrongClear":       {`{"name":"a","clear":1}`, "clear must be a string or null"},
		"WrongKick":        {`{"name":"a","kick":-1}`, "kick must be a string, an integer or null"},
		"NUL":              {`{"name":"a\u0000"}`, "name must not contain NUL"},
		"NULInside":        {`{"name":"a","free":["\u0000"]}`, "free must not contain NUL"},
		"NULInKey":         {`{"na\u0000me":1}`, "body must not contain NUL"},
		"RawNUL":           {"{\"name\":\"a\x00\"}", "body must be JSON"},
		"HalfSurrogate":    {`{"name":"\ud800"}`, "name must not contain half of a surrogate pair"},
		"WrongPair":        {`{"name":"\ud800\u0041"}`, "name must not contain half of a surrogate pair"},
		"LowFirst":         {`{"name":"\udc00\ud800"}`, "name must not contain half of a surrogate pair"},
		"NotUTF8":          {"{\"name\":\"\xff\"}", "body must be UTF-8"},
		"Surrogate8":       {"{\"name\":\"\xed\xa0\x80\"}", "body must be UTF-8"},
		"Deep":             {`{"name":"x","free":` + deep(maxDepth) + `}`, "body is nested too deeply"},
		"VeryDeep":         {strings.Repeat("[", 10_001), "body is nested too deeply"},
		"Newline":          {"{\"name\":\"a\nb\"}", "body must be JSON"},
		"BOM":              {"\ufeff{}", "body must be JSON"},
		"Open":             {`{"name":"a"`, "body must be JSON"},
		"Comma":            {`{"name":"a",}`, "body must be JSON"},
		"NoColon":          {`{"name" "a"}`, "body must be JSON"},
		"Single":           {`{'name':'a'}`, "body must be JSON"},
		"Comment":          {`{/**/"name":"a"}`, "body must be JSON"},
		"LeadingZero":      {`{"name":"a","count":01}`, "body must be JSON"},
		"Plus":             {`{"name":"a","count":+1}`, "body must be JSON"},
		"NaN":              {`{"name":"a","count":NaN}`, "body must be JSON"},
		"Minus":            {`{"name":"a","count":-}`, "body must be JSON"},
		"Point":            {`{"name":"a","count":1.}`, "body must be JSON"},
		"Escape":           {`{"name":"\x41"}`, "body must be JSON"},
		"ShortEscape":      {`{"name":"\u00"}`, "body must be JSON"},
		"SignedEscape":     {`{"name":"\u+041"}`, "body must be JSON"},
		"Word":             {`{"name":"a","on":tru}`, "body must be JSON"},
		"Nothing":          {"  ", "body must be JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeSample(c.body)
			var invalid *tenant.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, c.detail, err.Error())
		})
	}
}

func TestWhatWasSentIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"name":5551234}`, `{"name":"a","count":"5551234"}`, `{"name":"a","count":5551234.5}`, `{"name":"a","kick":{"x":"5551234"}}`,
		`{"name":"a","tags":[5551234]}`, `{"name":"5551234\u0000"}`, `{"name":"a"}5551234`, `5551234`} {
		_, err := decodeSample(body)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "5551234", body)
	}
}

func TestShapesThatBodiesCannotHave(t *testing.T) {
	t.Parallel()
	for name, typ := range map[string]reflect.Type{
		"Any": reflect.TypeFor[any](), "Float": reflect.TypeFor[float64](), "Map": reflect.TypeFor[map[string]string](),
		"NoName": reflect.TypeFor[struct{ X string }](),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Panics(t, func() { shapeOf(typ) })
		})
	}
}

// FuzzStrict holds the decoder against the standard one: what it takes is JSON and means
// the same there; what it refuses has a reason; nothing makes it fall over.
func FuzzStrict(f *testing.F) {
	for _, seed := range []string{`{"name":"a","count":1}`, `{"name":"\ud83d\ude00","free":{"a":[1,2e-3,true,null]}}`, `{"name":"a","name":"b"}`,
		`{"name":"a","NAME":"b"}`, `{"name":"a"}x`, `null`, `{"name":"a","kick":0}`, `{"name":"\u0000"}`, `[[[[`, "{\"name\":\"\xff\"}",
		`{"name":"a","clear":null,"tags":["x"],"inner":{"title":"t"},"on":true,"maybe":"m","small":-1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := decodeSample(body)
		if err != nil {
			var invalid *tenant.InvalidError
			if !errors.As(err, &invalid) || len(err.Error()) > 64*maxFieldName*2 {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var want sample
		if err := json.Unmarshal([]byte(body), &want); err != nil {
			t.Fatalf("took what is not JSON: %v", err)
		}
		require.Equal(t, want, got)
		if strings.ContainsRune(got.Name, 0) {
			t.Fatal("took a NUL")
		}
	})
}
