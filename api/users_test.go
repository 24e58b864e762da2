package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAViewersLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made, got user
	r := h.ask("POST", "/alice/api/users", h.aliceKey, `{"username":"Ann","voiceId":"v","dropImage":null}`).ok(201, &made)
	require.Regexp(t, `^\{"id":\d+,"username":"Ann","voiceId":"v","dropImage":null,"country":null,"channelPoints":0,"dropPoints":0,`+
		`"totalDrops":0,"createdAt":"[^"]+Z","updatedAt":"[^"]+Z"\}$`, r.body)
	one := fmt.Sprintf("/alice/api/users/%d", made.ID)
	require.Equal(t, r.body, h.ask("GET", one, h.aliceKey, "").ok(200, nil).body)
	h.ask("POST", "/alice/api/users", h.aliceKey, `{"username":"ANN"}`).problem(409, "conflict")

	h.ask("PATCH", one, h.aliceKey, `{"username":"Anne","voiceId":null,"country":"NZ","channelPoints":70,"dropPoints":5,"totalDrops":2,"reason":"moved"}`).ok(200, &got)
	require.Equal(t, "Anne", got.Username)
	require.Nil(t, got.VoiceID)
	require.Equal(t, "NZ", *got.Country)
	require.Equal(t, []int64{70, 5, 2}, []int64{got.ChannelPoints, got.DropPoints, got.TotalDrops})
	h.ask("PATCH", one, h.aliceKey, `{}`).ok(200, &got)
	require.Equal(t, "NZ", *got.Country, "what is not named stays")
	require.Contains(t, h.ask("GET", "/alice/api/points/anne/transactions", h.aliceKey, "").body, `"description":"moved"`)
	for name, body := range map[string]string{
		"NullName": `{"username":null}`, "NullPoints": `{"channelPoints":null}`, "Negative": `{"channelPoints":-1}`,
		"TooMany": `{"dropPoints":1000000000001}`, "EmptyName": `{"username":""}`, "NUL": `{"country":"a\u0000"}`,
		"LongReason": `{"reason":"` + strings.Repeat("x", 501) + `"}`, "Number": `{"country":1}`,
	} {
		t.Run(name, func(t *testing.T) { h.ask("PATCH", one, h.aliceKey, body).problem(400, "invalid_request") })
	}

	require.Empty(t, h.ask("DELETE", one, h.aliceKey, "").ok(204, nil).body)
	for _, method := range []string{"GET", "DELETE"} {
		h.ask(method, one, h.aliceKey, "").problem(404, "not_found")
	}
	h.ask("PATCH", one, h.aliceKey, `{}`).problem(404, "not_found")
	for _, id := range []string{"abc", "1.5", "-1", "99999999999999999999", "0", "%31"} {
		h.ask("GET", "/alice/api/users/"+id, h.aliceKey, "").problem(404, "not_found")
	}
}

// pages reads a listing to its end.
func pages[T any](h *house, path string, query url.Values, key string) (all []T, sizes []int) {
	h.Helper()
	for {
		var page struct {
			Items []T
			Next  *string
		}
		h.ask("GET", path+"?"+query.Encode(), key, "").ok(200, &page)
		all, sizes = append(all, page.Items...), append(sizes, len(page.Items))
		require.LessOrEqual(h, len(sizes), 100, "a listing without an end")
		if page.Next == nil {
			return all, sizes
		}
		query.Set("cursor", *page.Next)
	}
}

func names(us []user) (names []string) {
	for _, u := range us {
		names = append(names, u.Username)
	}
	return names
}

func TestUsersComeInPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.Equal(t, `{"items":[],"next":null}`, h.ask("GET", "/alice/api/users", h.aliceKey, "").ok(200, nil).body)
	var made []string
	for i := range 7 {
		made = append(made, fmt.Sprintf("User%d", i))
		h.give(h.alice, made[i], 1)
	}
	all, sizes := pages[user](h, "/alice/api/users", url.Values{"limit": {"3"}}, h.aliceKey)
	require.Equal(t, made, names(all))
	require.Equal(t, []int{3, 3, 1}, sizes)
	for name, c := range map[string]struct {
		query string
		found int
	}{"Default": {"", 7}, "Capped": {"?limit=100000", 7}, "Exact": {"?limit=7", 7}, "Unknown": {"?nobody=asked", 7}} {
		t.Run(name, func(t *testing.T) {
			var page Page[user]
			h.ask("GET", "/alice/api/users"+c.query, h.aliceKey, "").ok(200, &page)
			require.Len(t, page.Items, c.found)
			require.Nil(t, page.Next)
		})
	}
	for name, query := range map[string]string{
		"Zero": "limit=0", "Negative": "limit=-1", "Word": "limit=ten", "Huge": "limit=99999999999999999999", "Twice": "limit=1&limit=2",
		"NoCursor": "cursor=xyz!", "OtherCursor": "cursor=eyJhIjoxfQ", "Encoding": "limit=%zz", "Semicolon": "limit=1;x=2", "NUL": "q=%00", "NotUTF8": "q=%ff",
	} {
		t.Run(name, func(t *testing.T) {
			h.ask("GET", "/alice/api/users?"+query, h.aliceKey, "").problem(400, "invalid_request")
		})
	}
}

func TestAPageHasAtMost(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{1: 1, 200: 200, 201: 200, 1 << 40: 200} {
		size, err := paging{Limit: &limit}.size()
		require.NoError(t, err)
		require.Equal(t, want, size)
	}
}

func TestUsersAreSearchedByPrefix(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"Banana", "apple", "Apricot", "APPENDIX", "avocado", "Äpfel"} {
		h.give(h.alice, name, 1)
	}
	for _, limit := range []string{"1", "2", "3", "50"} {
		found, _ := pages[user](h, "/alice/api/users", url.Values{"limit": {limit}, "q": {"aP"}}, h.aliceKey)
		require.Equal(t, []string{"APPENDIX", "apple", "Apricot"}, names(found), limit)
	}
	found, _ := pages[user](h, "/alice/api/users", url.Values{"q": {"Ä"}}, h.aliceKey)
	require.Equal(t, []string{"Äpfel"}, names(found))
	found, _ = pages[user](h, "/alice/api/users", url.Values{"q": {"zzz"}}, h.aliceKey)
	require.Empty(t, found)
}
