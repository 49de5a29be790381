package dsl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/gildhq/gild/dsl/functions"
	"github.com/gildhq/gild/ground/address"
)

// Resolver finds modules that are fetched.
type Resolver interface {
	// Resolve returns the folder of the module with an address. Version is the author's
	// constraint, empty if there is none. An error says what is wrong and what to do; a
	// [*VersionError] is about the version.
	Resolve(source, version string) (Fetched, error)
}

// VersionError is the error if no version of a module can be used.
type VersionError struct{ Err error }

func (e *VersionError) Error() string { return e.Err.Error() }
func (e *VersionError) Unwrap() error { return e.Err }

// Fetched is a fetched module. Folders are slash-separated paths, relative to the folder of
// the configuration or absolute.
type Fetched struct {
	Dir  string // the module's folder
	Root string // the folder of the package: paths to other modules can't leave it
	Name string // name of Root in messages
}

// Modules reads all modules that a configuration can call, whatever the values of its
// variables, and so resolves each of them. It returns the sources that diagnostics quote.
func Modules(opts Options) (map[string]*hcl.File, hcl.Diagnostics) {
	l := begin(opts)
	if bodies := l.run.configuration(); !l.diags.HasErrors() {
		l.readCalled(bodies, map[*folder]bool{})
	}
	return l.run.files, arrange(l.diags)
}

func (l *loader) readCalled(bodies []hcl.Body, done map[*folder]bool) {
	for _, body := range bodies {
		content, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "module", LabelNames: []string{"name"}}}})
		for _, block := range content.Blocks {
			l.declareCall(block)
		}
	}
	for _, name := range sortedKeys(l.calls) {
		c := l.calls[name]
		if c.wrong {
			continue
		}
		f := l.run.find(c, l.folder)
		if f == nil || f.broken || l.includesItself(c, f) || done[f] {
			continue
		}
		done[f] = true
		newLoader(l.run, f, l, "").readCalled(f.bodies, done)
	}
}

// folder is the folder of a module, read once for all its instances.
type folder struct {
	dir       string  // relative to the folder of the configuration, slash-separated
	shown     string  // its name in messages
	pack      Fetched // package that contains it; empty if it was not fetched
	fs        fs.FS
	info      fs.FileInfo // of the folder; nil if it can't be read
	functions map[string]function.Function
	bodies    []hcl.Body
	broken    bool // it can't be read; the error is reported
}

// maximum nesting and instances of modules. The first stops a module that includes itself
// through links between folders, the second one that doubles at each level.
const (
	maxModuleDepth     = 32
	maxModuleInstances = 10_000
)

