package browser

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

func TestTheOverlayFollowsWhatTheStreamerChanges(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := overlay(t, s, "")
	p.see("Followers")
	must(s, "POST", "/demo/api/admin/goals/followers/progress", map[string]any{"by": 27})
	p.until(`document.querySelector('.st-goal.st-reached .st-track span')?.style.transform === 'scaleX(1)'`)
	must(s, "POST", "/demo/api/events/test", map[string]any{"type": "subscription", "username": "zoe"})
	p.see("has subscribed")
	must(s, "POST", "/demo/api/dropgame/score", map[string]any{"username": "zoe", "score": 4321, "isPerfect": true})
	p.see("4,321")
	p.see("Perfect")
	must(s, "PUT", "/demo/api/admin/powerups/tnt", map[string]any{"name": "Big bang", "description": "d", "cost": 5, "emoji": "💥"})
	p.see("Big bang")
	must(s, "PUT", "/demo/api/admin/overlay/layout", map[string]any{"components": []any{area("tips", 0, 0, 2, 8, "Did you know"), area("empty", 4, 4, 2, 2, ""), area("chroma", 6, 6, 2, 2, "")}})
	p.see("Did you know")
	p.gone("Big bang")
	var chroma string
	p.eval(`getComputedStyle(document.querySelector('.st-chroma')).backgroundColor`, &chroma)
	require.Equal(t, "rgb(255, 0, 255)", chroma)
}

// A layout of its own is found by name or id, follows its changes, and is blank where it is not.
func TestNamedLayouts(t *testing.T) {
	t.Parallel()
	s := demo(t)
	r := s.Must("POST", "/demo/api/overlay/layouts", s.Hello.Demo.OwnerKey, `{"name":"Night scene","layout":{"components":[{"type":"goals","gridPosition":{"row":0,"column":0,"rowSpan":4,"colSpan":5},"settings":{"title":"Tonight"}}]}}`)
	require.Equal(t, 201, r.Status, r.Body)
	id := numberAfter(r.Body, `"id":`)
	byName, byID, none := overlay(t, s, "/night%20Scene"), overlay(t, s, "/"+id), overlay(t, s, "/none")
	byName.see("Tonight")
	byID.see("Tonight")
	r = s.Must("PATCH", "/demo/api/overlay/layouts/"+id, s.Hello.Demo.OwnerKey, `{"layout":{"components":[{"type":"leaderboard","gridPosition":{"row":0,"column":0,"rowSpan":8,"colSpan":5},"settings":{"title":"Best of tonight"}}]}}`)
	require.Equal(t, 200, r.Status, r.Body)
	byName.see("Best of tonight")
	byID.see("Best of tonight")
	var shown string
	none.eval(`document.body.innerText`, &shown)
	require.Empty(t, strings.TrimSpace(shown))
	require.Equal(t, 201, s.Must("POST", "/demo/api/overlay/layouts", s.Hello.Demo.OwnerKey, `{"name":"none","layout":{"components":[{"type":"tips","gridPosition":{"row":0,"column":0,"rowSpan":3,"colSpan":5},"settings":{"title":"There now"}}]}}`).Status)
	none.see("There now")
}

func numberAfter(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest[:strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })]
}

// Without a key, or with one that is nobody's, there is a blank screen and no error to read.
func TestABlankScreenInsteadOfAnError(t *testing.T) {
	t.Parallel()
	s := demo(t)
	for _, key := range []string{"", "?key=sv_overlay_wrong", "?key="} {
		p := newTab(t)
		p.allow("WebSocket") // the browser tells of each that was refused
		p.visit(s.URL + "/demo/overlay" + key)
		p.until(`performance.getEntriesByType('resource').some(e => e.name.endsWith('stage.js'))`)
		var shown string
		p.eval(`new Promise(done => setTimeout(() => done(document.body.innerText.trim()), 800))`, &shown)
		require.Empty(t, shown)
	}
}

