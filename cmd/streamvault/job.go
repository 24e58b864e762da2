package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

const jobsPath = "/api/jobs"

// job is what commands show of the API's job.
type job struct {
	ID        int64
	Kind      string
	State     string
	Total     int64
	Done      int64
	Failed    int64
	StartedAt time.Time
	EndedAt   *time.Time
	Actor     string
	Detail    json.RawMessage
}

// jobPath is the route of one job. What is no number is no job's.
func jobPath(of, id, verb string) (string, error) {
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n < 1 {
		return "", &refusal{Code: "job_not_found", Detail: fmt.Sprintf("There is no job %q: a job is a number.", id)}
	}
	return of + "/" + id + verb, nil
}

func (a *app) jobListCommand() *cobra.Command {
	var kind string
	cmd := &cobra.Command{Use: "list", Short: "List long work, newest first", Args: takes()}
	cmd.Flags().StringVar(&kind, "kind", "", "only jobs of this kind, such as migrate")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		query := url.Values{}
		if kind != "" {
			query.Set("kind", kind)
		}
		return a.jobList(ctx, jobsPath, query)
	})
	return cmd
}

func (a *app) jobList(ctx context.Context, path string, query url.Values) error {
	var items []json.RawMessage
	err := a.ask(ctx, func(c *client) (err error) {
		items, err = c.items(ctx, path, query)
		return err
	})
	if err != nil {
		return err
	}
	t := table{heads: []string{"ID", "KIND", "STATE", "DONE", "FAILED", "TOTAL", "STARTED", "BY"}}
	if err := rows(items, func(j job) {
		t.add(fmt.Sprint(j.ID), j.Kind, j.State, fmt.Sprint(j.Done), fmt.Sprint(j.Failed), fmt.Sprint(j.Total), minute(j.StartedAt), j.Actor)
	}); err != nil {
		return err
	}
	return a.list(items, t)
}

func (a *app) jobShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a job", Args: takes("ID"),
		RunE: a.does(func(ctx context.Context, args []string) error {
			return a.jobAsk(ctx, http.MethodGet, args[0], "")
		}),
	}
}

func (a *app) jobCancelCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "Stop a job for good; what it has done stays", Args: takes("ID"),
		RunE: a.does(func(ctx context.Context, args []string) error {
			return a.jobAsk(ctx, http.MethodPost, args[0], "/cancel")
		}),
	}
}

func (a *app) jobResumeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "resume ID", Short: "Take a halted or failed backup of all, or drill, up again", Args: takes("ID"),
		RunE: a.does(func(ctx context.Context, args []string) error {
			path, err := jobPath(jobsPath, args[0], "/resume")
			if err != nil {
				return err
			}
			j, answer, err := a.askJob(ctx, path, nil, "going on")
			switch {
			case err != nil:
				return err
			case j.State != "done":
				return a.failed(answer, &refusal{Code: "partly_failed", Detail: fmt.Sprintf("%d of %d failed (job %d is %s)", j.Failed, j.Total, j.ID, j.State)})
			}
			return a.printJob(answer)
		}),
	}
}

// jobAsk asks something of a job that is answered with the job.
func (a *app) jobAsk(ctx context.Context, method, id, verb string) error {
	path, err := jobPath(jobsPath, id, verb)
	if err != nil {
		return err
	}
	var answer json.RawMessage
	err = a.ask(ctx, func(c *client) error { return c.call(ctx, method, path, nil, &answer) })
	if err != nil {
		return err
	}
	return a.printJob(answer)
}

func (a *app) printJob(answer json.RawMessage) (err error) {
	if a.json {
		return writeJSON(a.stdout, answer)
	}
	bad := rows([]json.RawMessage{answer}, func(j job) { err = a.print(j.table()) })
	if bad != nil {
		return bad
	}
	return err
}

func (j job) table() table {
	ended := "-"
	if j.EndedAt != nil {
		ended = minute(*j.EndedAt)
	}
	return table{rows: [][]any{
		{"id", fmt.Sprint(j.ID)},
		{"kind", j.Kind},
		{"state", j.State},
		{"done", fmt.Sprintf("%d of %d, %d failed", j.Done, j.Total, j.Failed)},
		{"started", minute(j.StartedAt)},
		{"ended", ended},
		{"by", j.Actor},
		{"detail", string(j.Detail)},
	}}
}
