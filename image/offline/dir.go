package offline

import (
	"crypto/sha1"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/durable"
)

// dir is the files of an image in a folder. Nothing outside of it is reached,
// whatever links are in it.
type dir struct {
	root   *os.Root
	write  bool
	closed bool
	clock  time.Time
}

var _ image.Files = (*dir)(nil)

// find returns what has a name, and its name as it is spelled on the disk.
func (d *dir) find(op, name string) (fs.FileInfo, string, error) {
	if !fs.ValidPath(name) {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	info, err := d.root.Lstat(".")
	spelled := ""
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case err != nil:
		case part == ".":
			return info, part, nil
		case !info.IsDir():
			err = fs.ErrNotExist
		default:
			info, spelled, err = d.child(spelled, part)
		}
	}
	if err != nil {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: cause(err)}
	}
	return info, spelled, nil
}

// cause takes the path off an error that is to get another one.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// child finds a name in a folder: spelled like that, or else in another case,
// whether or not the file system tells them apart. What has a backslash or a
// colon in it is a path or a stream to Windows, and no name.
func (d *dir) child(folder, name string) (fs.FileInfo, string, error) {
	if strings.ContainsAny(name, `\:`) {
		return nil, "", fs.ErrNotExist
	}
	info, err := d.root.Lstat(below(folder, name))
	if err == nil {
		if is := spelling(d.root, below(folder, name)); is != name {
			name = is
			info, err = d.root.Lstat(below(folder, name))
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return info, below(folder, name), err
	}
	list, err := d.list(folder)
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(list, func(e fs.DirEntry) bool { return strings.EqualFold(e.Name(), name) })
	if i < 0 {
		return nil, "", fs.ErrNotExist
	}
	spelled := below(folder, list[i].Name())
	info, err = d.root.Lstat(spelled)
	return info, spelled, err
}

// list lists a folder without what was not finished.
func (d *dir) list(folder string) ([]fs.DirEntry, error) {
	if folder == "" {
		folder = "."
	}
	f, err := d.root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.ReadDir(-1)
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool { return durable.IsTemp(e.Name()) })
	sortEntries(list)
	return list, err
}

// Open implements [fs.FS].
func (d *dir) Open(name string) (fs.File, error) {
	info, spelled, err := d.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		list, err := d.list(spelled)
		return &listing{info, list}, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is a link or no file")}
	}
	return d.root.Open(spelled)
}

// Stat implements [fs.StatFS].
func (d *dir) Stat(name string) (fs.FileInfo, error) {
	info, _, err := d.find("stat", name)
	return info, err
}

// ReadDir implements [fs.ReadDirFS].
func (d *dir) ReadDir(name string) ([]fs.DirEntry, error) {
	info, spelled, err := d.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("is not a folder")}
	}
	return d.list(spelled)
}

// Meta implements [image.Files].
func (d *dir) Meta(name string) (image.Meta, error) {
	info, spelled, err := d.find("meta", name)
	if err != nil {
		return image.Meta{}, err
	}
	m, err := getMeta(d.root, spelled, info)
	if err != nil {
		return m, &fs.PathError{Op: "meta", Path: name, Err: cause(err)}
	}
	return m, nil
}

// SHA1 implements [image.Files].
func (d *dir) SHA1(name string) (sum [20]byte, err error) {
	f, err := d.Open(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha1.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
