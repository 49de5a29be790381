package operation

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/operation/fetch"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/operation/lock"
	"github.com/gildhq/gild/operation/modules"
	"github.com/gildhq/gild/operation/unpack"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Module is a configuration that was read, with all its modules expanded.
type Module struct {
	Config *dsl.Config
	Input  planner.Input
	roots  folders // of the configuration, and of modules outside it
	host   *host.Host
	inner  *unpack.Folder  // files extracted from images
	shown  map[string]bool // diagnostics that were shown
	found  *modules.Resolver
	lock   *lock.File // nil if there is none
}

// Reading says how to read a configuration.
type Reading struct {
	Vars []dsl.VariableArg // values for variables; a later one overrides an earlier one
	// Lenient returns mistakes as diagnostics, not as an error: see [dsl.Options].
	Lenient bool
	// Results lets outputs examine the images that were made, which takes time.
	Results bool

	modules   modules.Pins                       // what modules are; nil: as they are locked, and
	pin       func(string) (fetch.Pinned, error) // what payloads are
	elsewhere func(image, output string) string  // moves outputs; nil: they stay where they are
	over      func(fs.FS) fs.FS                  // replaces the configuration's folder; nil: it is read
}

// Open reads the configuration and expands it. Close the module after use. If there are errors,
// Open returns them and no module. Only errors of resources that can't be expanded are among the
// diagnostics; these resources are left out.
func (w *Workspace) Open(ctx context.Context, r Reading) (m *Module, diags hcl.Diagnostics, err error) {
	epoch, err := environment(w.Getenv).epoch()
	if err != nil {
		return nil, nil, err
	}
	using, err := environment(w.Getenv).backends()
	if err != nil {
		return nil, nil, err
	}
	store, err := w.Store()
	if err != nil {
		return nil, nil, err
	}
	locked, err := r.readLock()
	if err != nil {
		return nil, nil, err
	}
	var roots folders
	root, err := roots.open(".")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if m == nil {
			roots.Close()
		}
	}()
	payloads, err := staging{w}.payloads(r.pin)
	if err != nil {
		return nil, nil, err
	}
	found := &modules.Resolver{Ctx: ctx, Pinned: r.modules, Open: func() (*fetch.Fetcher, error) { return staging{w}.fetcher(errOnlyInit) }}
	defer func() {
		if m == nil {
			found.Close()
		}
	}()
	files := fs.FS(root)
	if r.over != nil {
		files = r.over(files)
	}
	known := Kinds()
	opts := dsl.Options{
		FS: files, Open: roots.open, Dir: ".", Kinds: Language(known), Resolver: found,
		Variables: dsl.Variables{Environ: w.Environ(), Args: r.Vars}, Elsewhere: r.outputs(w), Lenient: r.Lenient,
	}
	if r.Results {
		opts.Made = made(ctx)
	}
	var config *dsl.Config
	if err := Await(ctx, func() {
		config, diags = dsl.Load(opts)
	}); err != nil {
		return nil, nil, err
	}
	if err := Check(diags, config.Files); err != nil && !r.Lenient {
		return nil, nil, err
	}
	w.here.relocate(config)
	secrets{&w.Secrets}.addConfig(config)
	w.Configured(config.Log)
	config, more := planner.Expand(config, known)
	diags = append(diags, more...)
	m = &Module{
		Config: config,
		roots:  roots,
		host:   payloads,
		shown:  map[string]bool{},
		found:  found,
		lock:   locked,
		Input: planner.Input{
			Concerns: health.Concerns,
			Config:   config, Providers: known, Backends: using, Elsewhere: unusable(using), Host: payloads,
			Version: w.Version, Epoch: epoch, Log: w.Log, Store: store,
		},
	}
	m.unpackTo(filepath.Join(store, innerFolder), w)
	return m, diags, nil
}

// innerFolder is the folder of a store for files extracted from images.
const innerFolder = "inner"

func (m *Module) unpackTo(dir string, w *Workspace) {
	m.inner = unpack.In(dir, w.Log.Named("inner"))
	m.Input.Unpacker = m.inner
}

// unseen returns the diagnostics that were not shown before, and marks them as shown.
func (m *Module) unseen(diags hcl.Diagnostics) hcl.Diagnostics {
	return slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool {
		id := diagnosticID(d)
		seen := m.shown[id]
		m.shown[id] = true
		return seen
	})
}

// Close releases the folders, fetched modules and copies of payloads.
func (m *Module) Close() error {
	return errors.Join(m.host.Close(), m.roots.Close(), m.found.Close())
}

// made looks at the file of an output.
func made(ctx context.Context) func(output string, digest bool) (dsl.Made, bool) {
	files := host.New(".") // which digests a file once
	return func(output string, digest bool) (dsl.Made, bool) {
		info, err := os.Stat(files.Path(output))
		if err != nil {
			return dsl.Made{}, false
		}
		if !digest {
			return dsl.Made{Size: info.Size()}, true
		}
		d, err := files.Digest(ctx, output)
		return dsl.Made{Size: d.Size, SHA256: d.SHA256}, err == nil
	}
}

// folders are open folders; no file name and no link leads out of them.
type folders []*os.Root

func (f *folders) open(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	*f = append(*f, root)
	return regular.FS(root), nil
}

// Close closes them.
func (f folders) Close() error {
	var errs []error
	for _, root := range f {
		errs = append(errs, root.Close())
	}
	return errors.Join(errs...)
}

// takeKey reads the store's key for IDs if any value is sensitive. If the store can't be written,
// it makes a key for this run only, so that the plan can be shown.
func (w *Workspace) takeKey(m *Module) {
	sensitive := func(r *dsl.Resource) bool {
		p := slices.IndexFunc(m.Input.Providers, func(p *providers.Provider) bool { return p.Kind == r.Addr.Kind })
		return len(r.Sensitive) > 0 || p >= 0 && slices.ContainsFunc(m.Input.Providers[p].Schema, func(attr dsl.Attr) bool { return attr.Sensitive })
	}
	if !slices.ContainsFunc(m.Config.Images, func(img *dsl.Image) bool { return slices.ContainsFunc(img.Resources, sensitive) }) {
		return
	}
	var err error
	if m.Input.Key, err = w.key(); err != nil {
		w.Log.Warn("IDs of sensitive values are made with a key for this run alone", "error", err)
		m.Input.Key = make([]byte, 32)
		rand.Read(m.Input.Key) // never fails
	}
}
