package api

import (
	"embed"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
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
	reflect.TypeFor[Text]():            {"type": []string{"string", "null"}},
	reflect.TypeFor[ownText]():         {"type": []string{"string", "null"}},
	reflect.TypeFor[flag]():            {"enum": []any{true, false, 1, 0}},
	reflect.TypeFor[kickID]():          {"type": []string{"string", "integer", "null"}},
	reflect.TypeFor[object]():          {"type": "object"},
	reflect.TypeFor[json.RawMessage](): {},
	reflect.TypeFor[tenant.Text]():     {"type": []string{"string", "null"}},
}

// schema describes a type. key is what an anonymous struct is called in comments; answer
// says that all of it is always there.
func (b *specBuilder) schema(t reflect.Type, key string, answer bool) doc {
	if s, ok := special[t]; ok {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(b.schema(t.Elem(), key, answer))
	case reflect.Bool:
		return doc{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return doc{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return doc{"type": "number"}
	case reflect.String:
		return doc{"type": "string"}
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

func nullable(s doc) doc {
	if kind, ok := s["type"].(string); ok {
		copied := doc{}
		for k, v := range s {
			copied[k] = v
		}
		copied["type"] = []string{kind, "null"}
		return copied
	}
	if len(s) == 0 || s["$ref"] == nil {
		return s
	}
	return doc{"anyOf": []doc{s, {"type": "null"}}}
}

// component describes a named type once.
func (b *specBuilder) component(t reflect.Type, answer bool) doc {
	name := strings.NewReplacer("streamvault/", "", "api.", "", "shard/", "", "tenant.", "", "/", "", "[", "Of_", "]", "", "*", "").Replace(t.Name())
	parts := strings.Split(name, "_")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	name = strings.Join(parts, "")
	if b.schemas[name] == nil {
		b.schemas[name] = doc{} // it may hold itself
		b.schemas[name] = b.object(t, baseName(t), answer)
	}
	return doc{"$ref": "#/components/schemas/" + name}
}

// baseName is a type's name without its parameters.
func baseName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

func (b *specBuilder) object(t reflect.Type, key string, answer bool) doc {
	properties, required := doc{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		in := key
		if len(f.Index) > 1 {
			in = owner(t, f.Index)
		}
		s := b.schema(f.Type, key+"."+f.Name, answer)
		if text := b.comments[in+"."+f.Name]; text != "" {
			s = described(s, text)
		}
		properties[name] = s
		if answer && !strings.Contains(options, "omitempty") {
			required = append(required, name)
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

func described(s doc, text string) doc {
	copied := doc{"description": text}
	for k, v := range s {
		copied[k] = v
	}
	return copied
}

//go:embed *.go
var itself embed.FS

// comments reads what stands behind or above the fields of this package's types:
// "rank.TotalDrops" is "count", "newLayout.Body.Name" is "1 to 100 bytes".
func comments() map[string]string {
	all := map[string]string{}
	files, err := itself.ReadDir(".")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		body, err := itself.ReadFile(f.Name())
		if err != nil {
			panic(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), body, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			panic(err) // it was compiled
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if named, ok := n.(*ast.TypeSpec); ok {
				readComments(all, named.Name.Name, named.Type)
			}
			return true
		})
	}
	return all
}

func readComments(all map[string]string, key string, t ast.Expr) {
	s, ok := t.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range s.Fields.List {
		text := f.Comment.Text()
		if text == "" {
			text = f.Doc.Text()
		}
		text = strings.Join(strings.Fields(text), " ")
		for _, name := range f.Names {
			if text != "" {
				all[key+"."+name.Name] = text
			}
			readComments(all, key+"."+name.Name, f.Type)
		}
	}
}
