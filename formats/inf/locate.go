package inf

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// Locate finds the files of the package and its catalogue in fsys, the folder
// of the INF, regardless of case. It returns their names in fsys by
// [PackageFile.Path] and [Package.Catalog], and as problems those that are not
// there. A file that a cabinet of the package holds is one of these. An error
// is that of reading a folder.
func (p *Package) Locate(fsys fs.FS) (map[string]string, []Problem, error) {
	l := &locator{fsys: fsys, folders: map[string]map[string]string{}}
	found := map[string]string{}
	var missing problems
	look := func(name string, line int, explain func() (string, error)) error {
		actual, err := l.find(name)
		if err != nil {
			return err
		}
		if actual != "" {
			found[name] = actual
			return nil
		}
		why, err := explain()
		missing.add(line, MissingFile, "file %s is not in the package%s", name, why)
		return err
	}
	for i := range p.Files {
		f := &p.Files[i]
		if f.Path == "" {
			continue // a problem of its own
		}
		if err := look(f.Path, f.Line, func() (string, error) { return l.packed(f) }); err != nil {
			return nil, nil, err
		}
	}
	if p.Catalog != "" {
		none := func() (string, error) { return ": it is the catalogue that signs the package", nil }
		if err := look(p.Catalog, 0, none); err != nil {
			return nil, nil, err
		}
	}
	return found, missing.list, nil
}

// A locator finds files in folders it lists once.
type locator struct {
	fsys    fs.FS
	folders map[string]map[string]string // actual names by folded ones
}

// find returns the actual name of a file or folder, empty when there is none.
func (l *locator) find(name string) (string, error) {
	actual := "."
	for element := range strings.SplitSeq(name, "/") {
		entries, err := l.list(actual)
		if err != nil {
			return "", err
		}
		entry, ok := entries[fold(element)]
		if !ok {
			return "", nil
		}
		actual = path.Join(actual, entry)
	}
	return actual, nil
}

// list returns the names in a folder; what is no folder has none.
func (l *locator) list(folder string) (map[string]string, error) {
	if names, ok := l.folders[folder]; ok {
		return names, nil
	}
	names := map[string]string{}
	l.folders[folder] = names
	if info, err := fs.Stat(l.fsys, folder); err == nil && !info.IsDir() {
		return names, nil
	}
	entries, err := fs.ReadDir(l.fsys, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	}
	for _, e := range entries {
		names[fold(e.Name())] = e.Name()
	}
	return names, err
}

// packed says in which other form a missing file is there.
func (l *locator) packed(f *PackageFile) (string, error) {
	compressed := f.Path[:len(f.Path)-1] + "_"
	if actual, err := l.find(compressed); err != nil || actual != "" {
		return ", only " + actual + ", which is compressed: expand it", err
	}
	if f.Cabinet != "" {
		if actual, err := l.find(f.Cabinet); err != nil || actual != "" {
			return ", but cabinet " + actual + " may hold it: expand it", err
		}
	}
	return "", nil
}
