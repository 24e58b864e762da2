package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listenWeb binds the address that the world talks to.
func listenWeb(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &refusal{Code: "address_in_use", Detail: address +
			" is in use by another program: stop that one, or choose another address with --listen"}
	case errors.Is(err, syscall.EACCES):
		return nil, &refusal{Code: "address_forbidden", Detail: "this user may not listen at " + address +
			": choose a port above 1023 with --listen"}
	case err != nil:
		return nil, fmt.Errorf("listen at %s: %w", address, err)
	}
	return l, nil
}

// clickable is the address of a listener as a browser on this machine takes it.
func clickable(l net.Listener, tls bool) string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return scheme + net.JoinHostPort("localhost", port)
	}
	return scheme + l.Addr().String()
}
