package shard

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"streamvault/migrations"
	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// Clone asks for a new streamer with another's data.
type Clone struct {
	Source      scope.StreamerID
	Username    string
	DisplayName string // "" is Username
	Actor       string // for the audit log
}

// CloneStreamer makes a streamer of another one's data, as it is at one moment while he is
// served, and returns the new owner's key, this once. Ids are the clone's own, also in the
// addresses of pictures. What is personal stays behind: keys, sessions, codes, provider tokens, secret
// settings, idempotency keys, ids of webhooks and the Kick id; the limits do too. A failure or
// a crash anywhere leaves no streamer. It returns a registry.TakenError when the name is
// taken, and an ErrQuarantined when the source's file is not sound.
func (s *Store) CloneStreamer(ctx context.Context, c Clone) (made *registry.Streamer, ownerKey string, err error) {
	made, ownerKey, err = s.clone(ctx, c)
	if err != nil {
		return nil, "", fmt.Errorf("clone streamer %d: %w", c.Source, orFull(err))
	}
	return made, ownerKey, nil
}

func (s *Store) clone(ctx context.Context, c Clone) (made *registry.Streamer, ownerKey string, err error) {
	source, err := s.Streamer(ctx, c.Source)
	if err != nil {
		return nil, "", err
	}
	if source.Gone() {
		return nil, "", &registry.StateError{Username: source.Username, State: source.State}
	}
	if err := s.Room(); err != nil {
		return nil, "", err
	}
	room, err := s.tmpRoom("clone-")
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	n := registry.NewStreamer{Username: c.Username, DisplayName: c.DisplayName, AvatarURL: source.AvatarURL, Actor: c.Actor}
	return s.settle(ctx, n, func(who migrations.Identity, channel string) (newFile, error) {
		from := filepath.Join(room, "copy.db")
		w := &restore.Work{From: from, Path: filepath.Join(room, "new.db"), Drop: restore.Personal, Secret: tenant.SecretWords(),
			Identity: who, Channel: channel, Version: s.FleetTarget(), Now: s.o.Now()}
		o, err := s.cloneFile(ctx, source, w)
		return newFile{w.Path, o.Built.Version, registry.Entry{Actor: c.Actor, Action: "streamer.clone", Detail: map[string]any{
			"from": source.Username, "fromId": source.ID, "commitSeq": o.Facts.CommitSeq, "rows": o.Built.Content.Rows(),
			"digest": o.Built.Content.Digest(restore.Personal...)}}}, err
	})
}

// cloneFile copies the source's file and has a child build another of the copy.
func (s *Store) cloneFile(ctx context.Context, source *registry.Streamer, w *restore.Work) (o fileOutcome, err error) {
	if err := s.copyShard(ctx, source.ID, w.From); err != nil {
		return o, err
	}
	want := restore.Expected{Streamer: int64(source.ID), UUID: source.ShardUUID}
	o, err = s.lookInChild(ctx, fileWork{Path: w.From, Want: want, Build: w})
	if errors.Is(err, restore.ErrRefused) {
		err = fmt.Errorf("%w: %w", ErrQuarantined, err) // it is our own file that is not sound
	}
	if err != nil {
		return o, err
	}
	return o, s.checkBuilt(ctx, w.Path, w.Identity)
}
