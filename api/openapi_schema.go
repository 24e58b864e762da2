package api

import (
	"encoding/json"
	"math"
	"path"
	"reflect"
	"strings"
	"time"

	"streamvault/shard/tenant"
)

// special are types that say themselves how they look in JSON.
var special = map[reflect.Type]doc{
	reflect.TypeFor[Time]():            {"type": "string", "format": "date-time"},
	reflect.TypeFor[time.Time]():       {"type": "string", "format": "date-time"},
	reflect.TypeFor[moment]():          {"type": "string", "format": "date-time"},
	reflect.TypeFor[Text]():            {"type": []string{"string", "null"}, "pattern": anyText},
	reflect.TypeFor[ownText]():         {"type": []string{"string", "null"}, "pattern": anyText},
	reflect.TypeFor[tenant.Text]():     {"type": []string{"string", "null"}, "pattern": anyText},
	reflect.TypeFor[flag]():            {"enum": []any{true, false, 1, 0}},
	reflect.TypeFor[count]():           {"type": []string{"integer", "null"}, "format": "int64"},
	reflect.TypeFor[kickID]():          {"type": []string{"string", "integer", "null"}},
	reflect.TypeFor[object]():          {"type": "object"},
	reflect.TypeFor[json.RawMessage](): {},
}

// schema describes a type. key is what an anonymous struct is called in comments; answer
// says that all of it is always there.
func (b *specBuilder) schema(t reflect.Type, key string, answer bool) doc {
	if s, ok := special[t]; ok {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		if !answer {
			return b.schema(t.Elem(), key, answer) // it may be left out, not be null
		}
		return nullable(b.schema(t.Elem(), key, answer))
	case reflect.Bool:
		return doc{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return integerSchema(answer)
	case reflect.Float64:
		return doc{"type": "number"}
	case reflect.String:
		return textSchema(answer)
	case reflect.Slice:
		return doc{"type": "array", "items": b.schema(t.Elem(), key, answer)}
	case reflect.Map:
		return doc{"type": "object", "additionalProperties": b.schema(t.Elem(), key, answer)}
	case reflect.Struct:
		if t.Name() == "" {
			return b.object(t, key, answer)
		}
		return b.component(t, answer)
	}
	return doc{} // anything
}

func integerSchema(answer bool) doc {
	s := doc{"type": "integer", "format": "int64"}
	if !answer {
		s["minimum"], s["maximum"] = int64(math.MinInt64), int64(math.MaxInt64)
	}
	return s
}

func textSchema(answer bool) doc {
	s := doc{"type": "string"}
	if !answer {
		s["pattern"] = anyText
	}
	return s
}

func nullable(s doc) doc {
	if kind, ok := s["type"].(string); ok {
		return with(s, doc{"type": []string{kind, "null"}})
	}
	if s["$ref"] == nil {
		return s
	}
	return doc{"anyOf": []doc{s, {"type": "null"}}}
}

// component describes a named type once. Where a type is both sent and answered it is two.
func (b *specBuilder) component(t reflect.Type, answer bool) doc {
	name := componentName(t)
	if !answer {
		name += "Request"
	}
	if b.types[name] != nil && b.types[name] != t {
		name = capital(path.Base(t.PkgPath())) + name
	}
	b.types[name] = t
	if b.schemas[name] == nil {
		b.schemas[name] = doc{} // it may hold itself
		b.schemas[name] = b.object(t, baseName(t), answer)
	}
	return doc{"$ref": "#/components/schemas/" + name}
}

func componentName(t reflect.Type) string {
	name := strings.NewReplacer("streamvault/", "", "api.", "", "shard/", "", "tenant.", "", "/", "", "[", "Of_", "]", "", "*", "", ".", "_").Replace(t.Name())
	parts := strings.Split(name, "_")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}

// baseName is a type's name without its parameters.
func baseName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// jsonField is a field as it stands in JSON.
type jsonField struct {
	reflect.StructField
	name     string
	optional bool
}

// jsonFields are those that encoding/json writes, without those that an outer one hides.
func jsonFields(t reflect.Type) (all []jsonField) {
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		all = append(all, jsonField{f, name, strings.Contains(options, "omitempty")})
	}
	return all
}

func (b *specBuilder) object(t reflect.Type, key string, answer bool) doc {
	properties, required := doc{}, []string{}
	for _, f := range jsonFields(t) {
		if must(f.StructField, "local") {
			continue // no matter of who reads this
		}
		in := key
		if len(f.Index) > 1 {
			in = owner(t, f.Index)
		}
		s := ruled(b.schema(f.Type, key+"."+f.Name, answer), f.Tag.Get("is"))
		if answer {
			s = with(ranges[f.name+" "+kindOf(s)], s)
		}
		if text := b.comments[in+"."+f.Name]; text != "" {
			s = with(s, doc{"description": text})
		}
		properties[f.name] = s
		if answer && !f.optional || !answer && f.needed() {
			required = append(required, f.name)
		}
	}
	o := doc{"type": "object", "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	if !answer {
		o["additionalProperties"] = false
	}
	return o
}

// needed says whether a request without the field is refused.
func (f jsonField) needed() bool {
	if must(f.StructField, "required") {
		return true
	}
	own := reflect.PointerTo(f.Type).Implements(unmarshaler)
	return !f.optional && !own && f.Type.Kind() != reflect.Pointer
}
