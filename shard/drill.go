package shard

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// DrillJob is the kind of a job that restores backups into scratch space to see that they can
// be.
const DrillJob = "drill"

// Drill asks for one.
type Drill struct {
	Sample  int `json:"sample"` // how many streamers, drawn at random; 0 is 10
	Workers int `json:"workers"`
}

// defaultSample is how many streamers a drill takes unless it is said.
const defaultSample = 10

// Drilled is what a job knows of a backup that was proven.
type Drilled struct {
	Backup int64  `json:"backup"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"`
}

// StartDrill begins a job that restores the newest backup of some streamers, drawn at random from
// all who have one, the registry among them: through the whole gate, into a file that is thrown away. One
// whose rows come back as they were is proven, which his backup and he are told; one that does not
// come back no longer counts as verified.
func (s *Store) StartDrill(ctx context.Context, d Drill, actor string) (registry.Job, error) {
	if d.Sample < 0 || d.Sample > 100_000 {
		return registry.Job{}, &registry.InvalidError{What: "sample", Problem: "must be 1 to 100000, or 0 for 10"}
	}
	if d.Workers < 0 || d.Workers > 16 {
		return registry.Job{}, &registry.InvalidError{What: "workers", Problem: "must be 1 to 16, or 0 for 1"}
	}
	if d.Sample == 0 {
		d.Sample = defaultSample
	}
	newest, err := s.NewestBackups(ctx)
	if err != nil {
		return registry.Job{}, fmt.Errorf("begin drill: %w", err)
	}
	var members []scope.StreamerID
	for id := range newest {
		members = append(members, id)
	}
	slices.Sort(members) // so that the draw alone decides
	rand.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	members = members[:min(d.Sample, len(members))]
	run, err := s.jobs.Start(ctx, registry.NewJob{Kind: DrillJob, Actor: actor, Detail: d, Members: members}, s.drill(d, actor))
	if err != nil {
		return registry.Job{}, fmt.Errorf("begin drill: %w", err)
	}
	return run.Job(), nil
}

func (s *Store) drill(d Drill, actor string) job.Work {
	return func(ctx context.Context, run *job.Run) error {
		newest, err := s.NewestBackups(ctx)
		if err != nil {
			return err
		}
		return run.Each(ctx, job.Pace{Workers: max(d.Workers, 1)}, func(ctx context.Context, item registry.JobItem) registry.ItemChange {
			b, ok := newest[item.Streamer]
			if !ok {
				return registry.ItemChange{State: registry.ItemSkipped, Detail: map[string]any{"reason": "there is no backup any more"}}
			}
			run.Say(b.Username)
			done, err := s.prove(ctx, b, actor)
			if ctx.Err() != nil && err != nil {
				return registry.ItemChange{State: registry.ItemWaiting}
			}
			return job.Outcome(done, err)
		})
	}
}

// prove restores a backup into scratch space and records that it can be, or that it is damaged.
func (s *Store) prove(ctx context.Context, b registry.Backup, actor string) (d Drilled, err error) {
	d = Drilled{Backup: b.ID, Digest: b.Digest}
	if b.Streamer == 0 {
		err = s.proveRegistry(ctx, b)
	} else {
		d.Rows, err = s.rehearseRestore(ctx, b)
	}
	if ctx.Err() != nil {
		return d, ctx.Err()
	}
	if err == nil {
		_, err = s.MarkProven(ctx, b.ID, actor)
		return d, err
	}
	if isDamage(err) {
		if _, noted := s.MarkDamaged(context.WithoutCancel(ctx), b.ID, actor); noted != nil {
			return d, noted
		}
	}
	return d, err
}

// rehearseRestore does everything of a restore but its last step.
func (s *Store) rehearseRestore(ctx context.Context, b registry.Backup) (rows int64, err error) {
	x, err := s.beginRestore(ctx, RestoreRequest{From: Source{Backup: b.ID}, Streamer: b.Streamer, DryRun: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, x.end()) }()
	if x.from, err = s.fetchBackup(ctx, b, filepath.Join(x.room, "plain.db")); err != nil {
		return 0, err
	}
	who := s.Identity(x.streamer)
	who.Generation++
	o, err := x.build(ctx, x.work(who, x.streamer.Username, restore.SignedIn))
	if err != nil {
		return 0, err
	}
	if o.Built.Content.Digest(restore.SignedIn...) != b.Digest {
		return 0, fmt.Errorf("%w: what a restore makes of it is not what was kept", backup.ErrDamaged)
	}
	return o.Built.Content.Rows(), nil
}
