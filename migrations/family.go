package migrations

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed tenant/*.sql registry/*.sql applied.sha256
var files embed.FS

// Family is one kind of database file: how it is marked and how its schema grew.
type Family struct {
	Name          string
	ApplicationID int32
	// Required is the oldest version that the program's statements run on.
	Required int
	steps    []step
	// statements is how many a connection keeps prepared by their text. A shard's are kept
	// by whoever runs them.
	statements int
}

// step leads from one version to the next and back.
type step struct {
	version  int
	name     string
	up, down string
}

// Newest is the version after the last migration.
func (f *Family) Newest() int { return len(f.steps) }

// MigrationName names the migration that leads to a version, such as "activity".
func (f *Family) MigrationName(version int) string { return f.steps[version-1].name }

// The two families. They are built once from the embedded SQL; a file that was
// edited after it had been applied somewhere stops the program here.
var (
	tenantFamily   = sync.OnceValues(func() (*Family, error) { return load("tenant", 0x73765401, 1, 0) })
	registryFamily = sync.OnceValues(func() (*Family, error) { return load("registry", 0x73765201, 3, 64) })
)

// Tenant is the family of the files that hold one streamer each.
func Tenant() *Family { return must(tenantFamily()) }

// Registry is the family of registry.db.
func Registry() *Family { return must(registryFamily()) }

// must turns a broken build (an edited migration) into a stop at first use.
func must(f *Family, err error) *Family {
	if err != nil {
		panic(err)
	}
	return f
}

// load reads DIR/NNNN_name.up.sql and .down.sql and holds each against its hash.
func load(dir string, applicationID int32, required, statements int) (*Family, error) {
	f := &Family{Name: dir, ApplicationID: applicationID, Required: required, statements: statements}
	hashes, err := appliedHashes()
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, dir+"/*.up.sql")
	if err != nil {
		return nil, err
	}
	for i, up := range names {
		s, err := loadStep(up, hashes)
		if err != nil {
			return nil, err
		}
		if s.version != i+1 {
			return nil, fmt.Errorf("migration %s: expected number %d", up, i+1)
		}
		f.steps = append(f.steps, s)
	}
	return f, nil
}

func loadStep(up string, hashes map[string]string) (step, error) {
	number, name, ok := strings.Cut(strings.TrimSuffix(path.Base(up), ".up.sql"), "_")
	version, err := strconv.Atoi(number)
	if !ok || err != nil {
		return step{}, fmt.Errorf("migration %s: not named NNNN_name.up.sql", up)
	}
	s := step{version: version, name: name}
	for file, text := range map[string]*string{
		up: &s.up, strings.TrimSuffix(up, ".up.sql") + ".down.sql": &s.down,
	} {
		body, err := files.ReadFile(file)
		if err != nil {
			return step{}, fmt.Errorf("migration %s: %w", up, err)
		}
		sum := sha256.Sum256(body)
		if hashes[file] != hex.EncodeToString(sum[:]) {
			return step{}, fmt.Errorf("migration %s is not the file that was applied: "+
				"undo the edit and add a new migration instead (its hash is %x)", file, sum)
		}
		*text = string(body)
	}
	return s, nil
}

func appliedHashes() (map[string]string, error) {
	body, err := files.ReadFile("applied.sha256")
	if err != nil {
		return nil, err
	}
	hashes := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		if sum, name, ok := strings.Cut(lines.Text(), "  "); ok {
			hashes[name] = sum
		}
	}
	return hashes, nil
}

// Next is the family as a later program would know it: with one more migration, and serving
// nothing below required. It is for tests and measurements of what a new release does.
func (f *Family) Next(name, up, down string, required int) *Family {
	next := *f
	next.Required = required
	next.steps = append(slices.Clip(f.steps), step{version: f.Newest() + 1, name: name, up: up, down: down})
	return &next
}
