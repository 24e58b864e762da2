package api

import (
	"context"
	"net/http"

	"streamvault/shard/tenant"
)

func goalRoutes() []Route {
	const path = "/{channel}/api/admin/goals"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: path, Who: Owner,
			Summary: "All goals in their order"}, listGoals),
		onTenant(Route{Method: http.MethodPost, Path: path, Who: Owner, Status: http.StatusCreated,
			Summary: "Makes a goal or replaces the one of its id"}, createGoal),
		onTenant(Route{Method: http.MethodPut, Path: path + "/{id}", Who: Owner,
			Summary: "Makes a goal or replaces the one of this id"}, setGoal),
		onTenant(Route{Method: http.MethodPost, Path: path + "/{id}/progress", Who: Owner,
			Summary: "Moves a goal's count"}, addToGoal),
		onTenant(Route{Method: http.MethodDelete, Path: path + "/{id}", Who: Owner,
			Summary: "Removes a goal"}, deleteGoal),
	}
}

type goal struct {
	ID        tenant.GoalID `json:"id"`
	Label     string        `json:"label"`
	Current   int64         `json:"current"`
	Target    int64         `json:"target"`
	Enabled   bool          `json:"enabled"`
	Order     int64         `json:"order"` // lower comes first
	UpdatedAt Time          `json:"updatedAt"`
}

func showGoal(g tenant.Goal) goal {
	return goal{g.ID, g.Label, g.Current, g.Target, g.Enabled, g.Order, Time{g.UpdatedAt}}
}

func shownGoal(g tenant.Goal, err error) (goal, error) {
	if err != nil {
		return goal{}, err
	}
	return showGoal(g), nil
}

func listGoals(ctx context.Context, s tenant.GoalStore, _ *None) (Page[goal], error) {
	all, err := s.Goals(ctx, true)
	return whole(all, err, showGoal)
}

// goalFields are what is set of a goal.
type goalFields struct {
	Label   string `json:"label" is:"1-200"`
	Current *int64 `json:"current" is:"points"` // what is there stays; 0 of a new one
	Target  int64  `json:"target" is:"points"`
	Enabled flag   `json:"enabled"`                     // true
	Order   int64  `json:"order,omitempty" is:"change"` // lower comes first
}

// goal keeps the count that is there when none was sent: it moves while somebody edits.
func (f goalFields) goal(id tenant.GoalID) tenant.Goal {
	g := tenant.Goal{ID: id, Label: f.Label, Current: tenant.KeepCount, Target: f.Target, Enabled: f.Enabled.or(true), Order: f.Order}
	if f.Current != nil {
		g.Current = max(*f.Current, -1) // what is below is no count either
	}
	return g
}

type newGoal struct {
	Body struct {
		ID      tenant.GoalID `json:"id" is:"slug"`
		Label   string        `json:"label" is:"1-200"`
		Current *int64        `json:"current" is:"points"` // what is there stays; 0 of a new one
		Target  int64         `json:"target" is:"points"`
		Enabled flag          `json:"enabled"`                     // true
		Order   int64         `json:"order,omitempty" is:"change"` // lower comes first
	}
}

func createGoal(ctx context.Context, s tenant.GoalStore, in *newGoal) (goal, error) {
	b := in.Body
	return shownGoal(s.SetGoal(ctx, goalFields{b.Label, b.Current, b.Target, b.Enabled, b.Order}.goal(b.ID)))
}

type goalID struct {
	ID tenant.GoalID `path:"id"`
}

type goalChange struct {
	ID   tenant.GoalID `path:"id" is:"slug"`
	Body goalFields
}

func setGoal(ctx context.Context, s tenant.GoalStore, in *goalChange) (goal, error) {
	return shownGoal(s.SetGoal(ctx, in.Body.goal(in.ID)))
}

type goalProgress struct {
	goalID
	Body struct {
		By int64 `json:"by" is:"change"`
	}
}

func addToGoal(ctx context.Context, s tenant.GoalStore, in *goalProgress) (goal, error) {
	return shownGoal(s.AddToGoal(ctx, in.ID, in.Body.By))
}

func deleteGoal(ctx context.Context, s tenant.GoalStore, in *goalID) (Nothing, error) {
	return Nothing{}, s.DeleteGoal(ctx, in.ID)
}
