package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/internal/host"
	"github.com/gildhq/gild/internal/inner"
	"github.com/gildhq/gild/internal/regular"
	"github.com/gildhq/gild/internal/store"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// variables are the values of -var and -var-file, in the order of the command line.
type variables []dsl.VariableArg

func (v *variables) register(flags *pflag.FlagSet) {
	flags.Var(variableFlag{v, false}, "var", "give a variable a value: `NAME=VALUE`; repeatable")
	flags.Var(variableFlag{v, true}, "var-file", "take values of variables from `FILE`; repeatable")
}

// variableFlag is one of the two flags that fill the same list.
type variableFlag struct {
	list *variables
	file bool
}

func (f variableFlag) String() string { return "" }
func (f variableFlag) Type() string   { return "string" }
func (f variableFlag) Set(s string) error {
	arg := dsl.VariableArg{Var: s}
	if f.file {
		arg = dsl.VariableArg{File: s}
	}
	*f.list = append(*f.list, arg)
	return nil
}

// module is a configuration that has been read, in the current folder.
type module struct {
	config *dsl.Config
	input  planner.Input
	root   *os.Root
	host   *host.Host
	inner  *inner.Folder   // for files that lie in images
	shown  map[string]bool // diagnostics
}

// open reads the configuration and expands it. The module is to be closed; it is
// there without errors only, beside those of resources that can't be expanded: they
// are among the diagnostics, and the resources are left out.
func (a *app) open(ctx context.Context, vars variables) (*module, hcl.Diagnostics, error) {
	return a.openWith(ctx, vars, nil, false)
}

// openWith is open with the outputs elsewhere, or leniently: see [dsl.Options]. Leniently,
// mistakes are among the diagnostics and no error.
func (a *app) openWith(ctx context.Context, vars variables, elsewhere func(image, output string) string, lenient bool) (*module, hcl.Diagnostics, error) {
	epoch, err := a.epoch()
	if err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return nil, nil, err
	}
	using, err := a.backends()
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	store, err := a.store()
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	payloads, err := a.host()
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	known := kinds()
	var config *dsl.Config
	var diags hcl.Diagnostics
	if err := await(ctx, func() {
		config, diags = dsl.Load(dsl.Options{
			FS: regular.FS(root), Dir: ".", Kinds: language(known),
			Variables: dsl.Variables{Environ: a.environ(), Args: vars}, Elsewhere: elsewhere, Lenient: lenient,
		})
	}); err != nil {
		root.Close()
		return nil, nil, err
	}
	if err := check(diags, config.Files); err != nil && !lenient {
		root.Close()
		return nil, nil, err
	}
	a.keepSecret(config)
	a.configureLog(config.Log)
	config, more := planner.Expand(config, known)
	diags = append(diags, more...)
	m := &module{
		config: config,
		root:   root,
		host:   payloads,
		shown:  map[string]bool{},
		input: planner.Input{
			Concerns: health.Concerns,
			Config:   config, Providers: known, Backends: using, Host: payloads,
			Version: gildVersion(), Epoch: epoch, Log: a.log, Store: store,
		},
	}
	m.unpackTo(filepath.Join(store, innerFolder), a)
	return m, diags, nil
}

// innerFolder is where a store has files that lie in images.
const innerFolder = "inner"

func (m *module) unpackTo(dir string, a *app) {
	m.inner = inner.In(dir, a.log.Named("inner"))
	m.input.Unpacker = m.inner
}

// unseen returns the diagnostics that were not shown before, and takes them down.
func (m *module) unseen(diags hcl.Diagnostics) hcl.Diagnostics {
	return slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool {
		id := diagnosticID(d)
		seen := m.shown[id]
		m.shown[id] = true
		return seen
	})
}

func (m *module) Close() error { return errors.Join(m.host.Close(), m.root.Close()) }

// endOfTime is the year 10000 in seconds since 1970: RFC 3339 has four digits.
const endOfTime = 253402300800

// epoch returns the time that SOURCE_DATE_EPOCH gives (seconds since 1970, as
// reproducible-builds.org specifies it), or nil.
func (a *app) epoch() (*time.Time, error) {
	text := a.getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return nil, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds >= endOfTime {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH is %q; it takes the seconds since 1970 as a number, up to the year 9999", text)
	}
	t := time.Unix(seconds, 0).UTC()
	return &t, nil
}

// store returns the folder for checkpoints, journal and lock. Below GILD_DATA_DIR
// each module has its own: what one does not need any more, another may.
// A configuration may come with a store that others have made: one with links in it is
// refused before anything is read or written there.
func (a *app) store() (string, error) {
	dir, err := a.storePath()
	if err == nil {
		err = store.Links(dir)
	}
	if err != nil {
		return "", fmt.Errorf("checkpoint store: %w", err)
	}
	return dir, nil
}

// takeKey takes the key of the store for IDs, if any value is sensitive. Where nothing can
// be written there is another one for this run alone: what is planned can be shown.
func (a *app) takeKey(m *module) {
	sensitive := func(r *dsl.Resource) bool {
		p := slices.IndexFunc(m.input.Providers, func(p *providers.Provider) bool { return p.Kind == r.Addr.Kind })
		return len(r.Sensitive) > 0 || p >= 0 && slices.ContainsFunc(m.input.Providers[p].Schema, func(attr dsl.Attr) bool { return attr.Sensitive })
	}
	if !slices.ContainsFunc(m.config.Images, func(img *dsl.Image) bool { return slices.ContainsFunc(img.Resources, sensitive) }) {
		return
	}
	dir, err := a.store()
	if err == nil {
		m.input.Key, err = a.key(dir)
	}
	if err != nil {
		a.log.Warn("IDs of sensitive values are made with a key for this run alone", "error", err)
		m.input.Key = make([]byte, 32)
		rand.Read(m.input.Key) // never fails
	}
}

// key returns the secret of a store.
func (a *app) key(dir string) ([]byte, error) {
	key, err := store.Key(dir)
	if err != nil {
		return nil, fmt.Errorf("key of the checkpoint store: %w", err)
	}
	return key, nil
}

func (a *app) storePath() (string, error) {
	dir := a.getenv("GILD_DATA_DIR")
	if dir == "" {
		return filepath.Join(".", ".gild"), nil
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(here))
	return filepath.Join(dir, filepath.Base(here)+"-"+hex.EncodeToString(sum[:6])), nil
}
