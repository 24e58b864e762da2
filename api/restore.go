package api

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"time"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// RestoreStore makes a file a streamer's data again.
type RestoreStore interface {
	Restore(ctx context.Context, r shard.RestoreRequest) (shard.RestoreResult, error)
}

func restoreRoutes() []Route {
	return []Route{
		onInstallation(Route{Method: http.MethodPost, Path: "/api/streamers/{name}/restore", Who: Admin, Timeout: longWork,
			Summary: "Puts a backup in the place of a streamer's data, or makes a new streamer of it"}, restoreStreamer),
		onOwnRestore(Route{Method: http.MethodPost, Path: "/{channel}/api/restore", Who: Owner, Timeout: longWork, MaxBody: shard.MaxUploadBytes,
			Summary: "Puts one of the channel's backups, or the database in the body, in the place of its data"}),
	}
}

// restored says what a restore did, or would do.
type restored struct {
	Streamer   string           `json:"streamer"`   // username
	StreamerID scope.StreamerID `json:"streamerId"` // 0 in a dry run for a new streamer
	Generation int64            `json:"generation"` // of his file, as it is then
	DryRun     bool             `json:"dryRun"`
	OwnerKey   string           `json:"ownerKey,omitempty"` // of a new streamer, this once
	Tables     []restoredTable  `json:"tables"`             // those with rows, by name
	Points     restoredNumber   `json:"channelPoints"`      // of all viewers
	DropPoints restoredNumber   `json:"dropPoints"`
	Newest     restoredTime     `json:"newest"` // when the ledger was last written to
}

// restoredTable is how many rows a table has. now is what is there without the restore: of a
// dry run in place only, null otherwise and when it cannot be read.
type restoredTable struct {
	Table string `json:"table"`
	Now   *int64 `json:"now"`
	Then  int64  `json:"then"`
}

type restoredNumber struct {
	Now  *int64 `json:"now"`
	Then int64  `json:"then"`
}

type restoredTime struct {
	Now  *Time `json:"now"`
	Then *Time `json:"then"`
}

func showRestored(r shard.RestoreResult) restored {
	shown := restored{Streamer: r.Streamer.Username, StreamerID: r.Streamer.ID, Generation: r.Streamer.Generation, DryRun: r.DryRun,
		OwnerKey: r.OwnerKey, Tables: []restoredTable{}, Newest: restoredTime{Then: timeOrNil(r.From.Figures.Newest)},
		Points: restoredNumber{Then: r.From.Figures.ChannelPoints}, DropPoints: restoredNumber{Then: r.From.Figures.DropPoints}}
	names := maps.Clone(r.Becomes.Tables)
	if r.Now != nil {
		shown.Points.Now, shown.DropPoints.Now = &r.Now.Figures.ChannelPoints, &r.Now.Figures.DropPoints
		shown.Newest.Now = timeOrNil(r.Now.Figures.Newest)
		maps.Copy(names, r.Now.Content.Tables)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		line := restoredTable{Table: name, Then: r.Becomes.Tables[name].Rows}
		if r.Now != nil {
			rows := r.Now.Content.Tables[name].Rows
			line.Now = &rows
		}
		if line.Then > 0 || line.Now != nil && *line.Now > 0 {
			shown.Tables = append(shown.Tables, line)
		}
	}
	return shown
}

type wantedRestore struct {
	streamerName
	Body struct {
		Backup *int64  `json:"backup" is:"1.. required"`  // id
		File   string  `json:"file,omitempty" is:"local"` // a path, in its place
		As     *string `json:"as" is:"channel"`           // makes a new streamer of this name
		DryRun bool    `json:"dryRun,omitempty"`          // says what would be done
	}
}

// restoreDesk finds streamers and restores them.
type restoreDesk interface {
	shard.StreamerFinder
	RestoreStore
}

func restoreStreamer(ctx context.Context, d desk[restoreDesk], in *wantedRestore) (restored, error) {
	b := in.Body
	r := shard.RestoreRequest{DryRun: b.DryRun, Actor: d.caller.Actor}
	if b.As != nil {
		r.As = *b.As
	}
	switch {
	case b.As != nil && r.As == "":
		return restored{}, registry.ErrInvalidName
	case (b.Backup == nil) == (b.File == ""):
		return restored{}, &tenant.InvalidError{Field: "backup", Problem: "or file must be given, and not both"}
	case b.File != "" && !d.caller.Control():
		return restored{}, errFileElsewhere
	case b.File != "":
		r.From.File = b.File
	default:
		r.From.Backup = *b.Backup
	}
	if b.As == nil {
		s, err := streamerNamed(ctx, d.store, in.Name)
		if err != nil {
			return restored{}, err
		}
		r.Streamer = s.ID
	}
	done, err := d.store.Restore(ctx, r)
	switch {
	case err != nil && b.File != "":
		return restored{}, orNoFile(b.File, err)
	case err != nil:
		return restored{}, orNoBackup(r.From.Backup, err)
	}
	return showRestored(done), nil
}

