package legacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The generations that are a directory of JSON files: J2 knows pictures, countries and
// power-ups, J3 the configuration of the drop game.
const (
	J1 Generation = "J1"
	J2 Generation = "J2"
	J3 Generation = "J3"
)

const (
	fileUsers  = "user_data.json"
	fileGoals  = "goals.json"
	fileTokens = "tokens.json"
	fileTips   = "tips.json"
	fileGame   = "dropgame.config.json"
)

// oldFiles are all files of a JSON generation, in the order in which they are hashed. Only
// the first must be there; others in the directory are none of ours.
var oldFiles = []string{fileUsers, fileGoals, fileTokens, fileTips, fileGame}

// isDirectory decides what a directory is: the JSON files, or the one database in it. When
// both are there the database is newer, and which one is meant has to be said.
func (c *Copy) isDirectory() error {
	databases, err := c.databases()
	if err != nil {
		return c.refuse(err, "cannot be read: %v", err)
	}
	_, err = os.Lstat(filepath.Join(c.real, fileUsers))
	switch hasUsers := err == nil; {
	case hasUsers && len(databases) > 0:
		return c.refuse(nil, "holds %s and %s; the database is what the app has used last: give its path",
			fileUsers, filepath.Base(databases[0]))
	case hasUsers:
		c.files = true
		return nil
	case len(databases) == 1:
		if c.real, err = filepath.EvalSymlinks(databases[0]); err != nil {
			return c.refuse(err, "cannot be read: %v", err)
		}
		return c.isFile()
	case len(databases) > 1:
		return c.refuse(nil, "holds several databases: give the path of one")
	case !errors.Is(err, fs.ErrNotExist):
		return c.refuse(err, "cannot be read: %v", err)
	}
	return c.refuse(nil, "holds neither %s nor a database", fileUsers)
}

// databases are the files in a directory that are named as one.
func (c *Copy) databases() (paths []string, err error) {
	entries, err := os.ReadDir(c.real)
	for _, e := range entries {
		path := filepath.Join(c.real, e.Name())
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && strings.HasSuffix(e.Name(), ".db") {
			paths = append(paths, path)
		}
	}
	return paths, err
}

// takeFiles copies the files of a JSON generation. The hash is of their names, sizes and
// bytes, so that it does not depend on where they lie.
func (c *Copy) takeFiles(ctx context.Context) error {
	all := sha256.New()
	for _, name := range oldFiles {
		before := len(c.parts)
		if err := c.take(ctx, "/"+name, io.Discard); err != nil {
			return err
		}
		if len(c.parts) > before {
			p := c.parts[before]
			fmt.Fprintf(all, "%s\x00%d\x00%x\n", name, p.size, p.sha256)
		}
	}
	if len(c.parts) == 0 || c.parts[0].suffix != "/"+fileUsers {
		return c.refuse(nil, "is empty: its %s holds nothing", fileUsers)
	}
	c.SHA256 = hex.EncodeToString(all.Sum(nil))
	return nil
}
