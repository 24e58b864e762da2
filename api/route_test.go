package api

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

// What a declaration cannot mean stops the program at start, not a request.
func TestMistakesInTheTableStopTheStart(t *testing.T) {
	t.Parallel()
	read := Route{Method: "GET", Path: "/{channel}/api/x/{id}", Who: Owner, Summary: "x"}
	type nowhere struct{ ID int64 }
	type floating struct {
		ID float64 `path:"id"`
	}
	type elsewhere struct {
		userID
		Name string `path:"name"`
	}
	type free struct {
		userID
		Body any
	}
	for name, declare := range map[string]func(){
		"RoleNotThere": func() {
			onTenant(read, func(context.Context, noRole, *userID) (Nothing, error) { return Nothing{}, nil })
		},
		"RoleIsNoInterface": func() {
			onTenant(read, func(context.Context, *tenant.Store, *userID) (Nothing, error) { return Nothing{}, nil })
		},
		"VariableNotTaken": func() { declares[None](read) },
		"FieldFromNowhere": func() { declares[nowhere](read) },
		"TypeOfParameter":  func() { declares[floating](read) },
		"VariableNotThere": func() { declares[elsewhere](read) },
		"BodyOfAnyShape":   func() { declares[free](read) },
		"TwiceTheSame": func() {
			h := Operation(Route{Method: "GET", Path: "/healthz", Who: Anyone}, func(context.Context, Caller, *None, func(any)) (Nothing, error) { return Nothing{}, nil })
			New(nil, Options{Operations: []Route{h}}).Handler()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Panics(t, declare)
		})
	}
	require.NotPanics(t, func() { declares[userID](read) })
}

type noRole interface{ Fly() }

func declares[In any](r Route) {
	onTenant(r, func(context.Context, tenant.UserStore, *In) (Nothing, error) { return Nothing{}, nil })
}

func TestEveryRouteSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, r := range New(nil, Options{}).Routes() {
		require.NotEmpty(t, r.Summary, r.Path)
		require.NotNil(t, r.Input(), r.Path)
		require.NotNil(t, r.Output(), r.Path)
		require.NotZero(t, r.Status, r.Path)
		require.Equal(t, strings.Contains(r.Path, "{channel}"), r.OnChannel(), "a channel comes first: %s", r.Path)
		require.False(t, r.OnChannel() && r.Who == Admin, "%s belongs to a channel", r.Path)
	}
}
