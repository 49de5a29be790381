package dism

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gildhq/gild/ground/regular"
	own "github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/image"
)

var _ image.Keeper = Backend{}

// Checkpoints implements [image.Keeper]. A working image holds one checkpoint, and so
// does a fork; several files may hold the same one.
func (Backend) Checkpoints(store string) ([]image.Checkpoint, error) {
	files, err := keptFiles(store)
	if err != nil {
		return nil, err
	}
	var out []image.Checkpoint
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("checkpoint of DISM: %w", err)
		}
		part := image.Piece{Name: file, Size: info.Size()}
		c := checkpointIn(file)
		if i := slices.IndexFunc(out, func(o image.Checkpoint) bool { return o.ID == c.ID }); i >= 0 {
			out[i].Pieces = append(out[i].Pieces, part)
			continue
		}
		c.Used, c.Pieces = info.ModTime(), []image.Piece{part}
		out = append(out, c)
	}
	return out, nil
}

// checkpointIn reads which checkpoint a file holds. If it can't be read, the file's
// name is the ID.
func checkpointIn(file string) image.Checkpoint {
	m, err := readMarker(file)
	switch {
	case err != nil:
		return image.Checkpoint{ID: file, Damage: err}
	case m.Checkpoint == "":
		return image.Checkpoint{ID: file, Damage: errors.New("nothing was committed to the working image yet")}
	}
	return image.Checkpoint{ID: m.Checkpoint}
}

// keptFiles lists the working images and forks in a store.
func keptFiles(store string) ([]string, error) {
	files, err := filesIn(store)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("checkpoints of DISM: %w", err)
	}
	return files, nil
}

// Names that gild gives files and folders in a store, see [keyOf] and [forkFile].
var (
	isKey  = own.Only(`[0-9a-f]{16}(?:-[1-9][0-9]{0,8})?`)
	isFork = own.Only(`[0-9A-Za-z][0-9A-Za-z._-]*\.wim`)
)

func filesIn(store string) (files []string, err error) {
	folder, err := own.Open(store, "dism")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	dirs, err := fs.ReadDir(folder.FS(), ".")
	if err != nil {
		return nil, err
	}
	for _, d := range dirs {
		if file := workingIn(filepath.Join(store, "dism", d.Name())).file; d.IsDir() && isKey.MatchString(d.Name()) && isFile(file) {
			files = append(files, file)
		}
	}
	forks := filepath.Base(forkDir(store))
	if err := folder.CheckDir(forks); err != nil {
		return files, err
	}
	found, err := folder.ReadDir(forks)
	for _, f := range found {
		if f.Type().IsRegular() && isFork.MatchString(f.Name()) {
			files = append(files, filepath.Join(forkDir(store), f.Name()))
		}
	}
	return files, err
}

// isFile reports whether a name is a file; a link is not.
func isFile(path string) bool {
	info, err := regular.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// Sealed implements [image.Keeper].
func (Backend) Sealed(fingerprint string, opts image.OpenOptions) (int, error) {
	steps := 0
	file := newWorking(opts.Store, keyOf(fingerprint, opts.Name)).file
	if isFile(file) {
		m, err := readMarker(file)
		if err != nil {
			return 0, err
		}
		steps = slices.Index(opts.Chain, m.Checkpoint) + 1
	}
	for i, id := range slices.Backward(opts.Chain) {
		if i >= steps && isFile(forkFile(opts.Store, id)) {
			return i + 1, nil
		}
	}
	return steps, nil
}

// Contents implements [image.Keeper].
func (Backend) Contents(string, string) ([]image.Content, error) {
	return nil, fmt.Errorf("a checkpoint of DISM is a whole image: %w", errors.ErrUnsupported)
}

// Drop implements [image.Keeper]. A mounted working image stays: DISM has to unmount
// it first.
func (b Backend) Drop(store string, ids []string) (freed int64, err error) {
	list, err := b.Checkpoints(store)
	if err != nil {
		return 0, err
	}
	for _, c := range list {
		if !slices.Contains(ids, c.ID) {
			continue
		}
		for _, p := range c.Pieces {
			failed := unmounted(p.Name)
			if failed == nil {
				if failed = os.Remove(p.Name); failed == nil {
					freed += p.Size
				}
			}
			if failed != nil {
				err = errors.Join(err, fmt.Errorf("remove a checkpoint of DISM: %w", failed))
			}
		}
	}
	return freed, err
}

// unmounted reports whether a run that was cut off has left a working image mounted.
func unmounted(file string) error {
	mount := filepath.Join(filepath.Dir(file), filepath.Base(workingIn("").mount))
	left, err := os.ReadDir(mount)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(left) == 0:
		return nil
	case err != nil:
		return fmt.Errorf("working image: %w", err)
	}
	return fmt.Errorf("%s is still mounted at %s by a run that was cut off; let gild apply unmount it, or run dism /Unmount-Image /MountDir:%[2]q /Discard", file, mount)
}
