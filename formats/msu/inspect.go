package msu

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	mumName = "update.mum"
	maxMUM  = 64 << 20
)

// Inspect tells which packages the named file or folder holds: a folder with
// update.mum, the cabinet of one, or a .msu file. There is at least one;
// servicing stacks come first, as other packages need them.
func Inspect(name string) ([]*Package, error) {
	c, err := openContainer(name)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	list, err := inspect(c, c.nesting)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: there is no %s in it", ErrNotPackage, mumName)
		if c.nesting == 0 {
			err = fmt.Errorf("%w; name the package files in the folder one by one", err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	slices.SortStableFunc(list, func(a, b *Package) int { return rank(a) - rank(b) })
	return list, nil
}

func rank(p *Package) int {
	if p.Kind == ServicingStack {
		return 0
	}
	return 1
}

// inspect returns the package in a folder, or else those in the containers in
// it, down to the given depth.
func inspect(fsys fs.FS, nesting int) ([]*Package, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, mumName) }); i >= 0 {
		p, err := readPackage(fsys, names[i], names)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", names[i], err)
		}
		return []*Package{p}, nil
	}
	if nesting == 0 {
		return nil, nil
	}
	return inspectNested(fsys, names, nesting)
}

func inspectNested(fsys fs.FS, names []string, nesting int) ([]*Package, error) {
	var list []*Package
	for _, name := range names {
		if ext := strings.ToLower(path.Ext(name)); ext != ".cab" && ext != ".wim" {
			continue
		}
		inner, err := openNested(fsys, name)
		if err != nil {
			return nil, err
		}
		packages, err := inspect(inner, nesting-1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, p := range packages {
			p.Path = path.Join(name, p.Path)
			list = append(list, p)
		}
	}
	return list, nil
}

// readPackage reads the update.mum of a package with the given files.
func readPackage(fsys fs.FS, name string, files []string) (*Package, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMUM+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxMUM {
		return nil, corrupt("it has more than %d bytes", maxMUM)
	}
	p, err := ParseMUM(data)
	if err != nil {
		return nil, err
	}
	p.Path, p.Kind = name, kind(p, files)
	return p, nil
}