// ownRestore is the JSON form of the body; the other is the database itself.
type ownRestore struct {
	Backup int64 `json:"backup"` // id
	DryRun bool  `json:"dryRun,omitempty"`
}

// ownRestoreQuery goes with an upload.
type ownRestoreQuery struct {
	DryRun string `query:"dryRun" is:"one:0,1,true,false"` // 1 says what would be different, and does nothing
}

// dryRun does not guess: what is meant as a rehearsal must not become the performance.
func (q *ownRestoreQuery) dryRun() (bool, error) {
	switch q.DryRun {
	case "1", "true":
		return true, nil
	case "", "0", "false":
		return false, nil
	}
	return false, &tenant.InvalidError{Field: "dryRun", Problem: "must be 1, 0, true or false"}
}

// restoreBodies are what the route of an owner takes.
var restoreBodies = map[string]doc{
	"application/json": {"type": "object", "required": []string{"backup"}, "additionalProperties": false, "properties": doc{
		"backup": doc{"type": "integer", "format": "int64", "minimum": 1}, "dryRun": doc{"type": "boolean"}},
		"example": doc{"backup": 1, "dryRun": true}},
	"application/octet-stream": {"type": "string", "format": "binary"},
	"application/vnd.sqlite3":  {"type": "string", "format": "binary"},
}

// errNoKind is the answer to a file that nothing says of what kind it is.
var errNoKind = NewProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", "Say what the body is: a database is sent as Content-Type: application/vnd.sqlite3.")

// onOwnRestore makes the route whose body is JSON or a database.
func onOwnRestore(r Route) Route {
	r.sends = restoreBodies
	r = declare[ownRestoreQuery, restored](r)
	r.run = func(c *call) error {
		in := new(ownRestoreQuery)
		if err := c.bind(in); err != nil {
			return err
		}
		request, err := c.ownRestore(in)
		if err != nil {
			return err
		}
		done, err := c.server.ds.Restore(c.ctx, request)
		if err != nil {
			return err
		}
		return c.answer(showRestored(done))
	}
	return r
}

var ownRestoreShape = shapeOf(reflect.TypeFor[ownRestore]())

// ownRestore reads what a streamer asks for. Another's backup is not there for him.
func (c *call) ownRestore(in *ownRestoreQuery) (shard.RestoreRequest, error) {
	rehearsal, err := in.dryRun()
	request := shard.RestoreRequest{Streamer: c.streamer.ID, Actor: c.caller.Actor, DryRun: rehearsal}
	if err != nil {
		return request, err
	}
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind == "application/octet-stream" || kind == "application/vnd.sqlite3" {
		if c.r.ContentLength > c.route.MaxBody {
			return request, errTooLarge
		}
		request.From.Upload = &upload{control: http.NewResponseController(c.w), from: http.MaxBytesReader(c.w, c.r.Body, c.route.MaxBody), begun: time.Now()}
		return request, nil
	}
	if !isJSON(c.r.Header) {
		return request, errNotJSON
	}
	switch {
	case c.r.ContentLength <= defaultBody:
	case kind == "":
		return request, errNoKind
	default:
		return request, errTooLarge
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, defaultBody)
	body, err := c.readBody()
	if err != nil {
		return request, err
	}
	var asked ownRestore
	if err := decodeStrict(ownRestoreShape, body, reflect.ValueOf(&asked).Elem()); err != nil {
		return request, err
	}
	b, err := c.server.ds.Backup(c.ctx, asked.Backup)
	if errors.Is(err, registry.ErrNotFound) || err == nil && b.Streamer != c.streamer.ID {
		return request, errNothingHere
	}
	request.From.Backup, request.DryRun = asked.Backup, asked.DryRun || rehearsal
	return request, err
}

// slowestUpload is what has to come in a second on average, in bytes: nobody else can restore
// the streamer meanwhile.
const slowestUpload = 16 << 10

// upload reads a body that may be large and come slowly, as long as it comes.
type upload struct {
	control *http.ResponseController
	from    io.Reader
	begun   time.Time
	read    int64
}

// deadline is when the next bytes have to be there.
func (u *upload) deadline(now time.Time) time.Time {
	latest := u.begun.Add(lineTimeout + time.Duration(u.read/slowestUpload)*time.Second)
	if next := now.Add(lineTimeout); next.Before(latest) {
		return next
	}
	return latest
}

func (u *upload) Read(p []byte) (int, error) {
	_ = u.control.SetReadDeadline(u.deadline(time.Now()))
	n, err := u.from.Read(p)
	u.read += int64(n)
	var large *http.MaxBytesError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case errors.As(err, &large):
		return n, errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, errBodyTimeout
	}
	return n, &tenant.InvalidError{Field: "body", Problem: "ended before all of it had arrived"}
}
