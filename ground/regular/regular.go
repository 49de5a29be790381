// Package regular opens files for reading and never blocks. Opening a FIFO blocks until a program
// writes to it, and reading a device may never end; any file name that gild is given may lead to
// one. So this package refuses everything but regular files at once. Begin with [Open] and
// [Read].
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNot is the category of errors for something that is not a regular file.
var ErrNot = errors.New("not a regular file")

// ErrTooLarge is the category of errors for a file that exceeds its limit.
var ErrTooLarge = errors.New("file is too large")

// Check refuses everything but regular files.
func Check(name string, info fs.FileInfo) error {
	if Is(info) {
		return nil
	}
	return fmt.Errorf("%s is %s: %w", name, Kind(info.Mode()), ErrNot)
}

// Kind says in words what a file is if it is not regular.
func Kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO (named pipe)"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something other than a file"
}

// Open opens a file for reading.
func Open(name string) (*os.File, error) { return OpenFile(name, os.O_RDONLY) }

// OpenFile opens an existing file, with one of the flags os.O_RDONLY, os.O_WRONLY and os.O_RDWR.
func OpenFile(name string, flag int) (*os.File, error) {
	return open(name, os.Stat, func() (*os.File, error) { return os.OpenFile(name, flag|NonBlock, 0) })
}

// OpenIn opens a file below root for reading.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	return open(name, root.Stat, func() (*os.File, error) { return root.OpenFile(name, os.O_RDONLY|NonBlock, 0) })
}

// open checks before it opens the file, since opening a device may have an effect, and again
// afterwards.
func open(name string, stat func(string) (fs.FileInfo, error), do func() (*os.File, error)) (*os.File, error) {
	info, err := stat(name)
	if err == nil {
		err = Check(name, info)
	}
	if err != nil {
		return nil, err
	}
	f, err := do()
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = Check(name, info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Read reads a file of at most that many bytes.
func Read(name string, limit int64) ([]byte, error) {
	f, err := Open(name)
	return read(f, err, name, limit)
}

// ReadIn reads a file below root of at most that many bytes.
func ReadIn(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := OpenIn(root, name)
	return read(f, err, name, limit)
}

// read ignores the size that the system reports: some files report none.
func read(f *os.File, err error, name string, limit int64) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: %w: it may have %d bytes", name, ErrTooLarge, limit)
	}
	return data, nil
}

// FS is a file system that only opens regular files and folders.
func FS(root *os.Root) fs.FS { return files{root} }

type files struct{ root *os.Root }

func (f files) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if info, err := f.root.Stat(name); err == nil && info.IsDir() {
		return f.root.Open(name)
	}
	file, err := OpenIn(f.root, name)
	if err != nil {
		return nil, err // not a nil *os.File in the interface
	}
	return file, nil
}

// ReadDir implements [fs.ReadDirFS].
func (f files) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.root.FS(), name) }

// Stat implements [fs.StatFS].
func (f files) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	return f.root.Stat(name)
}

// DirFS is [os.DirFS] that only opens regular files and folders.
func DirFS(dir string) fs.FS { return folder{os.DirFS(dir), dir} }

type folder struct {
	fs.FS
	dir string
}

func (f folder) Open(name string) (fs.File, error) {
	if info, err := fs.Stat(f.FS, name); err != nil || info.IsDir() {
		return f.FS.Open(name)
	}
	file, err := Open(filepath.Join(f.dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err // not a nil *os.File in the interface
	}
	return file, nil
}
