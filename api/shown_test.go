package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a new streamer shows is in the old app's shapes, in its order.
func TestWhatEverybodySees(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.Equal(t, `{"followers":{"current":0,"target":100},"subscribers":{"current":0,"target":50}}`, h.get("/alice/api/goals").ok(200, nil).body)
	r := h.get("/alice/api/powerups").ok(200, nil)
	require.Regexp(t, `^\{"boost":\{"id":"boost","name":"[^"]+","description":"[^"]+","cost":250,"emoji":"🚀","effect":"[^"]+"\},"powerdrop":`, r.body)
	require.Equal(t, 304, h.ask("GET", "/alice/api/powerups", "", "", "If-None-Match", r.header.Get("ETag")).status)
	var tips []string
	h.get("/alice/api/tips").ok(200, &tips)
	require.NotEmpty(t, tips)
	require.Contains(t, h.get("/alice/api/theme").ok(200, nil).body, `"brandColor"`)
	var cs []command
	h.get("/alice/api/commands").ok(200, &cs)
	require.NotEmpty(t, cs)
	require.Equal(t, `{}`, h.get("/alice/api/powerups/nobody").ok(200, nil).body)
}

func TestTheDropGamesBehaviour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	standard := h.get("/alice/api/dropgame/config").ok(200, nil).body
	require.Regexp(t, `^\{"platformWidthRatio":0.125,"avatarSize":60,.*"centerBonusPoints":100,"basePoints":10,"usernameFontSize":24,"physics":\{"explosionRadius":2000,`, standard)
	h.ask("PUT", "/alice/api/admin/dropgame", h.aliceKey, `{"game":{"gravity":9,"avatarSize":null},"physics":7,"more":{}}`).ok(200, nil)
	require.Equal(t, strings.Replace(standard, `"gravity":5`, `"gravity":9`, 1), h.get("/alice/api/dropgame/config").ok(200, nil).body,
		"what is missing or odd has its default")
	require.Equal(t, `{"game":{"gravity":9,"avatarSize":null},"physics":7,"more":{}}`, h.ask("GET", "/alice/api/admin/dropgame", h.aliceKey, "").body)
	for _, bad := range []string{`[]`, `"x"`, `7`, `null`, `{"a":1}{}`, `{"a":1,"a":2}`} {
		h.ask("PUT", "/alice/api/admin/dropgame", h.aliceKey, bad).problem(400, "invalid_request")
	}
	require.Equal(t, `{"success":true,"message":"Drop game state cleared"}`, h.ask("DELETE", "/alice/api/admin/dropgame", h.aliceKey, "").ok(200, nil).body)
	require.NotEqual(t, standard, h.get("/alice/api/dropgame/config").body, "what is set stays")
	h.ask("DELETE", "/alice/api/admin/settings/dropgame_config", h.aliceKey, "").ok(200, nil)
	require.Equal(t, standard, h.get("/alice/api/dropgame/config").body)
}

func TestBuyingAPowerup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "Ann", 600)
	ann := h.session(h.alice, "Ann")
	buy := func(key string, headers ...string) reply {
		return h.ask("POST", "/alice/api/powerups/Ann/buy", key, `{"powerupId":"tnt"}`, headers...)
	}
	require.Equal(t, `{"success":true,"balance":100,"quantity":1}`, buy(ann, "Idempotency-Key", "k").ok(200, nil).body)
	require.Equal(t, `{"success":true,"balance":100,"quantity":1}`, buy(ann, "Idempotency-Key", "k").ok(200, nil).body, "once")
	p := buy(ann).problem(409, "insufficient_points")
	require.Equal(t, []int64{500, 100}, []int64{*p.Price, *p.Balance})
	for _, body := range []string{`{"powerupId":"none"}`, `{"powerupId":"constructor"}`, `{}`, `{"powerupId":7}`} {
		h.ask("POST", "/alice/api/powerups/Ann/buy", ann, body).problem(400, "invalid_request")
	}
	require.Equal(t, `{"tnt":1}`, h.get("/alice/api/powerups/ann").body)
	require.Equal(t, `{"success":true,"quantity":4}`,
		h.ask("POST", "/alice/api/powerups/ann/give", h.aliceKey, `{"powerupId":"tnt","quantity":3}`).ok(200, nil).body)
	require.Equal(t, `{"success":true,"quantity":3}`, h.ask("POST", "/alice/api/powerups/ann/use", h.aliceKey, `{"powerupId":"tnt"}`).ok(200, nil).body)
	h.ask("POST", "/alice/api/powerups/ann/use", h.aliceKey, `{"powerupId":"ghost"}`).problem(404, "not_found")
	var page Page[purchase]
	h.ask("GET", "/alice/api/powerups/Ann/purchases", ann, "").ok(200, &page)
	require.Len(t, page.Items, 1)
	require.EqualValues(t, "tnt", page.Items[0].Powerup)
	require.Contains(t, h.ask("GET", "/alice/api/points/Ann/transactions", ann, "").body, `"amount":-500,"source":"spend","description":"Bought TNT powerup"`)
	h.ask("PUT", "/alice/api/admin/powerups/tnt", h.aliceKey, `{"name":"TNT","description":"d","cost":1,"variables":{"a":1},"enabled":0}`).ok(200, nil)
	require.NotContains(t, h.get("/alice/api/powerups").body, "tnt")
	require.Contains(t, h.ask("GET", "/alice/api/admin/powerups", h.aliceKey, "").body, `"emoji":"💣"`, "what is not sent stays")
	buy(ann).problem(400, "invalid_request")
}

func TestDropsAreRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	score := func(body string, headers ...string) reply {
		return h.ask("POST", "/alice/api/dropgame/score", h.aliceKey, body, headers...)
	}
	require.Equal(t, `{"success":true,"newTotal":42}`, score(`{"username":"Ann","score":42,"isPerfect":false}`, "Idempotency-Key", "d").ok(200, nil).body)
	require.Equal(t, `{"success":true,"newTotal":42}`, score(`{"username":"Ann","score":42,"isPerfect":false}`, "Idempotency-Key", "d").ok(200, nil).body)
	require.Equal(t, `{"success":true,"newTotal":152}`, score(`{"username":"ANN","score":110,"isPerfect":true}`).ok(200, nil).body)
	for _, bad := range []string{`{"username":"a","score":-500}`, `{"username":"a","score":1.5}`, `{"username":"a","score":1e400}`,
		`{"username":["a"],"score":1}`, `{"username":"","score":1}`, `{"score":1}`, `{"username":"a","score":"42"}`} {
		score(bad).problem(400, "invalid_request")
	}
	score(`{"username":"Ben","score":1}`).ok(200, nil)
	all, sizes := pages[drop](h, "/alice/api/drops", url.Values{"limit": {"2"}}, h.aliceKey)
	require.Equal(t, []int{2, 1}, sizes)
	require.Equal(t, []string{"Ben", "Ann", "Ann"}, []string{all[0].Username, all[1].Username, all[2].Username})
	anns, _ := pages[drop](h, "/alice/api/drops", url.Values{"limit": {"1"}, "username": {"aNN"}}, h.aliceKey)
	require.Len(t, anns, 2)
	h.ask("GET", "/alice/api/drops?username=nobody", h.aliceKey, "").problem(404, "not_found")
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "Ann", 5)
	ann := h.session(h.alice, "ann")
	const path = "/alice/api/profile/ANN"
	require.Equal(t, `{"username":"Ann","dropPoints":0,"totalDrops":0,"channelPoints":5,"powerups":{}}`, h.ask("GET", path, ann, "").ok(200, nil).body)
	require.Equal(t, `{"username":"Ann","voiceId":"v","dropPoints":0,"totalDrops":0,"channelPoints":5,"country":"NZ","powerups":{}}`,
		h.ask("POST", path, ann, `{"country":"NZ","voiceId":"v"}`).ok(200, nil).body)
	require.Contains(t, h.ask("POST", path, ann, `{"country":null}`).ok(200, nil).body, `"country":"NZ"`, "null leaves it")
	require.NotContains(t, h.ask("POST", path, ann, `{"country":""}`).ok(200, nil).body, `"country"`, "empty clears it")
	for _, bad := range []string{`{"voiceId":12345}`, `{"country":true}`, `{"username":"x"}`, `[]`} {
		h.ask("POST", path, ann, bad).problem(400, "invalid_request")
	}
	require.Equal(t, `{"username":"Nobody","dropPoints":0,"totalDrops":0,"channelPoints":0,"powerups":{}}`,
		h.ask("GET", "/alice/api/profile/Nobody", h.aliceKey, "").ok(200, nil).body)
	require.Contains(t, h.ask("POST", "/alice/api/profile/J%C3%BCrgen", h.aliceKey, `{"country":"DE"}`).ok(200, nil).body, `"username":"Jürgen"`)
}

