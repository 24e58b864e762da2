package legacy

import (
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// The files that the old app kept before its first database.
const (
	usersFile  = "user_data.json"
	goalsFile  = "goals.json"
	tokensFile = "tokens.json"
	tipsFile   = "tips.json"
	gameFile   = "dropgame.config.json"
)

// jsonFiles are they in the order in which they are copied and hashed.
var jsonFiles = []string{usersFile, goalsFile, tokensFile, tipsFile, gameFile}

// findWithin takes the directory of an old app: its JSON files, or its database where it
// had one. With both, only the owner knows which he means.
func (c *Copy) findWithin() error {
	files, err := filesIn(c.real)
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	var databases []string
	for _, name := range files {
		if strings.HasSuffix(name, ".db") && isDatabase(filepath.Join(c.real, name)) {
			databases = append(databases, name)
		}
	}
	switch users := slices.Contains(files, usersFile); {
	case users && len(databases) > 0:
		return c.refuse(nil, "is a directory with both a %s and the database %q, which is what the app used last: give the path of the database",
			usersFile, databases[0])
	case users:
		c.json = true
		return nil
	case len(databases) == 1:
		return c.find(filepath.Join(c.real, databases[0]))
	case len(databases) > 1:
		return c.refuse(nil, "is a directory with %d databases, such as %q: give the path of one", len(databases), databases[0])
	}
	return c.refuse(nil, "is a directory with neither a %s nor a SQLite database (.db) in it", usersFile)
}

// filesIn lists what is in a directory, but for other directories, by name.
func filesIn(dir string) (names []string, err error) {
	d, err := openToRead(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.ReadDir(-1)
	for _, e := range entries {
		if e.Type() != fs.ModeDir {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

// isDatabase says that a file begins as those of SQLite do.
func isDatabase(path string) bool {
	f, err := openToRead(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == magic
}
