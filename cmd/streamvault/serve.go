package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"streamvault/api"
	"streamvault/migrations"
	"streamvault/shard"
)

type serveFlags struct {
	listen          string
	demo            bool
	maxOpen         int // files
	minFree, quota  int // MiB
	nameGrace       int // days
	trashGrace      int // days
	durability      string
	tlsCert, tlsKey string
	proxies         []string
	kick            kickFlags
	schedule        scheduleFlags
}

func (a *app) serveCommand() *cobra.Command {
	var o serveFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the API until SIGTERM or SIGINT", Args: takes(),
		Long: `Serve the API until SIGTERM or SIGINT; requests under way are finished first, for a few
seconds. A second signal ends at once. With --demo, a streamer with made-up viewers is there
to try things on, in ./demo-data unless --data says otherwise.`,
		Example: "  streamvault serve --demo\n  streamvault serve --listen :8080 --tls-cert cert.pem --tls-key key.pem",
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "address to serve; port 0 takes a free one")
	f.BoolVar(&o.demo, "demo", false, "make a streamer demo with made-up data and show links and keys")
	f.IntVar(&o.maxOpen, "max-open", 0, "streamers' files open at once (default from the limit of descriptors)")
	f.IntVar(&o.minFree, "min-free", 0, "MiB of the disk that are left free: with less, writes answer 507 and reads go on (default 256, less on a small disk)")
	f.IntVar(&o.quota, "quota", shard.DefaultQuota>>20, "MiB that one streamer's data may take: beyond it his writes answer 507")
	f.IntVar(&o.nameGrace, "name-grace", defaultGraceDays, "days that the former name of a renamed streamer leads to him")
	f.IntVar(&o.trashGrace, "trash-grace", defaultGraceDays, "days that a deleted streamer can be had back; then he is purged")
	f.StringVar(&o.durability, "durability", "full", "full: an answered write outlasts a power cut; normal: faster, but a power cut may take a streamer's last writes (no streamer, no key, and a kill of the program takes nothing)")
	f.StringVar(&o.tlsCert, "tls-cert", "", "certificate chain, PEM")
	f.StringVar(&o.tlsKey, "tls-key", "", "private key of the certificate, PEM")
	f.StringSliceVar(&o.proxies, "trust-proxy", nil, "network of a proxy whose X-Forwarded-For is believed, such as 10.0.0.0/8; may be given again")
	o.kick.declare(f)
	o.schedule.declare(f)
	for _, name := range []string{"trust-proxy", "listen", "demo", "max-open", "min-free", "quota", "name-grace", "trash-grace", "durability", "tls-cert", "tls-key"} {
		setting(f, name)
	}
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		if o.demo && !cmd.Flags().Changed("data") {
			a.data = demoDir
		}
		return a.serve(ctx, o)
	})
	return cmd
}

func (o serveFlags) check() error {
	switch {
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return wrongUse("serve", "--tls-cert and --tls-key go together")
	case o.minFree < 0 || o.minFree > mostMiB || o.quota < 1 || o.quota > mostMiB:
		return wrongUse("serve", "--quota must be 1 to %d MiB, and --min-free as many, or 0 for the default", mostMiB)
	case o.nameGrace < 0 || o.nameGrace > mostGraceDays || o.trashGrace < 0 || o.trashGrace > mostGraceDays:
		return wrongUse("serve", "--name-grace and --trash-grace must be 0 to %d days", mostGraceDays)
	case o.durability != "full" && o.durability != "normal":
		return wrongUse("serve", "--durability must be full or normal")
	case o.maxOpen < 0:
		return wrongUse("serve", "--max-open must be 1 or more, or 0 for the default")
	}
	_, port, err := net.SplitHostPort(o.listen)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return wrongUse("serve", "--listen must be HOST:PORT: %v", err)
	}
	return o.kick.check()
}

func (o serveFlags) synchronous() migrations.Synchronous {
	if o.durability == "normal" {
		return migrations.Normal
	}
	return migrations.Full
}

// limits are what callers may ask, as seen from behind the proxies.
func (o serveFlags) limits() (api.Limits, error) {
	l := api.DefaultLimits()
	for _, text := range o.proxies {
		p, err := netip.ParsePrefix(text)
		if a, bad := netip.ParseAddr(text); bad == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return l, wrongUse("serve", "--trust-proxy must be an address or a network such as 10.0.0.0/8, not %q", text)
		}
		l.Trusted = append(l.Trusted, p.Masked())
	}
	return l, nil
}

// certificate reads the TLS files, if there are any.
func (o serveFlags) certificate() (*tls.Config, error) {
	if o.tlsCert == "" {
		return nil, nil
	}
	for flag, path := range map[string]string{"--tls-cert": o.tlsCert, "--tls-key": o.tlsKey} {
		if _, err := os.Stat(path); err != nil {
			return nil, unreadable(flag, path, err)
		}
	}
	pair, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
	if err != nil {
		return nil, wrongUse("serve", "--tls-cert and --tls-key: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

func (a *app) serve(ctx context.Context, o serveFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	s, err := a.startServer(ctx, o, a.logger(zerolog.InfoLevel))
	if err != nil {
		return err
	}
	if key := s.store.FirstAdminKey(); key != "" && s.demo == nil { // the demo has one of its own
		a.tellAdminKey(key)
	}
	if err := a.greet(s); err != nil {
		return errors.Join(err, s.stop())
	}
	return s.run(ctx)
}
