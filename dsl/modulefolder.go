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

// Resolver finds modules that are not in folders of the author's.
type Resolver interface {
	// Resolve returns where the module of an address is on this machine. Version is the
	// author's constraint, empty if there is none. From is the folder of the module that
	// calls it. Folders are slash-separated paths, relative to the folder of the configuration.
	// An error says what is wrong and what to do, in sentences.
	Resolve(source, version, from string) (Fetched, error)
}

// Fetched is where a module was put.
type Fetched struct {
	Dir  string // the module's folder
	Root string // the folder of what was fetched with it: paths to other modules can't lead out of it
}

// folder is the folder of a module, read once for all its instances.
type folder struct {
	dir       string // from the folder of the configuration, slash-separated
	root      string // paths to other modules must stay below it; empty: anywhere
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
	dir, root := path.Join(l.folder.dir, strings.ReplaceAll(c.source, `\`, "/")), l.folder.root
	switch {
	case isPath(c.source) && c.version != "":
		l.errorAt(c.attrs["version"].Range, "Version of a path", fmt.Sprintf(
			"The module %q is a folder, which has no versions: what is in it is used. Remove \"version\".", c.name))
		return nil
	case isPath(c.source) && root != "" && dir != root && !strings.HasPrefix(dir, root+"/"):
		l.errorAt(c.attrs["source"].Range, "Module outside of its package", fmt.Sprintf(
			"%q leads out of what was fetched with this module, so it is not there. Give the address that it is fetched from.", c.source))
		return nil
	case isPath(c.source):
	case l.opts.Resolver == nil && filepath.IsAbs(c.source):
		l.errorAt(c.attrs["source"].Range, "Absolute path", fmt.Sprintf(
			"The path %q means something on this machine only. A path to a module begins with ./ or ../ and is relative to the folder of this file.", c.source))
		return nil
	case l.opts.Resolver == nil:
		folder := ""
		if !strings.Contains(c.source, ":") {
			folder = fmt.Sprintf(" If %q is a folder, write %q.", c.source, "./"+c.source)
		}
		l.errorAt(c.attrs["source"].Range, "Module not installed", fmt.Sprintf("The module %q is not on this machine. Run gild init, which fetches it.%s", c.name, folder))
		return nil
	default:
		fetched, err := l.opts.Resolver.Resolve(c.source, c.version, l.folder.dir)
		if err != nil {
			l.errorAt(c.attrs["source"].Range, "Module not found", fmt.Sprintf("The module %q: %s", c.name, err))
			return nil
		}
		dir, root = path.Clean(fetched.Dir), path.Clean(fetched.Root)
	}
	if f := l.run.folders[dir]; f != nil {
		return f
	}
	f := &folder{dir: dir, root: root, broken: true}
	l.run.folders[dir] = f
	fsys, err := l.open(dir)
	if err == nil {
		f.info, err = fs.Stat(fsys, ".")
	}
	if err != nil {
		l.errorAt(c.attrs["source"].Range, "Cannot read the module", fmt.Sprintf(
			"The folder %q of the module %q cannot be read: %s. The path is relative to the folder of this file.", l.displayPath(dir), c.name, plainError(err)))
		return f
	}
	f.fs, f.functions = fsys, functions.Table(fsys, dir, l.root().fs)
	m := *l
	m.folder, m.opts.FS, m.opts.Dir = f, fsys, l.displayPath(dir)
	before := len(l.diags)
	f.bodies = m.readFiles(func() {
		l.errorAt(c.attrs["source"].Range, "No module", fmt.Sprintf(
			"The folder %q holds no *.gild.hcl and no *.gild.json file, so it is no module.", l.displayPath(dir)))
	})
	f.broken = l.diags[before:].HasErrors()
	return f
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
	if fs.ValidPath(dir) {
		return fs.Sub(l.root().fs, dir)
	}
	if l.opts.Open == nil {
		return nil, fmt.Errorf("it is outside of the configuration's folder")
	}
	return l.opts.Open(filepath.FromSlash(dir))
}

// displayPath is the path of a folder of a module, as the user can open it.
func (l *loader) displayPath(dir string) string {
	if path.IsAbs(dir) || filepath.IsAbs(dir) {
		return filepath.FromSlash(dir)
	}
	return filepath.Join(l.run.modules[0].opts.Dir, filepath.FromSlash(dir))
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
