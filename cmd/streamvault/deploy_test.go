package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/api"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// scraped is /metrics of a server on which everything has happened that is counted.
func scraped(t *testing.T) string {
	t.Helper()
	store, err := shard.Open(t.Context(), filepath.Join(t.TempDir(), "data"), shard.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close(t.Context())) }()
	s, _, err := store.CreateStreamer(t.Context(), registry.NewStreamer{Username: "alice", Actor: "test"})
	require.NoError(t, err)
	_, err = store.Tenant(s.ID).AddPoints(t.Context(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
	require.NoError(t, err)
	b, err := store.CreateBackup(t.Context(), shard.BackupRequest{Streamer: s.ID, Actor: "test"})
	require.NoError(t, err)
	_, err = store.MarkProven(t.Context(), b.ID, "test")
	require.NoError(t, err)
	_, err = store.CreateJob(t.Context(), registry.NewJob{Kind: "test", Actor: "test", Members: []scope.StreamerID{s.ID}})
	require.NoError(t, err)
	handler := newAPI(store, api.Options{}).ControlHandler()
	for range 2 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		require.Equal(t, 200, w.Code)
		if strings.Contains(w.Body.String(), "streamvault_http_requests_total") { // from the second on
			return w.Body.String()
		}
	}
	t.Fatal("no request was counted")
	return ""
}

// named finds what looks like a metric in an expression.
var named = regexp.MustCompile(`\b(streamvault|go|process)_[a-z_]+`)

// Every metric that the dashboard shows and that an alert asks is one that a server has.
func TestDashboardAndAlertsAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	metrics := scraped(t)
	for name, body := range map[string]string{"grafana.json": expressions(t), "alerts.yml": read(t, "alerts.yml")} {
		found := named.FindAllString(body, -1)
		require.Greater(t, len(found), 15, name)
		for _, metric := range found {
			require.Regexp(t, `(?m)^`+metric+`[{ ]`, metrics, "%s asks for %s", name, metric)
		}
	}
	for line := range strings.Lines(metrics) {
		if help, ok := strings.CutPrefix(line, "# HELP streamvault_"); ok {
			_, text, _ := strings.Cut(help, " ")
			require.NotEmpty(t, strings.TrimSpace(text), line)
		}
	}
}

// expressions are what the dashboard asks.
func expressions(t *testing.T) string {
	t.Helper()
	var board struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, "grafana.json")), &board))
	var all []string
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	return strings.Join(all, "\n")
}

func read(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("deploy", name))
	require.NoError(t, err)
	return string(body)
}
