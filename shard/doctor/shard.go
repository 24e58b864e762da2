package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// errLostCommits says that a file has fewer commits than were made.
var errLostCommits = errors.New("it has lost commits")

// look is a look at one streamer's file, which stays as it is meanwhile.
type look struct {
	*examination
	findings
	s     *registry.Streamer
	who   subject
	path  string
	open  bool
	large bool // too large to be read through while others wait
}

// shard looks at one streamer's file.
func (e *examination) shard(ctx context.Context, listed *registry.Streamer) findings {
	limit := patience
	if e.order.Deep {
		limit = deepPatience
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	l := &look{examination: e, who: subject{listed.ID, listed.Username}}
	err := e.Files.Still(ctx, listed.ID, func(open, moved bool) (err error) {
		if l.s, err = e.Registry.Streamer(ctx, listed.ID); err != nil {
			return err
		}
		l.who.name, l.path, l.open = l.s.Username, e.Registry.ShardPath(l.s), open
		switch l.s.State {
		case registry.Creating:
		case registry.Deleting:
			l.problem(l.who, PurgeUnfinished, "a purge of the streamer was interrupted")
		default:
			l.outside(ctx, moved)
		}
		return nil
	})
	if err == nil && l.large {
		err = l.deepOnCopy(ctx)
	}
	if err != nil && !errors.Is(err, registry.ErrNotFound) { // else he is gone since he was listed
		l.problem(l.who, NotLookedAt, "its file could not be looked at: "+err.Error())
	}
	return l.findings
}

// outside looks at what can be seen before the file is opened, opens it, and says what is
// wrong in order of its weight: one cause is one problem.
func (l *look) outside(ctx context.Context, moved bool) {
	if moved {
		l.gone()
		return
	}
	journal := l.journal()
	err := l.lookAt(ctx, l.path, l.inside)
	switch {
	case err == nil:
		l.state()
	case journal && errors.Is(err, migrations.ErrUnsafeFile):
	case !l.open && l.hasLog() && l.rightWithoutLog(ctx, err):
		l.fixable(l.who, ForeignLog, "the log beside "+l.name()+" is not its own: "+plain(err), l.putLogAside)
	default:
		l.fault(err)
	}
}

// lookAt opens a file as the streamer's and holds it against what is known of its history.
func (l *look) lookAt(ctx context.Context, path string, inside func(context.Context, *migrations.File, *migrations.Conn) error) error {
	id := l.Registry.Identity(l.s)
	return migrations.Look(ctx, path, l.Family, &id, func(seen *migrations.File, c *migrations.Conn, verified error) error {
		if verified != nil {
			return verified
		}
		if mark := max(l.s.CommitMark, l.Files.Mark(l.s.ID)); seen.CommitSeq < mark {
			return fmt.Errorf("%w: it has %d, %d were made", errLostCommits, seen.CommitSeq, mark)
		}
		return inside(ctx, seen, c)
	})
}

// gone: the file is open, and not the one that lies in its place.
func (l *look) gone() {
	if _, err := os.Lstat(l.path); errors.Is(err, fs.ErrNotExist) {
		l.fixable(l.who, FileReplaced, "its file was removed while it is open", l.reopen)
		l.problem(l.who, FileMissing, l.name()+" is not there")
		return
	}
	l.fixable(l.who, FileReplaced, "another file lies in the place of the one that is open", l.reopen)
}

func (l *look) reopen(ctx context.Context) error {
	if err := l.audit(ctx, "doctor.reopen"); err != nil {
		return err
	}
	_ = l.Files.Reopen(ctx, l.s.ID) // what lies there now is judged, and may be refused
	return nil
}

// journal reports a rollback journal, which no file of ours ever has.
func (l *look) journal() bool {
	name := l.path + "-journal"
	if _, err := os.Lstat(name); err != nil {
		return false
	}
	var fix func(context.Context) error
	if !l.open {
		fix = func(ctx context.Context) error { return l.putAside(ctx, "-journal", StaleSidecar) }
	}
	l.fixable(l.who, StaleSidecar, "a rollback journal lies beside the file, which has none", fix)
	return true
}

// putAside moves what lies beside a closed file to the trash.
func (l *look) putAside(ctx context.Context, suffix string, why Code) error {
	return l.Files.Still(ctx, l.s.ID, func(open, _ bool) error {
		if open {
			return errors.New("the file is open")
		}
		return l.Registry.PutAside(ctx, l.Registry.ShardName(l.s)+suffix, string(why), l.order.Actor, l.s)
	})
}

func (l *look) name() string { return l.Registry.ShardName(l.s) }

// faults are what Open refuses a file for.
var faults = []struct {
	is   error
	code Code
}{
	{migrations.ErrMissing, FileMissing}, {migrations.ErrUnsafeFile, UnsafeFile}, {migrations.ErrForeignFile, ForeignFile},
	{migrations.ErrWrongIdentity, WrongIdentity}, {migrations.ErrNewer, FileNewer}, {migrations.ErrDamaged, Damaged},
	{errLostCommits, RolledBack}, {scope.ErrBroken, Damaged},
}

func (l *look) fault(err error) {
	if errors.Is(err, migrations.ErrOlder) {
		l.note(l.who, FileOlder, plain(err))
		l.state()
		return
	}
	code := Unreadable
	for _, f := range faults {
		if errors.Is(err, f.is) {
			code = f.code
			break
		}
	}
	l.problem(l.who, code, l.name()+": "+plain(err))
	if code == WrongIdentity {
		l.twin()
	}
}

// twin says whose file it is when it carries another streamer's uuid.
func (l *look) twin() {
	found, err := identityIn(l.Family, l.path)
	if err != nil {
		return
	}
	for _, other := range l.streamers {
		if other.ID != l.s.ID && other.ShardUUID == found.UUID {
			l.problem(l.who, DuplicateUUID, fmt.Sprintf("the file says that it is %s's, and has the uuid of that streamer's", other.Username))
		}
	}
}

// state reports a streamer who is out of service although his file is right.
func (l *look) state() {
	switch l.s.State {
	case registry.Quarantined:
		var fix func(context.Context) error
		if strings.HasPrefix(l.s.StateReason, "found at open: ") {
			fix = l.reopen
		}
		l.fixable(l.who, Quarantined, "out of service, "+l.s.StateReason, fix)
	case registry.Held:
		l.problem(l.who, Held, "out of service, "+l.s.StateReason)
	case registry.Trashed:
		if until := l.cares[l.s.ID].PurgeAfter; !until.IsZero() && until.Before(l.Now()) {
			l.problem(l.who, TrashOverdue, "its grace in the trash has been over since "+until.Format("2006-01-02 15:04"))
		}
	}
}

// plain is what an error says without the line ends of joined ones.
func plain(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
