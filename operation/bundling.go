package operation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/operation/bundle"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/operation/lock"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// BundleRequest says what to pack.
type BundleRequest struct {
	Vars           []dsl.VariableArg
	Out            string
	WithoutSources bool // source images are named by their digests alone
}

// recorder notes which files of a configuration are read.
type recorder struct {
	fs.FS
	mu   sync.Mutex
	read map[string]bool
}

func (r *recorder) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && regular.Is(info) {
		r.mu.Lock()
		r.read[name] = true
		r.mu.Unlock()
	}
	return f, nil
}

// ReadDir is that of [fs.ReadDirFS].
func (r *recorder) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(r.FS, name) }

// Stat is that of [fs.StatFS].
func (r *recorder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(r.FS, name) }

// Bundle packs the configuration and all that is locked into one file.
func Bundle(ctx context.Context, w *Workspace, r BundleRequest) (*bundle.Index, error) {
	seen := &recorder{read: map[string]bool{}}
	m, diags, err := w.Open(ctx, Reading{Vars: r.Vars, over: func(f fs.FS) fs.FS { seen.FS = f; return seen }})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	plan, more := planner.Outline(ctx, m.Input)
	if err := errors.Join(ctx.Err(), Check(append(diags, more...), m.Config.Files)); err != nil {
		return nil, err
	}
	cs, err := planned(w, plan, m)
	if err != nil {
		return nil, err
	}
	if err := Check(append(asLocked(ctx, cs, m.lock, m.host, AllLocked), unpackable(cs, m)...), m.Config.Files); err != nil {
		return nil, err
	}
	p := &packing{host: m.host, index: &bundle.Index{Root: "."}, there: map[string]bool{}}
	for name := range seen.read {
		err = errors.Join(err, p.add(ctx, name))
	}
	err = errors.Join(err, p.add(ctx, lock.Name))
	for _, c := range cs.list {
		if e := m.lock.Find(c.Key); c.Sort == lock.Source && r.WithoutSources {
			p.index.Absent = append(p.index.Absent, bundle.File{Name: c.Address, Size: e.Size, SHA256: e.SHA256})
			continue
		}
		err = errors.Join(err, p.add(ctx, c.Address))
	}
	if err != nil {
		return nil, err
	}
	return p.index, bundle.Write(ctx, r.Out, *p.index)
}

// unpackable reports what a bundle can't have.
func unpackable(cs *contents, m *Module) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, c := range cs.list {
		if address.Is(c.Address) || !filepath.IsLocal(filepath.FromSlash(c.Address)) {
			diags = append(diags, c.problem("Not in the folder", fmt.Sprintf(
				"A bundle has what is in the folder of the configuration, and %s is not. Put a copy there, and name that.", c.called())))
		}
	}
	for name := range m.Config.Files {
		if !filepath.IsLocal(name) {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Not in the folder", Detail: fmt.Sprintf(
				"A bundle has what is in the folder of the configuration, and the file %s of a module is not. Put a copy of the module there, and name that.", name)})
		}
	}
	return diags
}

// packing is a list of a bundle while it is made.
type packing struct {
	host  *host.Host
	index *bundle.Index
	there map[string]bool
}

// add adds a file, or all files of a folder.
func (p *packing) add(ctx context.Context, name string) error {
	return filepath.WalkDir(filepath.FromSlash(name), func(file string, d fs.DirEntry, err error) error {
		slashed := filepath.ToSlash(file)
		switch {
		case err != nil:
			return err
		case d.IsDir() || p.there[slashed]:
			return nil
		case !regular.Entry(file, d).Type().IsRegular():
			return Explain("Not a file", "%s is neither a file nor a folder, and a bundle has nothing else. Put a copy of what it means in its place.", file)
		}
		p.there[slashed] = true
		sum, err := p.host.Content(ctx, file)
		p.index.Files = append(p.index.Files, bundle.File{Name: slashed, Size: sum.Size, SHA256: sum.SHA256, From: file})
		return err
	})
}

