package driver

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

// has says how the image has exactly this package; empty if it does not.
func (h *held) has(p pack, c content, t inf.Target) (how providers.Applies, err error) {
	for _, q := range h.queue {
		if q.digest == p.Digest && nt.Equal(q.name, p.OriginalName) && q.arch == t.Arch.String() {
			return providers.Queued, nil
		}
	}
	for _, s := range h.store {
		if s.Folder == "" || s.Arch != t.Arch.String() || !h.sameINF(&s, p, c) {
			continue
		}
		if ok, err := h.holds(s.Folder, p, c, t); ok || err != nil {
			return inStore, err
		}
	}
	return "", nil
}

// holds reports whether a folder of the store has all files, unchanged, that the INF of the package
// needs on this Windows.
func (h *held) holds(folder string, p pack, c content, t inf.Target) (bool, error) {
	fits := func(name string) (bool, error) {
		sum, err := h.files.SHA1(path.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return err == nil && hex.EncodeToString(sum[:]) == c.Files[name], err
	}
	if ok, err := fits(p.OriginalName); !ok {
		return false, err
	}
	data, err := readFile(h.files, path.Join(folder, p.OriginalName))
	if err != nil {
		return false, err
	}
	f, err := inf.Parse(data)
	if err != nil {
		return false, nil
	}
	for _, name := range needed(f.Resolve(t)) {
		if ok, err := fits(name); !ok {
			return false, err
		}
	}
	return true, nil
}

func readFile(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxINFSize))
}

// needed are the names of a package's files other than the INF.
func needed(p *inf.Package) []string {
	var list []string
	for _, f := range p.Files {
		if f.Path != "" {
			list = append(list, f.Path)
		}
	}
	if p.Catalog != "" {
		list = append(list, p.Catalog)
	}
	return list
}
