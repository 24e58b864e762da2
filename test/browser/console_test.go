package browser

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// console opens a section of the operator's console, signed in.
func console(t testing.TB, s *program.Server, key, section, see string) *tab {
	t.Helper()
	p := newTab(t)
	p.visit(s.URL + "/#key=" + key)
	p.see("Sign out")
	p.section(section, see)
	return p
}

// Every section in both themes and on a phone.
func TestTheConsoleIsForEverybody(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := console(t, s, s.Hello.Demo.AdminKey, "streamers", "New streamer")
	sections := []struct{ id, see string }{
		{"streamers", "New streamer"}, {"streamers/demo", "Operations"}, {"shards", "Busiest streamers"}, {"fleet", "Take off"}, {"backups", "Newest first"}, {"doctor", "All is well"}, {"audit", "Verify the chain"},
	}
	for _, section := range sections {
		p.section(section.id, section.see)
		for _, theme := range []string{"light", "dark"} {
			p.prefers("prefers-color-scheme", theme)
			p.accessible()
			p.glance("console-" + strings.ReplaceAll(section.id, "/", "-") + "-" + theme)
		}
	}
	p.phone()
	for _, section := range sections {
		p.section(section.id, section.see)
		p.fits()
		p.accessible()
		p.glance("console-" + strings.ReplaceAll(section.id, "/", "-") + "-phone")
	}
}

func TestWithoutAKeyTheConsoleSaysWhatThisIs(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := newTab(t)
	p.visit(s.URL + "/")
	p.see("This server is")
	p.see("ready")
	p.accessible()
	p.fill("Key", s.Hello.Demo.OwnerKey)
	p.click("Sign in")
	p.see("This key opens the dashboard of demo")
}

// A streamer's whole life, by clicks.
func TestAStreamersLife(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := console(t, s, s.Hello.Demo.AdminKey, "streamers", "New streamer")
	p.click("New streamer")
	p.fill("Channel", "alice")
	p.fill("Name as shown", "Alice <i>")
	p.click("Create")
	p.see("Alice <i> is there")
	var link string
	p.eval(`document.querySelector('dialog input[readonly]').value`, &link)
	p.click("Done")
	owner := newTab(t)
	owner.visit(link)
	owner.see("No viewers with points yet")
	owner.visit("about:blank")

	p.section("streamers/alice", "Operations")
	p.click("Suspend")
	p.fill("Reason", "Unpaid")
	p.click("//dialog//button[.='Suspend']")
	p.see("Unpaid")
	p.click("Resume")
	p.see("In service")
	p.click("Rename")
	p.fill("New channel name", "alicia")
	p.click("//dialog//button[.='Rename']")
	p.see("Renamed to alicia")
	p.see("alice until")
	p.click("Clone")
	p.fill("Channel of the clone", "alicia-two")
	p.click("//dialog//button[.='Clone']")
	p.see("is there")
	p.click("Done")
	p.section("streamers/alicia", "Operations")
	p.click("Back up now")
	p.see("Backed up")
	p.gone("Backed up") // it may lie over the button
	p.click("Restore")
	p.fill("Type alicia to go on", "alicia")
	p.click("//dialog//button[.='Restore']")
	p.see("Restored")
	p.click("Delete")
	p.click("Put in the trash")
	p.see("Have him back")
	p.click("Have him back")
	p.see("Back as he was")
	p.click("Delete")
	p.click("Put in the trash")
	p.click("Purge")
	p.fill("Type alicia to go on", "alicia")
	p.click("//dialog//button[.='Purge']")
	p.see("Purged; the certificate is in the audit log")
	require.Equal(t, http.StatusNotFound, s.Must(http.MethodGet, "/api/streamers/alicia", s.Hello.Demo.AdminKey, "").Status)
	p.section("audit", "Verify the chain")
	p.see("streamer.purge")
	p.click("Verify the chain")
	p.see("rows is whole")
}

// A fleet takes off and comes back, while somebody looks.
func TestAFlightIsSeen(t *testing.T) {
	t.Parallel()
	startChrome(t)
	h := program.NewHome(t, binary)
	var first struct{ AdminKey string }
	h.JSON(&first, "init", "--fleet-version", "1")
	s := h.Serve()
	for i := range 40 {
		require.Equal(t, http.StatusCreated, s.Must(http.MethodPost, "/api/streamers", first.AdminKey, fmt.Sprintf(`{"username":"s%d"}`, i)).Status)
	}
	p := console(t, s, first.AdminKey, "fleet", "Take off")
	p.see("version 1")
	p.click("Plan: try it on copies")
	p.see("40 of 40 shards")
	p.see("version 1")
	p.click("Migrate")
	p.see("40 moved")
	p.see("version 2")
	p.accessible()
	p.glance("console-flight")
	p.click("Roll back")
	p.click("//dialog//button[.='Roll back']")
	p.until(`document.querySelectorAll('.shards i').length === 40`)
	p.until(`[...document.querySelectorAll('.stat')].some((s) => s.innerText.includes('Target') && s.innerText.includes('version 1'))`)
}

func TestTheDoctorShowsWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := demo(t)
	p := console(t, s, s.Hello.Demo.AdminKey, "doctor", "All is well")
	mess := filepath.Join(s.Dir, "demo-data", "shards", "01", "0000000099.1.db-wal")
	writeFile(t, mess)
	p.click("Look again")
	p.see("fixable")
	p.click("Mend")
	p.click("//dialog//button[.='Mend']")
	p.see("All is well")
	require.NoFileExists(t, mess)
}
