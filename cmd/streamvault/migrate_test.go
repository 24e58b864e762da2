package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/registry"
	"streamvault/shard"
)

// A newer program takes copies from whoever owns the directory and rehearses by itself.
func TestANewerProgramRehearsesOnCopies(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s, err := shard.Open(t.Context(), dir, shard.Options{FleetVersion: 1})
	require.NoError(t, err)
	for i := range 3 {
		_, _, err := s.CreateStreamer(t.Context(), registry.NewStreamer{Username: fmt.Sprintf("s%d", i+1)})
		require.NoError(t, err)
	}
	_, err = s.SetState(t.Context(), 2, []registry.State{registry.Active}, registry.Quarantined, "I/O error: no", "test")
	require.NoError(t, err)
	require.NoError(t, s.Close(t.Context()))

	var stdout, stderr bytes.Buffer
	a := &app{data: dir, json: true, stdout: &stdout, stderr: &stderr, env: func(string) (string, bool) { return "", false }}
	require.NoError(t, a.ask(t.Context(), func(c *client) error {
		p, err := a.planHere(context.Background(), c, newMigration{})
		require.NoError(t, err)
		var told *ended
		require.ErrorAs(t, a.printPlan(p), &told)
		require.Equal(t, exitPartly, told.exit)
		return nil
	}))
	var d struct {
		Kind, State                string
		Total, Done, Failed, Moves int64
		Failures                   []shardRow
		Drift                      []shardRow
	}
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &d), stdout.String())
	require.Equal(t, [5]any{"plan", "failed", int64(3), int64(2), int64(2)}, [5]any{d.Kind, d.State, d.Total, d.Done, d.Moves})
	require.Len(t, d.Failures, 1)
	require.Contains(t, *d.Failures[0].Error, "quarantined")
	require.Empty(t, d.Drift)
}

func TestAnOlderServerIsNotToldToMigrateToWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	mine := migrations.Tenant().Newest()
	for name, c := range map[string]struct {
		newest, to int
		refused    bool
	}{
		"AsNew":            {mine, 0, false},
		"NewerServer":      {mine + 1, 0, false},
		"OlderServer":      {mine - 1, 0, true},
		"OlderServerKnows": {mine - 1, mine - 1, false},
		"ToTheNewest":      {mine - 1, mine, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkVersions(fleetVersions{Newest: c.newest}, c.to)
			require.Equal(t, c.refused, err != nil, "%v", err)
		})
	}
}
