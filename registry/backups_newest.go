package registry

import (
	"context"
	"database/sql/driver"
	"fmt"

	"streamvault/shard/scope"
)

// NewestBackups is each streamer's newest backup, wherever it is kept, of those who are not
// purged; under 0 the registry's.
func (r *Registry) NewestBackups(ctx context.Context) (map[scope.StreamerID]Backup, error) {
	newest := map[scope.StreamerID]Backup{}
	err := r.each(ctx, `
		SELECT `+backupColumns+`
		FROM backups
		WHERE streamer_id = 0
		   OR streamer_id IN (SELECT id FROM streamers)
		ORDER BY streamer_id, created_at, id`,
		func(row []driver.Value) error {
			b := scanBackup(row)
			newest[b.Streamer] = b
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("newest backups: %w", err)
	}
	return newest, nil
}

// RegistryChanged says whether anything but backups and jobs was written down since an
// audit row.
func (r *Registry) RegistryChanged(ctx context.Context, since int64) (bool, error) {
	_, err := r.one(ctx, `
		SELECT 1
		FROM audit_log
		WHERE id > ?1
		  AND action NOT GLOB 'backup.*'
		  AND action NOT GLOB 'job.*'
		LIMIT 1`, since)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
