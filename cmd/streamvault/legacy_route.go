package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"streamvault/api"
	"streamvault/migrations/legacy"
	"streamvault/registry"
	"streamvault/shard"
)

// legacyRoutes are the operations behind the legacy commands. They read and write paths of
// this machine, so the world does not get them.
func legacyRoutes(store *shard.Store) []api.Route {
	local := func(method, path, summary string) api.Route {
		return api.Route{Method: method, Path: legacyImportsPath + path, Who: api.Admin, Local: true, Summary: summary}
	}
	return []api.Route{
		api.Operation(local(http.MethodPost, "", "Makes a streamer of an old database on this machine"),
			func(ctx context.Context, by api.Caller, in *struct{ Body legacyImport }, progress func(any)) (imported, error) {
				report, key, err := store.ImportLegacy(ctx, shard.ImportRequest{
					From: in.Body.From, Streamer: in.Body.Streamer, DisplayName: in.Body.DisplayName,
					DryRun: in.Body.DryRun, Actor: by.Actor,
				}, rowsTold(progress))
				return imported{report, key}, legacyProblem(ctx, err)
			}),
		api.Operation(local(http.MethodGet, "", "Lists the old databases that moved in, and those that were taken back"),
			func(ctx context.Context, _ api.Caller, _ *api.None, _ func(any)) ([]importItem, error) {
				all, err := store.Imports(ctx)
				return importItems(all), legacyProblem(ctx, err)
			}),
		api.Operation(local(http.MethodPost, "/{run}/verify", "Compares an old database with what its streamer is today"),
			func(ctx context.Context, _ api.Caller, in *struct {
				Run  string `path:"run"`
				Body legacyVerify
			}, progress func(any)) (shard.Verification, error) {
				v, err := store.VerifyImport(ctx, in.Run, in.Body.From, rowsTold(progress))
				return v, legacyProblem(ctx, err)
			}),
		api.Operation(local(http.MethodPost, "/{run}/rollback", "Takes an import back"),
			func(ctx context.Context, by api.Caller, in *struct {
				Run  string `path:"run"`
				Body legacyRollback
			}, _ func(any)) (shard.RolledBack, error) {
				done, err := store.RollBackImport(ctx, shard.RollBack{Run: in.Run, Force: in.Body.Force, DryRun: in.Body.DryRun, Actor: by.Actor})
				return done, legacyProblem(ctx, err)
			}),
		api.Operation(local(http.MethodPost, "/{run}/source", "Writes the files that were imported into a directory of this machine"),
			func(ctx context.Context, _ api.Caller, in *struct {
				Run  string `path:"run"`
				Body legacySource
			}, _ func(any)) (legacyFiles, error) {
				paths, err := store.Source(ctx, in.Run, in.Body.Out)
				return legacyFiles{in.Run, paths}, legacyProblem(ctx, err)
			}),
	}
}

// rowsTold passes the progress of an import on.
func rowsTold(progress func(any)) func(legacy.Progress) {
	return func(p legacy.Progress) {
		progress(progressLine{Step: p.Table, Unit: "rows", Done: p.Done, Total: p.Total})
	}
}

// legacyProblem tells the operator what went wrong, in words of its own where the API would
// speak of channels, and with its cause where the world gets none.
func legacyProblem(ctx context.Context, err error) error {
	var (
		refused *legacy.RefusedError
		taken   *shard.ImportConflictError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return localProblem(http.StatusUnprocessableEntity, "source_refused", refused)
	case errors.As(err, &taken):
		return localProblem(http.StatusConflict, "conflict", taken)
	case errors.Is(err, shard.ErrChanged):
		return localProblem(http.StatusConflict, "changed", err)
	case errors.Is(err, registry.ErrWrongState):
		return localProblem(http.StatusConflict, "wrong_state", err)
	case errors.Is(err, registry.ErrNotFound):
		return localProblem(http.StatusNotFound, "import_not_found",
			errors.New("there is no such run; `streamvault legacy list` shows those there are"))
	case errors.Is(err, shard.ErrSealed):
		return localProblem(http.StatusUnprocessableEntity, "source_lost", err)
	case ctx.Err() != nil || errors.Is(err, registry.ErrInvalidName) || errors.Is(err, registry.ErrInvalid):
		return err
	}
	return localProblem(http.StatusInternalServerError, "import_failed", err)
}

func localProblem(status int, code string, cause error) error {
	return fmt.Errorf("%w (%w)", &api.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: code, Detail: cause.Error()}, cause)
}
