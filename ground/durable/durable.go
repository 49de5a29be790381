// Package durable makes writes survive a crash or a power cut: when a function returns, its
// result is on the disk, and a file that it replaces is at every moment either the old one or the
// new one. Everything that must be durable uses this package. Begin with [Create] and
// [WriteFile].
//
// Where folders can't be synced (Windows, some network file systems), it relies on the file
// system's journal to keep the order of renames, as NTFS does.
package durable

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/work"
)

const (
	tempPrefix = ".gild-"
	tempSuffix = ".tmp"
)

// IsTemp reports whether a name, without folders, is that of an unfinished file. Such a file may
// be removed when its writer has ended.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix)
}

// File is a file that is written under a temporary name in the same folder; [File.Commit] makes
// it durable and renames it.
type File struct {
	*os.File
	root  *os.Root
	owned bool // root is closed with the file
	temp  string
	name  string
	shut  bool // synced and closed
	done  bool
}

// ErrRefused: the system does not allow replacing the existing file. The new one keeps its
// temporary name until [File.Discard].
var ErrRefused = errors.New("it must not be replaced")

// rename is replaced by tests.
var rename = (*os.Root).Rename

// Create starts the file of that path.
func Create(name string) (*File, error) {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	f, err := create(root, filepath.Base(name), rand.Uint64(), 0o666) // #nosec G404 -- a name, not a secret
	if err != nil {
		root.Close()
		return nil, err
	}
	f.owned = true
	return f, nil
}

// CreateIn starts the file with that slash-separated name below root. Only one writer at a time
// may use the name, since the next writer removes what a killed one left.
func CreateIn(root *os.Root, name string, perm fs.FileMode) (*File, error) {
	sum := fnv.New64a()
	sum.Write([]byte(path.Base(name)))
	return create(root, name, sum.Sum64(), perm)
}

func create(root *os.Root, name string, n uint64, perm fs.FileMode) (*File, error) {
	temp := path.Join(path.Dir(name), fmt.Sprintf("%s%016x%s", tempPrefix, n, tempSuffix))
	if err := root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := root.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	return &File{File: f, root: root, temp: temp, name: name}, nil
}

// Temp returns the file's temporary name below its root.
func (f *File) Temp() string { return f.temp }

// Commit syncs the file to the disk and renames it, replacing an existing file. If only the
// replacement was refused, the error is [ErrRefused], and Commit may be called again.
func (f *File) Commit() error {
	if f.done {
		return fs.ErrClosed
	}
	var err error
	if !f.shut {
		err = errors.Join(f.Sync(), f.File.Close())
		f.shut = true
	}
	if err == nil {
		err = insist(func() error { return rename(f.root, f.temp, f.name) })
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	f.done = true
	err = SyncIn(f.root, path.Dir(f.name))
	return errors.Join(err, f.release())
}

// Discard removes the file if it was not committed. It may be deferred.
func (f *File) Discard() error {
	if f.done {
		return nil
	}
	f.done = true
	f.File.Close() // may be closed already
	return errors.Join(f.root.Remove(f.temp), f.release())
}

func (f *File) release() error {
	if !f.owned {
		return nil
	}
	return f.root.Close()
}

// Copy copies a file, replacing an existing one, until the context ends.
func Copy(ctx context.Context, from, to string) error {
	in, err := regular.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := Create(to)
	if err != nil {
		return err
	}
	defer out.Discard()
	if _, err := work.Copy(ctx, out, in); err != nil {
		return err
	}
	return out.Commit()
}

// WriteFile writes a file durably, replacing an existing one. Only its owner can read it.
func WriteFile(name string, data []byte) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	f, err := create(root, filepath.Base(name), rand.Uint64(), Private) // #nosec G404 -- a name, not a secret
	return errors.Join(write(f, err, data), root.Close())
}

// WriteIn writes the file with that slash-separated name below root durably, replacing an
// existing one. Only its owner can read it.
func WriteIn(root *os.Root, name string, data []byte) error {
	f, err := create(root, name, rand.Uint64(), Private) // #nosec G404 -- a name, not a secret
	return write(f, err, data)
}

// Private is the mode of a file that only its owner can read.
const Private fs.FileMode = 0o600

func write(f *File, err error, data []byte) error {
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}

// Append adds data to the end of a file, which is created if needed. Only its owner can read it.
func Append(name string, data []byte) error {
	_, err := os.Lstat(name)
	created := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, Private)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil || !created {
		return err
	}
	return SyncDir(filepath.Dir(name))
}

// Rename gives a finished file another name, in the same folder or another one,
// replacing an existing file. The file's content must have been synced.
func Rename(from, to string) error {
	if err := insist(func() error { return os.Rename(from, to) }); err != nil {
		return err
	}
	err := SyncDir(filepath.Dir(to))
	if filepath.Dir(from) == filepath.Dir(to) {
		return err
	}
	return errors.Join(err, SyncDir(filepath.Dir(from)))
}

// insist retries, for two seconds, what Windows refuses while another program has the file open,
// as virus scanners and indexers do with new files.
func insist(do func() error) error {
	const accessDenied, sharingViolation = syscall.Errno(5), syscall.Errno(32)
	err := do()
	for wait := time.Millisecond; wait < 2*time.Second && runtime.GOOS == "windows" &&
		(errors.Is(err, accessDenied) || errors.Is(err, sharingViolation)); wait *= 2 {
		time.Sleep(wait)
		err = do()
	}
	return err
}

// MkdirAll creates a folder and those above it, durably. It also syncs an existing folder: its
// creator may have been killed before the fsync.
func MkdirAll(dir string) error { return mkdirAll(dir, 0o777) }

// MkdirPrivate is MkdirAll for folders that only their owner can read.
func MkdirPrivate(dir string) error { return mkdirAll(dir, 0o700) }

func mkdirAll(dir string, perm fs.FileMode) error {
	parent := filepath.Dir(dir)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		if err := SyncDir(parent); !errors.Is(err, fs.ErrPermission) { // gild did not create a folder that it can't read
			return err
		}
		return nil
	}
	if parent != dir {
		if err := mkdirAll(parent, perm); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	return SyncDir(parent)
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	return syncDir(f, err)
}

// SyncIn makes the names in a folder below root durable, or the metadata of a file
// there.
func SyncIn(root *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := root.Open(name)
	return syncDir(f, err)
}

func syncDir(f *os.File, err error) error {
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // the file system does not support it
	}
	return errors.Join(err, f.Close())
}
