package driver

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/providers"
)

// Bounds of a source: a folder beyond them is not a folder of drivers.
const (
	maxEntries = 200_000
	maxINFs    = 10_000
	maxINFSize = 16 << 20
	maxTold    = 10 // problems with a source that are reported one by one
)

// tree is a source on this machine. gild reads nothing outside it.
type tree struct {
	*os.Root
	host   providers.Host
	name   string   // the folder, as in the configuration
	infs   []string // below it, in order
	single bool     // the source is a single INF file

	signatures bool // determine who signed the packages
}

// openTree finds the INF files of a source.
func openTree(ctx context.Context, host providers.Host, d *driver) (*tree, error) {
	source := filepath.ToSlash(*d.Source)
	info, err := os.Stat(host.Path(source))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, providers.Problemf("source", "Source not found", "There is no file or folder %q (%s).", source, host.Path(source))
	case err != nil:
		return nil, err
	}
	t := &tree{host: host, name: source}
	if !info.IsDir() {
		if !isINF(source) || !regular.Is(info) {
			return nil, providers.Problemf("source", "Invalid source", "%s is neither an INF file nor a folder. Unpack archives and installers first.", source)
		}
		t.name, t.single = address.Dir(source), true
		t.infs = []string{address.Name(source)}
		if t.name == "" {
			return nil, providers.Problemf("source", "Invalid source", "%s is an INF file without the files that it names. Give the address of an archive, a repository or an artefact with all of them, and the INF file behind the //.", source)
		}
	}
	if t.Root, err = os.OpenRoot(host.Path(t.name)); err != nil {
		return nil, err
	}
	if !t.single {
		err = t.walk(ctx, d)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func isINF(name string) bool { return strings.EqualFold(path.Ext(address.Name(name)), ".inf") }

// walk collects the INF files of a folder. It skips AUTORUN.INF, which media have and which is not
// a driver's.
func (t *tree) walk(ctx context.Context, d *driver) error {
	entries := 0
	err := fs.WalkDir(t.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if entries++; entries > maxEntries || len(t.infs) > maxINFs {
			err = providers.Problemf("source", "Too much in source", "%s holds more than %d files and folders, or more than %d INF files. Name the folder of the drivers.", t.name, maxEntries, maxINFs)
		}
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && !*d.Recurse:
			return fs.SkipDir
		case e.IsDir(), !isINF(name), strings.EqualFold(path.Base(name), "autorun.inf"):
		case !slices.ContainsFunc(d.Exclude, func(pattern string) bool { return like(pattern, name) }):
			t.infs = append(t.infs, name)
		}
		return nil
	})
	if err == nil && len(t.infs) == 0 {
		err = providers.Problemf("source", "No drivers found", "There is no INF file in %s%s.", t.name, t.elsewhere(d))
	}
	return err
}

// elsewhere hints at where INF files may be.
func (t *tree) elsewhere(d *driver) string {
	switch {
	case len(d.Exclude) > 0:
		return ", apart from those that exclude names"
	case !*d.Recurse:
		return "; with recurse = true the folders below it are searched, too"
	}
	return " and below it"
}

// path is the name of a file in terms of the configuration.
func (t *tree) path(name string) string { return address.Join(t.name, name) }

// read returns the content of an INF file.
func (t *tree) read(name string) ([]byte, error) {
	info, err := t.Stat(name)
	switch {
	case err != nil:
		return nil, providers.Problemf("source", "Invalid file in source", "%s can't be read: %v.", t.path(name), unwrapped(err))
	case !regular.Is(info) || info.Size() > maxINFSize:
		return nil, providers.Problemf("source", "Invalid file in source", "%s is not an INF file: it is not a regular file, or longer than %d bytes.", t.path(name), maxINFSize)
	}
	return regular.ReadIn(t.Root, name, maxINFSize)
}

// unwrapped is the error of the file system without the file's name.
func unwrapped(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
