package kick

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// publisher shows a key as Kick does.
type publisher struct {
	*Fetcher
	asked  atomic.Int64
	now    atomic.Int64
	answer atomic.Value // func(http.ResponseWriter)
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		p.answer.Load().(func(http.ResponseWriter))(w)
	}))
	t.Cleanup(server.Close)
	p.Fetcher = NewFetcher(FetchOptions{Client: server.Client(), URL: server.URL, Now: func() time.Time { return time.Unix(p.now.Load(), 0) }})
	p.now.Store(1000)
	return p
}

func (p *publisher) show(t *testing.T, bits int) *rsa.PublicKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	text := pemOf(t, &key.PublicKey)
	p.answer.Store(func(w http.ResponseWriter) {
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]string{"public_key": string(text)}, "message": "OK"})
	})
	return &key.PublicKey
}

func pemOf(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestTheKeyIsFetchedWhenItIsNeeded(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	first := p.show(t, 2048)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if key, err := p.Key(t.Context(), nil); err != nil || !key.Equal(first) {
				t.Error(key, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, p.asked.Load())
	key, err := p.Key(t.Context(), nil)
	require.NoError(t, err)

	second := p.show(t, 2048)
	same, err := p.Key(t.Context(), key)
	require.NoError(t, err)
	require.Same(t, key, same, "not again within a minute, however many bad signatures come in")
	p.now.Add(60)
	newer, err := p.Key(t.Context(), key)
	require.NoError(t, err)
	require.True(t, newer.Equal(second))
	require.EqualValues(t, 2, p.asked.Load())
	p.now.Add(60)
	same, err = p.Key(t.Context(), newer)
	require.NoError(t, err)
	require.Same(t, newer, same, "the same key is the same")

	third := p.show(t, 2048)
	p.now.Add(24 * 60 * 60)
	newest, err := p.Key(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, newest.Equal(third), "after a day")
	p.answer.Store(func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) })
	p.now.Add(24 * 60 * 60)
	old, err := p.Key(t.Context(), nil)
	require.NoError(t, err)
	require.Same(t, newest, old, "better an old one than none")
}

func TestNoKeyIsNoKey(t *testing.T) {
	t.Parallel()
	text := func(s string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { _, _ = w.Write([]byte(s)) }
	}
	for name, answer := range map[string]func(http.ResponseWriter){
		"Down":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
		"HTML":  text("<html>"),
		"Empty": text(`{}`),
		"NoPEM": text(`{"data":{"public_key":"abc"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPublisher(t)
			p.answer.Store(answer)
			for range 3 {
				_, err := p.Key(t.Context(), nil)
				require.ErrorIs(t, err, ErrNoKey)
			}
			require.EqualValues(t, 1, p.asked.Load(), "once a minute")
			p.show(t, 2048)
			p.now.Add(60)
			_, err := p.Key(t.Context(), nil)
			require.NoError(t, err)
		})
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, text := range map[string][]byte{
		"Nothing": nil, "Text": []byte("key"), "Short": pemOf(t, &short.PublicKey), "Curve": pemOf(t, &curve.PublicKey),
		"Cut": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1, 2}}),
	} {
		_, err := ParseKey(text)
		require.Error(t, err, name)
	}
}
