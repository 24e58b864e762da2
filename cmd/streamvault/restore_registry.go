package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/rs/zerolog"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
	kept "streamvault/shard/backup"
)

// registryRestore says how the registry is put back.
type registryRestore struct {
	file, keys  string
	dryRun, yes bool
}

// registryRestored is what came of it, as a program reads it.
type registryRestored struct {
	DryRun         bool     `json:"dryRun"`
	AsOf           string   `json:"asOf"` // time of the last entry of its audit log
	Streamers      int64    `json:"streamers"`
	Keys           int64    `json:"keys"` // access keys of the backup that were alive in it
	KeysRevoked    int64    `json:"keysRevoked"`
	SessionsEnded  int64    `json:"sessionsEnded"`
	PurgedAgain    int64    `json:"purgedAgain"`
	AuditCarried   int64    `json:"auditCarried"`
	NowWasReadable bool     `json:"nowWasReadable"` // the registry that was replaced
	Aside          string   `json:"aside"`          // where that lies now, below the data directory
	CameSince      []string `json:"cameSince"`      // streamers who were made since, kept as the registry of now has them
	RestoredSince  []string `json:"restoredSince"`  // streamers whose data were restored since, kept as they are
	TakenIn        []string `json:"takenIn"`        // streamers of whom there was a file only
	NotTakenIn     []string `json:"notTakenIn"`     // files that nobody could be made of, and why
	Missing        []string `json:"missing"`        // streamers in service whose file is not there
	Warnings       []string `json:"warnings"`
}

func (a *app) restoreRegistry(ctx context.Context, o registryRestore) error {
	choice := registry.KeyChoice(o.keys)
	if choice != registry.KeysAsNow && choice != registry.KeysKeep && choice != registry.KeysRevoke {
		return wrongUse("backup restore", "--keys must be keep or revoke")
	}
	dir, err := filepath.Abs(a.data)
	if err != nil {
		return err
	}
	if !o.dryRun {
		if err := a.confirm(o.yes, "Replace the registry of "+dir+" by "+o.file+"?"); err != nil {
			return err
		}
	}
	var masterKey string
	if masterKey = a.masterKeyFile; masterKey == "" {
		masterKey = dir + ".key"
	}
	done, err := shard.RestoreRegistry(ctx, shard.RegistryRestore{Dir: dir, File: o.file, Keys: choice, DryRun: o.dryRun, Actor: "control",
		Options: shard.Options{MasterKeyFile: masterKey, Log: zerolog.Nop()}})
	if err != nil {
		return a.locked(registryRefused(o.file, err), ": the registry is put back while nobody serves it; stop the server and try again")
	}
	return a.tellRegistry(o.file, done)
}

// registryRefused gives what can go wrong a code.
func registryRefused(file string, err error) error {
	code := ""
	for _, one := range []struct {
		is   error
		code string
	}{
		{registry.ErrKeysUndecided, "keys_undecided"}, {registry.ErrMasterKey, "master_key"}, {registry.ErrAuditBroken, "audit_broken"},
		{migrations.ErrForeignFile, "backup_refused"}, {migrations.ErrDamaged, "backup_refused"}, {kept.ErrDamaged, "backup_refused"},
		{kept.ErrManifest, "backup_refused"}, {fs.ErrNotExist, "file_not_found"},
	} {
		if code == "" && errors.Is(err, one.is) {
			code = one.code
		}
	}
	switch code {
	case "":
		return err
	case "keys_undecided":
		return &refusal{Code: code, Detail: err.Error() + "; say --keys keep, or --keys revoke and issue new ones"}
	}
	return &refusal{Code: code, Detail: err.Error()}
}

func (a *app) tellRegistry(file string, done shard.RegistryRestored) error {
	r := registryRestored{DryRun: done.DryRun, AsOf: done.At.UTC().Format("2006-01-02T15:04:05.000Z"), Streamers: done.Streamers, Keys: done.Keys,
		KeysRevoked: done.Revoked, SessionsEnded: done.Sessions, PurgedAgain: done.Purged, AuditCarried: done.Carried,
		NowWasReadable: done.Readable, Aside: done.Aside, CameSince: listed(done.Came), RestoredSince: listed(done.Led), TakenIn: []string{}, NotTakenIn: []string{}, Missing: listed(done.Missing), Warnings: warnings(done)}
	again := []string{}
	for _, b := range done.Rebuilt {
		switch {
		case b.Err != nil:
			r.NotTakenIn = append(r.NotTakenIn, b.File+": "+b.Err.Error())
		case b.Again:
			r.RestoredSince, again = append(r.RestoredSince, b.Streamer.Username), append(again, b.Streamer.Username)
		default:
			r.TakenIn = append(r.TakenIn, b.Streamer.Username)
		}
	}
	lines := []string{fmt.Sprintf("The registry is that of %s: %s, %s, of which %s are revoked now.", minute(done.At),
		counted(r.Streamers, "streamer"), counted(r.Keys, "access key"), thousands(r.KeysRevoked))}
	if r.DryRun {
		lines[0] = "Dry run, nothing was changed. " + lines[0]
	}
	for _, name := range r.CameSince {
		lines = append(lines, "Made since, and kept as the registry of now has him: "+name+".")
	}
	for _, name := range append(listed(done.Led), again...) {
		lines = append(lines, "Restored since, and kept with the data of now: "+name+".")
	}
	for _, name := range r.TakenIn {
		lines = append(lines, "Taken in from his file: "+name+". He has no access keys; issue one with streamvault key create --streamer "+name+" --role owner.")
	}
	for _, text := range r.NotTakenIn {
		lines = append(lines, "Nobody could be made of "+text)
	}
	for _, name := range r.Missing {
		lines = append(lines, "The file of "+name+" is missing: restore him from a backup.")
	}
	if r.Aside != "" {
		lines = append(lines, "The registry from before lies in "+filepath.Join(a.data, r.Aside)+".")
	}
	return a.answer(r, append(lines, r.Warnings...)...)
}

// listed is a list that is never null.
func listed(all []string) []string { return append([]string{}, all...) }

// warnings are what nobody but a person can see to.
func warnings(done shard.RegistryRestored) []string {
	all := []string{}
	if !done.Readable {
		all = append(all, "Streamers who were purged after the backup was made, if any, have their wrapped keys again: purge them once more.",
			"Backups that were made since are not on record; their files and manifests are where they were.")
	}
	if done.ChainBroken {
		all = append(all, "The backup is no earlier state of the registry that was replaced: what that one's audit log had more is only in the copy kept aside.")
	}
	return all
}
