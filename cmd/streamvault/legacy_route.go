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

// imported is the account of an import, and the key of the streamer if it made one.
type imported struct {
	legacy.Report
	OwnerKey string `json:"ownerKey,omitempty"`
}

// legacyImportRoute is the operation behind legacy import. It reads a path of this machine,
// so the world does not get it.
func legacyImportRoute(store *shard.Store) api.Route {
	return api.Operation(api.Route{Method: http.MethodPost, Path: legacyImportsPath, Who: api.Admin, Local: true,
		Summary: "Makes a streamer of an old database on this machine"},
		func(ctx context.Context, by api.Caller, in *struct{ Body legacyImport }, progress func(any)) (imported, error) {
			report, key, err := store.ImportLegacy(ctx, shard.ImportRequest{
				From: in.Body.From, Streamer: in.Body.Streamer, DisplayName: in.Body.DisplayName,
				DryRun: in.Body.DryRun, Actor: by.Actor,
			}, func(p legacy.Progress) { progress(progressLine{p.Table, "rows", p.Done, p.Total}) })
			if err != nil {
				return imported{}, importProblem(ctx, err)
			}
			return imported{report, key}, nil
		})
}

// importProblem tells the operator what went wrong with an import, in words of its own
// where the API would speak of channels, and with its cause where the world gets none.
func importProblem(ctx context.Context, err error) error {
	var (
		refused *legacy.RefusedError
		taken   *shard.ImportConflictError
	)
	switch {
	case errors.As(err, &refused):
		return localProblem(http.StatusUnprocessableEntity, "source_refused", refused)
	case errors.As(err, &taken):
		return localProblem(http.StatusConflict, "conflict", taken)
	case ctx.Err() != nil || errors.Is(err, registry.ErrInvalidName):
		return err
	}
	return localProblem(http.StatusInternalServerError, "import_failed", err)
}

func localProblem(status int, code string, cause error) error {
	return fmt.Errorf("%w (%w)", &api.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: code, Detail: cause.Error()}, cause)
}
