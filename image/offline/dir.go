package offline

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
)

// dir is the files of an image in a folder. No link leads out of it.
type dir struct {
	replacer
	closed bool
	clock  time.Time
	memo   image.Memo
}

var _ image.Files = (*dir)(nil)

// Memo implements [image.Memoizer].
func (d *dir) Memo() *image.Memo { return &d.memo }

// find returns the file or folder with a name, and the spelling of the name on the
// disk.
func (d *dir) find(op, name string) (fs.FileInfo, string, error) {
	if !fs.ValidPath(name) {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	info, err := regular.LstatIn(d.root, ".")
	spelled := ""
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case err != nil:
		case part == ".":
			return info, part, nil
		case !info.IsDir():
			if err = d.linked(spelled, info); err == nil {
				err = fs.ErrNotExist
			}
		default:
			info, spelled, err = d.child(spelled, part)
		}
	}
	if err != nil {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: cause(err)}
	}
	return info, spelled, nil
}

// linked returns an error if something is a link. Its target is not part of the image.
// The link must not be reported as missing either, because the caller would then create
// something in its place.
func (d *dir) linked(spelled string, info fs.FileInfo) error {
	if info.IsDir() || info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) == 0 {
		return nil
	}
	to, err := d.root.Readlink(spelled)
	if err != nil {
		return fmt.Errorf("%s in the image is a link, and nothing is read or written through links", spelled)
	}
	return fmt.Errorf("%s in the image is a link to %s, and nothing is read or written through links: replace the link by its target", spelled, to)
}

// serviced are folders that Windows, DISM or gild write to when an image is
// serviced, parents first.
var serviced = []string{
	"Windows", "Windows/System32", "Windows/System32/config", "Windows/System32/drivers", "Windows/System32/drivers/etc",
	"Windows/System32/DriverStore", "Windows/System32/DriverStore/FileRepository", "Windows/System32/CatRoot", "Windows/System32/Tasks",
	"Windows/INF", "Windows/Logs", "Windows/Panther", "Windows/Panther/Unattend", "Windows/Setup", "Windows/Setup/Scripts",
	"Windows/WinSxS", "Windows/servicing", "Windows/servicing/Packages",
}

// unlinked refuses an image in which one of these folders is a link.
func (d *dir) unlinked() error {
	for _, name := range serviced {
		info, spelled, err := d.find("open", name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = d.linked(spelled, info)
		}
		if err != nil {
			return cause(err)
		}
	}
	return nil
}

// cause removes the path from an error that will get another path.
func cause(err error) error {
	if p, ok := err.(*fs.PathError); ok { // not inside another error, whose text stays
		return p.Err
	}
	return err
}

// child finds a name in a folder, first in the same case, then in another, whether or
// not the file system is case-sensitive. It refuses a name with a backslash or colon,
// which is a path or a stream for Windows.
func (d *dir) child(folder, name string) (fs.FileInfo, string, error) {
	if strings.ContainsAny(name, `\:`) {
		return nil, "", fs.ErrNotExist
	}
	if kept := d.kept[strings.ToLower(below(folder, name))]; kept != "" {
		info, err := regular.LstatIn(d.root, kept)
		return shown{info, name}, kept, err
	}
	info, err := regular.LstatIn(d.root, below(folder, name))
	if err == nil {
		if is := spelling(d.root, below(folder, name)); is != name {
			name = is
			info, err = regular.LstatIn(d.root, below(folder, name))
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
	info, err = regular.LstatIn(d.root, spelled)
	return info, spelled, err
}

// list lists a folder without temporary files.
func (d *dir) list(folder string) ([]fs.DirEntry, error) {
	if folder == "" {
		folder = "."
	}
	list, err := regular.ReadDirIn(d.root, folder)
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
		if err = d.linked(spelled, info); err == nil {
			err = errors.New("is not a file")
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f, err := d.root.Open(spelled)
	if err != nil {
		return nil, err
	}
	if err := busy.Share(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
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
	m, err := keeps.get(d.root, spelled, info)
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
