package shard

import (
	"context"
	"fmt"

	"streamvault/registry"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// BackupJob is the kind of a job that backs streamers up.
const BackupJob = "backup"

// BackupAll asks for backups of many.
type BackupAll struct {
	Compress bool `json:"compress"`
	Encrypt  bool `json:"encrypt"`
	Workers  int  `json:"workers"` // at a time; 0 is 2, at most 16
}

// BackedUp is what a job knows of a streamer who was backed up.
type BackedUp struct {
	Backup int64  `json:"backup"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// StartBackups begins a job that backs every streamer up who is not in the trash, and then the
// registry, which has 0 for an id. One who is out of service fails in it.
func (s *Store) StartBackups(ctx context.Context, all BackupAll, actor string) (registry.Job, error) {
	if all.Workers < 0 || all.Workers > 16 {
		return registry.Job{}, &registry.InvalidError{What: "workers", Problem: "must be 1 to 16, or 0 for 2"}
	}
	members, err := s.present(ctx)
	if err != nil {
		return registry.Job{}, err
	}
	members = append(members, 0)
	run, err := s.jobs.Start(ctx, registry.NewJob{Kind: BackupJob, Actor: actor, Detail: all, Members: members}, s.backUpAll(all, actor))
	if err != nil {
		return registry.Job{}, fmt.Errorf("back all up: %w", err)
	}
	return run.Job(), nil
}

// present are the ids of streamers who have a file to back up.
func (s *Store) present(ctx context.Context) (ids []scope.StreamerID, err error) {
	for after := scope.StreamerID(0); ; {
		page, err := s.Streamers(ctx, after, 1000, "")
		if err != nil {
			return nil, err
		}
		for _, one := range page {
			switch after = one.ID; one.State {
			case registry.Creating, registry.Deleting, registry.Trashed:
			default:
				ids = append(ids, one.ID)
			}
		}
		if len(page) == 0 {
			return ids, nil
		}
	}
}

// backUpAll is the work of such a job: the registry comes last, so that its backup knows of
// the others.
func (s *Store) backUpAll(all BackupAll, actor string) job.Work {
	workers := all.Workers
	if workers == 0 {
		workers = 2
	}
	return func(ctx context.Context, run *job.Run) error {
		var streamers, last []registry.JobItem
		err := s.EachJobItem(ctx, run.Job().ID, func(i registry.JobItem) error {
			switch {
			case i.State != registry.ItemWaiting:
			case i.Streamer == 0:
				last = append(last, i)
			default:
				streamers = append(streamers, i)
			}
			return nil
		})
		for _, items := range [][]registry.JobItem{streamers, last} {
			if err == nil && len(items) > 0 {
				err = run.Each(ctx, job.Pace{Workers: workers, Items: items}, func(ctx context.Context, item registry.JobItem) registry.ItemChange {
					return s.backUpItem(ctx, run, item, all, actor)
				})
			}
		}
		return err
	}
}

func (s *Store) backUpItem(ctx context.Context, run *job.Run, item registry.JobItem, all BackupAll, actor string) registry.ItemChange {
	var (
		made registry.Backup
		err  error
	)
	if item.Streamer == 0 {
		run.Say(registryName)
		made, err = s.BackupRegistry(ctx, all.Compress, all.Encrypt, actor)
	} else {
		run.Say(item.Username)
		made, err = s.CreateBackup(ctx, BackupRequest{Streamer: item.Streamer, Compress: all.Compress, Encrypt: all.Encrypt, Actor: actor})
	}
	if ctx.Err() != nil && err != nil {
		return registry.ItemChange{State: registry.ItemWaiting}
	}
	return job.Outcome(BackedUp{made.ID, made.Bytes, made.SHA256}, err)
}
