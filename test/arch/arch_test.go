// Package arch holds the house to its plan: who may import whom, who may touch a
// database, what lies at the top, how long a file may get. It reads the source itself, so
// it can never be answered from a cache of an older tree.
package arch

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// mayImport is the table of DESIGN: imports point down only. A package that is not here
// fails the test, so a new one has to find its place first.
var mayImport = map[string][]string{
	"migrations":         {},
	"migrations/legacy":  {"migrations"},
	"migrations/restore": {"migrations"},
	"shard/scope":        {"migrations", "shard/tally"},
	"shard/tenant":       {"shard/scope"},
	"shard/pool":         {},
	"shard/gate":         {},
	"shard/seal":         {},
	"shard/backup":       {"migrations/restore", "shard/seal"},
	"shard/tally":        {},
	"api/metrics":        {"registry", "shard", "shard/tally"},
	"shard/doctor":       {"registry", "shard/scope", "migrations", "migrations/restore"},
	"registry":           {"shard/scope", "migrations"},
	"shard/backup/s3":    {"shard/backup"},
	"shard/export":       {"shard/tenant", "migrations"},
	"shard":              {"registry", "shard/doctor", "shard/job", "shard/export", "shard/tenant", "shard/pool", "shard/gate", "shard/seal", "shard/backup", "shard/scope", "migrations", "migrations/legacy", "migrations/restore", "shard/fleet"},
	"shard/job":          {"registry"},
	"api/kick":           {"shard/tenant", "shard/scope"},
	"api/kickapp":        {"api/kick", "shard/tenant", "shard/scope"},
	"api":                {"api/metrics", "shard/tally", "api/kick", "api/kickapp", "shard", "shard/doctor", "shard/job", "registry", "shard/tenant", "shard/pool", "shard/scope", "shard/fleet", "shard/backup"},
	"cmd/streamvault":    {"shard/backup", "shard/backup/s3", "api", "api/kick", "api/kickapp", "shard", "shard/doctor", "registry", "shard/tenant", "shard/scope", "migrations", "migrations/legacy", "shard/fleet"},
	"shard/fleet":        {"registry", "shard/job", "shard/scope", "migrations"},
	"test/fixtures":      {},
	"test/program":       {},
	"test/fakekick":      {},
	"test/versity":       {},
	"test/datastoretest": {"shard", "registry", "shard/tenant", "shard/scope"},
	"test/bench":         {"shard/fleet", "api", "shard", "registry", "shard/tenant", "shard/scope", "migrations", "test/fixtures"},
}

// mayTouchSQLite lists who may name the driver or database/sql, and why.
var mayTouchSQLite = map[string]string{
	"migrations":         "the door",
	"migrations/legacy":  "reads old files and fills a file not yet adopted",
	"migrations/restore": "examines copies of files that come back and fills a file not yet adopted",
	"shard/scope":        "the executor",
	"registry":           "its own database, through the door",
	"test/bench":         "measures what one would write with it instead",
}

// top is what the owner fixed.
var top = map[string]bool{"cmd": true, "shard": true, "registry": true, "api": true, "migrations": true,
	"test": true, "go.mod": true, "go.sum": true, "README.md": true, "LICENSE": true}

// apart is a module of its own: it only starts what streamvault is measured against, and
// brings a driver of its own for it.
const apart = "test/bench/pocketbase"

// longest is how many lines a file may have before it is two rooms.
const longest = 300

type source struct {
	file, pkg string
	imports   []string
	test      bool
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && name == filepath.Join(root, apart) {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s := source{file: filepath.ToSlash(rel), test: strings.HasSuffix(name, "_test.go")}
		s.pkg = path.Dir(s.file)
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		all = append(all, s)
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		allowed, known := mayImport[s.pkg]
		require.True(t, known, "%s: package %s has no place in the table of imports", s.file, s.pkg)
		for _, i := range s.imports {
			if ours, ok := strings.CutPrefix(i, "streamvault/"); ok {
				require.Contains(t, allowed, ours, "%s may not import %s", s.file, ours)
			}
		}
	}
}

func TestOnlyTheDoorTouchesSQLite(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || mayTouchSQLite[s.pkg] != "" {
			continue
		}
		for _, i := range s.imports {
			require.NotEqual(t, "database/sql", i, s.file)
			require.NotContains(t, i, "sqlite", s.file)
		}
	}
}

func TestTheTopIsAsFixed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		known := top[e.Name()] || strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "demo-data") ||
			strings.HasPrefix(e.Name(), "data") || e.Name() == "streamvault"
		require.True(t, known, "%s is not part of the house (only what running it makes here is left aside)", e.Name())
	}
}

func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		body, err := os.ReadFile(filepath.Join(root, s.file))
		require.NoError(t, err)
		require.LessOrEqual(t, bytes.Count(body, []byte("\n")), longest, "%s would be clearer as two rooms", s.file)
	}
}

func TestNothingIsInitialisedBehindTheScenes(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		body, err := os.ReadFile(filepath.Join(root, s.file))
		require.NoError(t, err)
		require.NotContains(t, string(body), "\nfunc "+"init()", s.file)
	}
}
