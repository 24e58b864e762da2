package legacy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/api"
	"streamvault/test/fixtures"
)

// contractCase is a case of the old app's contract: requests in order, and what it answered.
type contractCase struct {
	Steps []struct {
		Request struct {
			Method, Path string
			Body         json.RawMessage
		}
		Response struct {
			Status int
			JSON   json.RawMessage `json:"json"`
		}
	}
}

// replayed are the cases whose answers are still the same, with the steps that differ and why.
var replayed = map[string]map[int]string{
	"get-leaderboard": {}, "get-tips": {}, "get-powerups": {}, "get-theme": {},
	"get-dropgame-config": {}, "get-overlay-settings": {}, "get-overlay-layout": {}, "get-events-last": {},
	"points-summary": {}, "points-transactions": {}, "powerups-user": {}, "profile-get": {},
	"admin-settings-get": {}, "admin-powerups-get": {}, "admin-users-get": {}, "admin-layout": {}, "admin-theme": {},
	"stats": {
		3: "names in a path are percent-decoded now, so Jürgen is found",
		4: "an address that is not there",
	},
	"buy-ok": {}, "score-ok": {}, "profile-post": {}, "profile-post-empty": {}, "profile-post-new-user": {},
	"profile-post-clear-empty-string": {}, "profile-post-null": {},
	"admin-settings-put": {}, "admin-powerup-disable": {1: "a disabled one was on sale until a restart", 2: "and could be bought"},
	"admin-user-put": {}, "admin-user-delete": {1: "removing what is gone was a success", 2: "removing what never was, too"},
	"admin-dropgame":    {2: "half a configuration broke the game", 3: "what the state of a running game was is not data"},
	"admin-powerup-put": {2: "a new price counted after a restart only", 3: "a new price counted after a restart only"},
}

// elsewhere says why the other cases are not replayed, by the beginning of their names.
var elsewhere = map[string]string{
	"admin-401": "keys are the new ones: see the matrix of api", "admin-login": "keys are the new ones", "admin-logout": "keys are the new ones",
	"admin-verify": "keys are the new ones", "auth-url": "signing in at Kick comes later", "callback": "signing in at Kick comes later",
	"webhook": "messages are signed now: see kick_recorded_test of api", "chat": "the chat log is no data", "get-chat": "the chat log is no data",
	"get-tts": "speech is no data", "tts": "speech is no data", "get-voices": "speech is no data",
	"get-dropgame-events": "the running game is no data", "get-dropgame-powerups": "the running game is no data",
	"get-dropgame-queue": "the running game is no data", "get-dropgame-state": "the running game is no data",
	"get-dropgame-waiting": "the running game is no data", "landed": "the running game is no data",
	"get-goals": "read counters in memory; goals are read from the database now", "get-commands": "the commands are our own",
	"admin-stream-status": "is api/status now", "session-validate": "is api/session now", "verify": "codes are hashed, single and short-lived: see sign_in_test of api",
	"upload": "pictures lie in the streamer's file: see sign_in_test of api", "restart": "seeding happens once",
	"admin-settings-invalid": "broken JSON is refused", "documented-but-missing": "was never there", "not-found": "errors are problem+json",
	"buy-": "refusals are problem+json, and nobody buys for free: see shown_test of api", "profile-post-types": "wrong types are refused",
	"profile-post-bad-json": "errors are problem+json", "profile-put-method": "errors are problem+json",
	"profile-post-percent-name": "names in a path are percent-decoded now",
	"score-":                    "bad scores are refused: see shown_test of api", "admin-user-put-errors": "wrong values are refused",
	"admin-dropgame-bad-json": "errors are problem+json", "admin-layout-bad-json": "errors are problem+json", "admin-theme-bad-json": "errors are problem+json",
	"admin-powerup-put-errors": "wrong values are refused", "admin-settings-put-errors": "wrong values are refused",
}

func TestTheOldAppsContract(t *testing.T) {
	t.Parallel()
	for _, name := range fixtures.Names(t, "contract/cases/*.json") {
		id := strings.TrimSuffix(path.Base(name), ".json")
		except, ok := replayed[id]
		if !ok {
			require.NotEmpty(t, why(id), "%s is neither replayed nor accounted for", id)
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var c contractCase
			fixtures.JSON(t, name, &c)
			replay(t, c, except)
		})
	}
}

func why(id string) string {
	for prefix, reason := range elsewhere {
		if strings.HasPrefix(id, prefix) {
			return reason
		}
	}
	return ""
}

func replay(t *testing.T, c contractCase, except map[int]string) {
	s := store(t)
	report, key, err := s.ImportLegacy(t.Context(), request(fixtures.Copy(t, "contract/start.db")), nil)
	require.NoError(t, err)
	for table, count := range report.Tables {
		require.Zero(t, count.Repaired+count.Rejected, "%s is ordinary", table)
	}
	server := httptest.NewServer(api.New(s, api.Options{}).Handler())
	defer server.Close()
	same := 0
	for i, step := range c.Steps {
		req, err := http.NewRequestWithContext(t.Context(), step.Request.Method,
			server.URL+"/codingbutter"+renumbered(step.Request.Path, report.StreamerID<<32), bytes.NewReader(step.Request.Body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+key)
		resp, err := server.Client().Do(req)
		require.NoError(t, err)
		var got any
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&got))
		require.NoError(t, resp.Body.Close())
		if except[i] != "" {
			continue
		}
		require.Equal(t, step.Response.Status, resp.StatusCode, "step %d: %v", i, got)
		var want any
		require.NoError(t, json.Unmarshal(step.Response.JSON, &want))
		require.Equal(t, today(want, report.StreamerID<<32), today(got, 0), "step %d: %s", i, step.Request.Path)
		same++
	}
	require.Positive(t, same)
}

// renumbered is a path whose last part, if that is a number, is a viewer's old id.
func renumbered(old string, base int64) string {
	var id int64
	if _, err := fmt.Sscanf(path.Base(old), "%d", &id); err != nil || fmt.Sprint(id) != path.Base(old) {
		return old
	}
	return path.Dir(old) + "/" + fmt.Sprint(base+id)
}

var plainTime = regexp.MustCompile(`^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$`)

// today is an answer with the two general differences: ids above the streamer's base, and
// times in RFC 3339; those of the request itself are of another clock.
func today(v any, base int64) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if n, ok := value.(float64); ok && (key == "id" || key == "user_id") {
				value = n + float64(base)
			}
			if key == "updated_at" {
				value = "a time"
			}
			v[key] = today(value, base)
		}
	case []any:
		for i := range v {
			v[i] = today(v[i], base)
		}
	case string:
		return plainTime.ReplaceAllString(v, "${1}T${2}Z")
	}
	return v
}
