package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// everyCommand is a life of an installation, each command of the program in it. What goes
// wrong has to go wrong alike too.
var everyCommand = []struct {
	code int
	line string
}{
	{0, "init"},
	{0, "init --json"},
	{0, "streamer create alice --display-name Alice✨ --kick-user-id 77 --avatar-url https://example.org/a.png --json"},
	{0, "streamer create bob"},
	{1, "streamer create alice"},
	{1, "streamer create ALICE --json"},
	{1, "streamer create carol --kick-user-id 77 --json"},
	{2, "streamer create no.such.name"},
	{2, "streamer create admin --json"},
	{0, "streamer list"},
	{0, "streamer list --json"},
	{0, "streamer show alice"},
	{0, "streamer show Alice --json"},
	{1, "streamer show nobody"},
	{1, "streamer show nobody --json"},
	{1, "streamer show ../keys --json"},
	{2, "streamer suspend alice"},
	{0, "streamer suspend alice --reason spam"},
	{1, "streamer suspend alice --reason again --json"},
	{0, "streamer show alice --json"},
	{0, "streamer resume alice --json"},
	{1, "streamer resume alice"},
	{1, "streamer resume nobody --json"},
	{0, "streamer clone alice dora"},
	{0, "streamer clone alice emil --display-name Emil --json"},
	{1, "streamer clone alice bob --json"},
	{1, "streamer clone nobody fred"},
	{2, "streamer clone alice no.such.name"},
	{0, "streamer rename dora dorothy"},
	{0, "streamer rename emil emilia --name-grace 0 --json"},
	{1, "streamer rename emilia dora"},
	{1, "streamer show dora --json"},
	{2, "streamer rename emilia admin"},
	{2, "streamer rename emilia e --name-grace 4000 --json"},
	{0, "streamer limit dorothy"},
	{0, "streamer limit dorothy --mib 100 --rows users=5 --rows tips=9 --requests 7"},
	{0, "streamer limit dorothy --rows tips=0 --json"},
	{2, "streamer limit dorothy --rows nothing=1"},
	{2, "streamer limit dorothy --mib -1 --json"},
	{0, "streamer show dorothy"},
	{0, "streamer limit dorothy --clear --json"},
	{0, "streamer delete dorothy --dry-run"},
	{2, "streamer delete dorothy"},
	{0, "streamer delete dorothy --yes"},
	{0, "streamer delete dorothy --yes --json"},
	{1, "streamer delete nobody --yes --json"},
	{1, "streamer create dorothy --json"},
	{0, "streamer list --state trashed"},
	{0, "streamer list --state active --json"},
	{2, "streamer list --state none"},
	{0, "streamer show dorothy --json"},
	{1, "streamer clone dorothy fred --json"},
	{1, "streamer suspend dorothy --reason x"},
	{0, "streamer undelete dorothy"},
	{1, "streamer undelete dorothy --json"},
	{1, "streamer purge dorothy --yes --json"},
	{0, "streamer delete dorothy --trash-grace 1 --yes --json"},
	{2, "streamer purge dorothy"},
	{0, "streamer purge dorothy --dry-run --json"},
	{0, "streamer purge dorothy --yes"},
	{1, "streamer purge dorothy --yes --json"},
	{0, "streamer purge emilia --force --yes --json"},
	{0, "key create --admin --name ops --json"},
	{0, "key create --streamer alice --role overlay --name obs"},
	{0, "key create --streamer alice --role owner --json"},
	{1, "key create --streamer nobody --role owner --json"},
	{0, "key list"},
	{0, "key list --json"},
	{0, "key list --streamer alice"},
	{0, "key list --streamer alice --json"},
	{1, "key list --streamer nobody"},
	{0, "key rotate 2 --json"},
	{1, "key rotate 999 --json"},
	{0, "key revoke 2"},
	{0, "key revoke 2 --json"},
	{1, "key revoke 999"},
	{0, "key list --streamer alice --json"},
	{0, "backup create alice"},
	{0, "backup create bob --encrypt --json"},
	{0, "backup create --all --workers 1 --json"},
	{2, "backup create"},
	{2, "backup create alice --workers 2"},
	{2, "backup create --all --workers 99 --json"},
	{1, "backup create nobody --json"},
	{0, "backup list"},
	{0, "backup list --streamer alice --json"},
	{1, "backup list --streamer nobody --json"},
	{0, "backup verify 1"},
	{0, "backup verify 2 --json"},
	{1, "backup verify 999 --json"},
	{1, "backup verify broken.db"},
	{1, "backup verify none.db --json"},
	{0, "backup restore 1 --streamer alice --dry-run"},
	{0, "backup restore 1 --streamer alice --dry-run --json"},
	{0, "backup restore 1 --streamer alice --yes --json"},
	{1, "backup restore 1 --streamer bob --yes --json"},
	{2, "backup restore 1"},
	{0, "restore 2 --as robert"},
	{1, "restore 2 --as alice --json"},
	{1, "restore broken.db --streamer alice --yes"},
	{0, "backup drill --sample 100 --json"},
	{2, "backup drill --workers 99"},
	{0, "backup prune --keep 24h --dry-run --json"},
	{2, "backup prune --keep never --yes"},
	{0, "export alice --out alice.db"},
	{1, "export nobody --out nobody.db --json"},
	{2, "export alice --format xml"},
	{1, "legacy import --from missing.db --json"},
	{1, "legacy import --from broken.db"},
	{1, "legacy import --from broken.db --dry-run --json"},
	{0, "legacy list"},
	{0, "legacy list --json"},
	{0, "legacy verify"},
	{0, "legacy verify --json"},
	{1, "legacy verify nosuchrun --json"},
	{1, "legacy rollback nosuchrun"},
	{2, "legacy source nosuchrun"},
	{1, "legacy source nosuchrun --out out --json"},
	{0, "migrate status"},
	{0, "migrate status --json"},
	{0, "migrate plan"},
	{0, "migrate plan --only alice --to 1"},
	{1, "migrate plan --only nobody --json"},
	{0, "migrate up --json"},
	{0, "migrate up --only bob"},
	{2, "migrate up --to 99"},
	{2, "migrate up --workers 1000 --json"},
	{2, "migrate up --to 1 --json"},
	{1, "migrate resume 999 --json"},
	{1, "migrate resume none"},
	{1, "migrate rollback 999"},
	{1, "migrate rollback 999 --from-snapshot --json"},
	{1, "migrate halt 999"},
	{0, "migrate jobs"},
	{0, "job list"},
	{0, "job list --kind migrate --json"},
	{1, "job show 999 --json"},
	{1, "job show one"},
	{1, "job cancel 999"},
	{1, "job resume 999 --json"},
	{0, "audit"},
	{0, "audit --json"},
	{0, "audit --streamer alice --json"},
	{1, "audit --streamer nobody --json"},
	{0, "audit --since 2200-01-01 --json"},
	{0, "doctor"},
	{0, "doctor --json"},
	{0, "doctor --deep --fix --json"},
	{1, "doctor --max-backup-age 1ns --json"},
	{2, "doctor --max-backup-age never"},
	{0, "audit verify"},
	{0, "audit verify --json"},
	{0, "version"},
	{0, "version --json"},
}

