package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard/gate"
)

// Verification is an import looked at again: what the source gives today against what the
// streamer has.
type Verification struct {
	Run        string `json:"run"`
	Streamer   string `json:"streamer"` // username
	StreamerID int64  `json:"streamerId"`
	OK         bool   `json:"ok"` // nothing is different that use does not explain
	legacy.Comparison
}

// VerifyImport imports the kept source of a run once more, beside everything, and compares
// each row with the streamer's of this moment. from is the source itself where the kept one
// is lost, or "". The streamer is served meanwhile.
func (s *Store) VerifyImport(ctx context.Context, run, from string, progress func(legacy.Progress)) (_ Verification, err error) {
	i, err := s.ImportByRun(ctx, run)
	if err != nil {
		return Verification{}, err
	}
	if i.RolledBack != nil {
		return Verification{}, fmt.Errorf("verify import %s: %w: it was rolled back", run, registry.ErrWrongState)
	}
	done, err := s.takeTurn(ctx)
	if err != nil {
		return Verification{}, fmt.Errorf("verify import %s: %w", run, err)
	}
	defer done()
	v := Verification{Run: run, Streamer: i.Username, StreamerID: int64(i.Streamer)}
	dir, err := s.importRoom()
	if err != nil {
		return v, fmt.Errorf("verify import %s: %w", run, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // it holds the old tokens in clear
	source, err := s.sourceAgain(ctx, i, from, dir)
	if err != nil {
		return v, fmt.Errorf("verify import %s: %w", run, err)
	}
	if v.Comparison, err = s.compare(ctx, i, source, dir, progress); err != nil {
		return v, fmt.Errorf("verify import %s: %w", run, err)
	}
	v.OK = v.Comparison.OK()
	return v, nil
}

// sourceAgain takes the source of an import once more, and makes sure that it is the one.
func (s *Store) sourceAgain(ctx context.Context, i registry.Import, from, dir string) (*legacy.Copy, error) {
	for _, room := range []string{"kept", "source"} {
		if err := os.Mkdir(filepath.Join(dir, room), 0o700); err != nil {
			return nil, err
		}
	}
	if from == "" {
		from = filepath.Join(dir, "kept")
		names, err := s.unseal(ctx, i, from)
		if err != nil {
			return nil, err
		}
		if names[0] == keptDatabase {
			from = filepath.Join(from, keptDatabase)
		}
	} else if err := s.checkOutside(from); err != nil {
		return nil, err
	}
	source, err := legacy.Take(ctx, from, filepath.Join(dir, "source"))
	if err != nil {
		return nil, err
	}
	if source.SHA256 != i.SourceSHA256 {
		return nil, &legacy.RefusedError{From: from, Why: "is not the source that was imported then"}
	}
	return source, nil
}

// keptDatabase is how a kept source names its database; other names are those of old files
// of JSON.
const keptDatabase = "old.db"

// compare has a child build the source anew and hold it against a copy of the streamer's
// file.
func (s *Store) compare(ctx context.Context, i registry.Import, source *legacy.Copy, dir string, progress func(legacy.Progress)) (legacy.Comparison, error) {
	now := filepath.Join(dir, "now.db")
	if err := s.copyShard(ctx, i.Streamer, now); err != nil {
		return legacy.Comparison{}, err
	}
	streamer, err := s.Streamer(ctx, i.Streamer)
	if err != nil {
		return legacy.Comparison{}, err
	}
	w := legacyWork{Source: source, Now: now, Target: legacy.Target{
		Path: filepath.Join(dir, "new.db"), Identity: s.Identity(streamer), Now: i.At}}
	w.Target.Seal = func(string, string, []byte) ([]byte, error) { return []byte("sealed"), nil } // and thrown away
	outcome, err := inChild(ctx, "legacy.compare", dir, w, progress)
	if err != nil {
		return legacy.Comparison{}, err
	}
	_, err = outcome.Unpack()
	return outcome.Comparison, err
}

// compareLegacy is the task of the child.
func compareLegacy(ctx context.Context, request json.RawMessage, parent *gate.Parent) (any, error) {
	var w legacyWork
	if err := json.Unmarshal(request, &w); err != nil {
		return nil, err
	}
	outcome, err := buildIn(ctx, w, parent)
	if err != nil || outcome.Failed() {
		return outcome, err
	}
	outcome.Comparison, err = legacy.Compare(ctx, w.Target.Path, w.Now, w.Target.Now.UnixMilli())
	return outcome, err
}
