package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"streamvault/api"
	"streamvault/registry"
	"streamvault/shard"
)

const (
	// patience is how long a command waits for the directory while its owner neither
	// answers nor lets go: another command at work, a server starting or stopping.
	patience = 5 * time.Second
	// reaction is how long a server may take to say that it is there.
	reaction = 2 * time.Second
	retry    = 25 * time.Millisecond
)

// door is a way to the control handler.
type door struct {
	*client
	// adminKey is the first admin key of an installation that this door has made.
	adminKey string
	shut     func() error
}

func (d *door) close() error {
	d.client.close()
	return d.shut()
}

// ask lets do talk to the control handler. When the server goes away before it was asked
// anything, do is run again with the next owner.
func (a *app) ask(ctx context.Context, do func(*client) error) error {
	return a.askWith(ctx, shard.Options{}, do)
}

// askWith is ask with options for a store that is opened for it, where no server is.
func (a *app) askWith(ctx context.Context, o shard.Options, do func(*client) error) error {
	for {
		d, err := a.open(ctx, o)
		if err != nil {
			return err
		}
		if d.adminKey != "" {
			a.tellAdminKey(d.adminKey)
		}
		if err = errors.Join(do(d.client), d.close()); !errors.Is(err, errNobody) {
			return err
		}
	}
}

// open finds the owner of the directory, or becomes it.
func (a *app) open(ctx context.Context, o shard.Options) (d *door, err error) {
	err = a.persist(ctx, func() (over bool, err error) {
		d, over = a.knock(ctx)
		if !over {
			d, err = a.own(ctx, o)
		}
		return over, err
	})
	return d, a.locked(err, ", which does not answer at control.sock: wait until it has finished, or stop it, and try again")
}

// takeStore becomes the owner of the directory, unless a server is.
func (a *app) takeStore(ctx context.Context, o shard.Options) (s *shard.Store, err error) {
	err = a.persist(ctx, func() (over bool, err error) {
		if s, err = a.openStore(ctx, o); !errors.Is(err, registry.ErrLocked) {
			return true, err
		}
		d, answers := a.knock(ctx)
		if answers {
			d.client.close()
		}
		return answers, err
	})
	return s, a.locked(err, ": stop it first, or choose another directory with --data")
}

// persist tries again while the directory has an owner that does not answer, until it is
// over or patience ends.
func (a *app) persist(ctx context.Context, try func() (over bool, err error)) error {
	for end := time.Now().Add(patience); ; {
		over, err := try()
		if over || !errors.Is(err, registry.ErrLocked) || time.Now().After(end) {
			return err
		}
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// knock finds out whether a server answers at the control socket.
func (a *app) knock(ctx context.Context) (*door, bool) {
	c := newClient(func(ctx context.Context) (net.Conn, error) { return dialControl(ctx, a.data) })
	ctx, cancel := context.WithTimeout(ctx, reaction)
	defer cancel()
	if err := c.call(ctx, http.MethodGet, "/healthz", nil, nil); err != nil {
		c.close()
		return nil, false
	}
	return &door{client: c, shut: func() error { return nil }}, true
}

// own takes the directory, makes an installation where there is none, and serves the
// control handler to this process only.
func (a *app) own(ctx context.Context, o shard.Options) (*door, error) {
	o.Log = zerolog.Nop() // a command answers by itself
	o.FleetWorkers = 8    // and has nobody to serve
	store, err := a.openStore(ctx, o)
	if err != nil {
		return nil, err
	}
	l := newPipeListener()
	base, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	server := &http.Server{Handler: newAPI(store, api.Options{Log: o.Log}).ControlHandler(), ErrorLog: stdLogger(o.Log),
		BaseContext: func(net.Listener) context.Context { return base }}
	go func() { _ = server.Serve(l) }() // ends with shut
	shut := func() error {
		cutOff()
		ctx, cancel := context.WithTimeout(context.Background(), drainTime+closeTime)
		defer cancel()
		store.HaltJobs()
		return errors.Join(server.Shutdown(ctx), store.Close(ctx))
	}
	d := &door{client: newClient(l.Dial), adminKey: store.FirstAdminKey(), shut: shut}
	d.own = true
	return d, nil
}

// openStore takes the directory and removes the socket of an owner that crashed.
func (a *app) openStore(ctx context.Context, o shard.Options) (*shard.Store, error) {
	o.MasterKeyFile = a.masterKeyFile
	var err error
	if o.Backups, err = a.place.target(a.env); err != nil {
		return nil, err
	}
	store, err := shard.Open(ctx, a.data, o)
	if errors.Is(err, registry.ErrLostRegistry) {
		return nil, &refusal{Code: "registry_lost", Detail: err.Error(), cause: err}
	}
	if err != nil {
		return nil, err
	}
	if err := sweepSocket(a.data); err != nil {
		return nil, errors.Join(err, store.Close(ctx))
	}
	return store, nil
}

// locked names the process that holds the directory, when that was the trouble.
func (a *app) locked(err error, advice string) error {
	if !errors.Is(err, registry.ErrLocked) {
		return err
	}
	owner := "another process"
	if b, err := os.ReadFile(filepath.Join(a.data, "LOCK")); err == nil && len(b) > 0 {
		owner = "process " + strings.TrimSpace(string(b))
	}
	return &refusal{Code: "locked", Detail: fmt.Sprintf("%s is in use by %s%s", a.data, owner, advice)}
}
