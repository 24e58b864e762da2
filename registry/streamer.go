package registry

import (
	"database/sql/driver"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"streamvault/migrations"
	"streamvault/shard/scope"
)

// State is where a streamer is in its life.
type State string

// The states. Active and Suspended are served, Suspended for reading only by the API.
const (
	Creating    State = "creating" // its file is being built
	Active      State = "active"
	Suspended   State = "suspended"
	Migrating   State = "migrating"
	Held        State = "held"        // a migration waits for a decision
	Quarantined State = "quarantined" // its file is not what it should be
	Deleting    State = "deleting"    // a purge has begun
	Trashed     State = "trashed"     // until PurgeAfter he can be had back
)

// Streamer is one row of the phone book. Values that lookups return are shared: do not
// change them.
type Streamer struct {
	ID            scope.StreamerID
	Username      string // the channel: [a-z0-9_-]{1,32}
	DisplayName   string
	KickUserID    *string
	AvatarURL     *string
	State         State
	StateReason   string
	Suspension    string // why he may not write; "" when he may. It outlasts a quarantine
	Generation    int64  // counts the files it has had
	ShardUUID     string
	SchemaVersion int   // of its file when it was last opened
	CommitMark    int64 // commits that its file is known to have had
	QuotaBytes    *int64
	Limits        Limits
	PurgeAfter    *time.Time // of one in the trash
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Gone says that the streamer is being made, in the trash or being purged: for callers he is
// not there.
func (s *Streamer) Gone() bool {
	return s.State == Creating || s.State == Deleting || s.State == Trashed
}

// gone is Gone for a statement's WHERE.
const gone = `('creating', 'deleting', 'trashed')`

const streamerColumns = `id, username, display_name, kick_user_id, avatar_url, state, state_reason,
	generation, shard_uuid, schema_version, commit_mark, quota_bytes, created_at, updated_at, suspension,
	limits, purge_after`

func scanStreamer(row []driver.Value) *Streamer {
	s := &Streamer{
		ID: scope.StreamerID(row[0].(int64)), Username: text(row[1]), DisplayName: text(row[2]),
		KickUserID: textOrNil(row[3]), AvatarURL: textOrNil(row[4]),
		State: State(text(row[5])), StateReason: text(row[6]),
		Generation: row[7].(int64), ShardUUID: text(row[8]), SchemaVersion: int(row[9].(int64)),
		CommitMark: row[10].(int64), CreatedAt: moment(row[12]), UpdatedAt: moment(row[13]), Suspension: text(row[14]),
		Limits: parseLimits(text(row[15])), PurgeAfter: momentOrNil(row[16]),
	}
	if n, ok := row[11].(int64); ok {
		s.QuotaBytes = &n
	}
	return s
}

var channel = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// reserved names are first path elements of the installation's own routes.
var reserved = map[string]bool{"login": true, "callback": true, "api": true, "public": true, "docs": true,
	"assets": true, "healthz": true, "readyz": true, "metrics": true, "openapi.json": true, "admin": true}

// Reserved lists the names that no channel can have, in order.
func Reserved() []string { return slices.Sorted(maps.Keys(reserved)) }

// Channel is the one spelling of a name: A to Z lowered, then [a-z0-9_-]{1,32} and not
// reserved, or ErrInvalidName. No letter outside ASCII becomes one inside.
func Channel(name string) (string, error) {
	lowered := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
	if !channel.MatchString(lowered) {
		return "", fmt.Errorf("%w: 1 to 32 of a-z, 0-9, _ and -", ErrInvalidName)
	}
	if reserved[lowered] {
		return "", fmt.Errorf("%w: %s", ErrReservedName, lowered)
	}
	return lowered, nil
}

// shardName is where a streamer's file lies below DATA: a fan-out byte, the id, the
// generation. Never a user's name.
func shardName(id scope.StreamerID, generation int64) string {
	return path.Join("shards", fmt.Sprintf("%02x", byte(id)), fmt.Sprintf("%010d.%d.db", id, generation))
}

// ShardPath is the path of a streamer's file.
func (r *Registry) ShardPath(s *Streamer) string {
	return filepath.Join(r.dir.path, filepath.FromSlash(shardName(s.ID, s.Generation)))
}

// BuildPath is where the file of a reserved streamer is built.
func (r *Registry) BuildPath(s *Streamer) string {
	return filepath.Join(r.dir.path, filepath.FromSlash(buildName(s)))
}

func buildName(s *Streamer) string { return path.Join("tmp", fmt.Sprintf("build-%010d.db", s.ID)) }

// Identity is what a streamer's file must say of itself.
func (r *Registry) Identity(s *Streamer) migrations.Identity {
	return migrations.Identity{Streamer: int64(s.ID), UUID: s.ShardUUID, Generation: s.Generation}
}
