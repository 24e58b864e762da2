package shard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"streamvault/migrations"
	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/pool"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// RestoreRequest asks that a file become a streamer's data again.
type RestoreRequest struct {
	From Source
	// Streamer is whose file it must be, and whose it becomes. With As it may be 0: then the
	// file may be anybody's.
	Streamer scope.StreamerID
	As       string // the name of a streamer to be made of it; "" is in place
	DryRun   bool   // do everything but the last step, and say what would be different
	Actor    string
}

// RestoreResult says what a restore did, or would do.
type RestoreResult struct {
	Streamer *registry.Streamer // as he is then
	OwnerKey string             // of a streamer who was made, this once
	DryRun   bool
	From     restore.Facts // what the file holds
	// Becomes is what of it the streamer has, or would have.
	Becomes restore.Content
	// Now is what the streamer has without the restore: of a dry run in place, and nil when
	// his file cannot be read.
	Now *restore.Facts
}

// Restore looks at a file as at a stranger's and makes a new file of its rows, which becomes
// the streamer's next generation, or the first of a new streamer: sessions and codes stay
// behind, and in a copy for somebody else provider tokens too. Callers of the streamer wait
// for the moment of the change. The error is a restore.RefusedError when the file is at fault;
// then, as after any other error, nothing has changed. The file from before lies in trash.
func (s *Store) Restore(ctx context.Context, r RestoreRequest) (_ RestoreResult, err error) {
	what := "restore"
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", what, orFull(err))
		}
	}()
	if err := s.Room(); err != nil {
		return RestoreResult{}, err
	}
	x, err := s.beginRestore(ctx, r)
	if err != nil {
		return RestoreResult{}, err
	}
	defer func() { err = errors.Join(err, x.end()) }()
	err = s.steps(step{"fetch a file", func() (err error) { x.from, err = s.fetch(ctx, r.From, x.room); return err }})
	if err != nil {
		return RestoreResult{}, err
	}
	what = "restore " + x.from.name
	if r.As != "" {
		return x.asAnother(ctx)
	}
	return x.inPlace(ctx)
}

// restoring is one restore under way.
type restoring struct {
	s        *Store
	r        RestoreRequest
	streamer *registry.Streamer // nil when the file may be anybody's
	room     string
	from     came
	turn     restoreTurn
	alone    bool // no other restore of this turn begins before this one ends
}

// restoreTurn is what one restore at a time has: rehearsals keep no restore waiting.
type restoreTurn struct {
	streamer  scope.StreamerID
	rehearsal bool // of a file that is here already
}

func (s *Store) beginRestore(ctx context.Context, r RestoreRequest) (x *restoring, err error) {
	x = &restoring{s: s, r: r}
	if r.As != "" {
		if x.r.As, err = registry.Channel(r.As); err != nil {
			return nil, err
		}
		switch _, err := s.StreamerByName(ctx, x.r.As); {
		case err == nil:
			return nil, &registry.TakenError{What: "channel", Value: x.r.As}
		case !errors.Is(err, registry.ErrNotFound):
			return nil, err
		}
	}
	if r.Streamer != 0 || r.As == "" {
		if x.streamer, err = s.Streamer(ctx, r.Streamer); err != nil {
			return nil, err
		}
	}
	if r.As == "" && !registry.Restorable(x.streamer) {
		return nil, &registry.StateError{Username: x.streamer.Username, State: x.streamer.State, Reason: x.streamer.StateReason}
	}
	if r.As == "" {
		// One at a time: what is read takes room on the disk before it is looked at.
		x.turn = restoreTurn{r.Streamer, r.DryRun && r.From.Upload == nil}
		if _, busy := s.restoring.LoadOrStore(x.turn, true); busy {
			return nil, fmt.Errorf("%w: another restore of %s is under way", scope.ErrBusy, x.streamer.Username)
		}
		x.alone = true
	}
	if x.room, err = s.tmpRoom("restore-"); err != nil {
		return nil, errors.Join(err, x.end())
	}
	return x, nil
}

// end gives back what a restore took.
func (x *restoring) end() error {
	if x.alone {
		x.s.restoring.Delete(x.turn)
	}
	if x.room == "" {
		return nil
	}
	return os.RemoveAll(x.room)
}

// want is who the file must be of.
func (x *restoring) want() restore.Expected {
	if x.streamer == nil || x.r.As != "" {
		return restore.Expected{}
	}
	return restore.Expected{Streamer: int64(x.streamer.ID), UUID: x.streamer.ShardUUID}
}

