package packagefile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/providers"
)

// StageFolder is how the names of the temporary folders of stages begin.
const StageFolder = "gild-packages-"

// HostStage offers packages to DISM on the machine gild runs on: in place, or linked or copied into
// temporary folders if they need another name or other files in their folder.
type HostStage struct {
	host providers.Host
	dir  *tempdir.Dir // the temporary folders; nil: none yet
	n    int
}

// NewStage returns a stage. Its folders exist until Remove.
func NewStage(host providers.Host) *HostStage { return &HostStage{host: host} }

// Remove removes all folders. It ignores errors: a leftover folder does no harm.
func (h *HostStage) Remove() {
	if h.dir != nil {
		_ = h.dir.Remove()
	}
}

// File returns the path of a file or folder, under a name that DISM accepts.
func (h *HostStage) File(ctx context.Context, name string) (string, error) {
	path, err := filepath.Abs(h.host.Path(name))
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || isPackage(path) {
		return path, err
	}
	staged, err := StageFile(ctx, h.host, name, unnamed)
	if err != nil {
		return "", err
	}
	dir, err := h.folder()
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, staged.Add[0])
	return to, provide(ctx, path, to)
}

// Together returns the path of the first of the files, in a folder with the other files and no
// other package.
func (h *HostStage) Together(ctx context.Context, names []string) (string, error) {
	paths := make([]string, len(names))
	for i, n := range names {
		var err error
		if paths[i], err = filepath.Abs(h.host.Path(n)); err != nil {
			return "", err
		}
	}
	if alone, err := among(paths); alone || err != nil {
		return paths[0], err
	}
	dir, err := h.folder()
	if err != nil {
		return "", err
	}
	first := ""
	for i, from := range paths {
		to := filepath.Join(dir, filepath.Base(from))
		if _, err := os.Lstat(to); err == nil {
			to = filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(from)))
		}
		if err := provide(ctx, from, to); err != nil {
			return "", err
		}
		if first == "" {
			first = to
		}
	}
	return first, nil
}

// among reports whether the files are all packages of their folder.
func among(paths []string) (bool, error) {
	dir := filepath.Dir(paths[0])
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	found := 0
	for _, e := range entries {
		if e.IsDir() || !isPackage(e.Name()) {
			continue
		}
		if !slices.Contains(paths, filepath.Join(dir, e.Name())) {
			return false, nil
		}
		found++
	}
	return found == len(paths), nil
}

func isPackage(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".msu" || ext == ".cab"
}

func (h *HostStage) folder() (string, error) {
	if h.dir == nil {
		var err error
		if h.dir, err = tempdir.New(StageFolder); err != nil {
			return "", err
		}
	}
	h.n++
	dir := filepath.Join(h.dir.Path(), fmt.Sprint(h.n))
	return dir, os.Mkdir(dir, 0o700)
}

// provide gives a file another name: it links the file, or copies it from another volume.
func provide(ctx context.Context, from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	r, err := regular.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for err == nil {
		if _, err = io.CopyN(w, r, 16<<20); err == nil {
			err = ctx.Err()
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, w.Close())
}
