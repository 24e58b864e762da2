package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"streamvault/shard"
)

func main() {
	shard.Gate()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns the exit code of the process. The first
// SIGINT or SIGTERM ends ctx; from then on a second one ends the process at once.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, env: os.LookupEnv}
	return a.run(ctx, args)
}
