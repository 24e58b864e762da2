package shard

import (
	"context"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard/doctor"
	"streamvault/shard/scope"
)

// Examine looks over the whole installation while it serves; see package doctor. One
// examination runs at a time. progress may be nil.
func (s *Store) Examine(ctx context.Context, o doctor.Order, progress func(doctor.Progress)) (doctor.Report, error) {
	select {
	case s.examining <- struct{}{}:
		defer func() { <-s.examining }()
	case <-ctx.Done():
		return doctor.Report{}, ctx.Err()
	}
	if err := s.marks.flush(); err != nil { // so that what is written down is compared
		return doctor.Report{}, err
	}
	newest, err := s.NewestBackups(ctx)
	if err != nil {
		return doctor.Report{}, err
	}
	return doctor.Examine(ctx, doctor.House{
		BackedUp: func(of *registry.Streamer) bool {
			b, ok := newest[of.ID]
			return ok && !s.differs(of, b)
		},
		Registry: s.Registry, Files: patients{s}, Family: family(s.o.Family), Quota: func(of *registry.Streamer) int64 { return s.quota(of) },
		Room: s.Room, Now: s.o.Now, BackupEvery: s.o.Schedule.Every, Saved: s.saved,
		TakeIn: func(ctx context.Context, file string) error {
			taken, err := s.TakeIn(ctx, file, lastNames(ctx, s.Registry), o.Actor)
			if err == nil {
				_, err = s.adoptBackups(ctx, taken, o.Actor)
			}
			return err
		},
	}, o, progress)
}

// family is what the streamers' files are.
func family(f *migrations.Family) *migrations.Family {
	if f == nil {
		return migrations.Tenant()
	}
	return f
}

// saved knows whose newest backup holds all that he has.
func (s *Store) saved(ctx context.Context) (func(*registry.Streamer) bool, error) {
	newest, err := s.NewestBackups(ctx)
	return func(of *registry.Streamer) bool {
		b, ok := newest[of.ID]
		return ok && !s.differs(of, b)
	}, err
}

// patients are the streamers' files for a doctor.
type patients struct{ s *Store }

func (p patients) Still(ctx context.Context, id scope.StreamerID, fn func(open, moved bool) error) error {
	if lease, open := p.s.pool.AcquireOpen(id); open {
		defer lease.Release()
		return fn(true, lease.Handle().Moved())
	}
	return p.s.pool.Drain(ctx, id, func(context.Context) error { return fn(false, false) })
}

func (p patients) CopyTo(ctx context.Context, id scope.StreamerID, path string) error {
	lease, err := p.s.pool.Acquire(ctx, id)
	if err != nil {
		return err
	}
	defer lease.Release()
	return lease.Handle().CopyTo(ctx, path)
}

func (p patients) Reopen(ctx context.Context, id scope.StreamerID) error {
	p.s.pool.Retire(id)
	lease, err := p.s.pool.Acquire(ctx, id)
	if err != nil {
		return err
	}
	defer lease.Release()
	return lease.Handle().CutLog()
}

func (p patients) Mark(id scope.StreamerID) int64 { return p.s.marks.last(id) }
