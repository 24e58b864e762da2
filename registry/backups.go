package registry

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

// Backup is a copy of a streamer's file that is kept somewhere. Streamer 0 is the registry's
// own.
type Backup struct {
	ID            int64
	Streamer      scope.StreamerID
	Username      string // of the streamer when it was made
	Target        string // where it is kept: "local" or "s3"
	File          string // its name there
	Bytes         int64
	SHA256        string // of its bytes as they lie there
	Digest        string // of its rows
	SchemaVersion int
	Generation    int64
	CommitSeq     int64 // the last commit that is in it
	Manifest      json.RawMessage
	CreatedAt     time.Time
	VerifiedAt    *time.Time // when it was last read back and found sound
	ProvenAt      *time.Time // when it was last restored to see that it can be
}

const backupColumns = `id, streamer_id, streamer, target, file, bytes, sha256, digest, schema_version, generation,
	commit_seq, manifest, created_at, verified_at, proven_at`

func scanBackup(row []driver.Value) Backup {
	return Backup{row[0].(int64), scope.StreamerID(row[1].(int64)), text(row[2]), text(row[3]), text(row[4]), row[5].(int64),
		text(row[6]), text(row[7]), int(row[8].(int64)), row[9].(int64), row[10].(int64), json.RawMessage(text(row[11])),
		moment(row[12]), momentOrNil(row[13]), momentOrNil(row[14])}
}

// RecordBackup notes a backup that is kept whole, and returns it with its id. One that is noted
// already stays as it is. It returns ErrNotFound when its streamer has been purged meanwhile:
// then nothing of him may be kept.
func (r *Registry) RecordBackup(ctx context.Context, b Backup, actor string) (recorded Backup, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		row, err := tx.row(`SELECT `+backupColumns+` FROM backups WHERE target = ?1 AND file = ?2`, b.Target, b.File)
		if err == nil {
			recorded = scanBackup(row)
			return nil
		}
		if !isNotFound(err) {
			return err
		}
		if err := tx.notPurged(b.Streamer); err != nil {
			return err
		}
		row, err = tx.row(`
			INSERT INTO backups (streamer_id, streamer, target, file, bytes, sha256, digest, schema_version, generation,
			                     commit_seq, manifest, created_at)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
			RETURNING `+backupColumns,
			int64(b.Streamer), b.Username, b.Target, b.File, b.Bytes, b.SHA256, b.Digest, int64(b.SchemaVersion), b.Generation,
			b.CommitSeq, string(b.Manifest), b.CreatedAt.UnixMilli())
		if err != nil {
			return err
		}
		recorded = scanBackup(row)
		return tx.audit(recorded.entry(actor, "backup.create"))
	})
	if err != nil {
		return Backup{}, fmt.Errorf("record backup %s: %w", b.File, err)
	}
	return recorded, nil
}

// notPurged says that a streamer is there; 0 is the registry.
func (t *Tx) notPurged(id scope.StreamerID) error {
	if id == 0 {
		return nil
	}
	s, err := t.streamer(id)
	if err == nil && s.State == Deleting {
		err = ErrNotFound
	}
	return err
}

// entry is what the audit log says of a backup.
func (b Backup) entry(actor, action string) Entry {
	return Entry{Actor: actor, Action: action, Streamer: &Streamer{ID: b.Streamer, Username: b.Username},
		Detail: map[string]any{"backup": b.ID, "target": b.Target, "file": b.File, "bytes": b.Bytes, "sha256": b.SHA256}}
}

// Backup finds a backup, or returns ErrNotFound.
func (r *Registry) Backup(ctx context.Context, id int64) (Backup, error) {
	row, err := r.one(ctx, `SELECT `+backupColumns+` FROM backups WHERE id = ?1`, id)
	if err != nil {
		return Backup{}, fmt.Errorf("backup %d: %w", id, err)
	}
	return scanBackup(row), nil
}

