package fleet

import (
	"context"
	"fmt"

	"streamvault/registry"
)

// Status is where the fleet is.
type Status struct {
	Target   int           `json:"target"`   // the version that new files are born at
	Required int           `json:"required"` // the oldest that this program serves
	Newest   int           `json:"newest"`   // the newest that it knows
	Schema   string        `json:"schema"`   // fingerprint of the newest
	Shards   Shards        `json:"shards"`
	Versions map[int]int64 `json:"versions"` // files by version
	Running  *int64        `json:"running"`  // the job under way
	Last     *int64        `json:"last"`     // the last migration or rollback
}

// Shards counts files. Each is current, behind or ahead; of these some failed in the last
// job, are quarantined, or are held.
type Shards struct {
	Total       int64 `json:"total"`
	Current     int64 `json:"current"`
	Behind      int64 `json:"behind"`
	Ahead       int64 `json:"ahead"`
	Failed      int64 `json:"failed"`
	Quarantined int64 `json:"quarantined"`
	Held        int64 `json:"held"`
}

// Status counts the fleet.
func (f *Fleet) Status(ctx context.Context) (Status, error) {
	s := Status{Target: f.reg.FleetTarget(), Required: f.o.Family.Required, Newest: f.o.Family.Newest(), Versions: map[int]int64{}}
	var err error
	if s.Schema, err = f.o.Family.Fingerprint(s.Newest); err != nil {
		return s, fmt.Errorf("fleet status: %w", err)
	}
	if run := f.jobs.Busy(Kinds...); run != nil {
		id := run.Job().ID
		s.Running = &id
	}
	last, err := f.reg.Jobs(ctx, 0, 1, KindMigrate, KindRollBack)
	if err != nil {
		return s, err
	}
	lastID := int64(0)
	if len(last) > 0 {
		lastID = last[0].ID
		s.Last = &lastID
	}
	counts, err := f.reg.CountFleet(ctx, lastID)
	for _, c := range counts {
		s.count(c)
	}
	return s, err
}

func (s *Status) count(c registry.FleetCount) {
	s.Versions[c.Version] += c.Count
	s.Shards.Total += c.Count
	switch {
	case c.Version == s.Target:
		s.Shards.Current += c.Count
	case c.Version < s.Target:
		s.Shards.Behind += c.Count
	default:
		s.Shards.Ahead += c.Count
	}
	if c.Version != s.Target {
		s.Shards.Failed += c.Failed
	}
	switch c.State {
	case registry.Quarantined:
		s.Shards.Quarantined += c.Count
	case registry.Held:
		s.Shards.Held += c.Count
	}
}
