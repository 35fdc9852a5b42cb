package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"mercat.scot/mercat/platform/fault"
)

// configFile is the configuration file. It gives what neither the command line
// nor the environment gives. What is wrong in it is kept, to be told together
// with what else is wrong.
type configFile struct {
	values map[string]string
	wrong  fault.Fields
}

func readConfigFile(path string, model *kong.Application) (*configFile, error) {
	var raw map[string]any
	_, err := toml.DecodeFile(path, &raw)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s, line %d: %s", path, syntax.Position.Line, syntax.Message)
	case err != nil:
		var missing *os.PathError
		if errors.As(err, &missing) {
			return nil, fmt.Errorf("the configuration file %s cannot be read: %w", path, missing.Err)
		}
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	known := settingsOf(model.Node)
	f := &configFile{values: map[string]string{}}
	for _, key := range sortedKeys(raw) {
		name := strings.ReplaceAll(key, "_", "-")
		if !slices.Contains(known, name) {
			f.wrong.Add(key, "There is no such setting (in "+path+"). Run mercat serve --help to see which there are.")
			continue
		}
		text, ok := asText(raw[key])
		if !ok {
			f.wrong.Add(key, "Write a text in quotes, a number, or a list of texts (in "+path+").")
			continue
		}
		f.values[name] = text
	}
	return f, nil
}

// settingsOf are the names of all flags that stand for settings: those that the
// environment can give too.
func settingsOf(n *kong.Node) []string {
	var names []string
	for _, flag := range n.Flags {
		if len(flag.Envs) > 0 && flag.Name != "config" {
			names = append(names, flag.Name)
		}
	}
	for _, child := range n.Children {
		names = append(names, settingsOf(child)...)
	}
	return names
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64, bool:
		return fmt.Sprint(v), true
	case []any:
		var list []string
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return "", false
			}
			list = append(list, s)
		}
		return strings.Join(list, ","), true
	}
	return "", false
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Validate implements kong.Resolver.
func (f *configFile) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. What the environment says goes before what
// the file says.
func (f *configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	if text, ok := f.values[flag.Name]; ok {
		return text, nil
	}
	return nil, nil
}

// and puts what is wrong in the file before other mistakes.
func (f *configFile) and(err error) error {
	if f == nil {
		return err
	}
	return mistakes(f.wrong.Err(), err)
}

// mistakes puts the mistakes of several checks into one list. Another error
// goes before them all.
func mistakes(errs ...error) error {
	var all fault.Fields
	for _, err := range errs {
		var fields fault.Fields
		switch {
		case err == nil:
		case errors.As(err, &fields):
			all = append(all, fields...)
		default:
			return err
		}
	}
	return all.Err()
}
