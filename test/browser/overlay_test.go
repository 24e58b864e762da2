package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// overlay opens the demo's overlay as OBS would.
func overlay(t testing.TB, s *program.Server, layout string) *tab {
	t.Helper()
	p := newTab(t)
	p.size(1920, 1080)
	p.visit(s.URL + "/demo/overlay" + layout + "?key=" + s.Hello.Demo.OverlayKey)
	return p
}

// A newcomer's path: he clicks the overlay that serve --demo prints, gives a point with curl, and
// sees it.
func TestANewcomerSeesHisOverlayReact(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := overlay(t, s, "")
	p.see("NightOwl")
	p.see("Power-ups")
	var address, background string
	p.eval(`location.href`, &address)
	require.Equal(t, s.URL+"/demo/overlay", address, "no key stays in the address bar")
	p.eval(`getComputedStyle(document.body).backgroundColor`, &background)
	require.Equal(t, "rgba(0, 0, 0, 0)", background)
	p.glance("overlay")
	r := s.Must("POST", "/demo/api/points/newcomer", s.Hello.Demo.OwnerKey, `{"amount":250000,"source":"chat","description":"Hello"}`)
	require.Equal(t, 200, r.Status, r.Body)
	p.see("+250,000")
	p.until(`[...document.querySelectorAll('.st-rank')].some(e => e.innerText.includes('newcomer') && e.innerText.includes('250,000') && e.style.transform === 'translateY(0px)')`)
	p.visit(address)
	p.see("newcomer")
	require.NotContains(t, s.Stderr.String(), s.Hello.Demo.OverlayKey)
}
