package kickapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// mostAnswer is the most bytes of an answer that are read.
const mostAnswer = 256 << 10

// get asks Kick's API with a token.
func (a *App) get(ctx context.Context, path, token string, answer any) error {
	return a.send(ctx, http.MethodGet, path, token, nil, answer)
}

// post sends JSON to Kick's API with a token.
func (a *App) post(ctx context.Context, path, token string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return a.send(ctx, http.MethodPost, path, token, bytes.NewReader(text), answer)
}

func (a *App) send(ctx context.Context, method, path, token string, body io.Reader, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, a.o.APIURL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return a.do(req, answer)
}

// form sends a form to where Kick signs people in.
func (a *App) form(ctx context.Context, path string, form url.Values, answer any) error {
	form.Set("client_id", a.o.ClientID)
	form.Set("client_secret", a.o.ClientSecret)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.o.IDURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.do(req, answer)
}

// do reads a JSON answer, or returns ErrUnreachable, ErrGarbled or a RefusedError.
func (a *App) do(req *http.Request, answer any) error {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "streamvault")
	resp, err := a.client.Do(req)
	if err != nil {
		return unreachable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	switch {
	case resp.StatusCode >= 400:
		return refused(resp, body)
	case resp.StatusCode >= 300:
		return ErrGarbled // whoever leads us elsewhere is not Kick's API
	}
	if err != nil {
		return unreachable(err)
	}
	if answer != nil && json.Unmarshal(body, answer) != nil {
		return ErrGarbled
	}
	return nil
}

// refused reads of a refusal what may be told.
func refused(resp *http.Response, body []byte) error {
	e := &RefusedError{Status: resp.StatusCode}
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &said) == nil {
		e.Code = knownWord(said.Error)
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		e.retryAfter = time.Duration(min(n, 3600)) * time.Second
	}
	return e
}

// wait is how long Kick asked to be left alone, if it did.
func wait(err error) time.Duration {
	var refused *RefusedError
	if errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests {
		return max(refused.retryAfter, time.Second)
	}
	return 0
}
