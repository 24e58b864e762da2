package kick

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// PublicKeyURL is where Kick shows the key that it signs with.
	PublicKeyURL = "https://api.kick.com" + PublicKeyPath
	// PublicKeyPath is where it is below Kick's API.
	PublicKeyPath = "/public/v1/public-key"

	fetchTimeout = 5 * time.Second
	fetchEvery   = time.Minute    // at most, however many bad signatures come in
	keyLife      = 24 * time.Hour // then a newer one is asked for
	leastBits    = 2048
)

// KeySource knows the key that Kick signs with.
type KeySource interface {
	// Key returns the key. Who has found that one does not fit names it as failed, and gets
	// another if there is one by now, else the same.
	Key(ctx context.Context, failed *rsa.PublicKey) (*rsa.PublicKey, error)
}

// Fixed is a key that never changes.
func Fixed(key *rsa.PublicKey) KeySource { return fixed{key} }

type fixed struct{ key *rsa.PublicKey }

func (f fixed) Key(context.Context, *rsa.PublicKey) (*rsa.PublicKey, error) { return f.key, nil }

// ParseKey reads an RSA public key of at least 2048 bits in PEM.
func ParseKey(text []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("public key: not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < leastBits {
		return nil, fmt.Errorf("public key: must be RSA of at least %d bits", leastBits)
	}
	return key, nil
}

// FetchOptions of a Fetcher. The zero value fetches Kick's key.
type FetchOptions struct {
	Client *http.Client
	URL    string
	Now    func() time.Time
}

// Fetcher fetches the key when it is first needed, when a day has passed, and when a
// signature does not fit, but not more than once a minute. It is safe for concurrent use.
type Fetcher struct {
	o        FetchOptions
	fetching sync.Mutex // held during a fetch

	mu      sync.Mutex
	key     *rsa.PublicKey
	fetched time.Time // the key
	tried   time.Time
}

// NewFetcher makes a Fetcher; nothing is fetched yet.
func NewFetcher(o FetchOptions) *Fetcher {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: fetchTimeout}
	}
	if o.URL == "" {
		o.URL = PublicKeyURL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Fetcher{o: o}
}

// Key implements KeySource. Without any key it returns ErrNoKey.
func (f *Fetcher) Key(ctx context.Context, failed *rsa.PublicKey) (*rsa.PublicKey, error) {
	if key, good := f.kept(failed); good {
		return key, nil
	}
	f.fetching.Lock()
	defer f.fetching.Unlock()
	key, good := f.kept(failed) // by who was here before
	if good || !f.mayTry() {
		return orNoKey(key, nil)
	}
	newer, err := f.fetch(ctx)
	if err != nil {
		return orNoKey(key, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.key == nil || !f.key.Equal(newer) {
		f.key = newer
	}
	f.fetched = f.o.Now()
	return f.key, nil
}

// orNoKey is a key that may be old, for want of a newer one.
func orNoKey(key *rsa.PublicKey, err error) (*rsa.PublicKey, error) {
	switch {
	case key != nil:
		return key, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	return nil, ErrNoKey
}

// kept is the key that is there, and whether it will do.
func (f *Fetcher) kept(failed *rsa.PublicKey) (*rsa.PublicKey, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.key, f.key != nil && f.key != failed && f.o.Now().Sub(f.fetched) < keyLife
}

func (f *Fetcher) mayTry() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.o.Now()
	if !f.tried.IsZero() && now.Sub(f.tried) < fetchEvery {
		return false
	}
	f.tried = now
	return true
}

func (f *Fetcher) fetch(ctx context.Context) (*rsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.o.URL, nil)
	if err != nil {
		return nil, err
	}
	resp, err := f.o.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the key's address answers %d", resp.StatusCode)
	}
	var answer struct {
		Data struct {
			PublicKey string `json:"public_key"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer); err != nil {
		return nil, err
	}
	return ParseKey([]byte(answer.Data.PublicKey))
}
