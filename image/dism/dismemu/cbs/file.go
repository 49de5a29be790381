package cbs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/cab"
	"github.com/gildhq/gild/formats/wim"
)

// maxManifest is the size of the largest manifest.
const maxManifest = 64 << 20

// ReadFile returns the packages in a folder with update.mum, in a cabinet, or in the
// cabinets and WIM files within a .msu file. Servicing stacks come first.
func ReadFile(name string) ([]*Manifest, error) {
	if st, err := os.Stat(name); err != nil || st.IsDir() {
		return inFolder(os.DirFS(name), false)
	}
	list, err := inContainer(name, true)
	if err == nil && len(list) == 0 {
		err = errNoPackage
	}
	slices.SortStableFunc(list, func(a, b *Manifest) int {
		switch {
		case a.Stack() == b.Stack():
			return 0
		case a.Stack():
			return -1
		}
		return 1
	})
	return list, err
}

// inContainer returns the packages in a cabinet or WIM file.
func inContainer(name string, deeper bool) ([]*Manifest, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, 8), head); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if string(head[:5]) != "MSWIM" {
		files, err := cab.NewReader(f, st.Size(), name)
		if err != nil {
			return nil, err
		}
		return inFolder(files, deeper)
	}
	w, err := wim.NewFile(f, st.Size(), name)
	if err != nil {
		return nil, err
	}
	files, err := w.Image(1)
	if err != nil {
		return nil, err
	}
	return inFolder(files, deeper)
}

// inFolder returns the package that the files are of, or those in containers among them.
func inFolder(files fs.FS, deeper bool) ([]*Manifest, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.EqualFold(e.Name(), "update.mum") {
			m, err := readIn(files, e.Name())
			return []*Manifest{m}, err
		}
	}
	var list []*Manifest
	for _, e := range entries {
		if ext := strings.ToLower(filepath.Ext(e.Name())); !deeper || e.IsDir() || ext != ".cab" && ext != ".wim" {
			continue
		}
		found, err := inNested(files, e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	if len(list) == 0 && !deeper {
		return nil, nil
	}
	return list, nil
}

func readIn(files fs.FS, name string) (*Manifest, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return nil, err
	}
	return ReadManifest(raw)
}

// inNested copies a container out of another one, to read it at any place.
func inNested(files fs.FS, name string) (list []*Manifest, err error) {
	from, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	to, err := os.CreateTemp("", "dism-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(to.Name())) }()
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return nil, err
	}
	return inContainer(to.Name(), false)
}