func TestSettingsHideSecretsFromOverlays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, key := range []string{"brand_new", "kick_token", "ELEVENLABS_API_KEY", "client_secret"} {
		require.Equal(t, `{"success":true}`, h.ask("PUT", "/alice/api/admin/settings", h.aliceKey, fmt.Sprintf(`{"key":%q,"value":"hidden"}`, key)).ok(200, nil).body)
	}
	shown := h.ask("GET", "/alice/api/overlay/settings?key="+h.overlayKey, "", "").ok(200, nil).body
	require.Contains(t, shown, `"brand_new":"hidden"`)
	require.Equal(t, 1, strings.Count(shown, "hidden"))
	require.Equal(t, 4, strings.Count(h.ask("GET", "/alice/api/admin/settings", h.aliceKey, "").body, "hidden"), "owners see them")
	h.ask("DELETE", "/alice/api/admin/settings/brand_new", h.aliceKey, "").ok(200, nil)
	h.ask("DELETE", "/alice/api/admin/settings/brand_new", h.aliceKey, "").problem(404, "not_found")
	h.ask("PUT", "/alice/api/admin/settings", h.aliceKey, `{"key":"theme_config","value":"{broken"}`).problem(400, "invalid_request")
	h.ask("PUT", "/alice/api/admin/settings", h.aliceKey, `{"value":"nokey"}`).problem(400, "invalid_request")
	h.ask("PUT", "/alice/api/admin/theme", h.aliceKey, `{"siteName":"X"}`).ok(200, nil)
	require.Equal(t, `{"siteName":"X"}`, h.get("/alice/api/theme").body)
}

func TestLayoutsTipsAndGoalsAreEdited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ask := func(method, path, body string) reply { return h.ask(method, "/alice/api/"+path, h.aliceKey, body) }
	var l layout
	ask("POST", "overlay/layouts", `{"name":"one","layout":{"width":1}}`).ok(201, &l)
	require.True(t, l.Default)
	require.Equal(t, `{"width":1}`, h.ask("GET", "/alice/api/overlay/layout?key="+h.overlayKey, "", "").ok(200, nil).body)
	ask("POST", "overlay/layouts", `{"name":"one","layout":{}}`).problem(409, "conflict")
	one := fmt.Sprint("overlay/layouts/", l.ID)
	ask("PATCH", one, `{"isDefault":false}`).problem(400, "invalid_request")
	ask("PATCH", one, `{"layout":[]}`).problem(400, "invalid_request")
	ask("PATCH", one, `{"name":"uno"}`).ok(200, &l)
	require.Equal(t, "uno", l.Name)
	ask("PUT", "admin/overlay/layout", `{"width":2}`).ok(200, nil)
	require.Contains(t, ask("GET", one, "").body, `"layout":{"width":2}`)
	ask("DELETE", one, "").ok(204, nil)
	ask("GET", one, "").problem(404, "not_found")

	var made tip
	ask("POST", "admin/tips", `{"content":"Hi <b>"}`).ok(201, &made)
	require.Contains(t, h.get("/alice/api/tips").body, `"Hi <b>"`)
	ask("PUT", "admin/tips", fmt.Sprintf(`{"ids":[%d]}`, made.ID)).ok(200, nil)
	require.True(t, strings.HasPrefix(h.get("/alice/api/tips").body, `["Hi <b>"`))
	ask("PUT", fmt.Sprint("admin/tips/", made.ID), `{"enabled":false}`).ok(200, &made)
	require.NotContains(t, h.get("/alice/api/tips").body, "Hi")
	ask("DELETE", fmt.Sprint("admin/tips/", made.ID), "").ok(204, nil)
	ask("PUT", fmt.Sprint("admin/tips/", made.ID), `{}`).problem(404, "not_found")

	var g goal
	ask("PUT", "admin/goals/followers", `{"label":"F","current":5,"target":10}`).ok(200, &g)
	ask("POST", "admin/goals/followers/progress", `{"by":2}`).ok(200, &g)
	require.EqualValues(t, 7, g.Current)
	require.Contains(t, h.get("/alice/api/goals").body, `"followers":{"current":7,"target":10}`)
	ask("POST", "admin/goals/followers/progress", `{"by":-8}`).problem(409, "conflict")
	ask("DELETE", "admin/goals/followers", "").ok(204, nil)
	ask("POST", "admin/goals/followers/progress", `{"by":1}`).problem(404, "not_found")
}
