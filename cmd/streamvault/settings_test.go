package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// probe is a command line whose settings can be looked at.
func probe(t testing.TB, env map[string]string, args ...string) (a *app, maxOpen int, told bool, err error) {
	t.Helper()
	a = &app{env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	root := &cobra.Command{Use: "streamvault", SilenceErrors: true, SilenceUsage: true}
	a.commonFlags(root)
	cmd := &cobra.Command{Use: "probe"}
	cmd.Flags().IntVar(&maxOpen, "max-open", 7, "")
	cmd.Flags().String("name", "", "")
	setting(cmd.Flags(), "max-open")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := a.settle(cmd)
		told = cmd.Flags().Changed("data")
		return err
	}
	root.AddCommand(cmd)
	root.SetArgs(append([]string{"probe"}, args...))
	err = root.Execute()
	return a, maxOpen, told, err
}

func configFile(t testing.TB, body string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "settings.json")
	require.NoError(t, os.WriteFile(name, []byte(body), 0o600))
	return name
}

func TestSettingPrecedence(t *testing.T) {
	t.Parallel()
	config := configFile(t, `{"data":"file","max-open":3,"json":true}`)
	for name, c := range map[string]struct {
		env     map[string]string
		args    []string
		data    string
		maxOpen int
		told    bool
	}{
		"Default":          {data: "./data", maxOpen: 7},
		"File":             {args: []string{"--config", config}, data: "file", maxOpen: 3, told: true},
		"FileByVariable":   {env: map[string]string{"STREAMVAULT_CONFIG": config}, data: "file", maxOpen: 3, told: true},
		"VariableOverFile": {env: map[string]string{"STREAMVAULT_DATA": "env"}, args: []string{"--config", config}, data: "env", maxOpen: 3, told: true},
		"EmptyVariable":    {env: map[string]string{"STREAMVAULT_DATA": ""}, data: "./data", maxOpen: 7},
		"OtherVariable":    {env: map[string]string{"STREAMVAULT_MAX_OPEN": "5"}, data: "./data", maxOpen: 5},
		"FlagOverAll": {env: map[string]string{"STREAMVAULT_DATA": "env", "STREAMVAULT_MAX_OPEN": "5"},
			args: []string{"--config", config, "--data", "flag", "--max-open", "1"}, data: "flag", maxOpen: 1, told: true},
		"FlagOfTheDefault": {env: map[string]string{"STREAMVAULT_DATA": "env"}, args: []string{"--data", "./data"}, data: "./data", maxOpen: 7, told: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, maxOpen, told, err := probe(t, c.env, c.args...)
			require.NoError(t, err)
			require.Equal(t, c.data, a.data)
			require.Equal(t, c.maxOpen, maxOpen)
			require.Equal(t, c.told, told)
		})
	}
}

func TestConfigFileIsStrict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, says string }{
		"Empty":         {``, "must be one JSON object"},
		"List":          {`[]`, "must be one JSON object"},
		"Unknown":       {`{"dta":"x"}`, `unknown setting "dta"`},
		"NotASetting":   {`{"name":"x"}`, `unknown setting "name"`},
		"OtherCase":     {`{"Data":"x"}`, `unknown setting "Data"`},
		"Twice":         {`{"data":"x","data":"y"}`, "there twice"},
		"TextForNumber": {`{"max-open":"3"}`, `"max-open" must be a int`},
		"Fraction":      {`{"max-open":1.5}`, "max-open"},
		"Null":          {`{"data":null}`, `"data" must be a string`},
		"Nested":        {`{"data":{"a":1}}`, `"data" must be a string`},
		"Trailing":      {`{"data":"x"} {}`, "text after"},
		"CutOff":        {`{"data":"x"`, "not JSON"},
		"NoComma":       {`{"data":"x" "json":true}`, "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := probe(t, nil, "--config", configFile(t, c.body))
			require.ErrorContains(t, err, c.says)
		})
	}
	_, _, _, err := probe(t, nil, "--config", "does-not-exist.json")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, _, err = probe(t, map[string]string{"STREAMVAULT_MAX_OPEN": "many"})
	require.ErrorContains(t, err, `STREAMVAULT_MAX_OPEN: --max-open must be a whole number, not "many"`)
}
