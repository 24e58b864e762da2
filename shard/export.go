package shard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/export"
	"streamvault/shard/scope"
)

// ExportFormat is a form that a streamer's data leaves in.
type ExportFormat string

// The forms. See package export.
const (
	ExportSQLite ExportFormat = "sqlite"
	ExportJSON   ExportFormat = "json"
)

// Export is what a streamer owns, ready to be written once. Whoever got it closes it.
type Export struct {
	Name  string // of a file
	Type  string // of its contents
	Bytes int64  // -1 when it is not known before
	write func(context.Context, io.Writer) error
	close func() error
}

// Write writes all of it. Memory is bounded.
func (e *Export) Write(ctx context.Context, w io.Writer) error { return e.write(ctx, w) }

// Close gives back what the export takes on the disk.
func (e *Export) Close() error { return e.close() }

// exportsAtOnce is how many files are copied at a time: an export reads and writes all of
// one. Handing them over takes no turn.
const exportsAtOnce = 2

// Export makes a copy of all that a streamer owns, without secrets, as of this moment; calls
// go on meanwhile. It returns a registry.InvalidError for a format that is none, and
// scope.ErrBusy while another export of his is under way.
func (s *Store) Export(ctx context.Context, id scope.StreamerID, format ExportFormat, actor string) (_ *Export, err error) {
	if format != ExportSQLite && format != ExportJSON {
		return nil, &registry.InvalidError{What: "format", Problem: "must be sqlite or json"}
	}
	streamer, err := s.Streamer(ctx, id)
	if err != nil {
		return nil, err
	}
	done, err := s.exportTurn(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", streamer.Username, err)
	}
	x := &exporter{s: s, streamer: streamer, format: format, done: done}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("export %s: %w", streamer.Username, err), x.close())
		}
	}()
	if err := x.prepare(ctx); err != nil {
		return nil, err
	}
	if err := s.RecordExport(ctx, streamer, string(format), actor); err != nil {
		return nil, err
	}
	return x.ready(), nil
}

// exportPatience is how long an export waits for another of the same streamer.
const exportPatience = 5 * time.Second

// exportTurn waits until no other export of a streamer is under way.
func (s *Store) exportTurn(ctx context.Context, id scope.StreamerID) (done func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, exportPatience, scope.ErrBusy)
	defer cancel()
	for mine := make(chan struct{}); ; {
		other, busy := s.exporting.LoadOrStore(id, mine)
		if !busy {
			return func() { s.exporting.Delete(id); close(mine) }, nil
		}
		select {
		case <-other.(chan struct{}):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// exporter is an export under way.
type exporter struct {
	s        *Store
	streamer *registry.Streamer
	format   ExportFormat
	done     func()
	dir      string   // "" once it is gone
	file     *os.File // what is handed over, without a name
}

func (x *exporter) prepare(ctx context.Context) error {
	select {
	case x.s.exports <- struct{}{}:
		defer func() { <-x.s.exports }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tmp := filepath.Join(x.s.Dir(), "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return err
	}
	var err error
	if x.dir, err = os.MkdirTemp(tmp, "export-"); err != nil {
		return err
	}
	if err := x.copy(ctx); err != nil || x.format == ExportJSON {
		return err
	}
	if err := export.Portable(ctx, x.copied(), x.made(), x.identity()); err != nil {
		return full(err)
	}
	if x.file, err = os.Open(x.made()); err != nil {
		return err
	}
	return x.removeDir() // a crash leaves nothing of a file without a name
}

// copy takes the file as it is, if there is room for it twice.
func (x *exporter) copy(ctx context.Context) error {
	lease, err := x.s.pool.Acquire(ctx, x.streamer.ID)
	if err != nil {
		return err
	}
	defer lease.Release()
	if err := x.s.disk.roomFor(2 * lease.Handle().Used()); err != nil {
		return err
	}
	return full(lease.Handle().CopyTo(ctx, x.copied()))
}

// full names a disk that something else has filled meanwhile.
func full(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, migrations.ErrNoRoom) {
		return fmt.Errorf("%w: %w", scope.ErrFull, err)
	}
	return err
}

func (x *exporter) copied() string { return filepath.Join(x.dir, "copy.db") }

func (x *exporter) made() string { return filepath.Join(x.dir, "export.db") }

func (x *exporter) identity() migrations.Identity { return x.s.Identity(x.streamer) }

// ready is the export as others see it.
func (x *exporter) ready() *Export {
	e := &Export{Name: fmt.Sprintf("%s-%s", x.streamer.Username, x.s.o.Now().UTC().Format("20060102T150405Z")), close: x.close}
	if x.format == ExportJSON {
		e.Name, e.Type, e.Bytes, e.write = e.Name+".json", "application/json", -1, x.writeJSON
		return e
	}
	e.Name, e.Type, e.Bytes, e.write = e.Name+".db", "application/vnd.sqlite3", -1, x.writeFile
	if info, err := x.file.Stat(); err == nil {
		e.Bytes = info.Size()
	}
	return e
}

func (x *exporter) writeFile(_ context.Context, w io.Writer) error {
	_, err := io.Copy(w, x.file)
	return err
}

func (x *exporter) writeJSON(ctx context.Context, w io.Writer) error {
	t := x.streamer
	head := export.Head{ExportedAt: x.s.o.Now().UTC(), Streamer: map[string]any{"id": t.ID, "username": t.Username,
		"displayName": t.DisplayName, "kickUserId": t.KickUserID, "avatarUrl": t.AvatarURL, "createdAt": t.CreatedAt}}
	return export.JSON(ctx, x.copied(), x.identity(), head, w)
}

func (x *exporter) close() error {
	defer x.done()
	err := x.removeDir()
	if x.file != nil {
		err = errors.Join(err, x.file.Close())
	}
	return err
}

func (x *exporter) removeDir() error {
	if x.dir == "" {
		return nil
	}
	err := os.RemoveAll(x.dir)
	x.dir = ""
	return err
}