// BackupOf finds a backup by where it is kept, or returns ErrNotFound.
func (r *Registry) BackupOf(ctx context.Context, target, file string) (Backup, error) {
	row, err := r.one(ctx, `SELECT `+backupColumns+` FROM backups WHERE target = ?1 AND file = ?2`, target, file)
	if err != nil {
		return Backup{}, fmt.Errorf("backup %s: %w", file, err)
	}
	return scanBackup(row), nil
}

// AllBackups makes Backups list every streamer's and the registry's.
const AllBackups scope.StreamerID = -1

// Backups lists a streamer's backups from the newest to the oldest, those with an id below
// before; before 0 begins. limit is 1 to 1000.
func (r *Registry) Backups(ctx context.Context, streamer scope.StreamerID, before int64, limit int) ([]Backup, error) {
	all := []Backup{}
	sql := `
		SELECT ` + backupColumns + `
		FROM backups
		WHERE (?1 = -1 OR streamer_id = ?1)
		  AND (?2 = 0 OR id < ?2)
		ORDER BY id DESC
		LIMIT ?3`
	if streamer != AllBackups {
		sql = `
		SELECT ` + backupColumns + `
		FROM backups INDEXED BY backups_by_streamer
		WHERE streamer_id = ?1
		  AND (?2 = 0 OR id < ?2)
		ORDER BY id DESC
		LIMIT ?3`
	}
	err := r.each(ctx, sql, func(row []driver.Value) error { all = append(all, scanBackup(row)); return nil },
		int64(streamer), before, int64(min(max(limit, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	return all, nil
}

// MarkVerified notes that a backup was read back whole and found sound at this moment.
func (r *Registry) MarkVerified(ctx context.Context, id int64, actor string) (Backup, error) {
	return r.markBackup(ctx, id, actor, "backup.verify", `UPDATE backups SET verified_at = ?2 WHERE id = ?1`)
}

// MarkProven notes that a backup was restored at this moment to see that it can be, and that
// its streamer can.
func (r *Registry) MarkProven(ctx context.Context, id int64, actor string) (Backup, error) {
	return r.markBackup(ctx, id, actor, "backup.prove", `UPDATE backups SET verified_at = ?2, proven_at = ?2 WHERE id = ?1`,
		`UPDATE streamers SET proven_at = ?2 WHERE id = (SELECT streamer_id FROM backups WHERE id = ?1)`)
}

// MarkDamaged takes a backup's word back: it was read and is not what was kept.
func (r *Registry) MarkDamaged(ctx context.Context, id int64, actor string) (Backup, error) {
	return r.markBackup(ctx, id, actor, "backup.damaged", `UPDATE backups SET verified_at = NULL, proven_at = NULL WHERE id = ?1 AND ?2 = ?2`)
}

func (r *Registry) markBackup(ctx context.Context, id int64, actor, action string, changes ...string) (b Backup, err error) {
	err = r.write(ctx, func(tx *Tx) error {
		for _, sql := range changes {
			if err := tx.run(sql, id, tx.now.UnixMilli()); err != nil {
				return err
			}
		}
		row, err := tx.row(`SELECT `+backupColumns+` FROM backups WHERE id = ?1`, id)
		if err != nil {
			return err
		}
		b = scanBackup(row)
		return tx.audit(b.entry(actor, action))
	})
	if err != nil {
		return Backup{}, fmt.Errorf("mark backup %d: %w", id, err)
	}
	return b, nil
}

// ForgetBackup takes a backup out of the list; its file is removed already.
func (r *Registry) ForgetBackup(ctx context.Context, id int64, actor string) error {
	err := r.write(ctx, func(tx *Tx) error {
		row, err := tx.row(`DELETE FROM backups WHERE id = ?1 RETURNING `+backupColumns, id)
		if err != nil {
			return err
		}
		return tx.audit(scanBackup(row).entry(actor, "backup.delete"))
	})
	if err != nil {
		return fmt.Errorf("forget backup %d: %w", id, err)
	}
	return nil
}
