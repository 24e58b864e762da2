package e2e

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/test/fakekick"
	"streamvault/test/program"
)

// kickFlags are those of a server that is an application of a fake Kick's.
func kickFlags(t *testing.T, k *fakekick.Kick, more ...string) []string {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "client-secret")
	require.NoError(t, os.WriteFile(secret, []byte(fakekick.ClientSecret+"\n"), 0o600))
	return append([]string{"--kick-client-id", fakekick.ClientID, "--kick-client-secret-file", secret, "--kick-url", k.URL, "--kick-api-url", k.URL}, more...)
}

// led is where an address leads, with the cookie that it sets.
func led(t *testing.T, address string, cookie *http.Cookie) (status int, to string, set *http.Cookie) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	if cookie != nil {
		req.Header.Set("Cookie", cookie.Name+"="+cookie.Value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	for _, c := range resp.Cookies() {
		if c.MaxAge >= 0 {
			set = c
		}
	}
	return resp.StatusCode, resp.Header.Get("Location"), set
}

// A streamer signs in with Kick, a viewer types a command, and Kick's chat has the answer,
// also after a kill; nothing of what opens his account is in a log or a file.
func TestAStreamerComesFromKick(t *testing.T) {
	t.Parallel()
	k := fakekick.New(t)
	key, file := kickKey(t)
	h := newHome(t)
	flags := kickFlags(t, k, "--kick-public-key", file, "--kick-chat-as", "user")
	p := h.serve(flags...)
	_, to, state := led(t, p.Hello.URL+"/login/kick", nil)
	_, back, _ := led(t, to, nil)
	status, to, session := led(t, back, state)
	require.Equal(t, 303, status)
	require.Equal(t, "/alice/dashboard", to)
	status, _, _ = led(t, p.Hello.URL+"/alice/api/users", session)
	require.Equal(t, 200, status)
	require.Eventually(t, func() bool { return len(k.Subscribed(77)) > 0 }, time.Minute, time.Millisecond)

	logs := []*program.Log{p.Stderr}
	for i, id := range []string{"first", "second"} {
		r := p.Must("POST", "/webhooks/kick", "", `{"broadcaster":{"user_id":77},"sender":{"username":"Ann`+id+`"},"content":"!points"}`,
			signed(t, key, id, "chat.message.sent", `{"broadcaster":{"user_id":77},"sender":{"username":"Ann`+id+`"},"content":"!points"}`)...)
		require.Equal(t, 200, r.Status, r.Body)
		require.Eventually(t, func() bool { return len(k.Said()) == i+1 }, time.Minute, time.Millisecond)
		require.Equal(t, fakekick.Said{Content: "@Ann" + id + " you have 25 points (25 to spend).", Type: "user", In: 77}, k.Said()[i])
		p.Kill()
		p = h.serve(flags...)
		logs = append(logs, p.Stderr)
	}
	require.Zero(t, p.Term(), p.Stderr)
	for _, secret := range append(k.Secrets(), state.Value, session.Value) {
		for _, log := range logs {
			require.NotContains(t, log.String(), secret)
		}
		require.NoError(t, filepath.WalkDir(h.Dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(name)
			require.NotContains(t, string(content), secret, name)
			return err
		}))
	}
}

func TestWhatServeWantsToKnowOfKick(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open, empty := filepath.Join(dir, "open"), filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(open, []byte("secret"), 0o600))
	require.NoError(t, os.Chmod(open, 0o644))
	require.NoError(t, os.WriteFile(empty, []byte("\n"), 0o600))
	h := newHome(t)
	for name, c := range map[string]struct {
		code int
		says string
		args []string
	}{
		"NoSecret":       {2, "STREAMVAULT_KICK_CLIENT_SECRET", []string{"--kick-client-id", "x"}},
		"NoFile":         {2, "there is no file", []string{"--kick-client-id", "x", "--kick-client-secret-file", filepath.Join(dir, "none")}},
		"OpenFile":       {2, "chmod 600", []string{"--kick-client-id", "x", "--kick-client-secret-file", open}},
		"EmptyFile":      {2, "needs the application's secret", []string{"--kick-client-id", "x", "--kick-client-secret-file", empty}},
		"SecretAlone":    {2, "goes with --kick-client-id", []string{"--kick-client-secret-file", open}},
		"Signup":         {2, "--kick-signup", []string{"--kick-signup", "maybe"}},
		"ChatAs":         {2, "--kick-chat-as", []string{"--kick-chat-as", "robot"}},
		"PlainPublicURL": {2, "--public-url", []string{"--public-url", "http://vault.example"}},
		"PathInURL":      {2, "--public-url", []string{"--public-url", "https://vault.example/x"}},
		"NoURL":          {2, "--kick-url", []string{"--kick-url", "kick"}},
		"PlainKick":      {2, "--kick-api-url", []string{"--kick-api-url", "http://kick.example"}},
		"SecretInArgv":   {2, "unknown flag", []string{"--kick-client-secret", "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := h.Run(append([]string{"serve", "--listen", "127.0.0.1:0"}, c.args...)...)
			require.Equal(t, c.code, o.Code, o.Stderr)
			require.Contains(t, o.Stderr, c.says)
		})
	}
}