// Enter unpacks a bundle into the cache, and works there from then on: outputs and the store
// stay in the current folder. What the bundle does not have is looked for there. The cache
// is to be closed at the end.
func Enter(ctx context.Context, w *Workspace, file string) (*cache.Cache, error) {
	b, err := bundle.Open(file)
	if err != nil {
		return nil, Explain("Can't use the bundle", "%s", providers.Sentence(err))
	}
	defer b.Close()
	home, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if w.here, err = absentIn(ctx, b, home); err != nil {
		return nil, err
	}
	f, err := staging{w}.fetcher(nil)
	if err != nil {
		return nil, err
	}
	dir, err := unpacked(ctx, f.Cache, b)
	if err == nil {
		err = os.Chdir(filepath.Join(dir, filepath.FromSlash(b.Root)))
	}
	if err != nil {
		return nil, errors.Join(err, f.Cache.Close())
	}
	w.home = home
	getenv := w.Getenv
	w.Getenv = func(name string) string {
		if text := getenv(name); name != "GILD_DATA_DIR" || text != "" {
			return text
		}
		return filepath.Join(home, ".gild")
	}
	return f.Cache, nil
}

// absentIn finds the files that a bundle does not have.
func absentIn(ctx context.Context, b *bundle.Bundle, home string) (sources, error) {
	h, here := host.New(home), sources{}
	var missing []string
	for _, f := range b.Absent {
		full := filepath.Join(home, filepath.FromSlash(f.Name))
		d, err := h.Content(ctx, full)
		switch {
		case !filepath.IsLocal(filepath.FromSlash(f.Name)):
			return nil, Explain("Can't use the bundle", "It asks for %q, which leads out of this folder.", f.Name)
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, fmt.Sprintf("%s (%d bytes, sha256:%s)", f.Name, f.Size, f.SHA256))
		case err != nil:
			return nil, err
		case d.SHA256 != f.SHA256:
			missing = append(missing, fmt.Sprintf("%s (%d bytes, sha256:%s; the file with this name here is sha256:%s)", f.Name, f.Size, f.SHA256, d.SHA256))
		}
		here[f.Name] = full
	}
	if len(missing) > 0 {
		return nil, Explain("The bundle does not have all", "Bring into this folder: %s.", strings.Join(missing, ", "))
	}
	return here, nil
}

// unpacked returns the folder of the cache with what is in a bundle.
func unpacked(ctx context.Context, c *cache.Cache, b *bundle.Bundle) (string, error) {
	origin := "bundle " + b.ID
	found, err := c.Find(ctx, origin)
	if err != nil {
		return "", err
	}
	if found != nil {
		return found.Path, nil
	}
	var size int64
	for _, f := range b.Files {
		size += f.Size
	}
	if size > c.Limit() {
		return "", Explain("No room for the bundle", "It unpacks to %d bytes, and the cache has room for %d; allow it more with GILD_CACHE_SIZE.", size, c.Limit())
	}
	got, err := c.Fetch(ctx, cache.Fetch{
		Origin: origin, Name: "bundle",
		Fill: func(dir, _ string) (string, error) {
			if err := os.Mkdir(filepath.Join(dir, "bundle"), 0o777); err != nil {
				return "", err
			}
			return "bundle", b.Extract(ctx, filepath.Join(dir, "bundle"))
		},
		Admit: func(cache.Copy) ([]string, string, error) { return nil, "", nil },
	})
	if err != nil {
		return "", Explain("Can't use the bundle", "%s", providers.Sentence(err))
	}
	return got.Path, nil
}

// outputs returns where outputs go: those of a bundle into the folder that it is used in.
func (r Reading) outputs(w *Workspace) func(image, output string) string {
	if r.elsewhere != nil || w.home == "" {
		return r.elsewhere
	}
	return func(_, output string) string {
		if filepath.IsAbs(filepath.FromSlash(output)) {
			return output
		}
		return filepath.ToSlash(filepath.Join(w.home, filepath.FromSlash(output)))
	}
}

// sources are the paths of source images that are not where the configuration says.
type sources map[string]string

// relocate has images start from the sources that a bundle does not have.
func (here sources) relocate(config *dsl.Config) {
	for _, img := range config.Images {
		if full, there := here[path.Clean(filepath.ToSlash(img.Source))]; there {
			img.Source = full
		}
	}
}

// nameOf is the name in the configuration of a file that a bundle does not have.
func (here sources) nameOf(file string) string {
	for name, full := range here {
		if full == file {
			return name
		}
	}
	return file
}
