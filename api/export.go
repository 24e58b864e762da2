package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"streamvault/shard"
	"streamvault/shard/scope"
)

// ExportStore hands out all that a streamer owns, without secrets.
type ExportStore interface {
	Export(ctx context.Context, id scope.StreamerID, format shard.ExportFormat, actor string) (*shard.Export, error)
}

func exportRoutes() []Route {
	const summary = "Everything of a streamer as one file without secrets: format is sqlite, or json"
	return []Route{
		exportRoute(Route{Method: http.MethodGet, Path: "/api/streamers/{name}/export", Who: Admin, Summary: summary},
			func(c *call, in *namedExport) (scope.StreamerID, shard.ExportFormat, error) {
				s, err := streamerNamed(c.ctx, c.server.ds, in.Name)
				if err != nil {
					return 0, "", err
				}
				return s.ID, in.Format, nil
			}),
		exportRoute(Route{Method: http.MethodGet, Path: "/{channel}/api/admin/export", Who: Owner, Summary: summary},
			func(c *call, in *ownExport) (scope.StreamerID, shard.ExportFormat, error) {
				return c.streamer.ID, in.Format, nil
			}),
	}
}

type ownExport struct {
	Format shard.ExportFormat `query:"format" is:"one:sqlite,json"` // sqlite unless it is given
}

type namedExport struct {
	streamerName
	ownExport
}

// download is the output of a route that answers with a file.
type download struct{}

// exportRoute makes a route of an export. It notes who took it, so a HEAD does not make one; a
// suspended streamer may take his data away.
func exportRoute[In any](r Route, which func(*call, *In) (scope.StreamerID, shard.ExportFormat, error)) Route {
	r.Timeout, r.Effects, r.Always = -1, true, true
	r.content = []string{"application/vnd.sqlite3", "application/json"}
	r = declare[In, download](r)
	r.run = func(c *call) error {
		in := new(In)
		if err := c.bind(in); err != nil {
			return err
		}
		id, format, err := which(c, in)
		if err != nil {
			return err
		}
		_ = http.NewResponseController(c.w).SetWriteDeadline(time.Time{}) // making it may take longer
		if format == "" {
			format = shard.ExportSQLite
		}
		x, err := c.server.ds.Export(c.ctx, id, format, c.caller.Actor)
		if err != nil {
			return err
		}
		return c.handOver(x)
	}
	return r
}

// handOver sends an export. When it cannot be ended, the answer is cut off, so that nobody
// takes a part for the whole.
func (c *call) handOver(x *shard.Export) error {
	defer func() {
		if err := x.Close(); err != nil {
			c.server.log.Error().Err(err).Str("request_id", c.id).Msg("remove what an export took")
		}
	}()
	h := c.w.Header()
	h.Set("Content-Type", x.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": x.Name}))
	if x.Bytes >= 0 {
		h.Set("Content-Length", strconv.FormatInt(x.Bytes, 10))
	}
	c.status = c.route.Status
	c.w.WriteHeader(c.status)
	err := x.Write(c.ctx, slowly{c, http.NewResponseController(c.w)})
	if err != nil && !errors.Is(err, context.Canceled) {
		c.cause = err
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// slowly writes to a caller who takes what he is sent in time, piece by piece.
type slowly struct {
	c       *call
	control *http.ResponseController
}

var _ io.Writer = slowly{}

func (s slowly) Write(p []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(lineTimeout))
	n, err := s.c.w.Write(p)
	s.c.bytes += int64(n)
	return n, err
}
