package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// backupForm says how a backup is kept.
type backupForm struct {
	Compress bool `json:"compress,omitempty"` // with zstd
	Encrypt  bool `json:"encrypt,omitempty"`  // under the streamer's data key: a purge destroys it too
}

type wantedBackup struct {
	streamerName
	Body backupForm
}

func backUp(ctx context.Context, d desk[backupDesk], in *wantedBackup) (shownBackup, error) {
	s, err := streamerNamed(ctx, d.store, in.Name)
	if err != nil {
		return shownBackup{}, err
	}
	b, err := d.store.CreateBackup(ctx, shard.BackupRequest{Streamer: s.ID, Compress: in.Body.Compress,
		Encrypt: in.Body.Encrypt, Actor: d.caller.Actor})
	if errors.Is(err, shard.ErrQuarantined) {
		return shownBackup{}, NewProblem(errQuarantined.Status, errQuarantined.Code, err.Error()) // who may back up may know
	}
	return locate(d.store)(b), orNoStreamer(err)
}

type wantedBackups struct {
	Body struct {
		Compress bool `json:"compress,omitempty"`
		Encrypt  bool `json:"encrypt,omitempty"`
		Workers  int  `json:"workers,omitempty" is:"0..16"` // at a time; 0 is 2
	}
}

func backUpAll(ctx context.Context, d desk[BackupStore], in *wantedBackups) (Job, error) {
	j, err := d.store.StartBackups(ctx, shard.BackupAll(in.Body), d.caller.Actor)
	return ShowJob(j), err
}

// ownBackups is how many a streamer may make at once, and ownBackupEvery how soon another.
const (
	ownBackups     = 6
	ownBackupEvery = 10 * time.Minute
)

// ownBackup is a backup that a streamer has asked for.
type ownBackup struct {
	shownBackup
	Removed []int64 `json:"removed"` // ids of older ones of his own that had to go
}

// backUpOwn makes a streamer's own backup, packed. What he makes takes the installation's room,
// so it is counted, and only some stay. One that an operator makes here is as any other of his.
func backUpOwn(c *call, _ *None) (ownBackup, error) {
	id, made := c.streamer.ID, ownBackup{Removed: []int64{}}
	order := shard.BackupRequest{Streamer: id, Compress: true, Actor: c.caller.Actor}
	if c.caller.Admin {
		b, err := c.server.ds.CreateBackup(c.ctx, order)
		made.shownBackup = showBackup(b)
		return made, err
	}
	bucket, _ := c.server.ownBackups.LoadOrStore(id, rate.NewLimiter(rate.Every(ownBackupEvery), ownBackups))
	r := bucket.(*rate.Limiter).Reserve()
	if wait := r.Delay(); wait > 0 {
		r.Cancel()
		return made, &tooMany{wait}
	}
	b, gone, err := c.server.ds.BackUpOwn(c.ctx, order)
	for _, old := range gone {
		made.Removed = append(made.Removed, old.ID)
	}
	made.shownBackup = showBackup(b)
	return made, err
}

// verifiedBackup is a backup that was read back and is what was kept.
type verifiedBackup struct {
	shownBackup
	OK       bool  `json:"ok"`       // always true: what is not is an error
	Rows     int64 `json:"rows"`     // of all tables
	Manifest bool  `json:"manifest"` // false of a file that nothing vouches for
}

func showVerified(store BackupStore, v shard.Verified) verifiedBackup {
	now := Time{time.Now().UTC()}
	shown := verifiedBackup{OK: true, Rows: v.Facts.Content.Rows(), Manifest: v.Manifest != nil}
	if v.Backup != nil {
		shown.shownBackup = locate(store)(*v.Backup)
		return shown
	}
	f := v.Facts
	shown.shownBackup = shownBackup{StreamerID: scope.StreamerID(f.Streamer), File: v.File, Target: "local", CreatedAt: now, Bytes: v.Bytes, SHA256: v.SHA256,
		Digest: v.Digest(), SchemaVersion: f.Version, Generation: f.Generation, CommitSeq: f.CommitSeq, VerifiedAt: &now}
	if m := v.Manifest; m != nil {
		shown.Streamer, shown.CreatedAt = m.Streamer, Time{m.CreatedAt}
	}
	return shown
}

type backupID struct {
	ID int64 `path:"id" is:"1.."`
}

func verifyBackup(ctx context.Context, d desk[BackupStore], in *backupID) (verifiedBackup, error) {
	v, err := d.store.VerifyBackup(ctx, shard.Source{Backup: in.ID}, d.caller.Actor)
	if err != nil {
		return verifiedBackup{}, orNoBackup(in.ID, err)
	}
	return showVerified(d.store, v), nil
}

type fileToVerify struct {
	Body struct {
		File string `json:"file" is:"1-4096"` // a path of this machine
	}
}

func verifyFile(ctx context.Context, d desk[BackupStore], in *fileToVerify) (verifiedBackup, error) {
	v, err := d.store.VerifyBackup(ctx, shard.Source{File: in.Body.File}, d.caller.Actor)
	if err != nil {
		return verifiedBackup{}, orNoFile(in.Body.File, err)
	}
	return showVerified(d.store, v), nil
}

var errFileElsewhere = &tenant.InvalidError{Field: "file", Problem: "can be named on the server's own machine only"}

// orNoBackup is the answer to an id that no backup has.
func orNoBackup(id int64, err error) error {
	if errors.Is(err, registry.ErrNotFound) {
		return NewProblem(http.StatusNotFound, "backup_not_found", "There is no backup "+strconv.FormatInt(id, 10)+".")
	}
	return err
}

// orNoFile is the answer to a path that leads nowhere.
func orNoFile(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return NewProblem(http.StatusNotFound, "file_not_found", "There is no file "+path+".")
	}
	if errors.Is(err, fs.ErrPermission) {
		return NewProblem(http.StatusForbidden, "file_unreadable", "The file "+path+" may not be read.")
	}
	return err
}
