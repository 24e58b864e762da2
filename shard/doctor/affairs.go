package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"streamvault/migrations"
	"streamvault/registry"
)

// keyIsOpen says whether others may read the master key.
func (e *examination) keyIsOpen() (bool, error) {
	info, err := os.Stat(e.Registry.MasterKeyFile())
	if err != nil {
		return false, err
	}
	return info.Mode().Perm()&0o077 != 0, nil
}

// machine looks at what is not the installation's own: key file, disk. With an old
// SQLite no file is opened at all, so a report says which one it is, and no more.
func (e *examination) machine(_ context.Context, f *findings) error {
	if _, err := e.keyIsOpen(); errors.Is(err, fs.ErrNotExist) {
		f.problem(subject{}, MasterKey, e.Registry.MasterKeyFile()+" is gone: the next start would fail")
	} else if err != nil {
		f.problem(subject{}, MasterKey, err.Error())
	}
	if err := e.Room(); err != nil {
		f.problem(subject{}, DiskFloor, err.Error())
		return nil
	}
	var disk unix.Statfs_t
	if err := e.statfs(e.Registry.Dir(), &disk); err == nil && disk.Bavail*20 < disk.Blocks {
		f.note(subject{}, DiskNear, fmt.Sprintf("%d MiB are free, less than a twentieth of the disk", disk.Bavail*uint64(disk.Bsize)>>20))
	}
	return nil
}

// registryItself looks at the registry's own file: its pages, its schema, the audit log, and
// whether the data keys open.
func (e *examination) registryItself(ctx context.Context, f *findings) error {
	check := `PRAGMA quick_check(5)`
	if e.order.Deep {
		check = `PRAGMA integrity_check(5)`
	}
	err := e.Registry.Look(ctx, func(c *migrations.Conn) error {
		wrong, err := lines(c, check, "ok")
		if err != nil {
			return err
		}
		keys, err := foreignKeys(ctx, c)
		if err != nil {
			return err
		}
		for _, found := range []string{wrong, keys} {
			if found != "" {
				f.problem(subject{}, RegistryDamaged, found)
			}
		}
		version, err := c.Int(`PRAGMA user_version`)
		if err != nil {
			return err
		}
		if err := migrations.Registry().CheckSchema(c, int(version)); err != nil {
			f.problem(subject{}, SchemaDrift, "registry: "+plain(err))
		}
		return nil
	})
	if err != nil {
		f.problem(subject{}, RegistryDamaged, plain(err))
	}
	chain, err := e.Registry.CheckAudit(ctx)
	switch {
	case err != nil:
		f.problem(subject{}, AuditBroken, plain(err))
	case chain.Broken != 0:
		f.problem(subject{}, AuditBroken, fmt.Sprintf("row %d, after %s that are right: %s", chain.Broken, counted(chain.Rows, "row"), chain.Why))
	}
	return e.secrets(ctx, f)
}

func (e *examination) secrets(ctx context.Context, f *findings) error {
	locked, err := e.Registry.LockedSecrets(ctx)
	if err != nil {
		return err
	}
	for _, id := range locked {
		for _, s := range e.streamers {
			if s.ID == id {
				f.problem(subject{id, s.Username}, SecretsLocked, "the streamer's data key is gone, or is not under this master key")
			}
		}
	}
	return nil
}

// jobAdvice names the commands for a job's kind.
func jobAdvice(j registry.Job) string {
	switch j.Kind {
	case "migrate":
		return fmt.Sprintf("Decide about it: streamvault migrate jobs, then streamvault migrate resume %d or migrate rollback %d.", j.ID, j.ID)
	case "plan", "rollback":
		return fmt.Sprintf("Decide about it: streamvault migrate jobs, then streamvault migrate resume %d.", j.ID)
	}
	return fmt.Sprintf("Decide about it: streamvault job list, then streamvault job resume %d or job cancel %d.", j.ID, j.ID)
}

// jobs reports work that waits for somebody. What a crash had interrupted is halted at the
// next start.
func (e *examination) jobs(ctx context.Context, f *findings) error {
	halted, err := e.Registry.HaltedJobs(ctx)
	if err != nil {
		return err
	}
	for _, j := range halted {
		to := &f.problems
		if j.Kind == "plan" || j.Kind == "drill" { // which change nothing, so nothing is half done
			to = &f.notes
		}
		p := newProblem(subject{}, JobHalted, fmt.Sprintf("job %d (%s), begun %s, has halted", j.ID, j.Kind, j.StartedAt.Format("2006-01-02 15:04")), nil)
		p.Advice = jobAdvice(j)
		*to = append(*to, p)
	}
	return nil
}

// fleet tells of streamers whose files are behind the fleet's target, and who of them were
// taken back by a migration. They are served as they are.
func (e *examination) fleet(ctx context.Context, f *findings) error {
	back, err := e.Registry.RolledBack(ctx)
	if err != nil {
		return err
	}
	behind, taken, target := 0, []string{}, e.Registry.FleetTarget()
	for _, s := range e.streamers {
		if s.SchemaVersion >= target {
			continue
		}
		if behind++; back[s.ID] {
			taken = append(taken, s.Username)
		}
	}
	switch {
	case behind == 0:
	case len(taken) == 0:
		f.note(subject{}, BehindFleet, fmt.Sprintf("%s behind schema version %d", counted(behind, "streamer"), target))
	default:
		f.note(subject{}, BehindFleet, fmt.Sprintf("%s behind schema version %d, %d of them rolled back: %s",
			counted(behind, "streamer"), target, len(taken), strings.Join(taken[:min(len(taken), 10)], ", ")))
	}
	return nil
}

// backups holds the age of the newest backup of everybody who has changed since against what
// was asked for, by the caller or by the schedule, which leaves the others out. Where nobody
// asked for backups there is only a note.
func (e *examination) backups(ctx context.Context, f *findings) error {
	saved, err := e.Saved(ctx)
	if err != nil {
		return err
	}
	most := e.order.MaxBackupAge
	if most == 0 && e.BackupEvery > 0 {
		most = 2*e.BackupEvery + time.Hour // one may be under way, and one may be retried
	}
	now, missing, unproven := e.Now(), 0, 0
	for _, s := range e.streamers {
		if s.State == registry.Creating || s.State == registry.Deleting || s.State == registry.Trashed {
			continue
		}
		who, care := subject{s.ID, s.Username}, e.cares[s.ID]
		if care.Proven.IsZero() {
			unproven++
		}
		since := care.BackedUp
		if since.IsZero() {
			missing++
			since = s.CreatedAt
		}
		if most == 0 || now.Sub(since) <= most || saved(s) {
			continue
		}
		if e.order.MaxBackupAge == 0 && e.BackedUp(s) {
			continue // the schedule leaves out who has not changed
		}
		if care.BackedUp.IsZero() {
			f.problem(who, BackupMissing, "there is no backup of the streamer")
		} else {
			f.problem(who, BackupOld, fmt.Sprintf("the newest backup is %s old, asked for were %s", now.Sub(since).Round(time.Minute), most))
		}
	}
	if most == 0 && missing > 0 {
		f.note(subject{}, BackupMissing, fmt.Sprintf("no backup of %d of %s", missing, counted(len(e.streamers), "streamer")))
	}
	if unproven > 0 {
		f.note(subject{}, NeverProven, fmt.Sprintf("%s of whom no backup was ever restored to see that it can be", counted(unproven, "streamer")))
	}
	return nil
}
