package api

import (
	"context"
	"net/http"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/backup"
)

// BackupCareStore looks after the backups there are, and after the registry's own.
type BackupCareStore interface {
	BackupRegistry(ctx context.Context, compress, encrypt bool, actor string) (registry.Backup, error)
	Prune(ctx context.Context, keep backup.Keep, dryRun bool, actor string, progress func(done, total int)) (shard.Pruned, error)
	StartDrill(ctx context.Context, d shard.Drill, actor string) (registry.Job, error)
	// DefaultKeep is the rule of the schedule; the zero rule when it has none.
	DefaultKeep() backup.Keep
}

// backupCare is what these routes work with.
type backupCare interface {
	BackupStore
	BackupCareStore
}

func backupCareRoutes() []Route {
	const path = "/api/backups"
	return []Route{
		onInstallation(Route{Method: http.MethodPost, Path: path + "/registry", Who: Admin, Status: http.StatusCreated, Timeout: longWork,
			Summary: "Backs the registry up: who the streamers are, their wrapped keys, the audit log"}, backUpRegistry),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/prune", Who: Admin, Timeout: longWork,
			Summary: "Removes the backups that a rule of retention does not keep"}, pruneBackups),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/drill", Who: Admin, Status: http.StatusAccepted,
			Summary: "Begins a job that restores the newest backups of some streamers, drawn at random, into scratch space"}, drillBackups),
	}
}

type wantedRegistry struct {
	Body struct {
		Compress bool `json:"compress,omitempty"` // with zstd
		Encrypt  bool `json:"encrypt,omitempty"`  // under a key derived from the master key
	} `body:"optional"`
}

func backUpRegistry(ctx context.Context, d desk[backupCare], in *wantedRegistry) (shownBackup, error) {
	b, err := d.store.BackupRegistry(ctx, in.Body.Compress, in.Body.Encrypt, d.caller.Actor)
	return locate(d.store)(b), err
}

type pruning struct {
	Body struct {
		Keep   string `json:"keep,omitempty" is:"keep"` // "24h,7d,4w": hours, days, weeks of which one stays each; the schedule's unless it is given, and without one all stay
		DryRun bool   `json:"dryRun,omitempty"`         // only tell what would go
	} `body:"optional"`
}

// pruned says what went, or would go.
type pruned struct {
	DryRun  bool          `json:"dryRun"`
	Keep    string        `json:"keep"`
	Kept    int           `json:"kept"`  // backups that stay
	Bytes   int64         `json:"bytes"` // of those removed
	Removed []shownBackup `json:"removed"`
}

func pruneBackups(ctx context.Context, d desk[backupCare], in *pruning) (pruned, error) {
	keep, err := backup.ParseKeep(in.Body.Keep)
	if err != nil {
		return pruned{}, NewProblem(http.StatusBadRequest, "invalid_request", "keep "+backup.ErrKeep.Error()+".")
	}
	if keep == (backup.Keep{}) {
		keep = d.store.DefaultKeep()
	}
	p, err := d.store.Prune(ctx, keep, in.Body.DryRun, d.caller.Actor, nil)
	shown := pruned{p.DryRun, keep.String(), p.Kept, p.Bytes, []shownBackup{}}
	for _, b := range p.Removed {
		shown.Removed = append(shown.Removed, locate(d.store)(b))
	}
	return shown, err
}

type wantedDrill struct {
	Body struct {
		Sample  int `json:"sample,omitempty" is:"0..100000"` // streamers; 0 is 10
		Workers int `json:"workers,omitempty" is:"0..16"`    // at a time; 0 is 1
	} `body:"optional"`
}

func drillBackups(ctx context.Context, d desk[BackupCareStore], in *wantedDrill) (Job, error) {
	j, err := d.store.StartDrill(ctx, shard.Drill(in.Body), d.caller.Actor)
	return ShowJob(j), err
}
