package shard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// importBackup is a sealed source below the data directory.
type importBackup struct {
	run  string
	name string // with slashes, below the data directory
	dir  string // the data directory
}

// backupFor names the run and the file of a source that becomes a streamer.
func (i *legacyImport) backupFor(source *legacy.Copy, streamer *registry.Streamer) *importBackup {
	run := fmt.Sprintf("%s-%d", source.SHA256[:12], streamer.ID)
	return &importBackup{run: run, name: sealedName(run), dir: i.s.Dir()}
}

// sealedName is where the source of a run is kept, below the data directory.
func sealedName(run string) string { return path.Join(sourceRoom, run+".sealed") }

// sourceRoom is where sealed sources lie.
const sourceRoom = "backups/legacy"

// keep seals a copy of the source under the streamer's data key: it holds tokens in clear.
// It is there whole, with its name, or not at all.
func (i *legacyImport) keep(ctx context.Context, source *legacy.Copy, streamer *registry.Streamer, b *importBackup) error {
	key, err := i.s.DataKey(ctx, streamer.ID)
	if err != nil {
		return fmt.Errorf("keep source %s: %w", i.r.From, err)
	}
	head := sealHead{Run: b.run, Streamer: int64(streamer.ID), SHA256: source.SHA256, Bytes: source.Bytes, CreatedAt: i.s.o.Now().UTC()}
	err = b.write(func(to io.Writer) error {
		return sealFiles(to, key, head, func(file func(string, int64, io.Reader) error) error {
			return source.Files(ctx, file)
		})
	})
	if err != nil {
		return fmt.Errorf("keep source %s: %w", i.r.From, err)
	}
	return nil
}

// write makes the file under a temporary name, durably, and then gives it its own.
func (b *importBackup) write(body func(io.Writer) error) error {
	return b.within(func(root *os.Root) error {
		if err := root.MkdirAll(sourceRoom, 0o700); err != nil {
			return err
		}
		f, err := root.OpenFile(b.temporary(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		to := bufio.NewWriterSize(f, 1<<20)
		err = errors.Join(body(to), to.Flush(), f.Sync())
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		if err := root.Rename(b.temporary(), b.name); err != nil {
			return err
		}
		return errors.Join(syncIn(root, sourceRoom), syncIn(root, path.Dir(sourceRoom)))
	})
}

// remove takes back a copy whose streamer was not made.
func (b *importBackup) remove() error {
	return b.within(func(root *os.Root) error {
		for _, name := range []string{b.name, b.temporary()} {
			if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}

func (b *importBackup) temporary() string { return path.Join("tmp", b.run+".sealed") }

func (b *importBackup) within(do func(*os.Root) error) error {
	root, err := os.OpenRoot(b.dir)
	if err != nil {
		return err
	}
	return errors.Join(do(root), root.Close())
}

// sweepSources removes sealed sources whose streamer was never made, for a crash came
// between: their key is gone, so nobody can read them.
func (s *Store) sweepSources(ctx context.Context) error {
	b := &importBackup{dir: s.Dir()}
	return b.within(func(root *os.Root) error {
		entries, err := fs.ReadDir(root.FS(), sourceRoom)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, e := range entries {
			run, ok := strings.CutSuffix(e.Name(), ".sealed")
			_, number, numbered := strings.Cut(run, "-")
			id, bad := strconv.ParseInt(number, 10, 64)
			if !ok || !numbered || bad != nil {
				continue // not of our making
			}
			if s.nobodys(ctx, run, scope.StreamerID(id)) {
				err = errors.Join(err, root.Remove(path.Join(sourceRoom, e.Name())))
			}
		}
		return err
	})
}

// nobodys says that a sealed source belongs to no streamer, not even to one whose import was
// rolled back or is under way.
func (s *Store) nobodys(ctx context.Context, run string, id scope.StreamerID) bool {
	_, noStreamer := s.Streamer(ctx, id)
	_, noImport := s.ImportByRun(ctx, run)
	return errors.Is(noStreamer, registry.ErrNotFound) && errors.Is(noImport, registry.ErrNotFound)
}

// syncIn makes the names in a directory durable.
func syncIn(root *os.Root, dir string) error {
	f, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