// A server that is away for a moment is taken up where it was; for long, the screen goes blank.
func TestTheOverlayOutlivesTheServer(t *testing.T) {
	t.Parallel()
	startChrome(t)
	h := program.NewHome(t, binary)
	owner := h.Create("ann").OwnerKey
	var k struct{ Key string }
	h.JSON(&k, "key", "create", "--streamer", "ann", "--role", "overlay")
	s := h.Serve()
	require.Equal(t, 200, s.Must("POST", "/ann/api/points/first", owner, `{"amount":25,"source":"chat"}`).Status)
	p := newTab(t)
	p.allow("WebSocket")
	// The minute is over when the test says so.
	p.before(`{ const real = setTimeout; window.setTimeout = (f, ms, ...rest) => { if (ms < 60_000) return real(f, Math.min(ms, 500), ...rest); window.over = f; return real(() => {}, 2 ** 30) } }`)
	p.visit(s.URL + "/ann/overlay?key=" + k.Key)
	p.see("first")
	require.Zero(t, s.Term())
	p.until(`window.over`)
	p.until(`document.body.innerText.includes('first')`) // it stays
	p.eval(`over(); 0`, nil)
	p.until(`document.body.innerText.trim() === ''`)
	address := strings.TrimPrefix(s.URL, "http://")
	s = h.Serve("--listen", address)
	p.see("first")
	require.Equal(t, 200, s.Must("POST", "/ann/api/points/second", owner, `{"amount":25,"source":"chat"}`).Status)
	p.see("second")
}

func TestReducedMotionIsRespected(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := newTab(t)
	p.prefers("prefers-reduced-motion", "reduce")
	p.visit(s.URL + "/demo/overlay?key=" + s.Hello.Demo.OverlayKey)
	p.see("Followers")
	must(s, "POST", "/demo/api/admin/goals/followers/progress", map[string]any{"by": 5})
	must(s, "POST", "/demo/api/events/test", map[string]any{"type": "follow", "username": "zoe"})
	p.see("zoe")
	var moving int
	p.eval(`document.getAnimations().length`, &moving)
	require.Zero(t, moving)
	p.accessible()
}

// Twenty overlays of one streamer are open at once, as in a studio with many scenes.
func TestTwentyOverlaysAtOnce(t *testing.T) {
	t.Parallel()
	s := demo(t)
	first := overlay(t, s, "")
	all := []*tab{first}
	for range 19 {
		p := first.another()
		p.visit(s.URL + "/demo/overlay?key=" + s.Hello.Demo.OverlayKey)
		all = append(all, p)
	}
	for _, p := range all {
		p.until(`document.querySelectorAll('.st-rank').length > 0`)
	}
	must(s, "POST", "/demo/api/points/everybody", map[string]any{"amount": 777_777, "source": "tip"})
	for _, p := range all {
		p.until(`document.body.textContent.includes('777,777')`)
	}
}

// burst moves points many times at once.
func burst(s *program.Server, n int) {
	s.Helper()
	var work sync.WaitGroup
	for i := range n {
		work.Go(func() {
			r, err := s.HTTP(http.MethodPost, fmt.Sprint("/demo/api/points/burst", i%25), s.Hello.Demo.OwnerKey, `{"amount":10000,"source":"chat"}`)
			if err != nil || r.Status != 200 {
				s.Errorf("%v %s", err, r.Body)
			}
		})
	}
	work.Wait()
}

// A picture on the overlay is an upload of the channel, or comes over TLS; nothing else is asked for.
func TestPicturesAreOwnOrOverTLS(t *testing.T) {
	t.Parallel()
	s := demo(t)
	dot := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\b\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
	r := s.Must("POST", "/demo/api/upload/zoe", s.Hello.Demo.OwnerKey, dot, "Content-Type", "image/png")
	require.Equal(t, 200, r.Status, r.Body)
	_, rest, _ := strings.Cut(r.Body, `"imageUrl":"`)
	own, _, _ := strings.Cut(rest, `"`)
	var areas []any
	for i, url := range []string{own, "http://evil.invalid/a.png", "javascript:hacked=1", "data:image/png;base64,AAAA", "/other/api/uploads/1", "//evil.invalid/a.png", "https://u:p@evil.invalid/a.png", own + "/../../x"} {
		a := area("image", i, 0, 1, 2, "")
		a["settings"] = map[string]any{"url": url}
		areas = append(areas, a)
	}
	must(s, "PUT", "/demo/api/admin/overlay/layout", map[string]any{"components": areas})
	p := overlay(t, s, "")
	p.until(`document.querySelector('.st-picture')?.naturalWidth === 1`)
	var all []string
	p.eval(`[...document.querySelectorAll('img')].map(e => e.getAttribute('src'))`, &all)
	require.Equal(t, []string{own}, all)
}
