package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"streamvault/migrations"
)

// ErrKeysUndecided says that a restore of the registry would bring access keys back of which
// nobody knows whether they were revoked since.
var ErrKeysUndecided = errors.New("the registry of now cannot be read, or is no later state of the copy, so it is not known which access keys were revoked since")

// KeyChoice is what a restore of the registry does with the copy's access keys.
type KeyChoice string

// The choices. KeysAsNow revokes those that are not alive in the registry of now; it needs one
// that can be read and is a later state of the copy. The others are for when there is none.
const (
	KeysAsNow  KeyChoice = ""
	KeysKeep   KeyChoice = "keep"
	KeysRevoke KeyChoice = "revoke"
)

// Reinstatement asks that a copy become the registry of a directory that nobody serves.
type Reinstatement struct {
	Dir, MasterKeyFile string
	// Copy writes the plain copy to path, where nothing is yet. key is CopyKey.
	Copy   func(ctx context.Context, key []byte, path string) error
	Name   string // of the backup, for the audit log
	Keys   KeyChoice
	DryRun bool
	// TakeIn, unless it is nil, is lent the registry that a dry run has made beside, for Rebuild: it
	// may change that as it likes, and it is gone afterwards.
	TakeIn func(context.Context, *Registry) error
	Actor  string
	Now    func() time.Time
}

// Reinstated says what came back, and what was done about what must not.
type Reinstated struct {
	CopyFacts
	Readable    bool   // the registry that was replaced
	Aside       string // where that lies now, below the data directory; "" when there was none
	Revoked     int64  // keys that the copy had and that are revoked now
	Sessions    int64  // that ended
	Purged      int64  // streamers who were destroyed since, and are again
	Carried     int64  // audit rows that the copy did not have
	ChainBroken bool   // the copy is no earlier state of what was replaced, so neither audit rows nor backups are carried
	Backups     int64  // records that the copy did not have
	// Came are the streamers who were made since, as the registry of now has them, and Led those
	// whose data were restored since: they keep the file that is theirs now.
	Came, Led []string
}

// Reinstate makes a copy the registry. It takes the directory's lock, so nobody serves it. What
// the registry of now knows and the copy does not, as far as it must not be forgotten, is carried
// over: who was destroyed since stays destroyed, what was revoked stays revoked, the audit log
// goes on, backups stay on record, who came since stays with his keys, every row leads to the file
// of now. Sessions end, and so do jobs that were under way. The registry of now is kept aside in
// trash; it changes into the new one in a single step. Where the registry of now cannot be read, streamers
// who came since are for Rebuild, with the registry opened to Recover.
func Reinstate(ctx context.Context, q Reinstatement) (done Reinstated, err error) {
	if q.Now == nil {
		q.Now = time.Now
	}
	d, err := openDirectory(q.Dir, nil)
	if err != nil {
		return done, fmt.Errorf("restore registry: %w", err)
	}
	defer func() { err = errors.Join(err, d.close()) }()
	x := &reinstating{q: q, d: d}
	if err := x.run(ctx); err != nil {
		return x.done, fmt.Errorf("restore registry: %w", err)
	}
	return x.done, nil
}

// reinstating is one under way.
type reinstating struct {
	q      Reinstatement
	d      *directory
	master masterKey
	now    *migrations.Conn // the registry of now; nil when it cannot be read
	next   *migrations.Conn // what the copy becomes
	done   Reinstated
}

const (
	nextName    = "tmp/registry-restored.db"
	currentName = "registry.db"
)

func (x *reinstating) run(ctx context.Context) (err error) {
	file := x.q.MasterKeyFile
	if file == "" {
		file = x.d.path + ".key"
	}
	if x.master, err = openMasterKey(file, x.d.path, false, false); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.discard()) }()
	if err := x.take(ctx); err != nil {
		return err
	}
	x.openNow(ctx)
	defer func() {
		if x.now != nil {
			err = errors.Join(err, x.now.Close())
		}
	}()
	if x.now == nil && x.q.Keys == KeysAsNow && x.done.Keys > 0 {
		return ErrKeysUndecided
	}
	if err := x.prepare(ctx); err != nil {
		return err
	}
	if x.q.DryRun {
		return x.lend(ctx)
	}
	return x.exchange()
}

