package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

func assertZero(t testing.TB, code int, why *program.Log) bool {
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
	"SizeNoNumber":     {"streamer", "limit", "alice", "--mib", "x"},
	"AgeNoTime":        {"doctor", "--max-backup-age", "abc"},
	"PruneBadRule":     {"backup", "prune", "--keep", "never"},
	"NoDurability":     {"serve", "--durability", "off"},
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
	"BadPort":          {"serve", "--listen", "127.0.0.1:99999"},
	"NoKickKey":        {"serve", "--kick-public-key", "none.pem"},
	"OtherKickKey":     {"serve", "--kick-public-key", "bad.json"},
	"KickKeyDirectory": {"serve", "--kick-public-key", "."},
	"NoKickSecret":     {"serve", "--kick-client-id", "x", "--kick-client-secret-file", "none"},
	"OpenKickSecret":   {"serve", "--kick-client-id", "x", "--kick-client-secret-file", "open.txt"},
	"NoCertificate":    {"serve", "--tls-cert", "none.pem", "--tls-key", "bad.json"},
	"OtherCertificate": {"serve", "--tls-cert", "bad.json", "--tls-key", "bad.json"},
	"HugeQuota":        {"serve", "--quota", "9223372036854"},
	"HugeFloor":        {"serve", "--min-free", "9223372036854"},
	"UnknownFleet":     {"init", "--fleet-version", "99"},
	"UnknownSetting":   {"streamer", "list", "--config", "bad.json"},
	"NoConfig":         {"streamer", "list", "--config", "missing.json"},
}

func TestWrongUseExitsWith2(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	require.NoError(t, os.WriteFile(h.Dir+"/bad.json", []byte(`{"dta":"x"}`), 0o600))
	require.NoError(t, os.WriteFile(h.Dir+"/open.txt", []byte("secret"), 0o600))
	require.NoError(t, os.Chmod(h.Dir+"/open.txt", 0o644))
	for name, args := range wrongUses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := h.Run(args...)
			require.Equal(t, 2, o.Code, o.Stderr)
			require.Empty(t, o.Stdout)
			require.Regexp(t, `^error: [^\n]+\(see streamvault.* --help\)\n$`, o.Stderr)

			o = h.Run(append([]string{"--json"}, args...)...)
			require.Equal(t, 2, o.Code)
			var answer struct{ Error struct{ Code, Detail string } }
			o.Decode(t, &answer)
			require.Equal(t, "usage", answer.Error.Code)
			require.Equal(t, strings.TrimSpace(strings.TrimPrefix(o.Stderr, "error: ")), answer.Error.Detail)
		})
	}
	t.Cleanup(func() { assert.NoDirExists(t, h.Data(), "wrong use makes no installation") }) // a require here would end it without its name
}

func TestARefusalIsOneLineAndADocument(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Create("alice")
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
			o := h.Run(append(c.args, "--json")...)
			require.Equal(t, c.exit, o.Code)
			var answer struct{ Error struct{ Code, Detail string } }
			o.Decode(t, &answer)
			require.Equal(t, c.code, answer.Error.Code)
			require.NotEmpty(t, answer.Error.Detail)
			require.Equal(t, "error: "+answer.Error.Detail+"\n", o.Stderr)

			o = h.Run(c.args...)
			require.Equal(t, c.exit, o.Code)
			require.Empty(t, o.Stdout)
			require.Equal(t, "error: "+answer.Error.Detail+"\n", o.Stderr)
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
		cmd := h.Command(args...)
		cmd.Stdout = full
		require.Error(t, cmd.Run())
		require.Equal(t, 1, cmd.ProcessState.ExitCode(), "%v", args)
	}
}

func TestCompletionIsThereForEveryShell(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		o := h.Run("completion", shell)
		require.Zero(t, o.Code)
		require.Contains(t, o.Stdout, "streamvault")
	}
	require.NoDirExists(t, h.Data())
}

// What a number may be is said with what it counts.
func TestANumberSaysWhatItCounts(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for says, args := range map[string][]string{
		`--quota must be a whole number of MiB, such as 500, not "12xx"`:              {"serve", "--quota", "12xx"},
		`--min-free must be a whole number of MiB, such as 500, not "1GiB"`:           {"serve", "--min-free", "1GiB"},
		`--mib must be a whole number of MiB, such as 500, not "12xx"`:                {"streamer", "limit", "alice", "--mib", "12xx"},
		`--trash-grace must be a whole number of days, such as 30, not "30d"`:         {"serve", "--trash-grace", "30d"},
		`--requests must be a whole number of requests a second, such as 50, not "x"`: {"streamer", "limit", "alice", "--requests", "x"},
		`--workers must be a whole number, not "x"`:                                   {"migrate", "up", "--workers", "x"},
	} {
		o := h.Run(args...)
		require.Equal(t, 2, o.Code)
		require.Contains(t, o.Stderr, says)
	}
}
