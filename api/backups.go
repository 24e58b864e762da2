package api

import (
	"context"
	"net/http"
	"time"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
)

// BackupStore makes backups and looks after them.
type BackupStore interface {
	CreateBackup(ctx context.Context, r shard.BackupRequest) (registry.Backup, error)
	BackUpOwn(ctx context.Context, r shard.BackupRequest) (made registry.Backup, gone []registry.Backup, err error)
	StartBackups(ctx context.Context, all shard.BackupAll, actor string) (registry.Job, error)
	Backup(ctx context.Context, id int64) (registry.Backup, error)
	Backups(ctx context.Context, streamer scope.StreamerID, before int64, limit int) ([]registry.Backup, error)
	BackupPath(b registry.Backup) string
	VerifyBackup(ctx context.Context, from shard.Source, actor string) (shard.Verified, error)
}

// longWork is how long a call may take that reads or writes all of a streamer's file.
const longWork = 30 * time.Minute

func backupRoutes() []Route {
	const path = "/api/backups"
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: path, Who: Admin,
			Summary: "Backups, newest first"}, listBackups),
		onInstallation(Route{Method: http.MethodPost, Path: path, Who: Admin, Status: http.StatusAccepted, Bare: true,
			Summary: "Begins a job that backs every streamer up"}, backUpAll),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{id}/verify", Who: Admin, Timeout: longWork,
			Summary: "Reads a backup back and holds every row of it against its manifest"}, verifyBackup),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/verify", Who: Admin, Local: true, Timeout: longWork,
			Summary: "Looks at a file of the server's machine as a restore would; by the control socket only"}, verifyFile),
		onInstallation(Route{Method: http.MethodGet, Path: "/api/streamers/{name}/backups", Who: Admin,
			Summary: "A streamer's backups, newest first"}, listStreamersBackups),
		onInstallation(Route{Method: http.MethodPost, Path: "/api/streamers/{name}/backups", Who: Admin, Status: http.StatusCreated, Timeout: longWork, Bare: true,
			Summary: "Backs a streamer up while he is served"}, backUp),
		complete(Route{Method: http.MethodGet, Path: "/{channel}/api/backups", Who: Owner,
			Summary: "The channel's backups, newest first"}, listOwnBackups),
		complete(Route{Method: http.MethodPost, Path: "/{channel}/api/admin/backup", Who: Owner, Status: http.StatusCreated, Timeout: longWork, Always: true,
			Summary: "Backs the channel up: six times at once, then every ten minutes",
			About: "Of the backups that the channel made itself the newest six stay, the newest of each of the last seven days and four weeks in " +
				"which it made one, and the newest that was proven; older ones are removed. Those of the installation are not counted and stay."}, backUpOwn),
	}
}

// shownBackup is a backup as callers see it.
type shownBackup struct {
	ID            *int64           `json:"id"`         // null of a file that is not on record
	Streamer      string           `json:"streamer"`   // username when it was made
	StreamerID    scope.StreamerID `json:"streamerId"` // 0 is the registry
	File          string           `json:"file"`       // where it is kept: a path of the server's for its operator, a name for others
	Target        string           `json:"target"`     // local or s3
	CreatedAt     Time             `json:"createdAt"`
	Bytes         int64            `json:"bytes"`
	SHA256        string           `json:"sha256"`        // of its bytes as they lie there
	Digest        string           `json:"digest"`        // of the rows that a restore brings back
	SchemaVersion int              `json:"schemaVersion"` // of its rows
	Generation    int64            `json:"generation"`
	CommitSeq     int64            `json:"commitSeq"`  // the last commit that is in it
	VerifiedAt    *Time            `json:"verifiedAt"` // when it was last read back and found sound
	ProvenAt      *Time            `json:"provenAt"`   // when it was last restored to see that it can be
}

func showBackup(b registry.Backup) shownBackup {
	return shownBackup{&b.ID, b.Username, b.Streamer, b.File, b.Target, Time{b.CreatedAt}, b.Bytes, b.SHA256, b.Digest,
		b.SchemaVersion, b.Generation, b.CommitSeq, timeOrNil(b.VerifiedAt), timeOrNil(b.ProvenAt)}
}

// locate shows an operator where backups lie.
func locate(store BackupStore) func(registry.Backup) shownBackup {
	return func(b registry.Backup) shownBackup {
		b.File = store.BackupPath(b)
		return showBackup(b)
	}
}

type backupListing struct {
	paging
	Streamer string `query:"streamer"` // username; all when it is not sent
}

func listBackups(ctx context.Context, d desk[backupDesk], in *backupListing) (Page[shownBackup], error) {
	of := registry.AllBackups
	if in.Streamer != "" {
		s, err := streamerNamed(ctx, d.store, in.Streamer)
		if err != nil {
			return Page[shownBackup]{}, err
		}
		of = s.ID
	}
	return backupsOf(ctx, d.store, of, in.paging, locate(d.store))
}

func backupsOf(ctx context.Context, store BackupStore, of scope.StreamerID, p paging, show func(registry.Backup) shownBackup) (Page[shownBackup], error) {
	before := int64(0)
	size, err := p.begin(&before)
	if err != nil {
		return Page[shownBackup]{}, err
	}
	found, err := store.Backups(ctx, of, before, size+1)
	if err != nil {
		return Page[shownBackup]{}, err
	}
	return paged(found, size, show, func(b registry.Backup) any { return b.ID })
}

// backupDesk finds streamers and their backups.
type backupDesk interface {
	shard.StreamerFinder
	BackupStore
}

type namedPage struct {
	streamerName
	paging
}

func listStreamersBackups(ctx context.Context, d desk[backupDesk], in *namedPage) (Page[shownBackup], error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return Page[shownBackup]{}, err
	}
	return backupsOf(ctx, d.store, s.ID, in.paging, locate(d.store))
}

func listOwnBackups(c *call, in *paging) (Page[shownBackup], error) {
	return backupsOf(c.ctx, c.server.ds, c.streamer.ID, *in, showBackup)
}
