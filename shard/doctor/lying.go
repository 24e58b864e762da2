package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// leftoverAfter is how long something may lie in tmp without being written to. Whoever works
// there writes more often.
const leftoverAfter = time.Hour

// moment is how long a file may lie there as nobody's.
const moment = 200 * time.Millisecond

// inventory is what lies in the data directory, sorted by what it can be.
type inventory struct {
	named   map[string]*registry.Streamer // by the path of his file
	purged  map[scope.StreamerID]string
	there   map[string]bool
	strange []string             // below shards, and no row's
	open    []string             // can be read by others
	tmp     map[string]time.Time // entries of tmp, when they were last written to
	trash   int                  // files
	room    int64                // bytes that they take
	kept    []string             // of purged streamers
}

// lying holds what lies in the data directory against what should.
func (e *examination) lying(ctx context.Context, f *findings) error {
	i := &inventory{named: map[string]*registry.Streamer{}, there: map[string]bool{}, tmp: map[string]time.Time{}}
	for _, s := range e.streamers {
		i.named[e.Registry.ShardName(s)] = s
	}
	var err error
	if i.purged, err = e.Registry.Purged(ctx); err != nil {
		return err
	}
	for _, s := range e.streamers {
		delete(i.purged, s.ID) // a purge that was begun is not over: that is a problem of its own
	}
	if err := e.Registry.Walk(i.take); err != nil {
		f.problem(subject{}, Unreadable, "the data directory: "+err.Error())
	}
	e.permissions(f, i.open)
	e.leftovers(f, i)
	if i.trash > 0 {
		f.note(subject{}, InTrash, fmt.Sprintf("%s, %d MiB", counted(i.trash, "file"), i.room>>20))
	}
	if err := e.gone(ctx, f, i); err != nil {
		return err
	}
	return e.strangers(ctx, f, i)
}

// take sorts one thing.
func (i *inventory) take(name string, info fs.FileInfo) error {
	i.there[name] = true
	if info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o077 != 0 {
		i.open = append(i.open, name)
	}
	room, below, _ := strings.Cut(name, "/")
	switch {
	case below == "":
	case room == "tmp":
		entry, _, _ := strings.Cut(below, "/")
		if i.tmp[entry].Before(info.ModTime()) {
			i.tmp[entry] = info.ModTime()
		}
	case info.IsDir():
	case (room == "shards" || room == "trash") && i.purged[owner(name)] != "":
		i.kept = append(i.kept, name)
	case room == "shards" && i.named[database(name)] == nil:
		i.strange = append(i.strange, name)
	case room == "trash":
		i.trash++
		i.room += info.Size()
	}
	return nil
}

// sidecars end the names of what SQLite keeps beside a file.
var sidecars = []string{"-wal", "-shm", "-journal"}

// database is the file that something belongs to.
func database(name string) string {
	for _, suffix := range sidecars {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base
		}
	}
	return name
}

// owner is the streamer whose id a file's name holds: "0000000017.2.db", also behind what
// was put before it in the trash. 0 is none.
func owner(name string) scope.StreamerID {
	base := path.Base(name)
	for _, part := range strings.Split(base, "-") {
		digits, _, ok := strings.Cut(part, ".")
		if id, err := strconv.ParseInt(digits, 10, 64); ok && err == nil && len(digits) == 10 {
			return scope.StreamerID(id)
		}
	}
	return 0
}

// permissions reports what others may read, one by one while it is little.
func (e *examination) permissions(f *findings, names []string) {
	if key, err := e.keyIsOpen(); err == nil && key {
		names = append(names, e.Registry.MasterKeyFile())
	}
	tighten := func(names ...string) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, name := range names {
				if err := e.Registry.Tighten(ctx, name, e.order.Actor); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if len(names) > 20 {
		f.fixable(subject{}, Permissions, fmt.Sprintf("%d files and directories can be used by others, %s first", len(names), names[0]), tighten(names...))
		return
	}
	for _, name := range names {
		f.fixable(subject{}, Permissions, name+" can be used by others", tighten(name))
	}
}

func (e *examination) leftovers(f *findings, i *inventory) {
	for entry, written := range i.tmp {
		age := e.Now().Sub(written)
		if entry == "" || age < leftoverAfter {
			continue // somebody may be at work on it
		}
		name := path.Join("tmp", entry)
		f.fixable(subject{}, LeftoverFile, fmt.Sprintf("%s was last written to %s ago", name, age.Round(time.Minute)),
			func(ctx context.Context) error {
				return e.Registry.Discard(ctx, []string{name}, string(LeftoverFile), e.order.Actor)
			})
	}
	for _, name := range i.kept {
		f.fixable(subject{}, PurgeLeftover, fmt.Sprintf("%s is of %s, who was purged", name, i.purged[owner(name)]),
			func(ctx context.Context) error {
				return e.Registry.Discard(ctx, []string{name}, string(PurgeLeftover), e.order.Actor)
			})
	}
}

// gone reports backups whose files are not where they were written.
func (e *examination) gone(ctx context.Context, f *findings, i *inventory) error {
	files, err := e.Registry.BackupFiles(ctx)
	if err != nil {
		return err
	}
	for name, streamer := range files {
		if i.there[path.Clean(name)] || e.purging(owner(path.Dir(name)+".")) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(e.Registry.Dir(), filepath.FromSlash(name))); errors.Is(err, fs.ErrNotExist) { // else nobody can say
			f.problem(e.named(streamer), BackupFileGone, "the backup "+name+" is not there any more")
		}
	}
	return nil
}

