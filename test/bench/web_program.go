package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// program is a server in a process of its own, with its output in a file.
type program struct {
	cmd     *exec.Cmd
	output  *os.File
	address string
}

// build makes a binary of the module in a directory below the top of this one.
func build(ctx context.Context, module, target, binary string) error {
	top, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	_, err = output(ctx, filepath.Join(strings.TrimSpace(top), module), "go", "build", "-o", binary, target)
	return err
}

// output runs a command to its end and returns what it printed.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%s %s: %w: %s", filepath.Base(name), args[0], err, failed.Stderr)
	}
	return string(out), err
}

// startProgram starts a server that logs into dir and waits until the path answers 200.
func startProgram(ctx context.Context, dir, address, ready, binary string, args ...string) (_ *program, err error) {
	p := &program{cmd: exec.Command(binary, args...), address: address}
	if p.output, err = os.Create(filepath.Join(dir, "output")); err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, p.output.Close())
	}
	for range 200 {
		if status, _, err := ask(ctx, "GET", "http://"+address+ready, "", ""); err == nil && status == http.StatusOK {
			return p, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("%s does not answer", filepath.Base(binary)), p.stop())
}

// stop ends the process and waits for it.
func (p *program) stop() error {
	kill := time.AfterFunc(15*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	err := p.cmd.Wait()
	return errors.Join(err, p.output.Close())
}

// ask is a request that is not measured.
func ask(ctx context.Context, method, url, key, body string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// freeAddress is one that nobody listens at just now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// startOurs builds this program and serves a streamer with it, as its defaults are: FULL.
func startOurs(ctx context.Context, b *bench) (*viewerSite, error) {
	dir, err := b.place()
	if err != nil {
		return nil, err
	}
	binary, data := filepath.Join(dir, "streamvault"), "--data="+filepath.Join(dir, "data")
	if err := build(ctx, ".", "./cmd/streamvault", binary); err != nil {
		return nil, err
	}
	said, err := output(ctx, "", binary, "streamer", "create", "alice", "--json", data)
	if err != nil {
		return nil, err
	}
	var made struct{ OwnerKey string }
	if err := json.Unmarshal([]byte(said), &made); err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p, err := startProgram(ctx, dir, address, "/readyz", binary, "serve", "--listen="+address, data)
	if err != nil {
		return nil, err
	}
	return &viewerSite{name: "streamvault", program: p, key: made.OwnerKey, made: http.StatusCreated,
		create: "/alice/api/users", get: "/alice/api/users/%s", list: "/alice/api/users?limit=30"}, nil
}
