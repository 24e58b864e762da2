package api

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/hashicorp/golang-lru/v2"
)

const (
	// loginTime is how long somebody may take at Kick.
	loginTime = 10 * time.Minute
	// loginCookie holds what is kept meanwhile.
	loginCookie = cookiePrefix + "login"
	// usedKept is how many states that were used are remembered.
	usedKept = 50_000
)

// kickLogin seals what it has to know later under a key of this process: who comes back to
// another one begins anew.
type kickLogin struct {
	KickLogin
	aead cipher.AEAD
	used *lru.Cache[string, struct{}] // states; beyond, Kick's code counts once all the same
}

// pendingLogin is a sign-in whose browser is at Kick.
type pendingLogin struct {
	State    string `json:"s"`
	Verifier string `json:"v"` // of PKCE
	Redirect string `json:"r"`
	Expires  int64  `json:"e"` // Unix seconds
}

func newKickLogin(o KickLogin) *kickLogin {
	if o.Now == nil {
		o.Now = time.Now
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	l := &kickLogin{KickLogin: o}
	block, err := aes.NewCipher(key[:])
	if err == nil {
		l.aead, err = cipher.NewGCMWithRandomNonce(block)
	}
	if err == nil {
		l.used, err = lru.New[string, struct{}](usedKept)
	}
	if err != nil {
		panic(err) // sizes are constants
	}
	return l
}

func (l *kickLogin) seal(p pendingLogin) (string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(l.aead.Seal(nil, nil, text, []byte(loginCookie))), nil
}

// pending is the sign-in that this browser has begun, if it is the one of the state and was
// not used before.
func (l *kickLogin) pending(c *call, state string) (p pendingLogin, err error) {
	sent := c.r.CookiesNamed(loginCookie)
	if len(sent) != 1 || state == "" {
		return p, errLoginOver
	}
	sealed, err := base64.RawURLEncoding.DecodeString(sent[0].Value)
	if err != nil {
		return p, errLoginOver
	}
	text, err := l.aead.Open(nil, nil, sealed, []byte(loginCookie))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return p, errLoginOver
	}
	if subtle.ConstantTimeCompare([]byte(p.State), []byte(state)) != 1 || l.Now().Unix() >= p.Expires {
		return p, errLoginOver
	}
	if used, _ := l.used.ContainsOrAdd(p.State, struct{}{}); used {
		return p, errLoginOver
	}
	return p, nil
}
