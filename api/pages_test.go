package api

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func embedded(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, fs.WalkDir(web, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := web.ReadFile(name)
		all[name] = string(body)
		return err
	}))
	return all
}

func TestPagesAreTheSameForEverybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, cookie := h.signIn(h.aliceKey)
	for _, at := range []string{"/", "/docs", "/alice/dashboard", "/alice/overlay", "/alice/overlay/Main%20stage"} {
		r := h.ask("GET", at, "", "").ok(200, nil)
		require.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"))
		require.Equal(t, "nosniff", r.header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", r.header.Get("Referrer-Policy"))
		policy := r.header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https:; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action '")
		require.NotContains(t, policy, "unsafe")
		require.Equal(t, r.body, h.ask("GET", at+"?key="+h.overlayKey, h.aliceKey, "", "Cookie", cookie.Name+"="+cookie.Value).ok(200, nil).body)
		require.NotContains(t, r.body, "alice")
		require.Equal(t, 304, h.ask("GET", at, "", "", "If-None-Match", r.header.Get("Etag")).status)
	}
	for _, at := range []string{"/nobody/dashboard", "/nobody/overlay", "/alice/overlay/", "/alice/overlay/a/b", "/alice", "/alice/", "/assets/", "/assets/none.js",
		"/assets/docs.html", "/assets/vendor/uplot.js", "/assets/..%2fdocs.js"} {
		require.Equal(t, 404, h.ask("GET", at, "", "").status, at)
	}
}

// The scripts of the pages cannot run what data says: there is no way to HTML, code or another
// host in them, and nothing inline that the policy would have to allow.
func TestPagesHoldNothingDangerous(t *testing.T) {
	t.Parallel()
	for name, body := range embedded(t) {
		if strings.HasPrefix(name, "web/vendor/") {
			continue
		}
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "dangerouslySet", "srcdoc", "javascript:", "unsafe-"} {
			require.NotContains(t, body, bad, name)
		}
		others := regexp.MustCompile(`https?://[^\s"'<]+`).FindAllString(strings.ReplaceAll(body, `xmlns="http://www.w3.org/2000/svg"`, ""), -1)
		require.Empty(t, others, name)
		if path.Ext(name) == ".html" {
			require.NotRegexp(t, `(?i)<style|\sstyle=|\son\w+=|<script>|<script(?: [^>]*)?>[^<]`, body, name)
		}
	}
}

func TestAssetsArriveSmallAndOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, body := range embedded(t) {
		if path.Ext(name) == ".html" {
			continue
		}
		at := "/assets/" + path.Base(name)
		plain := h.ask("GET", at, "", "", "Accept-Encoding", "identity").ok(200, nil)
		require.Equal(t, body, plain.body, name)
		require.Equal(t, "no-cache", plain.header.Get("Cache-Control"))
		require.Equal(t, "default-src 'none'; frame-ancestors 'none'", plain.header.Get("Content-Security-Policy"), "opened by itself it does nothing")
		packed := h.ask("GET", at, "", "", "Accept-Encoding", "gzip").ok(200, nil)
		require.LessOrEqual(t, len(packed.body), len(body))
		require.Equal(t, len(packed.body) < len(body), packed.header.Get("Vary") == "Accept-Encoding")
		require.Equal(t, plain.header.Get("Etag"), packed.header.Get("Etag"))
		again := h.ask("GET", at, "", "", "If-None-Match", packed.header.Get("Etag"))
		require.Equal(t, 304, again.status)
		require.Empty(t, again.body)
	}
}

// All pages together, with everything that they could ask for, stay below what is promised of one.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	total := 0
	for name, f := range files() {
		if path.Ext(name) != ".txt" {
			total += len(f.packed)
			if f.packed == nil {
				total += len(f.body)
			}
		}
	}
	t.Logf("everything together is %d bytes packed", total)
	require.Less(t, total, 150_000)
}

// What others wrote is what they published, with their licenses beside it.
func TestVendoredFilesAreAsPublished(t *testing.T) {
	t.Parallel()
	all := embedded(t)
	versions := all["web/vendor/VERSIONS.txt"]
	for name, body := range all {
		base := path.Base(name)
		if path.Dir(name) != "web/vendor" || path.Ext(base) == ".txt" {
			continue
		}
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(base) + ` .* ([0-9a-f]{64})$`).FindStringSubmatch(versions)
		require.NotNil(t, line, "%s is not in VERSIONS.txt", base)
		sum := sha256.Sum256([]byte(body))
		require.Equal(t, line[1], hex.EncodeToString(sum[:]), base)
	}
	for _, license := range []string{"LICENSE-htm.txt", "LICENSE-preact.txt", "LICENSE-uplot.txt"} {
		require.NotEmpty(t, all["web/vendor/"+license])
	}
}
