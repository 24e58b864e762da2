package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

func TestJobsAreListedShownAndCancelled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	begin := func(kind string) int64 {
		j, err := h.store.CreateJob(context.Background(), registry.NewJob{Kind: kind, Actor: "key:1", Members: []scope.StreamerID{h.alice.ID, h.bob.ID}})
		require.NoError(t, err)
		require.NoError(t, h.store.MarkItems(context.Background(), []registry.ItemChange{
			{Job: j.ID, Streamer: h.alice.ID, State: registry.ItemDone, Detail: map[string]int{"bytes": 7}},
			{Job: j.ID, Streamer: h.bob.ID, State: registry.ItemFailed}}))
		return j.ID
	}
	first, second := begin("backup"), begin("drill")
	_, err := h.store.EndJob(context.Background(), second, registry.JobHalted, map[string]int{"workers": 2}, "system")
	require.NoError(t, err)

	var list struct {
		Items []Job
		Next  *string
	}
	h.ask("GET", "/api/jobs?limit=1", h.adminKey, "").ok(200, &list)
	require.Equal(t, second, list.Items[0].ID)
	h.ask("GET", "/api/jobs?limit=1&cursor="+*list.Next, h.adminKey, "").ok(200, &list)
	require.Equal(t, first, list.Items[0].ID)
	require.Nil(t, list.Next)
	h.ask("GET", "/api/jobs?kind=drill", h.adminKey, "").ok(200, &list)
	require.Len(t, list.Items, 1)

	var j map[string]any
	h.ask("GET", fmt.Sprintf("/api/jobs/%d", first), h.adminKey, "").ok(200, &j)
	require.Subset(t, j, map[string]any{"kind": "backup", "state": "running", "total": 2., "done": 1., "failed": 1., "endedAt": nil, "actor": "key:1"})
	h.ask("GET", fmt.Sprintf("/api/jobs/%d", second), h.adminKey, "").ok(200, &j)
	require.NotNil(t, j["endedAt"])
	require.Equal(t, map[string]any{"workers": 2.}, j["detail"])

	var items struct {
		Items []map[string]any
	}
	h.ask("GET", fmt.Sprintf("/api/jobs/%d/items", first), h.adminKey, "").ok(200, &items)
	require.Len(t, items.Items, 2)
	require.Equal(t, map[string]any{"id": 1., "streamer": "alice", "state": "done", "detail": map[string]any{"bytes": 7.}}, items.Items[0])
	h.ask("GET", fmt.Sprintf("/api/jobs/%d/items?state=failed", first), h.adminKey, "").ok(200, &items)
	require.Equal(t, "bob", items.Items[0]["streamer"])

	h.ask("POST", fmt.Sprintf("/api/jobs/%d/cancel", second), h.adminKey, "").ok(200, &j)
	require.Equal(t, "cancelled", j["state"])
	h.ask("POST", fmt.Sprintf("/api/jobs/%d/cancel", second), h.adminKey, "").problem(409, "conflict")
	h.ask("GET", "/api/jobs/99", h.adminKey, "").problem(404, "job_not_found")
	h.ask("GET", "/api/jobs/99/progress", h.adminKey, "").problem(404, "job_not_found")
	h.ask("GET", "/api/jobs/none", h.adminKey, "").problem(404, "not_found")

	r := h.ask("GET", fmt.Sprintf("/api/jobs/%d/progress", second), h.adminKey, "").ok(200, nil)
	var line struct{ Result Job }
	require.NoError(t, json.Unmarshal([]byte(r.body), &line))
	require.Equal(t, registry.JobCancelled, line.Result.State)
}

func TestAJobIsFollowedAsLines(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	goOn := make(chan struct{})
	run, err := h.store.StartJob(t.Context(), registry.NewJob{Kind: "try", Actor: "test"}, func(context.Context, *job.Run) error {
		<-goOn
		return nil
	})
	require.NoError(t, err)
	id := run.Job().ID
	resp, err := h.control.Client().Get(fmt.Sprintf("%s/api/jobs/%d/progress", h.control.URL, id))
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	require.True(t, lines.Scan())
	require.JSONEq(t, fmt.Sprintf(`{"progress":{"job":%d,"step":"","unit":"items","done":0,"failed":0,"total":0}}`, id), lines.Text())
	close(goOn)
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	require.Contains(t, last, `"state":"done"`)
}

// The registry is an item of a backup of all, and its id of 0 is one that the document allows.
func TestTheRegistryIsAnItem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j, err := h.store.CreateJob(t.Context(), registry.NewJob{Kind: "backup", Actor: "key:1", Members: []scope.StreamerID{0, h.alice.ID}})
	require.NoError(t, err)
	var items Page[jobItem]
	got := h.ask("GET", fmt.Sprintf("/api/jobs/%d/items?limit=1", j.ID), h.adminKey, "").ok(200, &items)
	d := h.document()
	for _, r := range h.server.Routes() {
		if r.Path == "/api/jobs/{id}/items" {
			d.conforms(r, got)
			require.NoError(t, d.holds(*items.Next, "paths", r.Path, "get", "parameters", "2", "schema"))
		}
	}
	h.ask("GET", fmt.Sprintf("/api/jobs/%d/items?limit=1&cursor=%s", j.ID, *items.Next), h.adminKey, "").ok(200, &items)
	require.Equal(t, h.alice.ID, items.Items[0].ID)
}
