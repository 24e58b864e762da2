package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// exportFlags say what is exported and where it goes.
type exportFlags struct {
	name, format, out string
	force             bool
}

func (a *app) exportCommand() *cobra.Command {
	var o exportFlags
	cmd := &cobra.Command{
		Use: "export NAME", Short: "Write all that a streamer owns to one file, without secrets", Args: takes("NAME"),
		Long: `Write all that a streamer owns to one file, as it is at this moment; he is served meanwhile.
The SQLite form opens in the sqlite3 shell and can be restored; the JSON form is for people and
other programs. Sessions, codes, tokens of providers and settings whose name says that they are
secret are in neither. Without --out it goes to standard output.`,
		Example: "  streamvault export alice --out alice.db\n  streamvault export alice --format json | jq '.viewers[0]'",
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "sqlite", "sqlite or json")
	f.StringVar(&o.out, "out", "", "file to write (default standard output)")
	f.BoolVar(&o.force, "force", false, "replace --out when it exists")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		o.name = args[0]
		return a.export(ctx, o)
	})
	return cmd
}

func (o exportFlags) check(a *app) error {
	switch {
	case o.format != "sqlite" && o.format != "json":
		return wrongUse("export", "--format must be sqlite or json")
	case o.out == "" && o.format == "sqlite" && a.json:
		return wrongUse("export", "--json with a database needs --out")
	case o.out == "" && o.format == "sqlite" && isTerminal(a.stdout):
		return wrongUse("export", "a terminal cannot show a database: name a file with --out, or use --format json")
	}
	return nil
}

// exported is what was written, as a program reads it.
type exported struct {
	Streamer string `json:"streamer"`
	Format   string `json:"format"`
	File     string `json:"file"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
}

func (a *app) export(ctx context.Context, o exportFlags) error {
	if err := o.check(a); err != nil {
		return err
	}
	path, err := streamerPath(o.name)
	if err != nil {
		return err
	}
	path += "/export?format=" + o.format
	if o.out == "" {
		return a.ask(ctx, func(c *client) error { return c.download(ctx, path, a.stdout, nil) })
	}
	to, err := a.newOutput(o.out, o.force)
	if err != nil {
		return err
	}
	bar := newProgress(a.stderr, time.Now)
	bar.begin("exporting " + o.name)
	err = a.ask(ctx, func(c *client) error {
		return c.download(ctx, path, to, func(done, total int64) {
			bar.show(progressLine{Step: o.out, Unit: "bytes", Done: done, Total: max(total, done)})
		})
	})
	bar.end()
	if err = to.finish(err); err != nil {
		return err
	}
	e := exported{o.name, o.format, o.out, to.bytes, to.sum()}
	return a.answer(e, fmt.Sprintf("Wrote %s (%s bytes).", o.out, thousands(e.Bytes)))
}

// download copies an answer that is a file.
func (c *client) download(ctx context.Context, path string, to io.Writer, progress func(done, total int64)) error {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if progress != nil {
		to = &counting{to: to, told: func(n int64) { progress(n, resp.ContentLength) }}
	}
	if _, err = io.Copy(to, resp.Body); errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the answer was cut off: what came is not whole")
	}
	if err != nil {
		return fmt.Errorf("write what the server answered: %w", err)
	}
	return nil
}

// counting tells how many bytes went through it.
type counting struct {
	to   io.Writer
	n    int64
	told func(int64)
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	c.told(c.n)
	return n, err
}
