package dism

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gildhq/gild/image"
)

var _ image.Keeper = Backend{}

// kept is a working image that is there: one checkpoint.
type kept struct {
	working
	image.Checkpoint
}

// Checkpoints implements [image.Keeper]: a working image holds one.
func (Backend) Checkpoints(store string) ([]image.Checkpoint, error) {
	list, err := workingImages(store)
	var out []image.Checkpoint
	for _, k := range list {
		out = append(out, k.Checkpoint)
	}
	return out, err
}

// workingImages lists the working images in a store.
func workingImages(store string) (list []kept, err error) {
	dirs, err := os.ReadDir(filepath.Dir(newWorking(store, "").dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, d := range dirs {
		w := newWorking(store, d.Name())
		info, err := os.Stat(w.file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("working image: %w", err)
		}
		c := image.Checkpoint{ID: d.Name(), Used: info.ModTime(), Parts: []image.Part{{Name: w.file, Size: info.Size()}}}
		m, err := readMarker(w.file)
		switch {
		case err != nil:
			c.Damage = err
		case m.Checkpoint == "":
			c.Damage = errors.New("nothing was committed to the working image yet")
		default:
			c.ID = m.Checkpoint
		}
		list = append(list, kept{w, c})
	}
	if err != nil {
		return nil, fmt.Errorf("working images: %w", err)
	}
	return list, nil
}

// Sealed implements [image.Keeper].
func (Backend) Sealed(store, fingerprint string, chain []string) (int, error) {
	file := newWorking(store, fingerprint).file
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	m, err := readMarker(file)
	return slices.Index(chain, m.Checkpoint) + 1, err
}

// Contents implements [image.Keeper].
func (Backend) Contents(string, string) ([]image.Content, error) {
	return nil, fmt.Errorf("a checkpoint of DISM is a whole image: %w", errors.ErrUnsupported)
}

// Drop implements [image.Keeper]. A working image that is mounted stays: DISM has to
// let go of it first.
func (Backend) Drop(store string, ids []string) (freed int64, err error) {
	list, err := workingImages(store)
	if err != nil {
		return 0, err
	}
	for _, k := range list {
		if !slices.Contains(ids, k.ID) {
			continue
		}
		if err := k.unmounted(); err != nil {
			return freed, err
		}
		if err := os.Remove(k.file); err != nil {
			return freed, fmt.Errorf("remove a working image: %w", err)
		}
		freed += k.Parts[0].Size
	}
	return freed, nil
}

// unmounted tells whether a run that was cut off has left the working image mounted.
func (w working) unmounted() error {
	left, err := os.ReadDir(w.mount)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(left) == 0:
		return nil
	case err != nil:
		return fmt.Errorf("working image: %w", err)
	}
	return fmt.Errorf("%s is still mounted at %s by a run that was cut off; let gild apply unmount it, or run dism /Unmount-Image /MountDir:%[2]q /Discard", w.file, w.mount)
}