// What differs from run to run: secrets, times, hashes.
var varying = []*regexp.Regexp{
	regexp.MustCompile(`[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}`),
	regexp.MustCompile(`sv_[a-z]+_[A-Za-z0-9_-]+`),
	regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?`),
	regexp.MustCompile(`\d{4}-\d\d-\d\d`),
	regexp.MustCompile(`[0-9a-f]{32,64}`),
	regexp.MustCompile(`\d{8}T\d{6}Z-[0-9a-f]{8}`),
}

func (h home) alike(o program.Outcome) program.Outcome {
	for _, v := range varying {
		o.Stdout, o.Stderr = v.ReplaceAllString(o.Stdout, "~"), v.ReplaceAllString(o.Stderr, "~")
	}
	o.Stdout = strings.ReplaceAll(o.Stdout, h.Dir, "HOME")
	o.Stderr = strings.ReplaceAll(o.Stderr, h.Dir, "HOME")
	return o
}

func newFurnishedHome(t testing.TB) home {
	h := newHome(t)
	require.NoError(t, os.WriteFile(h.Dir+"/broken.db", []byte("<html>404</html>"), 0o600))
	require.Zero(t, h.Run("init").Code)
	return h
}

func TestEveryCommandAnswersTheSameWithAndWithoutAServer(t *testing.T) {
	t.Parallel()
	alone, served := newFurnishedHome(t), newFurnishedHome(t)
	served.serve()
	for _, c := range everyCommand {
		args := strings.Fields(c.line)
		want := alone.Run(args...)
		require.Equal(t, c.code, want.Code, "%s: %s", c.line, want.Stderr)
		require.Equal(t, alone.alike(want), served.alike(served.Run(args...)), c.line)
	}
}

func TestEveryCommandIsInTheList(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	tried := map[string]bool{"serve": true, "completion": true, "help": true}
	for _, c := range everyCommand {
		args := strings.Fields(c.line)
		tried[args[0]] = true
		tried[strings.Join(args[:min(2, len(args))], " ")] = true
	}
	names := regexp.MustCompile(`(?m)^  ([a-z]+) {2,}\S`)
	commands := func(args ...string) [][]string {
		o := h.Run(append(args, "--help")...)
		require.Zero(t, o.Code)
		about, _, _ := strings.Cut(o.Stdout, "\nFlags:")
		_, about, _ = strings.Cut(about, "Available Commands:")
		return names.FindAllStringSubmatch(about, -1)
	}
	require.NotEmpty(t, commands())
	for _, top := range commands() {
		require.True(t, tried[top[1]], "command %s is not compared", top[1])
		if top[1] == "completion" {
			continue
		}
		for _, sub := range commands(top[1]) {
			require.True(t, tried[top[1]+" "+sub[1]], "command %s %s is not compared", top[1], sub[1])
		}
	}
}

// A server that comes and goes is not noticed by the commands that run meanwhile.
func TestCommandsOutliveTheServersComingAndGoing(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	require.Zero(t, h.Run("init").Code)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 5 {
			p := h.serve()
			if !assertZero(t, p.Term(), p.Stderr) {
				return
			}
		}
	}()
	seen := 0
	for open := true; open; seen++ {
		select {
		case <-done:
			open = false
		default:
		}
		o := h.Run("streamer", "list", "--json")
		require.Zero(t, o.Code, o.Stderr)
	}
	t.Logf("%d commands", seen)
}

func TestACommandInitialisesWhereNothingIs(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	o := h.Run("streamer", "list", "--json")
	require.Zero(t, o.Code, o.Stderr)
	require.JSONEq(t, `{"items":[],"next":null}`, o.Stdout)
	key := regexp.MustCompile(`sv_admin_\S+`).FindString(o.Stderr)
	require.NotEmpty(t, key, "the first admin key is shown once: %s", o.Stderr)
	require.NotContains(t, h.Run("streamer", "list").Stderr, "sv_admin_")

	p := h.serve()
	require.Equal(t, 200, p.Must("GET", "/api/streamers", key, "").Status)
	require.Equal(t, 401, p.Must("GET", "/api/streamers", key+"x", "").Status)
}

func TestInitTellsTheKeyOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var first, again struct{ AdminKey *string }
	h.JSON(&first, "init", "--fleet-version", "1")
	h.JSON(&again, "init")
	require.NotNil(t, first.AdminKey)
	require.Nil(t, again.AdminKey)
	h.Create("alice")
	var s struct{ SchemaVersion int }
	h.JSON(&s, "streamer", "show", "alice")
	require.Equal(t, 1, s.SchemaVersion)
}
