package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commonFlags are the settings of every command.
func (a *app) commonFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&a.data, "data", "./data", "data directory")
	f.StringVar(&a.masterKeyFile, "master-key-file", "", "master key, outside the data directory (default DATA.key)")
	f.StringVar(&a.config, "config", "", "file of settings, a JSON object of flag names (variable STREAMVAULT_CONFIG)")
	f.BoolVar(&a.json, "json", a.json, "answer with one JSON document")
	a.place.add(f)
	for _, name := range []string{"data", "master-key-file", "json"} {
		setting(f, name)
	}
}

// settingMark is the annotation of flags that a variable or the config file may set.
const settingMark = "streamvault_setting"

// setting lets a flag be set by its variable and by the config file too.
func setting(f *pflag.FlagSet, name string) {
	f.Lookup(name).Annotations = map[string][]string{settingMark: {name}}
}

func isSetting(f *pflag.Flag) bool { return f.Annotations[settingMark] != nil }

// variable is the environment's name for a flag.
func variable(flag string) string {
	return "STREAMVAULT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// settle gives every setting that is not on the command line the value of its variable,
// else of the config file. An empty variable counts as none. Afterwards a flag has
// Changed unless it has its default.
func (a *app) settle(cmd *cobra.Command) error {
	file, err := a.configFile(cmd)
	if err != nil {
		return err
	}
	var errs []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !isSetting(f) || f.Changed {
			return
		}
		from, value := variable(f.Name), ""
		if v, ok := a.env(from); ok && v != "" {
			value = v
		} else if v, ok := file[f.Name]; ok {
			from, value = a.config, v
		} else {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", from, flagError(err)))
		}
	})
	return errors.Join(errs...)
}

// configFile reads the file of settings, if one is named.
func (a *app) configFile(cmd *cobra.Command) (map[string]string, error) {
	if a.config == "" {
		a.config, _ = a.env(variable("config"))
	}
	if a.config == "" {
		return nil, nil
	}
	body, err := os.ReadFile(a.config)
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	values, err := parseConfig(body, settingKinds(cmd.Root()))
	if err != nil {
		return nil, fmt.Errorf("config %s: %w", a.config, err)
	}
	return values, nil
}

// settingKinds lists the settings of all commands with their types, so that one file can
// serve them all.
func settingKinds(root *cobra.Command) map[string]string {
	kinds := map[string]string{}
	add := func(f *pflag.Flag) {
		if isSetting(f) {
			kinds[f.Name] = f.Value.Type()
		}
	}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(add)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return kinds
}

// parseConfig reads one JSON object whose keys are settings, each named once and given in
// its own type.
func parseConfig(body []byte, kinds map[string]string) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("must be one JSON object")
	}
	values := map[string]string{}
	for d.More() {
		name, value, err := parseSetting(d, kinds)
		if err != nil {
			return nil, err
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("%q is there twice", name)
		}
		values[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON object")
	}
	return values, nil
}

func parseSetting(d *json.Decoder, kinds map[string]string) (name, value string, err error) {
	key, err := d.Token()
	if err != nil {
		return "", "", fmt.Errorf("not JSON: %w", err)
	}
	name, _ = key.(string)
	kind, known := kinds[name]
	if !known {
		return "", "", fmt.Errorf("unknown setting %q, there are: %s", name, strings.Join(sortedKeys(kinds), ", "))
	}
	token, err := d.Token()
	if err != nil {
		return "", "", fmt.Errorf("not JSON: %w", err)
	}
	got := map[bool]string{}
	switch v := token.(type) {
	case string:
		got[kind == "string"] = v
	case json.Number:
		got[kind == "int"] = v.String()
	case bool:
		got[kind == "bool"] = fmt.Sprint(v)
	}
	value, right := got[true]
	if !right {
		return "", "", fmt.Errorf("%q must be a %s", name, kind)
	}
	return name, value, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
