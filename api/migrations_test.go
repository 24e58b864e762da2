package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

// lastLine is the end of a stream.
func (r reply) lastLine(t testing.TB, out any) {
	t.Helper()
	all := strings.Split(strings.TrimSpace(r.body), "\n")
	require.NoError(t, json.Unmarshal([]byte(all[len(all)-1]), out), r.body)
}

func TestTheFleetIsMovedOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var status struct {
		Target, Required, Newest int
		Shards                   map[string]int64
		Versions                 map[string]int64
	}
	h.ask("GET", "/api/migrations/status", h.adminKey, "").ok(200, &status)
	require.Equal(t, map[string]int64{"total": 2, "current": 2, "behind": 0, "ahead": 0, "failed": 0, "quarantined": 0, "held": 0}, status.Shards)
	require.Equal(t, map[string]int64{"2": 2}, status.Versions)

	begin := func(path, body string) (j Job) {
		h.ask("POST", path, h.adminKey, body).ok(202, &j)
		var end struct{ Result Job }
		h.ask("GET", fmt.Sprintf("/api/migrations/%d", j.ID), h.adminKey, "").ok(200, nil).lastLine(t, &end)
		return end.Result
	}
	down := begin("/api/migrations", `{"action":"up","to":1,"down":true}`)
	require.Equal(t, [2]any{registry.JobDone, int64(2)}, [2]any{down.State, down.Done})
	plan := begin("/api/migrations", `{"action":"plan"}`)
	require.Equal(t, [4]any{"plan", registry.JobDone, int64(2), int64(2)}, [4]any{plan.Kind, plan.State, plan.Total, plan.Done})
	up := begin("/api/migrations", `{"action":"up","canary":1,"workers":1,"maxFailures":0}`)
	require.Equal(t, [4]any{"migrate", registry.JobDone, int64(2), int64(2)}, [4]any{up.Kind, up.State, up.Total, up.Done})

	var rows struct{ Items []map[string]any }
	h.ask("GET", fmt.Sprintf("/api/migrations/%d/shards", up.ID), h.adminKey, "").ok(200, &rows)
	require.Len(t, rows.Items, 2)
	require.Subset(t, rows.Items[0], map[string]any{"id": 1., "streamer": "alice", "state": "done", "from": 1., "to": 2., "error": nil, "drift": []any{}})
	h.ask("GET", fmt.Sprintf("/api/migrations/%d/shards?state=failed", up.ID), h.adminKey, "").ok(200, &rows)
	require.Empty(t, rows.Items)

	var none Job
	h.ask("POST", "/api/migrations", h.adminKey, `{"action":"up"}`).ok(202, &none)
	require.Zero(t, none.ID, "there is nothing to do")
	h.ask("POST", "/api/migrations", h.adminKey, `{"action":"up","to":1}`).problem(409, "version_mismatch")
	h.ask("POST", "/api/migrations", h.adminKey, `{"action":"up","to":9}`).problem(400, "invalid_request")
	h.ask("POST", "/api/migrations", h.adminKey, `{"action":"up","only":"nobody"}`).problem(404, "streamer_not_found")
	h.ask("POST", fmt.Sprintf("/api/migrations/%d/resume", up.ID), h.adminKey, "").problem(409, "conflict")
	h.ask("POST", fmt.Sprintf("/api/migrations/%d/halt", up.ID), h.adminKey, "").problem(409, "conflict")
	h.ask("POST", fmt.Sprintf("/api/migrations/%d/rollback", plan.ID), h.adminKey, "").problem(409, "conflict")
	h.ask("POST", "/api/migrations/99/rollback", h.adminKey, "").problem(404, "job_not_found")

	back := begin(fmt.Sprintf("/api/migrations/%d/rollback", up.ID), "")
	require.Equal(t, [3]any{"rollback", registry.JobDone, int64(2)}, [3]any{back.Kind, back.State, back.Done})
	var list struct{ Items []Job }
	h.ask("GET", "/api/migrations", h.adminKey, "").ok(200, &list)
	require.Len(t, list.Items, 4)
	h.ask("GET", "/api/migrations/status", h.adminKey, "").ok(200, &status)
	require.Equal(t, 1, status.Target)
}
