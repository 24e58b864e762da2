package browser

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// dashboard opens a section of the demo's dashboard, signed in.
func dashboard(t testing.TB, s *program.Server, section, see string) *tab {
	t.Helper()
	p := newTab(t)
	p.visit(s.URL + "/demo/dashboard#key=" + s.Hello.Demo.OwnerKey)
	p.see("Sign out")
	p.section(section, see)
	return p
}

// section goes to a section of a page and waits until it has been loaded.
func (p *tab) section(id, see string) {
	p.Helper()
	p.eval(`location.hash = '#/`+id+`'; 0`, nil)
	p.see(see)
	p.until(`!document.querySelector('[aria-busy=true]')`)
}

// ask reads what the API answers to the demo's owner.
func ask(t testing.TB, s *program.Server, path string) string {
	t.Helper()
	r := s.Must(http.MethodGet, "/demo/api/"+path, s.Hello.Demo.OwnerKey, "")
	require.Equal(t, http.StatusOK, r.Status, r.Body)
	return string(r.Body)
}

// Every section in both themes and on a phone.
func TestTheDashboardIsForEverybody(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "overview", "Top viewers")
	for _, section := range []struct{ id, see string }{
		{"overview", "Followers"}, {"viewers", "All viewers"}, {"powerups", "Catalogue"}, {"overlays", "Test alert"}, {"goals", "Followers"}, {"tips", "In their order"},
		{"layouts", "Last event"}, {"theme", "Names and brand"}, {"settings", "Price of !say"}, {"connections", "Another service"}, {"data", "Download"}, {"history", "Newest first"},
	} {
		p.section(section.id, section.see)
		for _, theme := range []string{"light", "dark"} {
			p.prefers("prefers-color-scheme", theme)
			p.accessible()
			p.glance("dashboard-" + section.id + "-" + theme)
		}
	}
	p.phone()
	for _, id := range []string{"overview", "viewers", "overlays", "goals", "tips", "layouts", "theme", "settings", "data"} {
		p.section(id, "Sign out")
		p.fits()
		p.until(`(({ left, right }) => left >= 0 && right <= innerWidth)(document.querySelector('nav [aria-current]').getBoundingClientRect())`)
		p.accessible()
		p.glance("dashboard-" + id + "-phone")
	}
}

func TestViewersAreFoundAndChanged(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "viewers", "All viewers")
	p.fill("Find by name", "mira")
	p.see("Names that begin with")
	p.click("Edit mira_plays")
	p.see("Channel points")
	p.fill("Channel points", "250")
	p.fill("Reason", "Won the quiz")
	p.click("Give points")
	p.see("mira_plays has 2,070 channel points now")
	require.Contains(t, ask(t, s, "points/mira_plays/transactions"), "Won the quiz")

	p.click("Add viewer")
	p.fill("Name", "Zoë <b>")
	p.click("Add")
	p.see("Viewer added")
	p.fill("Find by name", "Zo")
	p.see("Zoë <b>")
	p.click("Delete Zoë <b>")
	p.see("Deleted Zoë <b>")
	p.click("Undo")
	p.see("Zoë <b>")
	require.Contains(t, ask(t, s, "users?q=Zo"), "Zoë")
	p.click("Delete Zoë <b>")
	p.gone("Edit Zoë <b>")
	p.visit("about:blank") // leaving the page does what was not taken back
	require.Eventually(t, func() bool { return !strings.Contains(ask(t, s, "users?q=Zo"), "Zoë") }, patience, patience/100)
}

func TestGoalsTipsAndPowerupsAreEdited(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "goals", "Followers")
	p.click("New goal")
	p.fill("Short name", "donations")
	p.fill("Label on the overlay", "Donations")
	p.fill("Target", "500")
	p.click("Save")
	p.see("0 of 500")
	p.click("+1 of Donations")
	p.see("1 of 500")
	require.Contains(t, ask(t, s, "goals"), `"donations":{"current":1,"target":500}`)

	p.section("tips", "In their order")
	p.click("New tip")
	p.fill("Text", "Be kind <script>alert(1)</script>")
	p.click("Save")
	p.see("Be kind <script>")
	p.press(`[aria-label^="Move Be kind"]`, "ArrowUp")
	require.Eventually(t, func() bool { return beforeLast(t, ask(t, s, "tips")) == "Be kind <script>alert(1)</script>" }, patience, patience/100)

	p.section("powerups", "Catalogue")
	p.click("Edit Ghost")
	p.fill("Price in channel points", "-1")
	p.allow("status of 400")
	p.click("Save")
	p.fill("Price in channel points", "800")
	p.click("Save")
	p.see("800")
	require.Contains(t, ask(t, s, "powerups"), `"cost":800`)
}

