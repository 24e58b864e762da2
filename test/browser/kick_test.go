package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/fakekick"
	"streamvault/test/program"
)

// arrives waits until the page is another one: scripts of the old one end on the way.
func (p *tab) arrives(path string) {
	p.Helper()
	require.Eventually(p, func() bool { return strings.Contains(p.shown(), path) }, patience, 20*time.Millisecond)
}

// A streamer whom nobody here knows comes from Kick to his dashboard, with cookies that a
// real browser keeps; and who says no at Kick reads what to do.
func TestSigningInWithKick(t *testing.T) {
	t.Parallel()
	startChrome(t)
	k := fakekick.New(t)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(fakekick.ClientSecret), 0o600))
	s := program.NewHome(t, binary).Serve("--kick-client-id", fakekick.ClientID, "--kick-client-secret-file", secret, "--kick-url", k.URL, "--kick-api-url", k.URL)
	p := newTab(t)
	p.allow("status of 403")
	k.Set(func(k *fakekick.Kick) { k.Denies = true })
	p.visit(s.URL + "/")
	p.click("Streamers: sign in with Kick")
	p.arrives("/callback")
	p.see("Kick says that you have not allowed it")
	p.accessible()
	p.glance("refused")
	k.Set(func(k *fakekick.Kick) { k.Denies = false })
	p.click("Sign in with Kick")
	p.arrives("/alice/dashboard")
	p.see("Sign out")
	var held struct{ Path, Cookie string }
	p.eval(`({path: location.pathname, cookie: document.cookie})`, &held)
	require.Equal(t, "/alice/dashboard", held.Path)
	require.Empty(t, held.Cookie)
	p.click("Sign out")
	p.see("Sign in to alice")
	p.accessible()
	require.Equal(t, 1, k.Asked("/oauth/token"))
	p.click("Sign in with Kick")
	require.Eventually(t, func() bool { return strings.Contains(p.shown(), "Sign out") }, patience, 20*time.Millisecond)
	require.Equal(t, 2, k.Asked("/oauth/token"))
	for _, secret := range k.Secrets() {
		require.NotContains(t, s.Stderr.String(), secret)
	}
}
