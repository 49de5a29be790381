package msu

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/cab"
)

// Cabinets returns the cabinets with the packages of a .msu file, in the order of
// [Inspect]. DISM takes them one by one where it does not take a .msu file. It
// returns none if the packages need other files (.psf) or are no cabinets, or if
// the file is no .msu file.
func Cabinets(name string) ([]string, error) {
	c, err := openContainer(name)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if _, ok := c.FS.(*cab.Reader); !ok {
		return nil, nil
	}
	entries, err := fs.ReadDir(c, ".")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, e := range entries {
		if strings.EqualFold(path.Ext(e.Name()), ".psf") {
			return nil, nil
		}
	}
	list, err := inspect(c, c.nesting)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	slices.SortStableFunc(list, func(a, b *Package) int { return rank(a) - rank(b) })
	var names []string
	for _, p := range list {
		if inner, _, nested := strings.Cut(p.Path, "/"); nested {
			names = append(names, inner)
		}
	}
	return names, nil
}

// OpenFile opens one of the files in a .msu file. The caller closes it.
func OpenFile(name, inner string) (io.ReadCloser, error) {
	c, err := openContainer(name)
	if err != nil {
		return nil, err
	}
	f, err := c.Open(inner)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return innerFile{f, c}, nil
}

// innerFile closes the container it is in along.
type innerFile struct {
	fs.File
	in io.Closer
}

func (f innerFile) Close() error {
	err := f.File.Close()
	if e := f.in.Close(); err == nil {
		err = e
	}
	return err
}
