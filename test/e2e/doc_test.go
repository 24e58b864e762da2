// Package e2e drives the built program as its users do: commands with and without a
// running server, HTTP over real sockets, signals, kill -9.
//
// The short form runs with go test; -long runs what takes minutes:
//
//	go test ./test/e2e -long
package e2e
