package api

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnOwnerSeesWhatConcernsHisChannelOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 5 {
		h.ask("POST", "/alice/api/keys", h.aliceKey, `{"role":"overlay"}`).ok(201, nil)
		h.ask("POST", "/bob/api/keys", h.bobKey, `{"role":"overlay"}`).ok(201, nil)
	}
	h.ask("POST", "/api/keys", h.adminKey, `{"role":"admin"}`).ok(201, nil)
	mine, sizes := pages[auditEntry](h, "/alice/api/audit", url.Values{"limit": {"3"}}, h.aliceKey)
	require.Greater(t, len(sizes), 1)
	require.GreaterOrEqual(t, len(mine), 6)
	for _, e := range mine {
		require.Equal(t, "alice", *e.Streamer)
	}
	his, _ := pages[auditEntry](h, "/alice/api/audit", url.Values{"streamer": {"bob"}}, h.aliceKey)
	require.Equal(t, mine, his, "he cannot ask for another's")
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask("POST", "/alice/api/keys", h.aliceKey, `{"role":"overlay"}`).ok(201, nil)
	h.askAt(h.control, "POST", "/api/streamers/bob/suspend", "", `{"reason":"unpaid"}`).ok(200, nil)
	owner, err := h.store.Authenticate(t.Context(), h.aliceKey)
	require.NoError(t, err)
	all, _ := pages[auditEntry](h, "/api/audit", nil, h.adminKey)
	for name, c := range map[string]struct {
		query url.Values
		want  func(auditEntry) bool
	}{
		"Actor":   {url.Values{"actor": {fmt.Sprint("key:", owner.ID)}}, func(e auditEntry) bool { return e.Actor == fmt.Sprint("key:", owner.ID) }},
		"Action":  {url.Values{"action": {"key.create"}}, func(e auditEntry) bool { return e.Action == "key.create" }},
		"Kind":    {url.Values{"action": {"key"}}, func(e auditEntry) bool { return e.Action[:4] == "key." }},
		"NoKind":  {url.Values{"action": {"ke"}}, func(auditEntry) bool { return false }},
		"Until":   {url.Values{"until": {all[3].At.Format(time.RFC3339Nano)}}, func(e auditEntry) bool { return e.At.Before(all[3].At.Time) }},
		"Since":   {url.Values{"since": {all[3].At.Format(time.RFC3339Nano)}}, func(e auditEntry) bool { return !e.At.Before(all[3].At.Time) }},
		"Nothing": {url.Values{}, func(auditEntry) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			want := []auditEntry{}
			for _, e := range all {
				if c.want(e) {
					want = append(want, e)
				}
			}
			c.query.Set("limit", "2")
			got, _ := pages[auditEntry](h, "/api/audit", c.query, h.adminKey)
			require.Equal(t, want, append([]auditEntry{}, got...))
			c.query.Del("cursor")
			c.query.Set("order", "newest")
			back, _ := pages[auditEntry](h, "/api/audit", c.query, h.adminKey)
			require.Len(t, back, len(want))
			for i, e := range back {
				require.Equal(t, want[len(want)-1-i], e)
			}
		})
	}
	h.ask("GET", "/api/audit?order=random", h.adminKey, "").problem(400, "invalid_request")
	h.ask("GET", "/api/audit?until=never", h.adminKey, "").problem(400, "invalid_request")
	var v auditVerdict
	h.ask("GET", "/api/audit/verify", h.adminKey, "").ok(200, &v)
	require.Equal(t, auditVerdict{OK: true, Rows: int64(len(all))}, v)
}