// isPath reports whether a source is a path and not an address to fetch from.
func isPath(source string) bool {
	source = filepath.ToSlash(source)
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// folders are the folders of the configuration and its modules.
type folders struct {
	*reader
	opts  Options
	root  *folder            // of the configuration
	known map[string]*folder // by their path
}

// configuration parses the files of the configuration itself.
func (d *folders) configuration() []hcl.Body {
	return d.module(d.root, func() {
		d.error("No configuration files", fmt.Sprintf(
			"The folder %q holds no *.gild.hcl and no *.gild.json file. Name the folder that holds the configuration, or write one there.", d.root.shown))
	})
}

// find returns the folder of a call in a module, or nil after an error. From is the folder
// of that module.
func (d *folders) find(c *call, from *folder) *folder {
	dir, pack := path.Join(from.dir, strings.ReplaceAll(c.source, `\`, "/")), from.pack
	switch {
	case !isPath(c.source) && d.opts.Resolver == nil:
		d.errorAt(c.attrs["source"].Range, "Module not installed", fmt.Sprintf("The module %q: it is not on this machine: run gild init, which fetches it.", c.name))
		return nil
	case !isPath(c.source):
		fetched, err := d.opts.Resolver.Resolve(c.source, c.version)
		if err != nil {
			at := c.attrs["source"].Range
			if attr := c.attrs["version"]; attr != nil && errors.As(err, new(*VersionError)) {
				at = attr.Range
			}
			d.errorAt(at, "Module not found", fmt.Sprintf("The module %q: %s.", c.name, err))
			return nil
		}
		dir, pack = path.Clean(fetched.Dir), fetched
		pack.Root = path.Clean(fetched.Root)
	case pack.Root != "" && dir != pack.Root && !strings.HasPrefix(dir, pack.Root+"/"):
		d.errorAt(c.attrs["source"].Range, "Module outside of its package", fmt.Sprintf(
			"%q leads out of what was fetched with this module, so it is not there. Give the address that it is fetched from.", c.source))
		return nil
	}
	if f := d.known[dir]; f != nil {
		return f
	}
	f := &folder{dir: dir, shown: d.displayPath(dir, pack), pack: pack, broken: true}
	d.known[dir] = f
	d.read(c, f)
	return f
}

// read reads the files of a module's folder.
func (d *folders) read(c *call, f *folder) {
	fsys, err := d.open(f.dir)
	if err == nil {
		f.info, err = fs.Stat(fsys, ".")
	}
	if err != nil {
		hint := " The path is relative to the folder of this file."
		if !isPath(c.source) {
			hint = ""
		}
		d.errorAt(c.attrs["source"].Range, "Cannot read the module", fmt.Sprintf(
			"The folder %q of the module %q cannot be read: %s.%s", f.shown, c.name, plainError(err), hint))
		return
	}
	f.fs, f.functions = fsys, functions.Table(fsys, f.dir, d.root.fs)
	before := len(d.diags)
	f.bodies = d.module(f, func() {
		d.errorAt(c.attrs["source"].Range, "No module", fmt.Sprintf(
			"The folder %q holds no *.gild.hcl and no *.gild.json file, so it is no module.", f.shown))
	})
	f.broken = d.diags[before:].HasErrors()
}

// plainError returns an error without the path in it.
func plainError(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// open opens a folder by its path relative to that of the configuration.
func (d *folders) open(dir string) (fs.FS, error) {
	if fs.ValidPath(dir) && !filepath.IsAbs(filepath.FromSlash(dir)) { // C:/x is valid
		return fs.Sub(d.root.fs, dir)
	}
	if d.opts.Open == nil {
		return nil, fmt.Errorf("it is outside of the configuration's folder")
	}
	return d.opts.Open(filepath.FromSlash(dir))
}

// displayPath returns the path by which the user can open a module's folder, or its address.
func (d *folders) displayPath(dir string, pack Fetched) string {
	switch {
	case dir == pack.Root && dir != "":
		return pack.Name
	case pack.Root != "":
		return pack.Name + "//" + strings.TrimPrefix(dir, pack.Root+"/")
	}
	return filepath.Join(d.root.shown, filepath.FromSlash(dir))
}

// file returns the path by which the user can open a file in the folder, or its address.
func (f *folder) file(name string) string {
	switch {
	case f.pack.Root == "":
		return filepath.Join(f.shown, name)
	case f.dir == f.pack.Root:
		return f.shown + "//" + name
	default:
		return f.shown + "/" + name
	}
}

// same reports whether two folders are the same, even by different paths.
func (f *folder) same(other *folder) bool {
	return f == other || f.info != nil && other.info != nil && os.SameFile(f.info, other.info)
}

// rebased makes payload paths that are relative to the module's folder relative to that of
// the configuration. Those with the mark [functions.FromRoot] already are.
func (f *folder) rebased(payload Payload, v cty.Value) cty.Value {
	if payload == NoPayload || f.dir == "." {
		return v
	}
	moved, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		plain, marks := v.Unmark()
		if _, done := marks[functions.FromRoot]; done || plain.Type() != cty.String || plain.IsNull() || !plain.IsKnown() {
			return v, nil
		}
		return cty.StringVal(f.path(payload, plain.AsString())).WithMarks(marks), nil
	})
	if err != nil {
		return v // which has no error of its own
	}
	return moved
}

// path converts a path relative to the folder to one relative to that of the configuration.
func (f *folder) path(payload Payload, name string) string {
	scheme := ""
	if rest, ok := strings.CutPrefix(name, "wim:"); ok && payload == PayloadSource {
		scheme, name = "wim:", rest
	}
	slashed := strings.ReplaceAll(name, `\`, "/")
	switch drive := len(name) > 1 && name[1] == ':'; {
	case name == "", drive, path.IsAbs(slashed), address.Is(name):
		return scheme + name
	}
	return scheme + path.Join(f.dir, slashed)
}
