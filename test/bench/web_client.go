package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// webClient keeps connections to a server and sends requests over them as fast as they are
// answered. It speaks just the HTTP/1.1 that it needs: net/http's own client costs more
// than a server does, and would hide what is compared.
type webClient struct{ conns []*webConn }

// webConn is one connection that is kept.
type webConn struct {
	net.Conn
	r    *bufio.Reader
	body []byte // of the last answer
}

func dialWeb(ctx context.Context, address string, n int) (*webClient, error) {
	c := &webClient{}
	for range n {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.conns = append(c.conns, &webConn{Conn: conn, r: bufio.NewReaderSize(conn, 32<<10)})
	}
	return c, nil
}

func (c *webClient) close() error {
	var errs []error
	for _, conn := range c.conns {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}

// webCall is what a connection sends, again and again, and what has to come back.
type webCall struct {
	request func(conn, i int) []byte
	status  int
	holds   string // in every body,
	times   int    // so often
}

// rate lets every connection send for a while and returns the answers per second.
func (c *webClient) rate(ctx context.Context, call webCall, during time.Duration) (float64, error) {
	var g errgroup.Group
	counts := make([]int, len(c.conns))
	start := time.Now()
	for n, conn := range c.conns {
		if err := conn.SetDeadline(start.Add(during + 30*time.Second)); err != nil {
			return 0, err
		}
		g.Go(func() error {
			for i := 0; time.Since(start) < during && ctx.Err() == nil; i++ {
				if err := conn.do(call.request(n, i), call); err != nil {
					return err
				}
				counts[n]++
			}
			return ctx.Err()
		})
	}
	err := g.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / time.Since(start).Seconds(), err
}

// do sends one request and holds its answer against what is expected.
func (c *webConn) do(request []byte, want webCall) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.read()
	if err != nil {
		return err
	}
	if status != want.status || bytes.Count(c.body, []byte(want.holds)) != want.times {
		return fmt.Errorf("answered %d %.200s", status, c.body)
	}
	return nil
}

// read takes an answer off the connection; its body is either counted or in chunks.
func (c *webConn) read() (status int, err error) {
	line, err := c.line()
	if err != nil || len(line) < 12 {
		return 0, errors.Join(err, errors.New("no status line"))
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length := 0
	for {
		if line, err = c.line(); err != nil {
			return 0, err
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case len(line) == 0:
			c.body = c.body[:0]
			if length < 0 {
				return status, c.chunks()
			}
			return status, c.take(length)
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			length = -1
		}
	}
}

func (c *webConn) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return err
		}
		if err := c.take(int(n)); err != nil {
			return err
		}
		if _, err := c.line(); err != nil || n == 0 {
			return err
		}
	}
}

// take appends n bytes to the body.
func (c *webConn) take(n int) error {
	have := len(c.body)
	c.body = append(c.body, make([]byte, n)...)
	_, err := io.ReadFull(c.r, c.body[have:])
	return err
}

func (c *webConn) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// webRequest writes a request down. A body is JSON.
func webRequest(method, path, key, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path)
	if key != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", key)
	}
	if method != http.MethodGet {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(&b, "\r\n%s", body)
	return b.Bytes()
}

// askOnce sends a request by itself and returns the whole answer.
func askOnce(ctx context.Context, address string, request []byte) (http.Header, []byte, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		return nil, nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.Header, body, err
}
