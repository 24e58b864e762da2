package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
)

// scrape reads the metrics by name and labels, as they are written.
func (h *house) scrape() map[string]float64 {
	h.Helper()
	r := h.ask("GET", "/metrics", h.adminKey, "")
	require.Equal(h, 200, r.status, r.body)
	require.Equal(h, "text/plain; version=0.0.4; charset=utf-8", r.header.Get("Content-Type"))
	all := map[string]float64{}
	for line := range strings.Lines(r.body) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64)
		require.NoError(h, err, line)
		all[line[:at]] = v
	}
	return all
}

func TestMetricsCountWhatHappens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.scrape()
	h.give(h.alice, "viewer", 1)
	h.get("/alice/api/leaderboard").ok(200, nil)
	h.get("/alice/api/leaderboard").ok(200, nil)
	h.get("/nobody/api/leaderboard").problem(404, "not_found")
	h.get("/no/such/thing")
	h.ask("POST", "/alice/api/users", h.aliceKey, `}`).problem(400, "invalid_request")
	h.setState(h.bob, registry.Suspended, "unpaid")
	after := h.scrape()
	for name, more := range map[string]float64{
		`streamvault_commit_seconds_count`:                                                                   1,
		`streamvault_commit_batch_operations_count`:                                                          1,
		`streamvault_commit_batch_operations_sum`:                                                            1,
		`streamvault_commit_batch_operations_bucket{le="1"}`:                                                 1,
		`streamvault_pool_opens_total`:                                                                       1,
		`streamvault_pool_misses_total`:                                                                      1,
		`streamvault_http_requests_total{class="2xx",method="GET",route="/{channel}/api/leaderboard"}`:       2,
		`streamvault_http_requests_total{class="4xx",method="GET",route="/{channel}/api/leaderboard"}`:       1,
		`streamvault_http_request_seconds_count{method="GET",route="/{channel}/api/leaderboard"}`:            3,
		`streamvault_http_request_seconds_bucket{method="GET",route="/{channel}/api/leaderboard",le="+Inf"}`: 3,
		`streamvault_http_requests_total{class="4xx",method="POST",route="/{channel}/api/users"}`:            1,
		`streamvault_http_requests_total{class="4xx",method="none",route="none"}`:                            1,
		`streamvault_http_requests_total{class="2xx",method="GET",route="/metrics"}`:                         1,
		`streamvault_streamers{state="active"}`:                                                              -1,
		`streamvault_streamers{state="suspended"}`:                                                           1,
		`streamvault_quarantines_total{cause="io_error"}`:                                                    0,
		`streamvault_pool_hits_total`:                                                                        2,
		`streamvault_writes_refused`:                                                                         0,
		`streamvault_live_hubs`:                                                                              0,
	} {
		require.Contains(t, after, name)
		require.InDelta(t, more, after[name]-before[name], 0, name)
	}
	require.EqualValues(t, 1, after[`streamvault_pool_open`])
	require.EqualValues(t, 2, after[`streamvault_streamers_without_backup`])
	require.Positive(t, after[`streamvault_wal_bytes`])
	require.Positive(t, after[`go_goroutines`])
	require.Positive(t, after[`process_open_fds`])
	require.NotContains(t, after, `streamvault_backup_newest_age_seconds`, "there is none")
}

// Nothing of a single streamer or viewer is told, whatever they are called.
func TestMetricsNameNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 1)
	h.get("/alice/api/stats/viewer").ok(200, nil)
	h.get("/alice/api/stats/viewer%22%7D?key=" + h.overlayKey)
	h.ask("GET", "/bob/api/users", h.bobKey, "").ok(200, nil)
	h.ask("BREW", "/alice/api/users", "", "")
	body := h.ask("GET", "/metrics", h.adminKey, "").body
	for _, secret := range []string{"alice", "bob", `"viewer`, "viewer\"", "sv_", "BREW", h.store.Dir()} {
		require.NotContains(t, body, secret)
	}
	labels := regexp.MustCompile(`streamvault_\w+\{([^}]*\}?[^}]*)\}`)
	require.NotEmpty(t, labels.FindAllString(body, -1))
}