func beforeLast(t testing.TB, list string) string {
	t.Helper()
	var all []string
	require.NoError(t, json.Unmarshal([]byte(list), &all))
	require.Greater(t, len(all), 1)
	return all[len(all)-2]
}

func TestSettingsAndLinks(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "settings", "Price of !say")
	p.fill("Price of !say", "700")
	p.click("//section[contains(., 'Price of !say')]//button[.='Save']")
	p.see("Saved")
	p.click("//section[.//h2[.='Links']]//button[.='Add']")
	p.fill("Name", "discord")
	p.fill("Address", "https://discord.example/invite")
	p.click("//dialog//button[.='Save']")
	p.see("https://discord.example/invite")
	stored := ask(t, s, "admin/settings")
	require.Contains(t, stored, `"key":"say_cost","value":"700"`)
	require.Contains(t, stored, `"key":"link_discord"`)
}

// An overlay's address is made, works, and dies with its key.
func TestOverlayKeysAreMadeAndRevoked(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "overlays", "Test alert")
	p.click("New overlay")
	p.fill("Name", "Second screen")
	p.click("Create")
	p.see("In OBS add")
	var address string
	p.eval(`document.querySelector('dialog input[readonly]').value`, &address)
	require.Contains(t, address, s.URL+"/demo/overlay?key=sv_overlay_")
	key := address[strings.Index(address, "sv_overlay_"):]
	require.Equal(t, http.StatusOK, s.Must(http.MethodGet, "/demo/api/overlay/settings", key, "").Status)
	p.click("Done")
	p.see("Second screen")
	var page string
	p.eval(`document.documentElement.outerHTML`, &page)
	require.NotContains(t, page, key, "a key is shown once")
	p.click("//tr[contains(., 'Second screen')]//button[.='Revoke']")
	p.click("//dialog//button[.='Revoke']")
	p.see("revoked")
	require.Equal(t, http.StatusUnauthorized, s.Must(http.MethodGet, "/demo/api/overlay/settings", key, "").Status)
}

// An area is dragged, resized and moved by keys; the saved layout is what was seen.
func TestLayoutsAreDrawn(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "layouts", "Last event")
	p.click("Leaderboard")
	const area = `.area[aria-label*="leaderboard-1"]`
	p.drag(area, 2, 4)
	p.press(area, "ArrowDown")
	p.press(area, "Shift+ArrowRight")
	p.section("tips", "In their order")
	p.section("layouts", "Last event")
	p.click("Save") // what was drawn is still there
	p.see("Saved: open overlays follow at once")
	require.Contains(t, ask(t, s, "admin/overlay/layout"), `{"id":"leaderboard-1","type":"leaderboard","gridPosition":{"row":5,"column":2,"rowSpan":3,"colSpan":5}}`)

	p.click("Copy")
	p.fill("Name", "Just chatting")
	p.click("//dialog//button[.='Save']")
	p.see("Just chatting")
	require.Contains(t, ask(t, s, "overlay/layouts"), "Just chatting")
}

func TestTheThemeIsChanged(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "theme", "Names and brand")
	p.fill("Brand: value", "#ff8800")
	p.fill("Name", "Night")
	p.click("Save")
	p.see("Saved")
	theme := ask(t, s, "theme")
	require.Contains(t, theme, `"brandColor":"#ff8800"`)
	require.Contains(t, theme, `"siteName":"Night"`)
}

// A streamer takes his data home and brings it back: he sees what would change before it does.
func TestADownloadIsBroughtBack(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := dashboard(t, s, "data", "Restore from a file")
	file := filepath.Join(t.TempDir(), "home.db")
	require.NoError(t, os.WriteFile(file, []byte(ask(t, s, "admin/export?format=sqlite")), 0o600))
	require.Equal(t, http.StatusOK, s.Must(http.MethodPost, "/demo/api/points/mira_plays", s.Hello.Demo.OwnerKey, `{"amount":5000,"source":"admin"}`).Status)

	p.do("choose the file", chromedp.SetUploadFiles("input[type=file]", []string{file}))
	p.see("What would change")
	p.see("-5,000")
	p.accessible()
	p.glance("dashboard-restore")
	p.click("Go on")
	p.fill("Type demo to go on", "demo")
	p.click("//dialog//button[.='Restore']")
	p.see("Restored")
	require.Contains(t, ask(t, s, "stats/mira_plays"), `"channelPoints":1820`)

	bad := filepath.Join(t.TempDir(), "bad.db")
	require.NoError(t, os.WriteFile(bad, []byte("<html>no database</html>"), 0o600))
	p.allow("status of 422")
	p.allow("status of 400")
	p.do("choose a wrong file", chromedp.SetUploadFiles("input[type=file]", []string{bad}))
	p.until(`document.querySelector('.toast.bad')`)
	p.glance("dashboard-restore-refused")
	require.Contains(t, ask(t, s, "stats/mira_plays"), `"channelPoints":1820`)
}
