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
)

// Resolver finds modules that are fetched.
type Resolver interface {
	// Resolve returns where the module of an address is on this machine. Version is the
	// author's constraint, empty if there is none. An error says what is wrong and what to
	// do.
	Resolve(source, version string) (Fetched, error)
}

// Fetched is where a module was put. Folders are slash-separated paths, relative to the
// folder of the configuration or absolute.
type Fetched struct {
	Dir  string // the module's folder
	Root string // the folder of what was fetched with it: paths to other modules can't lead out of it
	Name string // what Root is called in messages
}

// Modules reads all modules that a configuration may call, whatever values its variables
// have, so that the resolver is asked for each. It returns the sources that diagnostics
// quote.
func Modules(opts Options) (map[string]*hcl.File, hcl.Diagnostics) {
	l := begin(opts)
	if bodies := l.readModule(); !l.diags.HasErrors() {
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
		f := l.find(c)
		if f == nil || f.broken || l.includesItself(c, f) || done[f] {
			continue
		}
		done[f] = true
		m := newLoader(l.run, l.opts, f)
		m.caller = l
		m.readCalled(f.bodies, done)
	}
}

// folder is the folder of a module, read once for all its instances.
type folder struct {
	dir       string  // from the folder of the configuration, slash-separated
	shown     string  // in messages
	pack      Fetched // what it was fetched with; empty: it was not
	fs        fs.FS
	info      fs.FileInfo // of the folder; nil if it can't be read
	functions map[string]function.Function
	bodies    []hcl.Body
	broken    bool // it can't be read, which is reported
}

// most nesting and instances of modules. A module that includes itself through links
// between folders ends at the first, one that doubles itself at each level at the second.
const (
	maxModuleDepth     = 32
	maxModuleInstances = 10_000
)

// isPath reports whether a source is a path and not the address of something to fetch.
func isPath(source string) bool {
	source = filepath.ToSlash(source)
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// find returns the folder that a call of a module means, or nil after an error.
func (l *loader) find(c *call) *folder {
	dir, pack := path.Join(l.folder.dir, strings.ReplaceAll(c.source, `\`, "/")), l.folder.pack
	switch {
	case !isPath(c.source) && l.opts.Resolver == nil:
		l.errorAt(c.attrs["source"].Range, "Module not installed", fmt.Sprintf("The module %q: it is not on this machine: run gild init, which fetches it.", c.name))
		return nil
	case !isPath(c.source):
		fetched, err := l.opts.Resolver.Resolve(c.source, c.version)
		if err != nil {
			l.errorAt(c.attrs["source"].Range, "Module not found", fmt.Sprintf("The module %q: %s.", c.name, err))
			return nil
		}
		dir, pack = path.Clean(fetched.Dir), fetched
		pack.Root = path.Clean(fetched.Root)
	case pack.Root != "" && dir != pack.Root && !strings.HasPrefix(dir, pack.Root+"/"):
		l.errorAt(c.attrs["source"].Range, "Module outside of its package", fmt.Sprintf(
			"%q leads out of what was fetched with this module, so it is not there. Give the address that it is fetched from.", c.source))
		return nil
	}
	if f := l.run.folders[dir]; f != nil {
		return f
	}
	f := &folder{dir: dir, shown: l.displayPath(dir, pack), pack: pack, broken: true}
	l.run.folders[dir] = f
	l.read(c, f)
	return f
}

// read reads the files of a module's folder.
func (l *loader) read(c *call, f *folder) {
	fsys, err := l.open(f.dir)
	if err == nil {
		f.info, err = fs.Stat(fsys, ".")
	}
	if err != nil {
		hint := " The path is relative to the folder of this file."
		if !isPath(c.source) {
			hint = ""
		}
		l.errorAt(c.attrs["source"].Range, "Cannot read the module", fmt.Sprintf(
			"The folder %q of the module %q cannot be read: %s.%s", f.shown, c.name, plainError(err), hint))
		return
	}
	f.fs, f.functions = fsys, functions.Table(fsys, f.dir, l.root().fs)
	m := *l
	m.folder, m.opts.FS, m.opts.Dir = f, fsys, f.shown
	before := len(l.diags)
	f.bodies = m.readFiles(func() {
		l.errorAt(c.attrs["source"].Range, "No module", fmt.Sprintf(
			"The folder %q holds no *.gild.hcl and no *.gild.json file, so it is no module.", f.shown))
	})
	f.broken = l.diags[before:].HasErrors()
}

// plainError is an error without the path that it is about.
func plainError(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// root is the folder of the configuration.
func (l *loader) root() *folder { return l.run.modules[0].folder }

// open opens a folder by its path from that of the configuration.
func (l *loader) open(dir string) (fs.FS, error) {
	if fs.ValidPath(dir) && !filepath.IsAbs(filepath.FromSlash(dir)) { // C:/x is valid
		return fs.Sub(l.root().fs, dir)
	}
	if l.opts.Open == nil {
		return nil, fmt.Errorf("it is outside of the configuration's folder")
	}
	return l.opts.Open(filepath.FromSlash(dir))
}

// displayPath is the path of a folder of a module, as the user can open it, or its
// address.
func (l *loader) displayPath(dir string, pack Fetched) string {
	switch {
	case dir == pack.Root && dir != "":
		return pack.Name
	case pack.Root != "":
		return pack.Name + "//" + strings.TrimPrefix(dir, pack.Root+"/")
	}
	return filepath.Join(l.root().shown, filepath.FromSlash(dir))
}

// same reports whether two folders are one, also by another path.
func (f *folder) same(other *folder) bool {
	return f == other || f.info != nil && other.info != nil && os.SameFile(f.info, other.info)
}

// rebased makes the paths of payloads that begin in the module's folder begin in that of
// the configuration. [functions.FromRoot] marks those that do already.
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

// path is a path from the folder as seen from that of the configuration.
func (f *folder) path(payload Payload, name string) string {
	scheme := ""
	if rest, ok := strings.CutPrefix(name, "wim:"); ok && payload == PayloadSource {
		scheme, name = "wim:", rest
	}
	slashed := strings.ReplaceAll(name, `\`, "/")
	switch drive := len(name) > 1 && name[1] == ':'; {
	case name == "", drive, path.IsAbs(slashed), strings.Contains(name, "://"):
		return scheme + name
	}
	return scheme + path.Join(f.dir, slashed)
}
