package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// abusers are connections that want to keep a server busy.
type abusers struct {
	*process
	held []net.Conn
}

func (a *abusers) connect() net.Conn {
	a.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "http://"))
	require.NoError(a, err)
	a.Cleanup(func() { _ = c.Close() })
	return c
}

// hold opens connections that say nothing, and such that say a letter now and then.
func (a *abusers) hold(silent, slow int) {
	a.Helper()
	for range silent {
		a.held = append(a.held, a.connect())
	}
	for range slow {
		c := a.connect()
		a.held = append(a.held, c)
		go func() {
			_, err := io.WriteString(c, "GET /alice/api/leaderboard HTTP/1.1\r\nHost: x\r\nX-Slow: ")
			for err == nil {
				time.Sleep(200 * time.Millisecond)
				_, err = io.WriteString(c, "x")
			}
		}()
	}
}

// cut waits until the server has closed every one of them.
func (a *abusers) cut() {
	a.Helper()
	for i, c := range a.held {
		require.NoError(a, c.SetReadDeadline(time.Now().Add(20*time.Second)))
		_, err := io.Copy(io.Discard, c) // an answer may come first
		require.NotErrorIs(a, err, os.ErrDeadlineExceeded, "connection %d is held for ever", i)
	}
}

// bodies that want to be large, deep or ambiguous, and what they get.
var badBodies = map[string]struct {
	body   string
	status int
}{
	"TenMegabytes":  {`{"amount":1,"source":"chat","description":"` + strings.Repeat("x", 10<<20) + `"}`, 413},
	"Deep":          {strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001), 400},
	"DuplicateKeys": {`{"amount":1,"amount":1000000,"source":"chat"}`, 400},
	"CaseVariants":  {`{"amount":1,"AMOUNT":1000000,"source":"chat"}`, 400},
	"Trailing":      {`{"amount":1,"source":"chat"}{"amount":1,"source":"chat"}`, 400},
	"HugeNumber":    {`{"amount":1` + strings.Repeat("0", 5000) + `,"source":"chat"}`, 400},
	"ManyFields":    {`{` + strings.Repeat(`"f":1,`, 9000) + `"g":1}`, 400},
}

// TestAbuseHarmsNobodyElse: while one caller holds idle and slow connections and sends what no
// parser should read, every request of a healthy streamer is answered; in the end all the
// others are cut and nothing of theirs is left open. How long the healthy ones took is
// printed, with and without the abuse.
func TestAbuseHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	idle, slow, rounds := 300, 50, 100
	if *long {
		idle, slow, rounds = 1000, 200, 1000
	}
	h := newHome(t)
	alice, bob := h.Create("alice").OwnerKey, h.Create("bob").OwnerKey
	a := &abusers{process: h.serve()}
	quiet := a.healthy(bob, rounds)
	before := a.Descriptors()
	a.hold(idle, slow)
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() { a.abuse(alice, stop) })
	busy := a.healthy(bob, rounds)
	close(stop)
	sending.Wait()
	t.Logf("p99 of a healthy streamer: %v alone, %v beside %d idle and %d slow connections and bad bodies", quiet, busy, idle, slow)
	a.cut()
	a.Web.CloseIdleConnections()
	require.Eventually(t, func() bool { return a.Descriptors() <= before+16 }, 10*time.Second, 50*time.Millisecond, "descriptors are left open")
	r := a.Must("GET", "/alice/api/stats/Viewer", "", "")
	require.Contains(t, r.Body, `"channelPoints":0`, "none of the bodies acted")
	require.Zero(t, a.Term(), a.Stderr)
}

// healthy makes requests one after the other, which must all be answered, and returns the 99th
// percentile of how long they took.
func (a *abusers) healthy(key string, rounds int) time.Duration {
	a.Helper()
	took := make([]time.Duration, 0, rounds)
	for i := range rounds {
		begun := time.Now()
		r := a.Must("POST", fmt.Sprint("/bob/api/points/Fan", i%10), key, `{"amount":1,"source":"chat"}`)
		require.Equal(a, 200, r.Status, r.Body)
		require.Equal(a, 200, a.Must("GET", "/bob/api/leaderboard", "", "").Status)
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

func (a *abusers) abuse(key string, stop chan struct{}) {
	for {
		for name, b := range badBodies {
			select {
			case <-stop:
				return
			default:
			}
			time.Sleep(5 * time.Millisecond) // it is not a flood
			r, err := a.HTTP("POST", "/alice/api/points/Viewer", key, b.body)
			if err == nil && r.Status != b.status { // one that is cut off may see no answer
				a.Errorf("%s: %d %s", name, r.Status, r.Body)
			}
		}
	}
}

// TestCodesWithstandGuessing: a code has five tries in all, before and after the server was
// killed; then the right one is worth nothing.
func TestCodesWithstandGuessing(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	key := h.Create("alice").OwnerKey
	p := h.serve()
	var made struct{ Code string }
	require.NoError(t, json.Unmarshal([]byte(p.Must("POST", "/alice/api/verify/generate/zoe", "", "").Body), &made))
	require.Equal(t, 200, p.Must("GET", "/alice/api/verify/check/zoe/"+made.Code, "", "").Status, "it is pending")
	for try := range 5 {
		require.Equal(t, 404, p.Must("GET", "/alice/api/verify/check/zoe/AAAAA4", "", "").Status)
		if try == 2 {
			p.Kill()
			p = h.serve()
		}
	}
	require.Equal(t, 404, p.Must("GET", "/alice/api/verify/check/zoe/"+made.Code, "", "").Status, "it has died of them")
	r := p.Must("POST", "/alice/api/verify/confirm", key, `{"username":"zoe","code":"`+made.Code+`"}`)
	require.Equal(t, 404, r.Status, r.Body)
	require.Contains(t, p.Must("POST", "/alice/api/verify/generate/zoe", "", "").Body, `"code":`, "she may have a new one")
}

// TestKeysWithstandGuessing: who tries key after key is stopped; who has one is let in from the
// same address.
func TestKeysWithstandGuessing(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	key := h.Create("alice").OwnerKey
	p := h.serve()
	refused, guessed, begun := 0, 0, time.Now()
	for i := range 800 {
		r := p.Must("GET", "/alice/api/users", fmt.Sprintf("sv_owner_%043d", i), "")
		require.Contains(t, []int{401, 429}, r.Status)
		if r.Status == 429 {
			require.Equal(t, "rate_limited", r.Code(t))
			refused++
		} else {
			guessed++
		}
	}
	require.Positive(t, refused)
	require.LessOrEqual(t, guessed, 601+int(10*time.Since(begun).Seconds()), "600 at once, then ten a second")
	require.Equal(t, 200, p.Must("GET", "/alice/api/users", key, "").Status)
}
