package shard

import (
	"context"
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
	return s.Registry.Rebuild(ctx, s.lastNames(ctx), actor)
}

func (s *Store) lastNames(ctx context.Context) func(scope.StreamerID) string {
	local := backup.NewLocal(filepath.Join(s.Dir(), "backups"))
	return func(id scope.StreamerID) string { return lastName(ctx, local, id) }
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
