package api

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// lineTimeout is how long a caller of long work may take to read a line.
const lineTimeout = 30 * time.Second

// Operation makes a route for work that may take long. Each value given to progress becomes
// a line {"progress":...}, the end one line {"result":...} or {"error":{...}}. Work that
// fails before its first progress is refused like any other request. The context
// ends when nobody reads any more; progress may be called from several goroutines.
func Operation[In, Out any](r Route, work func(ctx context.Context, by Caller, in *In, progress func(any)) (Out, error)) Route {
	if r.Timeout == 0 {
		r.Timeout = -1
	}
	r.Status = http.StatusOK // there are lines, even without a result
	r = declare[In, Out](r)
	r.lines = true
	r.run = func(c *call) error {
		in := new(In)
		if err := c.bind(in); err != nil {
			return err
		}
		return c.lines(func(progress func(any)) (any, error) { return work(c.ctx, c.caller, in, progress) })
	}
	return r
}

// lines answers long work as its lines come.
func (c *call) lines(work func(progress func(any)) (any, error)) error {
	l := &lines{c: c}
	out, err := work(func(v any) { l.send(line{Progress: v}) })
	if err != nil && c.status == 0 {
		return err
	}
	if err != nil {
		p := problemOf(err)
		if p.Status >= http.StatusInternalServerError {
			c.cause = err
		}
		l.send(line{Error: p})
		return nil
	}
	l.send(line{Result: out})
	return nil
}

// line is one line of long work; exactly one field is set.
type line struct {
	Progress any      `json:"progress,omitempty"`
	Result   any      `json:"result,omitempty"`
	Error    *Problem `json:"error,omitempty"`
}

// lines sends lines as they come.
type lines struct {
	mu sync.Mutex
	c  *call
}

func (l *lines) send(v line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.c
	b := c.server.buffer()
	defer c.server.release(b)
	if err := b.encode(v); err != nil {
		panic(err) // progress and results are plain data
	}
	control := http.NewResponseController(c.w)
	_ = control.SetReadDeadline(time.Time{}) // the body has been read
	_ = control.SetWriteDeadline(time.Now().Add(lineTimeout))
	if c.status == 0 {
		c.status = c.route.Status
		c.w.Header().Set("Content-Type", "application/x-ndjson")
		c.w.WriteHeader(c.status)
	}
	n, _ := c.w.Write(b.Bytes()) // when nobody reads any more, the server ends c.ctx
	c.bytes += int64(n)
	_ = control.Flush()
}
