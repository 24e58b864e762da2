package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// follow starts long work, whose first step counts nothing, shows its progress and returns
// its result.
func (a *app) follow(ctx context.Context, c *client, method, path string, in any, first string) (result json.RawMessage, err error) {
	bar := newProgress(a.stderr, time.Now)
	bar.begin(first)
	err = c.stream(ctx, method, path, in, func(line json.RawMessage) error {
		var l streamLine
		if err := json.Unmarshal(line, &l); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		switch {
		case l.Error != nil:
			return &refusal{Code: l.Error.Code, Detail: l.Error.Detail}
		case l.Progress != nil:
			bar.show(*l.Progress)
		case l.Result != nil:
			result = l.Result
		}
		return nil
	})
	bar.end()
	if err == nil && result == nil {
		err = errors.New("the server went away before it had finished: repeat the command")
	}
	return result, err
}

// waiting tells a person what goes on while work is done that counts nothing.
func (a *app) waiting(step string, work func() error) error {
	bar := newProgress(a.stderr, time.Now)
	bar.begin(step)
	defer bar.end()
	return work()
}

// streamLine is one line of long work: progress, and in the end a result or an error.
type streamLine struct {
	Progress *progressLine
	Result   json.RawMessage
	Error    *failure
}