// purging says that a streamer's purge was interrupted: that is one problem, and this would be
// another for the same cause.
func (e *examination) purging(id scope.StreamerID) bool {
	return slices.ContainsFunc(e.streamers, func(s *registry.Streamer) bool { return s.ID == id && s.State == registry.Deleting })
}

// named is who has a name now.
func (e *examination) named(name string) subject {
	for _, s := range e.streamers {
		if s.Username == name {
			return subject{s.ID, name}
		}
	}
	return subject{name: name}
}

// strangers reports files that no row names.
func (e *examination) strangers(ctx context.Context, f *findings, i *inventory) error {
	strange, err := e.Registry.Unnamed(ctx, i.strange)
	if err == nil && len(strange) > 0 {
		time.Sleep(moment) // a file that was replaced just now is on its way to the trash
		strange, err = e.Registry.Unnamed(ctx, strange)
	}
	if err != nil {
		return err
	}
	lost, err := e.lostRows(ctx, len(strange) > 0)
	if err != nil {
		return err
	}
	for _, name := range strange {
		base := database(name)
		switch {
		case lost[base] && base != name: // it is his log
		case lost[base]:
			f.fixable(subject{}, LostRow, name+" is the file of a streamer whom the registry does not know",
				func(ctx context.Context) error { return e.TakeIn(ctx, name) })
		case base == name:
			e.orphan(f, name)
		case !slices.Contains(strange, base):
			f.fixable(subject{}, StaleSidecar, name+" lies beside no file", e.aside(name, StaleSidecar))
		}
	}
	return nil
}

// lostRows are the files that no row names and that somebody has served from: of one who is
// not known, or whose own file is missing. In a registry that was made anew, all are.
func (e *examination) lostRows(ctx context.Context, strange bool) (map[string]bool, error) {
	lost := map[string]bool{}
	if !strange {
		return lost, nil
	}
	strays, err := e.Registry.Strays(ctx)
	for _, s := range strays {
		if s.Err == nil && (s.CommitSeq > 0 || e.Registry.Anew()) && !e.hasFile(s) {
			lost[s.File] = true
		}
	}
	return lost, err
}

// hasFile says that the streamer of a stray has a row, and the file that it names.
func (e *examination) hasFile(x registry.Stray) bool {
	for _, s := range e.streamers {
		if s.ID == x.ID {
			_, err := os.Lstat(e.Registry.ShardPath(s))
			return err == nil || s.ShardUUID != x.UUID
		}
	}
	return false
}

func (e *examination) aside(name string, why Code) func(context.Context) error {
	return func(ctx context.Context) error {
		return e.Registry.PutAside(ctx, name, string(why), e.order.Actor, nil)
	}
}

// orphan reports a file that serves nobody, and what it says of itself.
func (e *examination) orphan(f *findings, name string) {
	says := "it does not say whose it is"
	found, err := identityIn(e.Family, filepath.Join(e.Registry.Dir(), filepath.FromSlash(name)))
	if err == nil {
		says = fmt.Sprintf("it says that it is generation %d of streamer %d, whom the registry does not know", found.Generation, found.Streamer)
	}
	for _, s := range e.streamers {
		switch {
		case err != nil:
		case s.ShardUUID == found.UUID && s.Generation == found.Generation:
			f.fixable(subject{s.ID, s.Username}, DuplicateUUID, name+" has the uuid and generation of this streamer's file", e.aside(name, DuplicateUUID))
			fallthrough
		case int64(s.ID) == found.Streamer:
			says = fmt.Sprintf("it says that it is generation %d of %s, whose file is %s", found.Generation, s.Username, e.Registry.ShardName(s))
		}
	}
	f.fixable(subject{}, OrphanFile, name+" is nobody's file: "+says, e.aside(name, OrphanFile))
}
