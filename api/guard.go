package api

import (
	"context"
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// guard returns what a write replaces, as its GET answers it, for If-Match: who changes what
// he has read does not undo what somebody else has written meanwhile.
type guard func(context.Context, shard.TenantStore, *call) (any, error)

func guardTheme(ctx context.Context, s shard.TenantStore, _ *call) (any, error) {
	return shownTheme(ctx, s, nil)
}

func guardDefaultLayout(ctx context.Context, s shard.TenantStore, _ *call) (any, error) {
	return defaultLayout(ctx, s, nil)
}

func guardSettings(ctx context.Context, s shard.TenantStore, _ *call) (any, error) {
	return listSettings(ctx, s, nil)
}

func guardLayout(ctx context.Context, s shard.TenantStore, c *call) (any, error) {
	id, err := strconv.ParseInt(c.variables["id"], 10, 64)
	if err != nil {
		return nil, errNothingHere
	}
	return shownLayout(s.Layout(ctx, tenant.LayoutID(id)))
}

var errChanged = NewProblem(http.StatusPreconditionFailed, "precondition_failed",
	"It is not what If-Match names any more: read it again, and decide anew.")

// guards are locks for writes that look before they write; streamers share them.
type guards [64]sync.Mutex

// guarded runs a write while no other guarded write of the streamer does, if it still is what
// the caller says that it is.
func (c *call) guarded(write func() error) error {
	if c.route.guard == nil {
		return write()
	}
	lock := &c.server.guards[int(c.streamer.ID)%len(c.server.guards)]
	lock.Lock()
	defer lock.Unlock()
	wanted := c.r.Header["If-Match"]
	if len(wanted) == 0 {
		return write()
	}
	now, err := c.route.guard(c.ctx, c.server.ds.Tenant(c.streamer.ID), c)
	if err != nil {
		return err
	}
	body, err := encoded(now)
	if err != nil {
		return err
	}
	if !tagged(wanted, c.server.tag(body)) {
		return errChanged
	}
	return write()
}

// tag names a content, in quotes.
func (s *Server) tag(body []byte) string {
	return `"` + strconv.FormatUint(maphash.Bytes(s.seed, body), 36) + `"`
}

// tagged says whether one of the tags that came is this one, or any. Ours are weak, for an
// answer may be packed; what they name is exactly one content all the same.
func tagged(sent []string, tag string) bool {
	for _, line := range sent {
		for one := range strings.SplitSeq(line, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}
