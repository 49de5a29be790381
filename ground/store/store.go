// Package store opens gild's own folders: checkpoints, journals, records of runs. Such a folder
// may come with a configuration that someone else wrote, so nothing in it is trusted: no link is
// followed, and only files with gild's own names are ever removed. Only its owner can read it,
// because it may contain secrets. The content of the folders is up to the packages that use this
// one. Begin with [Make] and [Open].
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
)

// ErrLink is the category of errors about a link in place of one of gild's files or folders.
var ErrLink = errors.New("gild follows no links where it keeps its own files")

// Folder is an open folder. Names relative to it can't lead outside.
type Folder struct {
	*os.Root
	path string
}

// Open opens the folder at a path, or the one below it that the names lead to. If one
// of them does not exist, the error is [fs.ErrNotExist].
func Open(path string, below ...string) (*Folder, error) { return walk(path, below, false) }

// Make is Open, but makes missing folders.
func Make(path string, below ...string) (*Folder, error) { return walk(path, below, true) }

func walk(path string, below []string, make bool) (*Folder, error) {
	info, err := regular.Lstat(path)
	if make && errors.Is(err, fs.ErrNotExist) {
		if err := durable.MkdirPrivate(path); err != nil {
			return nil, err
		}
		info, err = regular.Lstat(path)
	}
	if err == nil {
		err = check(path, info)
	}
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f := &Folder{Root: root, path: path}
	f.restrict(".", info)
	for _, name := range below {
		next, err := f.folder(name, make)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		f = next
	}
	return f, nil
}

// folder opens the folder of that name in this one.
func (f *Folder) folder(name string, make bool) (*Folder, error) {
	if make {
		if err := f.MakeDir(name); err != nil {
			return nil, err
		}
	}
	if err := f.CheckDir(name); err != nil {
		return nil, err
	}
	root, err := f.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Folder{Root: root, path: filepath.Join(f.path, name)}, nil
}

// Lstat describes the file or folder with a name; for what counts as a link see
// [regular.IsLink].
func (f *Folder) Lstat(name string) (fs.FileInfo, error) { return regular.LstatIn(f.Root, name) }

// ReadDir lists a folder in this one, "." itself, with what Lstat says.
func (f *Folder) ReadDir(name string) ([]fs.DirEntry, error) { return regular.ReadDirIn(f.Root, name) }

// Path returns where something in the folder is.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, filepath.FromSlash(name)) }

// MakeDir makes a folder, durably, if it does not exist. A link does not count as
// the folder.
func (f *Folder) MakeDir(name string) error {
	if err := f.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := f.CheckDir(name); err != nil {
		return err
	}
	return durable.SyncIn(f.Root, filepath.ToSlash(filepath.Dir(name)))
}

// CheckDir refuses a file or link with the name of a folder.
func (f *Folder) CheckDir(name string) error {
	info, err := f.Lstat(name)
	if err == nil {
		err = check(f.Path(name), info)
	}
	if err == nil {
		f.restrict(name, info)
	}
	return err
}

// restrict removes the rights of others from a folder that an older gild left open
// to them. Windows has no such mode; there the folder inherits its rights. If the
// folder belongs to another user and can't be changed, the next step fails.
func (f *Folder) restrict(name string, info fs.FileInfo) {
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		_ = f.Chmod(name, 0o700)
	}
}

func check(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil
	case mode&(fs.ModeSymlink|fs.ModeIrregular) != 0: // a junction of Windows is irregular
		return fmt.Errorf("%s is a link: %w; remove the link, and what it leads to stays as it is", path, ErrLink)
	case mode.IsRegular():
		return fmt.Errorf("%s is a file, but gild needs a folder there; move it away", path)
	default:
		return fmt.Errorf("%s is %s, but gild needs a folder there; move it away", path, regular.Kind(mode))
	}
}

// Links refuses a folder if it is or contains a link, and names the link. A missing
// folder is fine.
func Links(path string) error {
	f, err := Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := f.ReadDir(".")
	for _, e := range entries {
		if e.Type()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
			err = errors.Join(err, fmt.Errorf("%s is a link: %w; remove the link, and what it leads to stays as it is", f.Path(e.Name()), ErrLink))
		}
	}
	return errors.Join(err, f.Close())
}

// Read reads a file of at most limit bytes. It follows no link.
func (f *Folder) Read(name string, limit int64) ([]byte, error) {
	if err := f.noLink(name); err != nil {
		return nil, err
	}
	return regular.ReadIn(f.Root, name, limit)
}

// OpenFile opens a file to read it. It follows no link.
func (f *Folder) OpenFile(name string) (*os.File, error) {
	if err := f.noLink(name); err != nil {
		return nil, err
	}
	return regular.OpenIn(f.Root, name)
}

func (f *Folder) noLink(name string) error {
	info, err := f.Lstat(name)
	if err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return fmt.Errorf("%s is a link: %w", f.Path(name), ErrLink)
	}
	return regular.Check(f.Path(name), info)
}

// Append opens a file to add to it, and makes it if it does not exist. It follows no link.
func (f *Folder) Append(name string) (*os.File, error) {
	if err := f.noLink(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, err := f.Root.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil && runtime.GOOS != "windows" {
		err = file.Chmod(0o600)
	}
	return file, err
}

// Write creates or replaces a file.
func (f *Folder) Write(name string, data []byte) error { return durable.WriteIn(f.Root, name, data) }

// Names says what may be removed from a folder: names of files, as regular expressions
// for the whole name, and of folders, each with its own Names.
type Names struct {
	Files   *regexp.Regexp
	Folders *regexp.Regexp
	In      *Names
}

// Temp matches the temporary names of unfinished files.
const Temp = `\.gild-[0-9a-f]{16}\.tmp`

// Only anchors an expression, so that it matches whole names only.
func Only(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }

// Clear removes everything with one of gild's names that is not to be kept, and returns
// its bytes. Files with other names stay, and so do the folders they are in.
func (f *Folder) Clear(dir string, own *Names, keep func(name string) bool) (freed int64, err error) {
	if err := f.CheckDir(dir); err != nil {
		return 0, err
	}
	return f.clear(dir, own, keep)
}

func (f *Folder) clear(dir string, own *Names, keep func(string) bool) (freed int64, err error) {
	entries, err := f.ReadDir(dir)
	for _, e := range entries {
		name := dir + "/" + e.Name()
		switch {
		case keep != nil && keep(e.Name()):
		case e.IsDir() && own.Folders != nil && own.Folders.MatchString(e.Name()):
			n, failed := f.clear(name, own.In, nil)
			freed, err = freed+n, errors.Join(err, failed)
			_ = f.Remove(name) // not if it contains files that are not gild's
		case !e.IsDir() && own.Files != nil && own.Files.MatchString(e.Name()):
			if info, unknown := e.Info(); unknown == nil && info.Mode().IsRegular() {
				freed += info.Size()
			}
			if failed := f.Remove(name); failed != nil && !errors.Is(failed, fs.ErrNotExist) {
				err = errors.Join(err, failed)
			}
		}
	}
	return freed, err
}
