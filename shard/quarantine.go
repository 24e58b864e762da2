package shard

import (
	"context"
	"strings"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// cause begins the reason of a quarantine and says what may end it.
type cause string

const (
	// foundAtOpen: the file was wrong when it was opened. The next call looks again.
	foundAtOpen cause = "found at open"
	// ioFailure: reading or writing failed. Only an operator may say that the disk is
	// well again, for a failed fsync must not be retried.
	ioFailure cause = "I/O error"
	// foundDamaged: a copy of the file did not pass the checks that every backup has to, twice.
	// Opening it again would not see that.
	foundDamaged cause = "damaged"
)

func hasCause(reason string, c cause) bool { return strings.HasPrefix(reason, string(c)+": ") }

// shut quarantines one streamer and rings the alarm. It is called from where the fault
// was met, with callers waiting, so it uses a context of its own.
func (s *Store) shut(id scope.StreamerID, c cause, why error) {
	log := s.o.Log.Error().Int64("streamer_id", int64(id)).AnErr("cause", why)
	reason := string(c) + ": " + why.Error()
	from := []registry.State{registry.Active, registry.Suspended, registry.Migrating}
	if _, err := s.SetState(context.Background(), id, from, registry.Quarantined, reason, "system"); err != nil {
		log = log.AnErr("not_recorded", err)
	}
	s.quarantines.of(c).Add(1)
	log.Msg("shard quarantined")
	if c == ioFailure {
		s.pool.Retire(id)
	}
}
