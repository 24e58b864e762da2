package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/spf13/cobra"
)

type legacySource struct {
	Out string `json:"out"`
}

type legacyFiles struct {
	Run   string   `json:"run"`
	Files []string `json:"files"`
}

func (a *app) legacySourceCommand() *cobra.Command {
	var in legacySource
	cmd := &cobra.Command{
		Use: "source RUN --out DIR", Short: "Get the files of an import back, as they were", Args: takes("RUN"),
		Long: `Open the kept, sealed source of an import and write its files into a new directory, byte by byte
what was imported. They hold the old app's tokens in clear: keep them to yourself.`,
	}
	cmd.Flags().StringVar(&in.Out, "out", "", "a directory that is empty or not there yet")
	cmd.RunE = a.does(func(ctx context.Context, args []string) (err error) {
		if in.Out == "" {
			return wrongUse("legacy source", "--out is missing")
		}
		if in.Out, err = filepath.Abs(in.Out); err != nil {
			return fmt.Errorf("find %s: %w", in.Out, err)
		}
		return a.legacySource(ctx, args[0], in)
	})
	return cmd
}

func (a *app) legacySource(ctx context.Context, run string, in legacySource) error {
	var answer json.RawMessage
	err := a.ask(ctx, func(c *client) (err error) {
		answer, err = a.follow(ctx, c, http.MethodPost, legacyRunPath(run, "source"), in, "opening the kept source of "+run)
		return err
	})
	if err != nil {
		return err
	}
	var done legacyFiles
	if err := json.Unmarshal(answer, &done); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return a.answer(answer, done.Files...)
}
