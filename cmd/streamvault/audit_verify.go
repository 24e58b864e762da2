package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) auditVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check that no row of the audit log was changed, put in or taken out", Args: takes(),
		Long: `Check that no row of the audit log was changed, put in or taken out: each row holds a hash
of itself and of the row before it. Exit code 1 when the chain is broken.`,
		RunE: a.does(func(ctx context.Context, _ []string) error { return a.auditVerify(ctx) }),
	}
}

func (a *app) auditVerify(ctx context.Context) error {
	var answer json.RawMessage
	err := a.ask(ctx, func(c *client) error {
		return c.call(ctx, http.MethodGet, "/api/audit/verify", nil, &answer)
	})
	if err != nil {
		return err
	}
	var v struct {
		OK     bool
		Rows   int64
		Broken int64
		Detail string
	}
	if err := json.Unmarshal(answer, &v); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if v.OK {
		return a.answer(answer, fmt.Sprintf("The audit log is whole: %s.", counted(v.Rows, "row")))
	}
	return a.failed(answer, &refusal{Code: "audit_broken",
		Detail: fmt.Sprintf("the audit log is broken at row %d, after %s good ones: %s", v.Broken, thousands(v.Rows), v.Detail)})
}
