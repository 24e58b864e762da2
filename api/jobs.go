package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"streamvault/registry"
	"streamvault/shard/fleet"
	"streamvault/shard/job"
	"streamvault/shard/scope"
)

// JobStore is the long work of an installation.
type JobStore interface {
	Jobs(ctx context.Context, before int64, limit int, kinds ...string) ([]registry.Job, error)
	Job(ctx context.Context, id int64) (registry.Job, error)
	JobItems(ctx context.Context, job int64, state registry.ItemState, after scope.StreamerID, limit int) ([]registry.JobItem, error)
	FollowJob(ctx context.Context, id int64, show func(job.Progress)) (registry.Job, error)
	CancelJob(ctx context.Context, id int64, actor string) (registry.Job, error)
	ResumeJob(ctx context.Context, id int64, actor string) (registry.Job, error)
}

func jobRoutes() []Route {
	const path = "/api/jobs"
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: path, Who: Admin,
			Summary: "Long work, newest first: all, or of a kind"}, listJobs),
		onInstallation(Route{Method: http.MethodGet, Path: path + "/{id}", Who: Admin,
			Summary: "A job"}, getJob),
		onInstallation(Route{Method: http.MethodGet, Path: path + "/{id}/items", Who: Admin,
			Summary: "What became of each streamer in a job: all, or those in a state"}, listJobItems),
		followRoute(Route{Method: http.MethodGet, Path: path + "/{id}/progress", Who: Admin,
			Summary: "A job's progress line by line, until it ends; the job goes on when nobody reads"}, "items"),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{id}/cancel", Who: Admin,
			Summary: "Stops a job for good; what it has done stays"}, cancelJob),
		onInstallation(Route{Method: http.MethodPost, Path: path + "/{id}/resume", Who: Admin, Status: http.StatusAccepted,
			Summary: "Takes a halted or failed backup of all, or drill, up again"}, resumeJob),
	}
}

// Job is long work as callers see it.
type Job struct {
	ID        int64             `json:"id" is:"0.."` // 0: there was nothing to do
	Kind      string            `json:"kind"`
	State     registry.JobState `json:"state"` // running, halted, done, failed, cancelled
	Total     int64             `json:"total"` // items
	Done      int64             `json:"done"`
	Failed    int64             `json:"failed"`
	StartedAt Time              `json:"startedAt"`
	EndedAt   *Time             `json:"endedAt"` // null while it runs
	Actor     string            `json:"actor"`
	Detail    json.RawMessage   `json:"detail"` // of its kind
}

// ShowJob is a job as routes answer it.
func ShowJob(j registry.Job) Job {
	shown := Job{j.ID, j.Kind, j.State, j.Total, j.Done, j.Failed, Time{j.StartedAt}, nil, j.Actor, j.Detail}
	if j.EndedAt != nil {
		shown.EndedAt = &Time{*j.EndedAt}
	}
	return shown
}

// orNoJob is the answer to an id that no job has.
func orNoJob(id int64, err error) error {
	if errors.Is(err, registry.ErrNotFound) {
		return NewProblem(http.StatusNotFound, "job_not_found", "There is no job "+strconv.FormatInt(id, 10)+".")
	}
	return err
}

type jobListing struct {
	paging
	Kind string `query:"kind"`
}

func listJobs(ctx context.Context, d desk[JobStore], in *jobListing) (Page[Job], error) {
	var kinds []string
	if in.Kind != "" {
		kinds = []string{in.Kind}
	}
	return jobsOf(ctx, d.store, in.paging, kinds...)
}

func jobsOf(ctx context.Context, store JobStore, p paging, kinds ...string) (Page[Job], error) {
	before := int64(0)
	size, err := p.begin(&before)
	if err != nil {
		return Page[Job]{}, err
	}
	found, err := store.Jobs(ctx, before, size+1, kinds...)
	if err != nil {
		return Page[Job]{}, err
	}
	return paged(found, size, ShowJob, func(j registry.Job) any { return j.ID })
}

type jobID struct {
	ID int64 `path:"id"`
}

func getJob(ctx context.Context, d desk[JobStore], in *jobID) (Job, error) {
	j, err := d.store.Job(ctx, in.ID)
	return ShowJob(j), orNoJob(in.ID, err)
}

func cancelJob(ctx context.Context, d desk[JobStore], in *jobID) (Job, error) {
	j, err := d.store.CancelJob(ctx, in.ID, d.caller.Actor)
	return ShowJob(j), orNoJob(in.ID, err)
}

func resumeJob(ctx context.Context, d desk[JobStore], in *jobID) (Job, error) {
	j, err := d.store.ResumeJob(ctx, in.ID, d.caller.Actor)
	if errors.Is(err, registry.ErrWrongState) && slices.Contains(fleet.Kinds, j.Kind) {
		return Job{}, NewProblem(http.StatusConflict, "conflict", fmt.Sprintf(
			"Job %d (%s) is one of the migrations: streamvault migrate resume %d.", in.ID, j.Kind, in.ID))
	}
	return ShowJob(j), orNoJob(in.ID, err)
}

type jobItemListing struct {
	jobID
	paging
	State string `query:"state" is:"one:waiting,running,done,failed,skipped,rolled-back"`
}

var itemStates = []registry.ItemState{registry.ItemWaiting, registry.ItemRunning, registry.ItemDone,
	registry.ItemFailed, registry.ItemSkipped, registry.ItemRolledBack}

// jobItem is what became of a streamer in a job.
type jobItem struct {
	ID       scope.StreamerID   `json:"id" is:"0.."` // the streamer's; 0 is the registry
	Streamer *string            `json:"streamer"`    // username; null when he is gone
	State    registry.ItemState `json:"state"`
	Detail   json.RawMessage    `json:"detail"` // of the job's kind
}

func listJobItems(ctx context.Context, d desk[JobStore], in *jobItemListing) (Page[jobItem], error) {
	return itemsOf(ctx, d.store, in, func(i registry.JobItem) jobItem {
		return jobItem{i.Streamer, nameOrNil(i.Username), i.State, i.Detail}
	})
}

func itemsOf[T any](ctx context.Context, store JobStore, in *jobItemListing, show func(registry.JobItem) T) (Page[T], error) {
	after := scope.StreamerID(-1)
	size, err := in.begin(&after)
	if err != nil {
		return Page[T]{}, err
	}
	if in.State != "" && !slices.Contains(itemStates, registry.ItemState(in.State)) {
		return Page[T]{}, &registry.InvalidError{What: "state", Problem: "must be waiting, running, done, failed, skipped or rolled-back"}
	}
	if _, err := store.Job(ctx, in.ID); err != nil {
		return Page[T]{}, orNoJob(in.ID, err)
	}
	found, err := store.JobItems(ctx, in.ID, registry.ItemState(in.State), after, size+1)
	if err != nil {
		return Page[T]{}, err
	}
	return paged(found, size, show, func(i registry.JobItem) any { return i.Streamer })
}

func nameOrNil(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}
