package legacy

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/api"
	"streamvault/api/kick"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
	"streamvault/test/fixtures"
)

// recording is a case of the old app's contract: requests in order, what it answered, and what
// it wrote.
type recording struct {
	SQL   string `json:"sql_before_start"`
	Clock time.Time
	Steps []struct {
		Request  *recordedRequest
		Response struct {
			Status int
			JSON   json.RawMessage `json:"json"`
		}
	}
	Changes struct {
		Ledger struct{ Added []paid } `json:"point_transactions"`
	} `json:"db_changes"`
}

type recordedRequest struct {
	Method, Path string
	Headers      map[string]string
	Body         json.RawMessage
	Raw          string `json:"raw_base64"`
}

// paid is a row of a ledger.
type paid struct {
	Amount      int64
	Source      string
	Description *string
}

func (p paid) String() string {
	if p.Description == nil {
		return fmt.Sprint(p.Amount, " ", p.Source)
	}
	return fmt.Sprint(p.Amount, " ", p.Source, " ", *p.Description)
}

// stage is a server with the recorded app's database imported, at the recording's time.
type stage struct {
	testing.TB
	store  *shard.Store
	server *httptest.Server
	id     scope.StreamerID
	key    string // the owner's
	clock  time.Time
	drawn  map[string]string // codes and tokens: what was recorded, and what is today's
}

// kickID is the streamer's at Kick; the recordings' messages do not say whose they are.
const kickID = "4711"

var kickKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newStage(t testing.TB, r recording) *stage {
	t.Helper()
	s := &stage{TB: t, clock: r.Clock, drawn: map[string]string{}}
	now := func() time.Time { return s.clock }
	var err error
	s.store, err = shard.Open(t.Context(), filepath.Join(t.TempDir(), "data"), shard.Options{MaxOpen: 4, Now: now})
	require.NoError(t, err)
	t.Cleanup(func() { closeStore(t, s.store) })
	from := fixtures.Copy(t, "contract/start.db")
	if r.SQL != "" {
		c := opened(t, from)
		run(t, c, r.SQL)
		require.NoError(t, c.Close())
	}
	report, key, err := s.store.ImportLegacy(t.Context(), request(from), nil)
	require.NoError(t, err)
	s.id, s.key = scope.StreamerID(report.StreamerID), key
	id := kickID
	_, err = s.store.UpdateStreamer(t.Context(), s.id, registry.Change{KickUserID: &id}, "test")
	require.NoError(t, err)
	s.server = httptest.NewServer(api.New(s.store, api.Options{Kick: kick.Options{Keys: kick.Fixed(&kickKey().PublicKey), Now: now,
		Draw: func(n int64) int64 { return n - 1 }}}).Handler())
	t.Cleanup(s.server.Close)
	return s
}

// send makes a recorded request as one of today: below the channel, with the owner's key where
// the recording has an operator's or needed none, and signed where Kick signs.
func (s *stage) send(r *recordedRequest) (status int, body string) {
	s.Helper()
	sent, at := r.sent(s), "/codingbutter"+s.at(r.Path)
	headers := map[string]string{"Content-Type": r.Headers["Content-Type"]}
	switch {
	case r.Path == "/webhook":
		at = "/webhooks/kick"
		s.sign(r, headers, &sent)
	case !strings.HasPrefix(r.Path, "/api/admin/") || strings.HasPrefix(r.Headers["Authorization"], "Bearer AdminSess"):
		headers["Authorization"] = "Bearer " + s.key
	}
	req, err := http.NewRequestWithContext(s.Context(), r.Method, s.server.URL+at, bytes.NewReader(sent))
	require.NoError(s, err)
	for name, value := range headers {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := s.server.Client().Do(req)
	require.NoError(s, err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	require.NoError(s, err)
	return resp.StatusCode, string(got)
}

func (r *recordedRequest) sent(s *stage) []byte {
	s.Helper()
	if r.Raw != "" && !strings.HasPrefix(r.Raw, "(") {
		raw, err := base64.StdEncoding.DecodeString(r.Raw)
		require.NoError(s, err)
		return raw
	}
	if string(r.Body) == "null" {
		return nil
	}
	return []byte(s.redrawn(string(r.Body)))
}

// sign makes a message of Kick's of a recorded one: with its channel, the time, and a signature
// unless the recording had one, which was none.
func (s *stage) sign(r *recordedRequest, headers map[string]string, body *[]byte) {
	if text := string(*body); strings.HasPrefix(text, "{") && json.Valid(*body) {
		*body = []byte(strings.Replace(strings.Replace(text, "{", `{"broadcaster":{"user_id":`+kickID+`},`, 1), ",}", "}", 1))
	}
	for name, value := range r.Headers {
		headers[name] = value
	}
	id, stamp := headers["Kick-Event-Message-Id"], s.clock.UTC().Format(time.RFC3339)
	if id == "01JABC" { // the recorder's own, for every message
		s.clock = s.clock.Add(time.Second)
		id = fmt.Sprint(id, s.clock.Unix())
	}
	headers["Kick-Event-Message-Id"], headers["Kick-Event-Message-Timestamp"] = id, stamp
	if headers["Kick-Event-Signature"] != "" {
		return
	}
	sum := sha256.Sum256([]byte(id + "." + stamp + "." + string(*body)))
	raw, err := rsa.SignPKCS1v15(rand.Reader, kickKey(), crypto.SHA256, sum[:])
	require.NoError(s, err)
	headers["Kick-Event-Signature"] = base64.StdEncoding.EncodeToString(raw)
}

// at is a path with the ids and codes of today.
func (s *stage) at(old string) string {
	old = s.redrawn(old)
	var id int64
	if _, err := fmt.Sscanf(path.Base(old), "%d", &id); err != nil || fmt.Sprint(id) != path.Base(old) {
		return old
	}
	return path.Dir(old) + "/" + fmt.Sprint(int64(s.id)<<32+id)
}

func (s *stage) redrawn(text string) string {
	for old, now := range s.drawn {
		text = strings.ReplaceAll(text, old, now)
	}
	return text
}

// drew notes the codes and tokens of an answer, which are drawn anew each time.
func (s *stage) drew(old, now json.RawMessage) {
	var was, is struct{ Code, SessionToken string }
	if json.Unmarshal(old, &was) != nil || json.Unmarshal(now, &is) != nil {
		return
	}
	for a, b := range map[string]string{was.Code: is.Code, was.SessionToken: is.SessionToken} {
		if a != "" && b != "" {
			s.drawn[a] = b
		}
	}
}

// ledger is what has been paid since the import.
func (s *stage) ledger(ctx context.Context) (all []string) {
	s.Helper()
	all = []string{}
	t := s.store.Tenant(s.id)
	for _, u := range users(s, t) {
		rows, err := t.Ledger(ctx, u.ID, tenant.ChannelPoints, tenant.Place{}, 100)
		require.NoError(s, err)
		for _, r := range rows {
			if r.Source != "import" && r.ID > int64(s.id)<<32+61 { // the last one of start.db
				all = append(all, paid{r.Amount, r.Source, r.Description}.String())
			}
		}
	}
	return all
}
