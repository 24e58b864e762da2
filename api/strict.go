package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"streamvault/shard/tenant"
)

// maxDepth is how deep a body may be nested.
const maxDepth = 64

// shape says how a JSON value becomes a Go value. It is made once for a type.
type shape struct {
	kind     shapeKind
	typ      reflect.Type
	elem     *shape             // of pointers and lists
	fields   map[string]*member // of objects
	required []string
}

type shapeKind int

const (
	isText    shapeKind = iota
	isInteger           // in the range of its Go type
	isBool
	isObject
	isList
	isPointer // may be left out, is never null
	isOwn     // reads itself, by json.Unmarshaler; may be left out and may be null
)

type member struct {
	index int
	shape *shape
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// shapeOf compiles a type. It panics on one that bodies cannot have. Fields are named by
// their json tag; those with omitempty, pointers and types that read themselves may be left
// out.
func shapeOf(t reflect.Type) *shape {
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return &shape{kind: isOwn, typ: t}
	}
	switch t.Kind() {
	case reflect.String:
		return &shape{kind: isText, typ: t}
	case reflect.Int, reflect.Int64:
		return &shape{kind: isInteger, typ: t}
	case reflect.Bool:
		return &shape{kind: isBool, typ: t}
	case reflect.Pointer:
		return &shape{kind: isPointer, typ: t, elem: shapeOf(t.Elem())}
	case reflect.Slice:
		return &shape{kind: isList, typ: t, elem: shapeOf(t.Elem())}
	case reflect.Struct:
		return objectOf(t)
	}
	panic(fmt.Sprintf("a body cannot hold a %v", t))
}

func objectOf(t reflect.Type) *shape {
	s := &shape{kind: isObject, typ: t, fields: map[string]*member{}}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || !f.IsExported() {
			panic(fmt.Sprintf("field %s of %v has no json name", f.Name, t))
		}
		m := &member{i, shapeOf(f.Type)}
		s.fields[name] = m
		if m.shape.kind != isPointer && m.shape.kind != isOwn && options != "omitempty" {
			s.required = append(s.required, name)
		}
	}
	return s
}

// decodeStrict reads body, which has to be one JSON value of v's shape and nothing else.
// Its errors are tenant.InvalidErrors that name the field and never repeat a value.
func decodeStrict(s *shape, body []byte, v reflect.Value) error {
	sc := scanner{rest: body}
	if err := sc.utf8(); err != nil {
		return err
	}
	if err := sc.decode(s, v, "body"); err != nil {
		return err
	}
	if sc.space(); len(sc.rest) > 0 {
		return &tenant.InvalidError{Field: "body", Problem: "must end after one JSON value"}
	}
	return nil
}

// decode reads one value; at is its field.
func (sc *scanner) decode(s *shape, v reflect.Value, at string) error {
	sc.space()
	switch s.kind {
	case isPointer:
		v.Set(reflect.New(s.elem.typ))
		return sc.decode(s.elem, v.Elem(), at)
	case isOwn:
		return sc.own(v, at)
	case isObject:
		return sc.object(s, v, at)
	case isList:
		return sc.list(s, v, at)
	case isInteger:
		return sc.integer(v, at)
	case isBool:
		return sc.boolean(v, at)
	}
	if !sc.next('"') {
		return sc.wrong(at, "must be a string")
	}
	text, err := sc.text(at)
	v.SetString(text)
	return err
}

func (sc *scanner) own(v reflect.Value, at string) error {
	value := sc.rest
	if err := sc.skip(at); err != nil {
		return err
	}
	value = bytes.TrimSpace(value[:len(value)-len(sc.rest)])
	err := v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(value)
	var invalid *tenant.InvalidError
	if errors.As(err, &invalid) {
		return &tenant.InvalidError{Field: at, Problem: invalid.Problem}
	}
	if err != nil {
		return &tenant.InvalidError{Field: at, Problem: "is not valid"} // its text may repeat the value
	}
	return nil
}

func (sc *scanner) object(s *shape, v reflect.Value, at string) error {
	if !sc.next('{') {
		return sc.wrong(at, "must be an object")
	}
	seen, err := sc.members(at, func(key, at string) error {
		m := s.fields[key]
		if m == nil {
			return &tenant.InvalidError{Field: at, Problem: "is not a field of this request"}
		}
		return sc.decode(m.shape, v.Field(m.index), at)
	})
	if err != nil {
		return err
	}
	for _, name := range s.required {
		if !seen[name] {
			return &tenant.InvalidError{Field: below(at, name), Problem: "is missing"}
		}
	}
	return nil
}

func (sc *scanner) list(s *shape, v reflect.Value, at string) error {
	if !sc.next('[') {
		return sc.wrong(at, "must be a list")
	}
	v.Set(reflect.MakeSlice(s.typ, 0, 0))
	return sc.items(func(i int) error {
		item := reflect.New(s.elem.typ).Elem()
		if err := sc.decode(s.elem, item, at+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
		return nil
	})
}

func (sc *scanner) integer(v reflect.Value, at string) error {
	if len(sc.rest) == 0 || sc.rest[0] != '-' && !digit(sc.rest[0]) {
		return sc.wrong(at, "must be an integer")
	}
	number, err := sc.number()
	if err != nil {
		return err
	}
	if bytes.ContainsAny(number, ".eE") {
		return &tenant.InvalidError{Field: at, Problem: "must be an integer"}
	}
	n, err := strconv.ParseInt(string(number), 10, v.Type().Bits())
	if err != nil {
		return &tenant.InvalidError{Field: at, Problem: "is out of range"}
	}
	v.SetInt(n)
	return nil
}

func (sc *scanner) boolean(v reflect.Value, at string) error {
	switch {
	case sc.word("true"):
		v.SetBool(true)
	case sc.word("false"):
		v.SetBool(false)
	default:
		return sc.wrong(at, "must be true or false")
	}
	return nil
}
