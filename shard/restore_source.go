package shard

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
	"syscall"

	"golang.org/x/sys/unix"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
)

// Source is what a restore or a check reads: exactly one field is set.
type Source struct {
	Backup int64  // a backup by its id
	File   string // a backup, an export or a plain database on this machine; a manifest may lie beside it
	Upload io.Reader
}

// came is a source's database, as a private copy.
type came struct {
	path     string
	name     string           // how people call it
	manifest *backup.Manifest // nil when nothing vouches for the file
	row      *registry.Backup // nil when it is not on record
	bytes    int64            // of the file as it lies there
	sha256   string           // of these bytes, in hex
}

// fetch makes a private copy of a source's database in room, checked against its manifest where
// it has one.
func (s *Store) fetch(ctx context.Context, from Source, room string) (came, error) {
	path := filepath.Join(room, "plain.db")
	switch {
	case from.Upload != nil:
		return came{path: path, name: "the upload"}, s.saveUpload(ctx, from.Upload, path)
	case from.File != "":
		return s.fetchFile(ctx, from.File, path)
	}
	row, err := s.Registry.Backup(ctx, from.Backup)
	if err != nil {
		return came{}, err
	}
	return s.fetchBackup(ctx, row, path)
}

// fetchBackup reads a backup on record: what counts is what the registry says of it.
func (s *Store) fetchBackup(ctx context.Context, row registry.Backup, path string) (c came, err error) {
	c = came{path: path, name: fmt.Sprintf("backup %d", row.ID), row: &row}
	m, err := backup.DecodeManifest(row.Manifest)
	if err != nil {
		return c, err
	}
	if m.SHA256, m.Bytes = row.SHA256, row.Bytes; m.StreamerID == 0 {
		return c, &restore.RefusedError{Reason: restore.Foreign, Why: "is a backup of the registry, not of a streamer"}
	}
	c.manifest, c.bytes, c.sha256 = &m, m.Bytes, m.SHA256
	t, err := s.target(row.Target)
	if err != nil {
		return c, err
	}
	file, err := t.Get(ctx, row.File)
	if err != nil {
		return c, err
	}
	err = s.decode(ctx, file, &m, path)
	return c, errors.Join(err, file.Close())
}

// decode writes the database of a backup to path.
func (s *Store) decode(ctx context.Context, from io.Reader, m *backup.Manifest, path string) error {
	if err := s.disk.roomFor(m.PlainBytes); err != nil { // of a file from elsewhere it is a claim, and the most that is written
		return err
	}
	var key []byte
	if m.Sealed {
		var err error
		key, err = s.DataKey(ctx, scope.StreamerID(m.StreamerID))
		if errors.Is(err, registry.ErrNotFound) {
			return fmt.Errorf("%w: it was sealed for streamer %d", backup.ErrNoKey, m.StreamerID)
		}
		if err != nil {
			return err
		}
	}
	return backup.Decode(ctx, from, m, key, path)
}

// fetchFile reads a file of this machine that an operator names.
func (s *Store) fetchFile(ctx context.Context, from, path string) (c came, err error) {
	c = came{path: path, name: from}
	if row, ok := s.onRecord(ctx, from); ok {
		return s.fetchBackup(ctx, row, path)
	}
	file, err := s.openOutside(from)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	m, err := manifestBeside(s.Dir(), from)
	if errors.Is(err, fs.ErrNotExist) {
		info, err := file.Stat()
		if err == nil {
			err = s.disk.roomFor(info.Size())
		}
		if err == nil {
			c.bytes, c.sha256, err = copyTo(ctx, path, file)
		}
		return c, err
	}
	if err != nil {
		return c, err
	}
	c.manifest, c.bytes, c.sha256 = &m, m.Bytes, m.SHA256
	return c, s.decode(ctx, file, &m, path)
}

// manifestBeside reads the manifest that lies beside a file; the error is fs.ErrNotExist where there is none.
func manifestBeside(dir, file string) (m backup.Manifest, err error) {
	beside, err := openOutside(dir, backup.ManifestName(file))
	if err != nil {
		return m, err
	}
	body, err := io.ReadAll(io.LimitReader(beside, maxManifest))
	if err = errors.Join(err, beside.Close()); err != nil {
		return m, err
	}
	return backup.DecodeManifest(body)
}

// onRecord finds the record of a file in DATA/backups.
func (s *Store) onRecord(ctx context.Context, path string) (registry.Backup, bool) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return registry.Backup{}, false
	}
	name, err := filepath.Rel(filepath.Join(s.Dir(), "backups"), real)
	if err != nil || !filepath.IsLocal(name) {
		return registry.Backup{}, false
	}
	row, err := s.BackupOf(ctx, "local", filepath.ToSlash(name))
	return row, err == nil
}

// openOutside opens a plain file that is none of the live ones: closing one of those again
// would drop the locks that SQLite holds.
func (s *Store) openOutside(path string) (*os.File, error) { return openOutside(s.Dir(), path) }

func openOutside(dir, path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return nil, notPlain(path, "is no plain file")
	case ok && stat.Nlink != 1:
		return nil, notPlain(path, "has several names (hard links): copy it first")
	case liveIn(dir, path):
		return nil, notPlain(path, "belongs to this installation and may be in use")
	}
	if log, err := os.Lstat(path + "-wal"); err == nil && log.Size() > 0 {
		return nil, notPlain(path, "is not all of a database: the rest is in "+path+"-wal")
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, errors.Join(notPlain(path, "has been replaced meanwhile"), err, file.Close())
	}
	return file, nil
}

// liveIn says that a path leads to a file of an installation that SQLite may have open.
func liveIn(dir, path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return false
	}
	inside, err := filepath.Rel(dir, real)
	if err != nil || !filepath.IsLocal(inside) {
		return false
	}
	room, _, _ := strings.Cut(inside, string(filepath.Separator))
	return room != "backups" && room != "trash"
}

func notPlain(path, problem string) error {
	return &registry.InvalidError{What: path, Problem: problem}
}

// MaxUploadBytes is how large a file may be that a streamer sends to be restored.
const MaxUploadBytes = 2 << 30

// ErrTooLarge says that an upload is larger than MaxUploadBytes.
var ErrTooLarge = errors.New("the upload is too large")

// roomEvery is after how many bytes of an upload the disk is looked at again.
const roomEvery = 16 << 20

// saveUpload writes an upload to path, as long as there is room.
func (s *Store) saveUpload(ctx context.Context, from io.Reader, path string) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for n := int64(0); err == nil; {
		var step int64
		step, err = io.CopyN(out, from, roomEvery)
		if n += step; n > MaxUploadBytes {
			err = ErrTooLarge
		}
		if err == nil {
			err = errors.Join(ctx.Err(), s.Room())
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, out.Close())
}

// copyTo writes a plain file to path, and returns its length and SHA-256.
func copyTo(ctx context.Context, path string, from io.Reader) (n int64, sum string, err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	n, err = io.Copy(io.MultiWriter(out, h), from)
	return n, hex.EncodeToString(h.Sum(nil)), errors.Join(err, ctx.Err(), out.Close())
}
