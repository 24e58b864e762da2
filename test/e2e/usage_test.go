package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func assertZero(t testing.TB, code int, why *lockedBuffer) bool {
	return assert.Zero(t, code, why)
}

var wrongUses = map[string][]string{
	"NoCommand":        {},
	"UnknownCommand":   {"sreve"},
	"UnknownSubcmd":    {"streamer", "creat"},
	"NoSubcommand":     {"key"},
	"UnknownFlag":      {"streamer", "list", "--wide"},
	"FlagWithoutValue": {"streamer", "list", "--data"},
	"WrongFlagValue":   {"serve", "--max-open", "many"},
	"NoName":           {"streamer", "create"},
	"TwoNames":         {"streamer", "create", "a", "b"},
	"UnexpectedArg":    {"init", "here"},
	"NoKeyKind":        {"key", "create"},
	"BothKeyKinds":     {"key", "create", "--admin", "--streamer", "alice", "--role", "owner"},
	"UnknownRole":      {"key", "create", "--streamer", "alice", "--role", "admin"},
	"NoRole":           {"key", "create", "--streamer", "alice"},
	"KeyIDNoNumber":    {"key", "revoke", "obs"},
	"NoFrom":           {"legacy", "import"},
	"BadSince":         {"audit", "--since", "yesterday"},
	"HalfTLS":          {"serve", "--tls-cert", "cert.pem"},
	"BadListen":        {"serve", "--listen", "8080"},
	"UnknownFleet":     {"init", "--fleet-version", "99"},
	"UnknownSetting":   {"streamer", "list", "--config", "bad.json"},
	"NoConfig":         {"streamer", "list", "--config", "missing.json"},
}

func TestWrongUseExitsWith2(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	require.NoError(t, os.WriteFile(h.dir+"/bad.json", []byte(`{"dta":"x"}`), 0o600))
	for name, args := range wrongUses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := h.run(args...)
			require.Equal(t, 2, o.code, o.stderr)
			require.Empty(t, o.stdout)
			require.Regexp(t, `^error: [^\n]+\(see streamvault.* --help\)\n$`, o.stderr)

			o = h.run(append([]string{"--json"}, args...)...)
			require.Equal(t, 2, o.code)
			var answer struct{ Error struct{ Code, Detail string } }
			o.decode(t, &answer)
			require.Equal(t, "usage", answer.Error.Code)
			require.Equal(t, strings.TrimSpace(strings.TrimPrefix(o.stderr, "error: ")), answer.Error.Detail)
		})
	}
	t.Cleanup(func() { require.NoDirExists(t, h.data(), "wrong use makes no installation") })
}

func TestARefusalIsOneLineAndADocument(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.create("alice")
	for name, c := range map[string]struct {
		args []string
		code string
		exit int
	}{
		"Taken":       {[]string{"streamer", "create", "alice"}, "conflict", 1},
		"BadName":     {[]string{"streamer", "create", "a b"}, "invalid_request", 2},
		"Reserved":    {[]string{"streamer", "create", "admin"}, "invalid_request", 2},
		"BadAvatar":   {[]string{"streamer", "create", "x", "--avatar-url", "javascript:alert(1)"}, "invalid_request", 2},
		"NoStreamer":  {[]string{"streamer", "show", "nobody"}, "streamer_not_found", 1},
		"KeyOfNobody": {[]string{"key", "create", "--streamer", "nobody", "--role", "owner"}, "streamer_not_found", 1},
		"NoKey":       {[]string{"key", "revoke", "999"}, "not_found", 1},
		"NotActive":   {[]string{"streamer", "resume", "alice"}, "conflict", 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := h.run(append(c.args, "--json")...)
			require.Equal(t, c.exit, o.code)
			var answer struct{ Error struct{ Code, Detail string } }
			o.decode(t, &answer)
			require.Equal(t, c.code, answer.Error.Code)
			require.NotEmpty(t, answer.Error.Detail)
			require.Equal(t, "error: "+answer.Error.Detail+"\n", o.stderr)

			o = h.run(c.args...)
			require.Equal(t, c.exit, o.code)
			require.Empty(t, o.stdout)
			require.Equal(t, "error: "+answer.Error.Detail+"\n", o.stderr)
		})
	}
}

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	h := newHome(t)
	for _, args := range [][]string{{"version"}, {"version", "--json"}, {"streamer", "list", "--json"}} {
		cmd := h.command(args...)
		cmd.Stdout = full
		require.Error(t, cmd.Run())
		require.Equal(t, 1, cmd.ProcessState.ExitCode(), "%v", args)
	}
}

func TestCompletionIsThereForEveryShell(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		o := h.run("completion", shell)
		require.Zero(t, o.code)
		require.Contains(t, o.stdout, "streamvault")
	}
	require.NoDirExists(t, h.data())
}