// lend opens the new registry where it lies. No sweep runs: what a sweep would move away is nobody
// whom Rebuild would take in.
func (x *reinstating) lend(ctx context.Context) (err error) {
	if x.q.TakeIn == nil {
		return nil
	}
	r := &Registry{o: Options{Now: x.q.Now, Recover: true}, dir: x.d, cache: newCache(), master: x.master,
		writer: make(chan *migrations.Conn, 1), readers: make(chan *migrations.Conn, readerCount)}
	defer func() { err = errors.Join(err, r.disconnect()) }()
	if err := r.connect(ctx, nextName); err != nil {
		return err
	}
	return x.q.TakeIn(ctx, r)
}

// take gets the copy and looks at it.
func (x *reinstating) take(ctx context.Context) error {
	key, err := x.master.copyKey()
	if err != nil {
		return err
	}
	if err := errors.Join(x.discard(), x.q.Copy(ctx, key, x.path(nextName))); err != nil {
		return err
	}
	x.done.CopyFacts, err = examineCopy(ctx, x.path(nextName), x.master, x.q.Now())
	return err
}

// openNow opens the registry that is to be replaced, with its log.
func (x *reinstating) openNow(ctx context.Context) {
	f, err := migrations.Open(ctx, x.path(currentName), migrations.Registry(), nil, migrations.Options{})
	if err != nil {
		return
	}
	x.now = f.Writer()
	if _, err := x.now.Row(`SELECT count(*) FROM keys`); err != nil || soundCopy(x.now) != nil {
		_ = x.now.LeaveLog()
		_ = x.now.Close()
		x.now = nil
		return
	}
	x.done.Readable = true
}

func (x *reinstating) path(name string) string {
	return filepath.Join(x.d.path, filepath.FromSlash(name))
}

// prepare makes the new registry of the copy, beside the old one.
func (x *reinstating) prepare(ctx context.Context) error {
	if err := markLogged(x.path(nextName)); err != nil {
		return err
	}
	f, err := migrations.Open(ctx, x.path(nextName), migrations.Registry(), nil, migrations.Options{Now: x.q.Now})
	if err != nil {
		return err
	}
	x.next = f.Writer()
	err = errors.Join(x.carry(), x.next.Run(`PRAGMA wal_checkpoint(TRUNCATE)`))
	return errors.Join(err, x.next.Close(), ctx.Err())
}

// discard removes what was made beside.
func (x *reinstating) discard() error {
	return errors.Join(x.d.remove(nextName), x.d.remove(nextName+"-wal"), x.d.remove(nextName+"-shm"))
}

// exchange keeps the registry of now aside and puts the new one in its place. Whenever a
// crash comes, one of the two is there, whole.
func (x *reinstating) exchange() error {
	if x.now != nil {
		// Its log is copied into it, so that nothing beside it belongs to it any more.
		err := errors.Join(x.now.Run(`PRAGMA wal_checkpoint(TRUNCATE)`), x.now.Close())
		x.now = nil
		if err != nil {
			return err
		}
	}
	if err := x.keepAside(); err != nil {
		return err
	}
	return x.d.install(nextName, currentName) // which syncs it first
}

// keepAside copies the registry of now to trash and takes its log away.
func (x *reinstating) keepAside() error {
	aside := path.Join("trash", "registry-"+x.q.Now().UTC().Format("20060102T150405.000")+".db")
	for _, suffix := range []string{"", "-wal"} {
		err := copyFile(x.path(currentName+suffix), x.path(aside+suffix))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if suffix == "" {
			x.done.Aside = aside
		}
	}
	if err := x.d.sync("trash"); err != nil {
		return err
	}
	return errors.Join(x.d.remove(currentName+"-wal"), x.d.remove(currentName+"-shm"))
}

// copyFile copies a file that no database has open, durably.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// markLogged gives a plain database the mode that all of ours have: its header's read and
// write version are 2 then.
func markLogged(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{2, 2}, 18)
	return errors.Join(err, f.Close())
}
