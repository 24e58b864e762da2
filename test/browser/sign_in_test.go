package browser

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// demo is a server with the demo's data.
func demo(t testing.TB) *program.Server {
	t.Helper()
	startChrome(t) // or leave it out
	return program.NewHome(t, binary).Serve("--demo")
}

// glance keeps a picture of each page when a test is run with SHOTS=DIR, to look at.
func (p *tab) glance(name string) {
	if *shots != "" {
		p.shoot(filepath.Join(*shots, "look", name+".png"))
	}
}

// A key in a link signs in and is gone: not in the address, the history, the page or the log.
func TestALinkSignsInAndKeepsNoKey(t *testing.T) {
	t.Parallel()
	s := demo(t)
	for page, key := range map[string]string{"/demo/dashboard": s.Hello.Demo.OwnerKey, "/": s.Hello.Demo.AdminKey} {
		p := newTab(t)
		p.visit(s.URL + page + "#key=" + key)
		p.see("Sign out")
		var held struct {
			Href, Body, Cookie string
			Stored             map[string]string
			Visited            []string
		}
		p.eval(`({href: location.href, body: document.documentElement.outerHTML, cookie: document.cookie, stored: {...localStorage, ...sessionStorage}, visited: navigation.entries().map(e => e.url)})`, &held)
		require.NotContains(t, held.Href+held.Body+held.Cookie+strings.Join(held.Visited, " "), "sv_")
		require.Empty(t, held.Stored)
		require.NotContains(t, s.Stderr.String(), key)
		p.visit(s.URL + page)
		p.see("Sign out")
		p.click("Sign out")
		p.see("Sign in")
		p.visit(s.URL + page)
		p.see("Sign in")
	}
}

func TestSigningInByHand(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := newTab(t)
	p.allow("status of 401")
	p.visit(s.URL + "/demo/dashboard")
	p.see("Sign in to demo")
	p.accessible()
	p.fill("Key", "sv_owner_wrong")
	p.click("Sign in")
	p.see("This key is not valid")
	p.fill("Key", s.Hello.Demo.OverlayKey)
	p.click("Sign in")
	p.see("This is an overlay key")
	p.fill("Key", owner(t, s, "bella"))
	p.click("Sign in")
	p.see("This key opens the dashboard of bella")
	p.fill("Key", s.Hello.Demo.OwnerKey)
	p.click("Sign in")
	p.see("Sign out")
	require.False(t, strings.Contains(s.Stderr.String(), "sv_owner"))
}

// owner makes a streamer and answers with his key.
func owner(t testing.TB, s *program.Server, name string) string {
	t.Helper()
	var made struct{ OwnerKey string }
	require.NoError(t, json.Unmarshal([]byte(s.Must(http.MethodPost, "/api/streamers", s.Hello.Demo.AdminKey, `{"username":"`+name+`","displayName":"`+name+`"}`).Body), &made))
	return made.OwnerKey
}

// A link that is pasted into an open page signs in as one that opens it, and is gone as soon.
func TestALinkPastedIntoAnOpenPage(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := newTab(t)
	p.visit(s.URL + "/")
	p.see("Operator's console")
	p.eval(`location.hash = 'key=`+s.Hello.Demo.AdminKey+`'; 0`, nil)
	p.see("Sign out")
	p.until(`!(location.href + navigation.entries().map(e => e.url)).includes('sv_')`)
}

// A sign-in that ends while somebody writes is asked for again, over what he wrote.
func TestASignInThatEndsLosesNothing(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "tips", "In their order")
	p.allow("status of 401")
	p.click("New tip")
	p.fill("Text", "Half written")
	p.eval(`fetch('/logout', { method: 'POST' }).then(() => 0)`, nil) // as another tab would
	p.click("//dialog//button[.='Save']")
	p.see("Your sign-in has ended")
	p.accessible()
	p.fill("Key", "sv_owner_wrong")
	p.click("//dialog//button[.='Sign in']")
	p.see("This key is not valid")
	p.fill("Key", s.Hello.Demo.OwnerKey)
	p.click("//dialog//button[.='Sign in']")
	p.gone("Your sign-in has ended")
	p.click("//dialog//button[.='Save']")
	p.until(`!document.querySelector('dialog')`)
	require.Contains(t, ask(t, s, "tips"), "Half written")
}

// Every page in both themes and on a phone: nothing serious for axe, nothing wider than the
// window, and one thing to read before anybody signs in.
func TestPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	s := demo(t)
	for name, page := range map[string]struct{ path, see string }{
		"gate":      {"/demo/dashboard", "Sign in"},
		"docs":      {"/docs", "leaderboard"},
		"dashboard": {"/demo/dashboard#key=" + s.Hello.Demo.OwnerKey, "Top viewers"},
		"console":   {"/#key=" + s.Hello.Demo.AdminKey, "Streamers"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t)
			p.visit(s.URL + page.path)
			p.see(page.see)
			if name == "docs" { // a few of the routes stand for all
				p.fill("Find a route", "points/{username} post")
				p.click("#postByChannelApiPointsByUsername > summary")
				p.see("-d '{\"amount\":25,\"description\":\"Hello\",\"source\":\"chat\"}'")
			}
			for _, theme := range []string{"light", "dark"} {
				p.prefers("prefers-color-scheme", theme)
				p.until(`!document.querySelector('[aria-busy=true]')`)
				p.until(`document.querySelector('.content')?.firstElementChild.querySelector('h1') || document.querySelector('.gate h1')`) // in their order
				p.accessible()
				p.glance(name + "-" + theme)
			}
			p.phone()
			p.fits()
			p.accessible()
			p.glance(name + "-phone")
		})
	}
}
