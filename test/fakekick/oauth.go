package fakekick

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// mint makes a secret that is in no log by chance. The lock is held.
func (k *Kick) mint(kind string) string {
	k.serial++
	secret := fmt.Sprintf("%s-of-kick-%06d-secret", kind, k.serial)
	k.secrets = append(k.secrets, secret)
	return secret
}

// authorize is the page where somebody allows it, or not.
func (k *Kick) authorize(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	q := r.URL.Query()
	for _, name := range []string{"response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method"} {
		if len(q[name]) != 1 || q.Get(name) == "" {
			answer(w, 400, map[string]string{"error": "Invalid request", "missing": name})
			return
		}
	}
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("response_type") != "code" || q.Get("client_id") != ClientID || q.Get("code_challenge_method") != "S256" || back.Path != "/callback" {
		answer(w, 400, map[string]string{"error": "Invalid request"})
		return
	}
	leads := url.Values{"state": {q.Get("state")}}
	if k.Denies {
		leads.Set("error", "access_denied")
	} else {
		c := &code{grant{who: k.Who, scope: q.Get("scope")}, q.Get("code_challenge"), q.Get("redirect_uri")}
		if k.Granted != "" {
			c.scope = k.Granted
		}
		text := k.mint("code")
		k.codes[text] = c
		leads.Set("code", text)
	}
	back.RawQuery = leads.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (k *Kick) token(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.ParseForm() != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(r.URL.RawQuery) > 0 {
		answer(w, 400, map[string]string{"error": "invalid_request"})
		return
	}
	f := r.PostForm
	if f.Get("client_id") != ClientID || f.Get("client_secret") != ClientSecret {
		answer(w, 401, map[string]string{"error": "invalid_client"})
		return
	}
	var g grant
	switch f.Get("grant_type") {
	case "authorization_code":
		c := k.codes[f.Get("code")]
		delete(k.codes, f.Get("code"))
		k.secrets = append(k.secrets, f.Get("code_verifier"))
		challenge := sha256.Sum256([]byte(f.Get("code_verifier")))
		if n := len(f.Get("code_verifier")); n < 43 || n > 128 || c == nil || c.redirect != f.Get("redirect_uri") ||
			base64.RawURLEncoding.EncodeToString(challenge[:]) != c.challenge {
			answer(w, 400, map[string]string{"error": "invalid_grant"})
			return
		}
		g = c.grant
	case "refresh_token":
		old, known := k.refresh[f.Get("refresh_token")]
		if !known {
			answer(w, 400, map[string]string{"error": "invalid_grant"})
			return
		}
		delete(k.refresh, f.Get("refresh_token"))
		delete(k.access, old.pair)
		g = old
	default:
		answer(w, 400, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	k.give(w, g)
}

// Grant gives out a pair of tokens as if somebody had signed in.
func (k *Kick) Grant(who Person, scopes string) (access, refresh, granted string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	access, refresh = k.pair(grant{who: who, scope: scopes})
	return access, refresh, scopes
}

// pair makes two tokens. The lock is held.
func (k *Kick) pair(g grant) (access, refresh string) {
	access, refresh = k.mint("access"), k.mint("refresh")
	k.access[access] = grant{g.who, g.scope, refresh}
	k.refresh[refresh] = grant{g.who, g.scope, access}
	return access, refresh
}

// give answers with a new pair of tokens. The lock is held.
func (k *Kick) give(w http.ResponseWriter, g grant) {
	access, refresh := k.pair(g)
	life := k.ExpiresIn
	if life == "" {
		life = "7200"
	}
	answer(w, 200, map[string]any{"access_token": access, "refresh_token": refresh, "token_type": "Bearer",
		"expires_in": json.RawMessage(life), "scope": g.scope})
}
