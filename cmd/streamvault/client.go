package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// client asks the control handler. The host of its addresses means nothing.
type client struct {
	http *http.Client
	own  bool // the handler is in this very process
}

type dialer func(ctx context.Context) (net.Conn, error)

func newClient(dial dialer) *client {
	return &client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// call sends in as JSON, unless it is nil, and reads the answer into out, unless that is
// nil. An answer of 400 and above is a refusal.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	resp, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if out == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// stream is a call whose answer comes line by line.
func (c *client) stream(ctx context.Context, method, path string, in any, each func(line json.RawMessage) error) error {
	resp, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	for d := json.NewDecoder(resp.Body); ; {
		var line json.RawMessage
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		if err := each(line); err != nil {
			return err
		}
	}
}

// send returns the response to a request that was granted.
func (c *client) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://streamvault"+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, sendError(err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, refused(resp)
	}
	return resp, nil
}

// sendError leaves the made-up address out of what went wrong.
func sendError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the server went away before it answered: look whether the operation was done, and repeat it if not")
	}
	return fmt.Errorf("ask the server: %w", err)
}

// refused reads the problem that the handler answered with.
func refused(resp *http.Response) error {
	defer resp.Body.Close()
	var problem struct{ Code, Title, Detail string }
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &problem)
	}
	if err != nil || problem.Code == "" {
		return fmt.Errorf("the server answered %s", resp.Status)
	}
	if problem.Detail == "" {
		problem.Detail = problem.Title
	}
	return &refusal{Code: problem.Code, Detail: problem.Detail}
}

// pageSize is how many items are asked for at a time.
const pageSize = "1000"

// items gets a listing as a whole, page by page.
func (c *client) items(ctx context.Context, path string, query url.Values) ([]json.RawMessage, error) {
	var all []json.RawMessage
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", pageSize)
	for {
		var page struct {
			Items []json.RawMessage
			Next  string
		}
		if err := c.call(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		query.Set("cursor", page.Next)
	}
}

// rows reads the items of a listing one after another into T.
func rows[T any](items []json.RawMessage, each func(T)) error {
	for _, item := range items {
		var row T
		if err := json.Unmarshal(item, &row); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		each(row)
	}
	return nil
}