// TestMetricsAreForThisMachineAndForAdmins: on loopback nobody is asked for a key, unless the
// request may have come from elsewhere.
func TestMetricsAreForThisMachineAndForAdmins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, c := range map[string]struct {
		from, header, value, key string
		trusted                  string
		want                     int
	}{
		"Loopback":        {from: "127.0.0.1:999", want: 200},
		"Loopback6":       {from: "[::1]:999", want: 200},
		"Mapped":          {from: "[::ffff:127.0.0.1]:999", want: 200},
		"World":           {from: "192.0.2.1:999", want: 401},
		"Network":         {from: "10.0.0.1:999", want: 401},
		"NoAddress":       {from: "@", want: 401},
		"WorldAdmin":      {from: "192.0.2.1:999", key: h.adminKey, want: 200},
		"WorldOwner":      {from: "192.0.2.1:999", key: h.aliceKey, want: 404},
		"LoopbackBadKey":  {from: "127.0.0.1:999", key: "sv_admin_none", want: 401},
		"LoopbackOwner":   {from: "127.0.0.1:999", key: h.aliceKey, want: 404},
		"ForwardedFor":    {from: "127.0.0.1:999", header: "X-Forwarded-For", value: "127.0.0.1", want: 401},
		"ForwardedEmpty":  {from: "127.0.0.1:999", header: "X-Forwarded-For", value: "", want: 401},
		"Forwarded":       {from: "127.0.0.1:999", header: "Forwarded", value: "for=192.0.2.1", want: 401},
		"RealIP":          {from: "127.0.0.1:999", header: "X-Real-IP", value: "192.0.2.1", want: 401},
		"Via":             {from: "127.0.0.1:999", header: "Via", value: "1.1 x", want: 401},
		"TrustedProxy":    {from: "127.0.0.1:999", trusted: "127.0.0.0/8", want: 401},
		"TrustedSaysSo":   {from: "127.0.0.1:999", trusted: "127.0.0.0/8", header: "X-Forwarded-For", value: "127.0.0.1", want: 401},
		"ProxyOfNetwork":  {from: "10.0.0.1:999", trusted: "10.0.0.0/8", header: "X-Forwarded-For", value: "127.0.0.1", want: 401},
		"TrustedButAdmin": {from: "127.0.0.1:999", trusted: "127.0.0.0/8", key: h.adminKey, want: 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l Limits
			if c.trusted != "" {
				l.Trusted = []netip.Prefix{netip.MustParsePrefix(c.trusted)}
			}
			r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			r.RemoteAddr = c.from
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			if c.key != "" {
				r.Header.Set("Authorization", "Bearer "+c.key)
			}
			w := httptest.NewRecorder()
			New(h.store, Options{Limits: l}).Handler().ServeHTTP(w, r)
			require.Equal(t, c.want, w.Code, w.Body.String())
			require.Equal(t, c.want == 200, strings.Contains(w.Body.String(), "streamvault_pool_hits_total"))
		})
	}
	h.askAt(h.control, "GET", "/metrics", "", "").require200()
	h.get("/api/pool").problem(401, "unauthorized") // no other route is opened by it
}

func (r reply) require200() { r.Helper(); require.Equal(r, 200, r.status, r.body) }

func TestThePoolShowsTheBusiest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 5 {
		h.give(h.bob, "viewer", 1)
	}
	h.give(h.alice, "viewer", 1)
	h.get("/alice/api/leaderboard").ok(200, nil)
	var p poolFigures
	h.ask("GET", "/api/pool", h.adminKey, "").ok(200, &p)
	require.Len(t, p.Top, 2)
	require.Equal(t, "bob", p.Top[0].Streamer)
	require.EqualValues(t, 5, p.Top[0].Writes)
	require.EqualValues(t, 1, p.Top[1].Writes)
	require.EqualValues(t, 1, p.Top[1].Reads)
	require.Positive(t, p.Top[0].WALBytes)
	require.Positive(t, p.Top[0].Bytes)
	require.Zero(t, p.Top[0].Leases)
}

// Changes wait for a backup until one holds them.
func TestMetricsSayHowLongChangesWaitForABackup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "viewer", 1)
	require.Positive(t, h.scrape()[`streamvault_unsaved_age_seconds`])
	for _, s := range []*registry.Streamer{h.alice, h.bob} {
		_, err := h.store.CreateBackup(t.Context(), shard.BackupRequest{Streamer: s.ID, Actor: "test"})
		require.NoError(t, err)
	}
	after := h.scrape()
	require.Zero(t, after[`streamvault_unsaved_age_seconds`])
	require.Zero(t, after[`streamvault_streamers_without_backup`])
	require.Contains(t, after, `streamvault_backup_newest_age_seconds`)
	require.Contains(t, after, `streamvault_backup_oldest_newest_age_seconds`)
	require.EqualValues(t, 2, after[`streamvault_backups`])
	h.give(h.alice, "viewer", 1)
	require.NoError(t, h.store.NoteCommitMarks(t.Context(), map[scope.StreamerID]int64{h.alice.ID: 99}))
	require.Positive(t, h.scrape()[`streamvault_unsaved_age_seconds`])
}
