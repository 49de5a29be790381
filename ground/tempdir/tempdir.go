// Package tempdir makes temporary folders for a run, and removes those of runs that were
// cut off. A run keeps a file in its folder locked: if the file is not locked, the run has
// ended.
package tempdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/regular"
)

// lockFile is the file in each folder that its run holds locked.
const lockFile = "gild-run.lock"

// Dir is a folder of this run.
type Dir struct {
	path string
	lock *flock.Flock
}

// New makes a folder whose name begins with prefix, in the system's folder for temporary
// files.
func New(prefix string) (*Dir, error) { return NewIn(os.TempDir(), prefix) }

// NewIn is New in an existing folder.
func NewIn(parent, prefix string) (*Dir, error) {
	path, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: newLock(filepath.Join(path, lockFile), os.O_CREATE)}
	if got, err := d.lock.TryLock(); err != nil || !got {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, errors.Join(err, fs.ErrPermission)), os.RemoveAll(path))
	}
	return d, nil
}

func newLock(name string, flag int) *flock.Flock {
	return flock.New(name, flock.SetFlag(flag|os.O_RDWR|regular.NoFollow(name)), flock.SetPermissions(0o600))
}

// Path is where the folder is.
func (d *Dir) Path() string { return d.path }

// Abandon leaves the folder as it is, for [Sweep] to remove.
func (d *Dir) Abandon() error { return d.lock.Unlock() }

// Remove removes the folder, except files with one of the names, which the user may want
// to read: they stay until the user removes them.
func (d *Dir) Remove(but ...string) error {
	entries, err := os.ReadDir(d.path)
	err = errors.Join(err, d.lock.Unlock()) // Windows removes no file that is open
	kept := false
	for _, e := range entries {
		if slices.Contains(but, e.Name()) {
			kept = true
		} else {
			err = errors.Join(err, os.RemoveAll(filepath.Join(d.path, e.Name())))
		}
	}
	if !kept {
		err = errors.Join(err, os.RemoveAll(d.path))
	}
	return err
}

// Sweep removes the folders, with names that begin with prefix, of runs that were cut off:
// only those of the user who runs gild. It first calls release, if not nil, with each
// folder; if that fails, the folder stays.
func Sweep(prefix string, release func(path string) error) error {
	return SweepIn(os.TempDir(), prefix, release)
}

// SweepIn is Sweep for folders that [NewIn] made.
func SweepIn(parent, prefix string, release func(path string) error) error {
	root, err := os.OpenRoot(parent)
	if err != nil {
		return err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	for _, e := range entries {
		if !made(e.Name(), prefix) {
			continue
		}
		if info, gone := regular.LstatIn(root, e.Name()); gone == nil && info.IsDir() && mine(info) {
			err = errors.Join(err, sweep(root, e.Name(), info, release))
		}
	}
	return err
}

// made reports whether a name is one that [os.MkdirTemp] makes: the prefix and a number.
func made(name, prefix string) bool {
	number, ok := strings.CutPrefix(name, prefix)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// forming is how long a new folder may be without its lock.
const forming = time.Hour

func sweep(root *os.Root, name string, info fs.FileInfo, release func(string) error) error {
	file := filepath.Join(name, lockFile)
	switch held, err := regular.LstatIn(root, file); {
	case errors.Is(err, fs.ErrNotExist) && time.Since(info.ModTime()) > forming:
		_ = root.Remove(name) // if it is empty
		return nil
	case err != nil || !held.Mode().IsRegular():
		return nil // what was kept to be read
	}
	path := filepath.Join(root.Name(), name)
	lock := newLock(filepath.Join(path, lockFile), 0)
	free, err := lock.TryLock()
	if err != nil || !free {
		return errors.Join(ignored(err), lock.Close())
	}
	if release != nil {
		if err := release(path); err != nil {
			return errors.Join(err, lock.Close())
		}
	}
	// The file with the lock goes last: otherwise the rest would stay if the run is cut off
	// here.
	entries, err := fs.ReadDir(root.FS(), name)
	for _, e := range entries {
		if e.Name() != lockFile {
			err = errors.Join(err, root.RemoveAll(filepath.Join(name, e.Name())))
		}
	}
	err = errors.Join(err, lock.Close())
	if err != nil {
		return err
	}
	return root.RemoveAll(name)
}

// ignored ignores the error that another process has removed the folder.
func ignored(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
