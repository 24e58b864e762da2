package e2e

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// kickKey is a key to sign with, and the file that a server knows it by.
func kickKey(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "kick.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	return key, file
}

// signed are the headers of a message of Kick's.
func signed(t *testing.T, key *rsa.PrivateKey, id, what, body string) []string {
	t.Helper()
	now := time.Now().UTC().Format(time.RFC3339)
	sum := sha256.Sum256([]byte(id + "." + now + "." + body))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	require.NoError(t, err)
	return []string{"Kick-Event-Message-Id", id, "Kick-Event-Message-Timestamp", now, "Kick-Event-Type", what,
		"Kick-Event-Version", "1", "Kick-Event-Signature", base64.StdEncoding.EncodeToString(signature)}
}

// A message of Kick's counts once, though the server was killed between its deliveries.
func TestKicksMessagesAreTakenOnce(t *testing.T) {
	t.Parallel()
	key, file := kickKey(t)
	h := newHome(t)
	p := h.serve("--kick-public-key", file)
	require.Zero(t, h.Run("streamer", "create", "alice", "--kick-user-id", "77").Code)
	body := `{"broadcaster":{"user_id":77},"subscriber":{"username":"zoe"},"duration":1}`
	headers := signed(t, key, "01J", "channel.subscription.new", body)

	require.Equal(t, 401, p.Must("POST", "/webhooks/kick", "", body).Status)
	require.Equal(t, 401, p.Must("POST", "/webhooks/kick", "", body+" ", headers...).Status)
	for range 3 { // as often as Kick tries
		r := p.Must("POST", "/webhooks/kick", "", body, headers...)
		require.Equal(t, 200, r.Status, r.Body)
		p.Kill()
		p = h.serve("--kick-public-key", file)
	}
	require.Contains(t, p.Must("GET", "/alice/api/stats/zoe", "", "").Body, `"channelPoints":2000`)
}

func TestWithoutAKeyThereAreNoWebhooks(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	r := h.serve().Must("POST", "/webhooks/kick", "", "{}")
	require.Equal(t, 503, r.Status)
	require.Equal(t, "webhooks_disabled", r.Code(t))
	file := filepath.Join(t.TempDir(), "none.pem")
	require.NoError(t, os.WriteFile(file, []byte("no key"), 0o600))
	bad := newHome(t).Run("serve", "--listen", "127.0.0.1:0", "--kick-public-key", file)
	require.Equal(t, 2, bad.Code)
	require.Contains(t, bad.Stderr, "--kick-public-key")
}
