package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A viewer shows in chat who he is, and from then on opens what is his own.
func TestAViewerSignsIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var c code
	h.ask("POST", "/alice/api/verify/generate/Ann", "", "").ok(200, &c)
	check := "/alice/api/verify/check/ANN/" + strings.ToLower(c.Code)
	require.Equal(t, `{"verified":false}`, h.get(check).ok(200, nil).body)
	h.ask("POST", "/bob/api/verify/confirm", h.bobKey, fmt.Sprintf(`{"username":"Ann","code":%q}`, c.Code)).problem(404, "not_found")
	require.Equal(t, `{"verified":true}`,
		h.ask("POST", "/alice/api/verify/confirm", h.aliceKey, fmt.Sprintf(`{"username":"Ann","code":%q}`, c.Code)).ok(200, nil).body)
	h.ask("POST", "/alice/api/verify/generate/ann", "", "").problem(409, "conflict") // a stranger's
	h.get(strings.Replace(check, "alice", "bob", 1)).problem(404, "not_found")
	var v verified
	h.get(check).ok(200, &v)
	require.True(t, v.Verified)
	h.get(check).problem(404, "not_found")

	require.Equal(t, `{"valid":true,"username":"Ann"}`, h.ask("GET", "/alice/api/session", v.SessionToken, "").ok(200, nil).body)
	require.Equal(t, `{"valid":false,"username":null}`, h.ask("GET", "/alice/api/session", h.aliceKey, "").ok(200, nil).body)
	h.ask("GET", "/alice/api/profile/ann", v.SessionToken, "").ok(200, nil)
	h.give(h.alice, "Ben", 1)
	h.ask("GET", "/alice/api/profile/Ben", v.SessionToken, "").problem(404, "not_found")
	h.ask("GET", "/bob/api/profile/Ann", v.SessionToken, "").problem(401, "unauthorized")
	h.ask("GET", "/alice/api/users", v.SessionToken, "").problem(403, "forbidden")
	h.ask("DELETE", "/alice/api/session", v.SessionToken, "").ok(204, nil)
	h.ask("GET", "/alice/api/session", v.SessionToken, "").problem(401, "unauthorized")
}

func TestACodeDiesOfTheFifthWrongTry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var c code
	h.ask("POST", "/alice/api/verify/generate/Ann", "", "").ok(200, &c)
	for range 5 {
		h.get("/alice/api/verify/check/Ann/WRONG1").problem(404, "not_found")
	}
	h.get("/alice/api/verify/check/Ann/"+c.Code).problem(404, "not_found")
}

func TestTokensAreNeverShown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const path = "/alice/api/admin/tokens/kick"
	h.ask("GET", path, h.aliceKey, "").problem(404, "not_found")
	h.ask("PUT", path, h.aliceKey, `{"accessToken":"very secret","refreshToken":"more secret","expiresAt":"2030-01-01T00:00:00Z","scope":"chat"}`).ok(200, nil)
	r := h.ask("GET", path, h.aliceKey, "").ok(200, nil)
	require.Contains(t, r.body, `"expiresAt":"2030-01-01T00:00:00Z","scope":"chat"`)
	require.NotContains(t, r.body, "secret")
	h.ask("PUT", path, h.aliceKey, `{"accessToken":"x","expiresAt":"tomorrow"}`).problem(400, "invalid_request")
	h.ask("DELETE", path, h.aliceKey, "").ok(204, nil)
	h.ask("DELETE", path, h.aliceKey, "").problem(404, "not_found")
}

var png = pngHeader(1, 1) + strings.Repeat("x", 100)

func TestUploads(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := h.session(h.alice, "Ann")
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("image", "../../evil.html")
	require.NoError(t, err)
	_, err = part.Write([]byte(png))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for name, c := range map[string]struct{ body, kind string }{
		"Form": {form.String(), w.FormDataContentType()}, "Body": {png, "image/png"}, "Claimed": {png, "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.in(t)
			var u uploaded
			h.ask("POST", "/alice/api/upload/Ann", ann, c.body, "Content-Type", c.kind).ok(200, &u)
			r := h.get(u.ImageURL).ok(200, nil)
			require.Equal(t, png, r.body)
			require.Equal(t, "image/png", r.header.Get("Content-Type"), "by its bytes, not by what was said")
			require.Contains(t, r.header.Get("Content-Security-Policy"), "sandbox")
			require.Contains(t, h.ask("GET", "/alice/api/profile/Ann", ann, "").body, u.ImageURL)
			h.get(strings.Replace(u.ImageURL, "alice", "bob", 1)).problem(404, "not_found")
		})
	}
	for name, body := range map[string]string{"Bomb": pngHeader(60000, 60000), "Page": "<html><script>", "SVG": `<svg xmlns="http://www.w3.org/2000/svg"/>`, "Empty": ""} {
		t.Run(name, func(t *testing.T) {
			h.in(t).ask("POST", "/alice/api/upload/Ann", ann, body, "Content-Type", "image/png").problem(400, "invalid_request")
		})
	}
	h.ask("POST", "/alice/api/upload/Ann", ann, png+strings.Repeat("x", 2<<20), "Content-Type", "image/png").problem(400, "invalid_request")
	h.ask("POST", "/alice/api/upload/Ann", ann, strings.Repeat("x", 3<<20)).problem(413, "too_large")
	h.ask("POST", "/alice/api/upload/Ann", ann, form.String()[:40], "Content-Type", w.FormDataContentType()).problem(400, "invalid_request")
}

func TestAViewersDataIsHandedOutAndErased(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.give(h.alice, "Ann", 5)
	u, err := h.store.Tenant(h.alice.ID).UserByName(t.Context(), "Ann")
	require.NoError(t, err)
	path := fmt.Sprintf("/alice/api/users/%d", u.ID)
	require.Contains(t, h.ask("GET", path+"/export", h.aliceKey, "").ok(200, nil).body, `"Ann"`)
	h.ask("POST", strings.Replace(path, "alice", "bob", 1)+"/erase", h.bobKey, "").problem(404, "not_found")
	h.ask("POST", path+"/erase", h.aliceKey, "").ok(204, nil)
	h.ask("GET", path+"/export", h.aliceKey, "").problem(404, "not_found")
	require.Equal(t, `{"items":[],"next":null}`, h.ask("GET", "/alice/api/admin/rejects", h.aliceKey, "").ok(200, nil).body)
}

func TestLiveOrNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.Equal(t, `{"live":false}`, h.ask("GET", "/alice/api/status", h.aliceKey, "").ok(200, nil).body)
	h.ask("PUT", "/alice/api/status", h.aliceKey, `{"live":true}`).ok(200, nil)
	require.Equal(t, `{"live":true}`, h.ask("GET", "/alice/api/status", h.aliceKey, "").body)
	require.Equal(t, `null`, h.ask("GET", "/alice/api/events/last", h.overlayKey, "").ok(200, nil).body)
}
