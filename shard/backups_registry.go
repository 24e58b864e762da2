package shard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"streamvault/migrations/restore"
	"streamvault/registry"
	"streamvault/shard/backup"
)

// registryName stands where a backup of a streamer has his name. No channel can be called so.
const registryName = "(registry)"

// BackupRegistry keeps a copy of the registry as it is at one moment, as of a streamer's file:
// with the same form, target and record. It holds the streamers' data keys as the registry
// does, wrapped by the master key, and of access keys the hashes only. Encrypted, it is sealed under a
// key that is derived from the master key.
func (s *Store) BackupRegistry(ctx context.Context, compress, encrypt bool, actor string) (made registry.Backup, err error) {
	if err := s.Room(); err != nil {
		return made, fmt.Errorf("back the registry up: %w", err)
	}
	room, err := s.tmpRoom("backup-")
	if err != nil {
		return made, fmt.Errorf("back the registry up: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	m := backup.Manifest{Program: programVersion(), CreatedAt: s.o.Now().UTC(), Streamer: registryName, Packed: compress, Sealed: encrypt}
	encoded, err := s.encodeRegistry(ctx, room, &m)
	if err == nil {
		made, err = s.keepBackup(ctx, room, encoded, m, actor)
	}
	if err != nil {
		return registry.Backup{}, fmt.Errorf("back the registry up: %w", orFull(err))
	}
	return made, nil
}

// encodeRegistry copies the registry, looks at the copy, and writes it as it is kept.
func (s *Store) encodeRegistry(ctx context.Context, room string, m *backup.Manifest) (string, error) {
	plain, encoded := filepath.Join(room, "copy.db"), filepath.Join(room, "encoded")
	if err := s.CopyTo(ctx, plain); err != nil {
		return "", err
	}
	facts, err := s.ExamineCopy(ctx, plain)
	if err != nil {
		return "", err
	}
	describeRegistry(m, facts)
	var key []byte
	if m.Sealed {
		if key, err = s.CopyKey(); err != nil {
			return "", err
		}
	}
	if err := backup.Encode(ctx, plain, encoded, m, key); err != nil {
		return "", err
	}
	if !m.Packed && !m.Sealed {
		encoded = plain
	}
	return encoded, nil
}

// describeRegistry is a manifest's part about a registry. What counts its changes is its audit log.
func describeRegistry(m *backup.Manifest, f registry.CopyFacts) {
	m.SchemaVersion, m.CommitSeq, m.Digest = f.Version, f.Audited, f.Digest
	m.Tables = map[string]restore.Table{}
	for name, rows := range f.Rows {
		m.Tables[name] = restore.Table{Rows: rows}
	}
}

// proveRegistry reads a backup of the registry back and looks at all of it, as a restore of it
// does first.
func (s *Store) proveRegistry(ctx context.Context, row registry.Backup) (err error) {
	room, err := s.tmpRoom("drill-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	m, err := backup.DecodeManifest(row.Manifest)
	if err != nil {
		return err
	}
	m.SHA256, m.Bytes = row.SHA256, row.Bytes
	t, err := s.target(row.Target)
	if err != nil {
		return err
	}
	from, err := t.Get(ctx, row.File)
	if err != nil {
		return err
	}
	path := filepath.Join(room, "plain.db")
	if err := errors.Join(s.decodeRegistry(ctx, from, &m, path), from.Close()); err != nil {
		return err
	}
	facts, err := s.ExamineCopy(ctx, path)
	if err == nil && (facts.Digest != row.Digest || facts.Audited != row.CommitSeq) {
		err = fmt.Errorf("%w: its rows are not those that were kept", backup.ErrDamaged)
	}
	return err
}

func (s *Store) decodeRegistry(ctx context.Context, from io.Reader, m *backup.Manifest, path string) (err error) {
	if err := s.disk.roomFor(m.PlainBytes); err != nil {
		return err
	}
	var key []byte
	if m.Sealed {
		if key, err = s.CopyKey(); err != nil {
			return err
		}
	}
	return backup.Decode(ctx, from, m, key, path)
}
