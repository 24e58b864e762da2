package kickapp

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// scopes are what a streamer is asked for: who he is, to speak in his chat, and to be told
// of what happens on his channel.
const scopes = "user:read channel:read chat:write events:subscribe"

// mostLife is how long a token can be said to live.
const mostLife = 365 * 24 * time.Hour

// Grant is what Kick gives to whom a streamer has let act for him.
type Grant struct {
	AccessToken, RefreshToken string // RefreshToken may be ""
	ExpiresAt                 time.Time
	Scope                     string // what he has allowed, by spaces
}

// Allows says whether a scope is among those that were granted.
func (g Grant) Allows(scope string) bool { return allows(g.Scope, scope) }

func allows(granted, scope string) bool {
	for one := range strings.FieldsSeq(granted) {
		if one == scope {
			return true
		}
	}
	return false
}

// Person is somebody at Kick.
type Person struct {
	ID     string // 1 to 20 digits
	Name   string // 1 to 200 characters, none of them a control one
	Avatar string // an https address of at most 2048 bytes, or ""
}

// AuthorizeURL is where a browser goes to ask its user. Kick sends it back to redirect with
// the state and a code, which verifier opens.
func (a *App) AuthorizeURL(redirect, state, verifier string) string {
	challenge := sha256.Sum256([]byte(verifier))
	return a.o.IDURL + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {a.o.ClientID}, "redirect_uri": {redirect}, "scope": {scopes}, "state": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// SignIn changes a code, which Kick takes once, for tokens, and asks whose they are.
func (a *App) SignIn(ctx context.Context, code, verifier, redirect string) (Grant, Person, error) {
	g, err := a.grant(ctx, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {redirect}})
	if err != nil {
		return Grant{}, Person{}, err
	}
	p, err := a.person(ctx, g.AccessToken)
	return g, p, err
}

func (a *App) grant(ctx context.Context, form url.Values) (Grant, error) {
	var answer struct {
		AccessToken  string  `json:"access_token"`
		RefreshToken string  `json:"refresh_token"`
		ExpiresIn    seconds `json:"expires_in"`
		Scope        string  `json:"scope"`
		TokenType    string  `json:"token_type"`
	}
	if err := a.form(ctx, "/oauth/token", form, &answer); err != nil {
		return Grant{}, err
	}
	if !isToken(answer.AccessToken) || answer.RefreshToken != "" && !isToken(answer.RefreshToken) || answer.ExpiresIn <= 0 ||
		len(answer.Scope) > 2048 || answer.TokenType != "" && !strings.EqualFold(answer.TokenType, "bearer") {
		return Grant{}, ErrGarbled
	}
	return Grant{answer.AccessToken, answer.RefreshToken, a.o.Now().Add(time.Duration(answer.ExpiresIn)), answer.Scope}, nil
}

// seconds is a span that Kick writes as a number or as a string.
type seconds time.Duration

// UnmarshalJSON takes 7200, 7200.0 and "7200".
func (s *seconds) UnmarshalJSON(value []byte) error {
	n, err := strconv.ParseFloat(strings.Trim(string(value), `"`), 64)
	if err != nil || !(n > 0) {
		return ErrGarbled
	}
	*s = seconds(min(n, mostLife.Seconds()) * float64(time.Second))
	return nil
}

// isToken says whether a text can be sent as one: visible ASCII, 1 to 8192 bytes.
func isToken(text string) bool {
	return text != "" && len(text) <= 8192 && !strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r > '~' })
}

var digits = regexp.MustCompile(`^[1-9][0-9]{0,19}$`)

// person asks whose a token is.
func (a *App) person(ctx context.Context, access string) (Person, error) {
	var answer struct {
		Data []struct {
			ID      json.Number `json:"user_id"`
			Name    string      `json:"name"`
			Picture string      `json:"profile_picture"`
		} `json:"data"`
	}
	if err := a.get(ctx, "/public/v1/users", access, &answer); err != nil {
		return Person{}, err
	}
	if len(answer.Data) != 1 {
		return Person{}, ErrGarbled
	}
	who := answer.Data[0]
	p := Person{ID: who.ID.String(), Name: who.Name}
	if n := utf8.RuneCountInString(p.Name); !digits.MatchString(p.ID) || n < 1 || n > 200 || strings.ContainsFunc(p.Name, unicode.IsControl) {
		return Person{}, ErrGarbled
	}
	if u, err := url.Parse(who.Picture); err == nil && u.Scheme == "https" && u.Host != "" && len(who.Picture) <= 2048 {
		p.Avatar = who.Picture
	}
	return p, nil
}