// work is what a child builds of the file.
func (x *restoring) work(who migrations.Identity, channel string, drop []string) *restore.Work {
	return &restore.Work{From: x.from.path, Path: filepath.Join(x.room, "new.db"), Drop: drop, Identity: who,
		Channel: channel, Version: x.s.FleetTarget(), Now: x.s.o.Now()}
}

// another is work for somebody else: what is personal stays behind.
func (x *restoring) another(who migrations.Identity, channel string) *restore.Work {
	w := x.work(who, channel, restore.Personal)
	w.Secret = tenant.SecretWords()
	return w
}

// build has a child look at the file and build another of it, and holds what it says against
// the manifest.
func (x *restoring) build(ctx context.Context, w *restore.Work) (fileOutcome, error) {
	var o fileOutcome
	info, err := os.Stat(x.from.path)
	if err == nil {
		err = x.s.disk.roomFor(2 * info.Size()) // the new file, and what it is sorted in
	}
	if err != nil {
		return o, err
	}
	err = x.s.steps(step{"build a file", func() (err error) {
		o, err = x.s.lookInChild(ctx, fileWork{Path: x.from.path, Want: x.want(), Build: w})
		return err
	}})
	if err != nil {
		return o, err
	}
	if m := x.from.manifest; m != nil {
		if odd := m.Agrees(o.Facts); odd != "" {
			return o, fmt.Errorf("%w: it is %s, by its manifest", backup.ErrDamaged, odd)
		}
	}
	return o, x.s.checkBuilt(ctx, w.Path, w.Identity)
}

// inPlace makes the file the streamer's next generation, at the version of the fleet: where a
// migration has begun meanwhile, that may have had its turn with the streamer, so all is done again.
func (x *restoring) inPlace(ctx context.Context) (done RestoreResult, err error) {
	for range targetTries {
		if done, err = x.once(ctx); !errors.Is(err, registry.ErrTargetMoved) {
			break
		}
	}
	return done, err
}

// targetTries is how often a restore is done again for migrations that begin while it builds.
const targetTries = 3

func (x *restoring) once(ctx context.Context) (RestoreResult, error) {
	who := x.s.Identity(x.streamer)
	who.Generation++
	w := x.work(who, x.streamer.Username, restore.SignedIn)
	if err := os.Remove(w.Path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an earlier try
		return RestoreResult{}, err
	}
	o, err := x.build(ctx, w)
	if err != nil {
		return RestoreResult{}, err
	}
	if err := x.fits(w.Path, o.Built.Content); err != nil {
		return RestoreResult{}, err
	}
	done := RestoreResult{Streamer: x.streamer, DryRun: x.r.DryRun, From: o.Facts, Becomes: o.Built.Content}
	if x.r.DryRun {
		done.Now = x.now(ctx)
		return done, nil
	}
	done.Streamer, err = x.replace(ctx, registry.Restored{Streamer: x.streamer.ID, Built: w.Path,
		After: x.streamer.Generation, Version: o.Built.Version, Target: w.Version, Entry: x.entry(o)})
	return done, err
}

// replace changes the files while nobody has the streamer's open.
func (x *restoring) replace(ctx context.Context, with registry.Restored) (now *registry.Streamer, err error) {
	began := false
	change := func(ctx context.Context) error {
		began = true
		return x.s.marks.forget(with.Streamer, func() (err error) {
			now, err = x.s.Registry.Restore(ctx, with)
			return err
		})
	}
	err = x.s.steps(step{"drain a shard", func() error { return x.s.pool.Drain(ctx, with.Streamer, change) }})
	if err != nil && !began && ctx.Err() == nil && !errors.Is(err, pool.ErrClosed) {
		err = x.s.pool.Drain(ctx, with.Streamer, change) // a file that failed may not close well; now it is closed
	}
	if err == nil {
		x.s.watches.tell(with.Streamer) // who follows him sees what he has now
	}
	return now, err
}

// now is what the streamer has, or nil when that cannot be read.
func (x *restoring) now(ctx context.Context) *restore.Facts {
	facts, err := x.s.lookedAtCopy(ctx, x.streamer, filepath.Join(x.room, "now.db"), x.s.copyShard)
	if err != nil {
		return nil
	}
	return &facts
}

// entry is what the audit log says.
func (x *restoring) entry(o fileOutcome) registry.Entry {
	detail := map[string]any{"from": o.Facts.Streamer, "generation": o.Facts.Generation, "commitSeq": o.Facts.CommitSeq,
		"digest": o.Facts.Content.Digest(restore.SignedIn...)}
	switch {
	case x.from.row != nil:
		detail["backup"] = x.from.row.ID
	case x.r.From.File != "":
		detail["file"] = filepath.Base(x.r.From.File)
	}
	return registry.Entry{Actor: x.r.Actor, Action: "streamer.restore", Detail: detail}
}
