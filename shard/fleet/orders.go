package fleet

import (
	"context"
	"encoding/json"
	"fmt"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// Request asks that the fleet be moved. The zero value moves all to the newest version that
// the program knows.
type Request struct {
	To      int    // 0 is the newest
	Only    string // a streamer, who alone is moved; the target stays
	Workers int    // 0 is the default
	Canary  int    // who go first; 0 is one in a hundred, 1 to 10
	// MaxFailures is how many may fail before the job halts; nil is DefaultMaxFailures.
	MaxFailures *int64
	// Down allows a version below the fleet's target.
	Down  bool
	Actor string
}

// DefaultMaxFailures is how many may fail before a job halts.
const DefaultMaxFailures = 10

const (
	mostWorkers = 64
	mostCanary  = 10
)

// Orders are how a job goes on, kept in its detail.
type Orders struct {
	To          int    `json:"to"`
	Target      int    `json:"target"`            // the fleet's before the job
	Workers     int    `json:"workers,omitempty"` // 0 is the default of whoever does the job
	Canary      int    `json:"canary,omitempty"`
	MaxFailures int64  `json:"maxFailures"`
	Only        string `json:"only,omitempty"`
	// Of is the job that a rollback takes back.
	Of           int64 `json:"of,omitempty"`
	FromSnapshot bool  `json:"fromSnapshot,omitempty"`
	// Moved is how many files a rollback has moved, or would move.
	Moved int64 `json:"moved,omitempty"`
	// Lost is how many commits a rollback to the copies has lost, or would lose.
	Lost int64 `json:"lost,omitempty"`
	// Reason is why the job stopped, where it did so by itself.
	Reason string `json:"reason,omitempty"`
}

// OrdersOf are the orders of one of this package's jobs.
func OrdersOf(j registry.Job) (o Orders, err error) {
	if err := json.Unmarshal(j.Detail, &o); err != nil {
		return o, fmt.Errorf("orders of job %d: %w", j.ID, err)
	}
	return o, nil
}

// Over says that a job of this package that is done leaves nothing to do of an earlier one: a plan
// of any plan, a rollback of one of the same migration. A migration of the whole fleet has moved
// everybody, wherever an earlier job was taking them; one of a streamer, only him.
func Over(done, earlier registry.Job) bool {
	d, err := OrdersOf(done)
	e, bad := OrdersOf(earlier)
	switch {
	case err != nil || bad != nil:
		return false
	case done.Kind == KindMigrate && earlier.Kind == KindMigrate:
		return d.Only == "" || d.Only == e.Only
	case done.Kind == KindMigrate && earlier.Kind == KindRollBack:
		return d.Only == ""
	case done.Kind == KindRollBack && earlier.Kind == KindRollBack:
		return d.Of == e.Of
	}
	return done.Kind == KindPlan && earlier.Kind == KindPlan
}

// orders completes a request.
func (f *Fleet) orders(r Request) (Orders, error) {
	o := Orders{To: r.To, Target: f.reg.FleetTarget(), Workers: r.Workers, Canary: r.Canary, MaxFailures: DefaultMaxFailures, Only: r.Only}
	if r.MaxFailures != nil {
		o.MaxFailures = *r.MaxFailures
	}
	if err := o.staffed(); err != nil {
		return o, err
	}
	required, newest := f.o.Family.Required, f.o.Family.Newest()
	if o.To == 0 {
		o.To = newest
	}
	switch {
	case o.Canary < 0:
		return o, &registry.InvalidError{What: "canary", Problem: "must be 0 or more"}
	case o.MaxFailures < 0:
		return o, &registry.InvalidError{What: "maxFailures", Problem: "must be 0 or more"}
	case r.To != 0 && (o.To < required || o.To > newest):
		return o, &registry.InvalidError{What: "to", Problem: fmt.Sprintf("must be %d to %d, the versions that this program serves", required, newest)}
	case r.To == 0 && o.Target > newest:
		return o, &VersionError{fmt.Sprintf("the fleet's target is version %d, and this program knows none above %d: use the newer program", o.Target, newest)}
	case o.To < o.Target && !r.Down && r.Only == "":
		return o, &VersionError{fmt.Sprintf("version %d is below the fleet's target %d: that takes back what the migrations between have added, and has to be confirmed", o.To, o.Target)}
	}
	return o, nil
}

// workers are how many do a job.
func (f *Fleet) workers(o Orders) int {
	if o.Workers == 0 {
		return f.o.Workers
	}
	return o.Workers
}

// staffed checks how many workers are asked for.
func (o Orders) staffed() error {
	if o.Workers < 0 || o.Workers > mostWorkers {
		return &registry.InvalidError{What: "workers", Problem: fmt.Sprintf("must be 1 to %d, or 0 for the default", mostWorkers)}
	}
	return nil
}

// members are the streamers that orders are about. Those whose file this program does not
// know are left alone.
func (f *Fleet) members(ctx context.Context, o Orders, except int) (ids []scope.StreamerID, err error) {
	if o.Only != "" {
		s, err := f.reg.StreamerByName(ctx, o.Only)
		if err != nil || s.SchemaVersion == except {
			return nil, err
		}
		return []scope.StreamerID{s.ID}, nil
	}
	all, err := f.reg.FleetMembers(ctx, except)
	for _, m := range all {
		if m.SchemaVersion <= f.o.Family.Newest() {
			ids = append(ids, m.Streamer)
		}
	}
	return ids, err
}

// canary is how many go first.
func (o Orders) canary(of int) int {
	if o.Canary > 0 {
		return min(o.Canary, of)
	}
	return min(max(of/100, 1), mostCanary)
}
