package shard

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"streamvault/registry"
	"streamvault/shard/backup"
	"streamvault/shard/scope"
)

// Rebuild gives every streamer whose file lies in the directory and who has no row one; see
// registry.Rebuild. What he was called is read from the manifest of his last backup on this
// machine. It is for a store that was opened with Recover, and for one whose registry is older
// than its files.
func (s *Store) Rebuild(ctx context.Context, actor string) ([]registry.Rebuilt, error) {
	return s.Registry.Rebuild(ctx, lastNames(ctx, s.Registry), actor)
}

func lastNames(ctx context.Context, r *registry.Registry) func(scope.StreamerID) string {
	local := backup.NewLocal(filepath.Join(r.Dir(), "backups"))
	return func(id scope.StreamerID) string { return lastName(ctx, local, id) }
}

// adoptBackups puts the backups on this machine of a streamer who was taken in on record again, and
// says how many. Encrypted ones are left out: their key is lost.
func (s *Store) adoptBackups(ctx context.Context, of *registry.Streamer, actor string) (n int, err error) {
	local := backup.NewLocal(filepath.Join(s.Dir(), "backups"))
	var files []string
	err = local.List(ctx, fmt.Sprintf("%010d/", of.ID), func(o backup.Object) error {
		if file, ok := strings.CutSuffix(o.Name, ".json"); ok {
			files = append(files, file)
		}
		return nil
	})
	for _, file := range files {
		m, whole, bad := wholeIn(ctx, local, file)
		if err = errors.Join(err, bad); !whole || m.Sealed || m.UUID != of.ShardUUID {
			continue
		}
		row, bad := recorded(m, local.Name(), file)
		if bad == nil {
			_, bad = s.RecordBackup(ctx, row, actor)
		}
		if err = errors.Join(err, bad); bad == nil {
			n++
		}
	}
	return n, err
}

// lastName is what a streamer was called when he was backed up last, or "".
func lastName(ctx context.Context, kept backup.Target, id scope.StreamerID) (name string) {
	last := ""
	_ = kept.List(ctx, fmt.Sprintf("%010d/", id), func(o backup.Object) error {
		if strings.HasSuffix(o.Name, ".json") {
			last = o.Name // names begin with the time
		}
		return nil
	})
	if last == "" {
		return ""
	}
	body, err := readAll(ctx, kept, last)
	if err != nil {
		return ""
	}
	m, err := backup.DecodeManifest(body)
	if err != nil || m.StreamerID != int64(id) {
		return ""
	}
	return m.Streamer
}
