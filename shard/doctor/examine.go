package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/scope"
)

// House is an installation as a doctor sees it.
type House struct {
	Registry *registry.Registry
	Files    Files
	Family   *migrations.Family // of the streamers' files
	// Quota is what a streamer's rows may take, in bytes.
	Quota func(*registry.Streamer) int64
	// Room is an error while writes are refused for want of room.
	Room func() error
	// Saved says that a backup holds all that a streamer has.
	Saved func(ctx context.Context) (func(*registry.Streamer) bool, error)
	// BackupEvery is how often everybody is backed up; 0 is never.
	BackupEvery time.Duration
	// BackedUp says that a streamer's newest backup holds all that he has.
	BackedUp func(*registry.Streamer) bool
	Now      func() time.Time
	// TakeIn gives the streamer whose file no row names a row.
	TakeIn func(ctx context.Context, file string) error
}

// Files are the streamers' files, some of which are open.
type Files interface {
	// Still runs fn while the streamer's file is open and stays so, or is closed and
	// stays so. moved says that an open file is not the one in its place any more.
	Still(ctx context.Context, id scope.StreamerID, fn func(open, moved bool) error) error
	// CopyTo copies a streamer's file as it is at one moment, while calls go on.
	CopyTo(ctx context.Context, id scope.StreamerID, path string) error
	// Reopen opens a streamer's file anew, as the next call would, and cuts off its log.
	Reopen(ctx context.Context, id scope.StreamerID) error
	// Mark is how many commits a file is known to have had that the registry does not know of yet.
	Mark(id scope.StreamerID) int64
}

// Order says what an examination is to do.
type Order struct {
	Deep         bool          // read every row
	Fix          bool          // what can be fixed without losing anything
	MaxBackupAge time.Duration // of the newest backup of everybody who has changed since; 0 asks for none beyond the schedule
	Actor        string        // for the audit log
}

const (
	lookers     = 4 // at work at a time
	deepLookers = 2
	// patience is how long a look at one file may take, waiting for it included.
	patience     = 20 * time.Second
	deepPatience = 15 * time.Minute
)

// examination is one under way.
type examination struct {
	House
	order     Order
	tell      func(Progress)
	streamers []*registry.Streamer
	cares     map[scope.StreamerID]registry.Care
	mu        sync.Mutex
	shards    map[scope.StreamerID]findings
	house     findings         // what concerns no shard's file by itself
	failed    map[string]error // fixes, by what they were for
	// What the system is asked; for tests.
	proc   string
	statfs func(path string, disk *unix.Statfs_t) error
}

// Examine looks over a house; tell, which may be nil, is told how far it is. The error is
// that of an examination that could not be made, not of what it found.
func Examine(ctx context.Context, h House, o Order, tell func(Progress)) (Report, error) {
	if tell == nil {
		tell = func(Progress) {}
	}
	e := &examination{House: h, order: o, tell: tell, shards: map[scope.StreamerID]findings{}, failed: map[string]error{}, proc: "/proc", statfs: unix.Statfs}
	if err := e.read(ctx); err != nil {
		return Report{}, err
	}
	if err := e.round(ctx, e.streamers); err != nil || !o.Fix {
		return e.report(nil), err
	}
	fixed, again := e.mend(ctx)
	if len(again) == 0 {
		return e.report(nil), ctx.Err()
	}
	if err := e.read(ctx); err != nil {
		return Report{}, err
	}
	err := e.round(ctx, e.only(again))
	return e.report(fixed), err
}

// read asks the registry what should be there.
func (e *examination) read(ctx context.Context) (err error) {
	e.streamers = e.streamers[:0:0]
	for after := scope.StreamerID(0); ; {
		page, err := e.Registry.Streamers(ctx, after, 1000, "")
		if err != nil {
			return fmt.Errorf("examine: %w", err)
		}
		if len(page) == 0 {
			break
		}
		e.streamers, after = append(e.streamers, page...), page[len(page)-1].ID
	}
	if e.cares, err = e.Registry.Cares(ctx); err != nil {
		return fmt.Errorf("examine: %w", err)
	}
	return nil
}

// only are those with these ids, those who were not well, and those who are new.
func (e *examination) only(ids map[scope.StreamerID]bool) (some []*registry.Streamer) {
	for _, s := range e.streamers {
		if found, known := e.shards[s.ID]; ids[s.ID] || !known || len(found.problems) > 0 {
			some = append(some, s)
		}
	}
	return some
}

// round looks at some streamers' files, and at everything else.
func (e *examination) round(ctx context.Context, some []*registry.Streamer) error {
	e.house = findings{}
	for _, ask := range []func(context.Context, *findings) error{
		e.lying, e.processes, e.machine, e.registryItself, e.jobs, e.fleet, e.backups,
	} {
		if err := ask(ctx, &e.house); err != nil {
			return fmt.Errorf("examine: %w", err)
		}
	}
	return e.everyShard(ctx, some)
}

func (e *examination) everyShard(ctx context.Context, some []*registry.Streamer) error {
	done := 0
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookers)
	if e.order.Deep {
		g.SetLimit(deepLookers)
	}
	for _, s := range some {
		g.Go(func() error {
			found := e.shard(ctx, s)
			e.mu.Lock()
			defer e.mu.Unlock()
			e.shards[s.ID] = found
			done++
			e.tell(Progress{Step: "looking at files", Done: done, Total: len(some)})
			return ctx.Err()
		})
	}
	return g.Wait()
}

func (e *examination) report(fixed []Problem) Report {
	version, _ := migrations.SQLiteVersion()
	r := newReport(version, e.order.Deep)
	r.add(e.house)
	for _, s := range e.streamers {
		if s.State != registry.Creating {
			r.Shards++
		}
		r.add(e.shards[s.ID])
	}
	for i, p := range r.Problems {
		if err := e.failed[p.Detail]; err != nil {
			r.Problems[i].Detail += "; it could not be fixed: " + plain(err)
		}
	}
	r.Fixed = append(r.Fixed, fixed...)
	r.finish()
	return r
}

// mend fixes what can be fixed and says whose files to look at again. What could not be
// fixed is found again. Access is taken away first, while files lie where they were found.
func (e *examination) mend(ctx context.Context) (fixed []Problem, again map[scope.StreamerID]bool) {
	all := e.report(nil).Problems
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(a.rank(), b.rank()) })
	again = map[scope.StreamerID]bool{}
	for i, p := range all {
		e.tell(Progress{Step: "fixing", Done: i, Total: len(all)})
		if p.fix == nil || ctx.Err() != nil {
			continue
		}
		again[p.id] = true
		if err := p.fix(ctx); err != nil {
			e.failed[p.Detail] = err
			continue
		}
		fixed = append(fixed, p)
	}
	return fixed, again
}

func (p Problem) rank() int {
	if p.Code == Permissions {
		return 0
	}
	return 1
}
