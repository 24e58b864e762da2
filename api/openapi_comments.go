package api

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

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
