package shard

import (
	"context"
	"errors"

	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
)

// OwnKeep is which of the backups that a streamer made himself stay, at each target, besides the newest
// that was proven: 18 at most. A burst of new ones takes no older day's away.
var OwnKeep = backup.Keep{Newest: 6, Days: 7, Weeks: 4}

// Own says that a streamer made a backup himself.
func Own(b registry.Backup) bool {
	m, err := backup.DecodeManifest(b.Manifest)
	return err == nil && m.Own
}

func keptOf(b registry.Backup) backup.Kept {
	return backup.Kept{ID: b.ID, At: b.CreatedAt, Proven: b.ProvenAt != nil}
}

// BackUpOwn makes a backup that the streamer asked for himself, and then removes the oldest of
// those: it says which. Backups of operators and of the schedule stay. One that cannot be
// removed now goes with the next.
func (s *Store) BackUpOwn(ctx context.Context, r BackupRequest) (made registry.Backup, gone []registry.Backup, err error) {
	r.Own = true
	if made, err = s.CreateBackup(ctx, r); err != nil {
		return made, nil, err
	}
	surplus, err := s.ownSurplus(ctx, r.Streamer, made.Target)
	for _, b := range surplus {
		bad := s.DeleteBackup(ctx, b.ID, r.Actor)
		if errors.Is(bad, registry.ErrNotFound) {
			continue // another call has removed it
		}
		if err = errors.Join(err, bad); bad == nil {
			gone = append(gone, b)
		}
	}
	if err != nil {
		s.o.Log.Warn().Err(err).Int64("streamer_id", int64(r.Streamer)).Msg("a streamer's oldest own backups could not be removed")
	}
	return made, gone, nil
}

// ownSurplus are a streamer's own backups at a target that may go, oldest first.
func (s *Store) ownSurplus(ctx context.Context, of scope.StreamerID, target string) (surplus []registry.Backup, err error) {
	rows, own := map[int64]registry.Backup{}, []backup.Kept{}
	for before := int64(0); ; {
		page, err := s.Backups(ctx, of, before, 1000)
		if err != nil {
			return nil, err
		}
		for _, b := range page {
			if before = b.ID; b.Target == target && Own(b) {
				rows[b.ID], own = b, append(own, keptOf(b))
			}
		}
		if len(page) < 1000 {
			break
		}
	}
	for _, k := range OwnKeep.Surplus(own) {
		surplus = append(surplus, rows[k.ID])
	}
	return surplus, nil
}
