package offline

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
)

// Normally a rename replaces a file at once. Windows refuses that for read-only files, and
// may refuse it for files of TrustedInstaller, although a program with SeRestorePrivilege
// may rename, delete and write each of them ("File Security and Access Rights"). Then gild
// first moves the old file aside: that only needs the right to delete it, and leaves its
// other names (hard links), such as those in the component store, alone. If Windows
// refuses that, too, for example while another program has the file open, gild writes the
// content in place.
//
// In both cases there is a moment at which the image has neither the old file nor the new
// one. So gild keeps the old content, and a note that names it, until the new file is
// whole. Readers find the kept content meanwhile, and if a run is cut off, the next session
// that writes puts it back.

// replacer gives a complete file its name, whatever it takes.
type replacer struct {
	root  *os.Root
	write bool
	log   hclog.Logger
	kept  map[string]string // paths for reading files that are being replaced, by names in lower case
}

// note is the record of a file that is being replaced.
type note struct {
	Name     string      `json:"name"`                // of the file, below the root
	Kept     string      `json:"kept"`                // name of its old content: the moved file, or a copy
	Moved    bool        `json:"moved"`               // Kept is the file itself, not a copy
	ReadOnly fs.FileMode `json:"read_only,omitempty"` // its permissions, if it is read-only and not moved
}

const noteBegin, noteEnd = ".gild-note-", ".tmp" // see [durable.IsTemp]

func (n note) file() string { return noteBegin + digest(n.Name) + noteEnd }

func digest(name string) string {
	h := fnv.New64a()
	h.Write([]byte(strings.ToLower(name)))
	return fmt.Sprintf("%016x", h.Sum64())
}

func keptAs(name string) string { return path.Join(path.Dir(name), ".gild-kept-"+digest(name)+".tmp") }

// onlyReadable returns the permissions of a read-only file, and 0 for others.
func onlyReadable(info fs.FileInfo) fs.FileMode {
	if perm := info.Mode().Perm(); perm&0o200 == 0 {
		return perm
	}
	return 0
}

// Replaced by tests.
var (
	commit = (*durable.File).Commit
	rename = (*os.Root).Rename
)

// give renames a complete file to its name, replacing an old one unless that is nil. The
// new file has its metadata already; asked is set on the old file if that stays and gets
// the new content.
func (r *replacer) give(f *durable.File, name string, old fs.FileInfo, asked image.Meta) error {
	if old == nil || !old.Mode().IsRegular() {
		return commit(f)
	}
	err := durable.ErrRefused
	if onlyReadable(old) == 0 || runtime.GOOS != "windows" {
		err = commit(f)
	}
	if !errors.Is(err, durable.ErrRefused) {
		return err
	}
	r.log.Warn("the system refuses to replace a file; moving the old one aside", "file", name, "error", err)
	moved, aside := r.moveAside(f, note{Name: name, Kept: keptAs(name), Moved: true})
	if moved {
		return aside
	}
	r.log.Warn("the system refuses to move a file; writing its content in place, which keeps its owner and access rights", "file", name, "error", aside)
	if inPlace := r.writeInPlace(f, note{Name: name, Kept: keptAs(name), ReadOnly: onlyReadable(old)}, asked); inPlace != nil {
		return fmt.Errorf("%w (nor be moved aside: %w; nor be written in place: %w)", err, aside, inPlace)
	}
	return nil
}

// moveAside moves the old file and gives the new one its name. If moved is false,
// nothing has changed.
func (r *replacer) moveAside(f *durable.File, n note) (moved bool, err error) {
	if err := r.begin(n); err != nil {
		return false, err
	}
	if err := rename(r.root, n.Name, n.Kept); err != nil {
		return false, errors.Join(err, r.end(n))
	}
	if err := commit(f); err != nil {
		return true, errors.Join(err, r.undo(n))
	}
	return true, r.end(n)
}

// writeInPlace writes the content of a file into the old one.
func (r *replacer) writeInPlace(f *durable.File, n note, asked image.Meta) error {
	if err := r.begin(n); err != nil {
		return err
	}
	err := r.keepCopy(n)
	if err == nil {
		if err = r.overwrite(n.Name, f.Temp()); err == nil {
			err = r.setAsked(n, asked)
		}
		if err != nil {
			return errors.Join(err, r.undo(n))
		}
	}
	return errors.Join(err, r.end(n))
}

// setAsked sets the metadata in asked on a file that was written in place, and restores
// the attribute readonly.
func (r *replacer) setAsked(n note, asked image.Meta) error {
	if asked.Attributes == 0 && n.ReadOnly != 0 {
		if err := r.root.Chmod(n.Name, n.ReadOnly); err != nil {
			return err
		}
	}
	return keeps.put(r.root, n.Name, nil, asked)
}

// keepCopy keeps a copy of the old content. It refuses a file with several names, which
// would all get the new content.
func (r *replacer) keepCopy(n note) error {
	in, err := regular.OpenIn(r.root, n.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	names, err := nameCount(in)
	if err == nil && names > 1 {
		err = fmt.Errorf("it has %d names (hard links), and the content of all would change", names)
	}
	if err != nil {
		return err
	}
	out, err := durable.CreateIn(r.root, n.Kept, durable.Private)
	if err != nil {
		return err
	}
	defer out.Discard()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Commit()
}

// overwrite writes the content of one file into another one.
func (r *replacer) overwrite(name, from string) error {
	in, err := regular.OpenIn(r.root, from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := regular.LstatIn(r.root, name)
	if err == nil {
		err = regular.Check(name, info)
	}
	if err != nil {
		return err
	}
	if perm := onlyReadable(info); perm != 0 {
		if err := r.root.Chmod(name, perm|0o200); err != nil {
			return err
		}
	}
	out, err := r.root.OpenFile(name, os.O_WRONLY|regular.NonBlock, 0)
	if err != nil {
		return err
	}
	size, err := io.Copy(out, in)
	if err == nil {
		err = out.Truncate(size)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// begin writes the note that a file is being replaced.
func (r *replacer) begin(n note) error {
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return durable.WriteIn(r.root, n.file(), data)
}

// end removes the kept content and the note: the file is whole.
func (r *replacer) end(n note) error {
	err := r.root.Remove(n.Kept)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = durable.SyncIn(r.root, path.Dir(n.Kept))
	}
	if err == nil {
		err = r.root.Remove(n.file())
	}
	return err
}

// undo puts the old file back. If that fails, the file stays under its other name, and is
// put back when the image is next opened for writing.
func (r *replacer) undo(n note) error {
	_, there := r.root.Lstat(n.Name)
	_, kept := r.root.Lstat(n.Kept)
	var err error
	switch {
	case errors.Is(kept, fs.ErrNotExist), n.Moved && there == nil:
		// nothing was done yet, or all
	case n.Moved:
		err = rename(r.root, n.Kept, n.Name)
	default:
		if err = r.overwrite(n.Name, n.Kept); err == nil && n.ReadOnly != 0 {
			err = r.root.Chmod(n.Name, n.ReadOnly)
		}
	}
	if err == nil {
		err = r.end(n)
	}
	if err != nil {
		return fmt.Errorf("its old content could not be put back, and is in %s; gild puts it back when the image is next opened for writing: %w", n.Kept, err)
	}
	return nil
}

// putBack puts back the files that an interrupted run was replacing or, if the image is
// open for reading, has them read from their kept content.
func (r *replacer) putBack() error {
	root, err := r.root.Open(".")
	if err != nil {
		return err
	}
	defer root.Close()
	names, err := root.Readdirnames(-1)
	for _, name := range names {
		if !strings.HasPrefix(name, noteBegin) || !strings.HasSuffix(name, noteEnd) {
			continue
		}
		n, e := r.readNote(name)
		switch {
		case e != nil:
			err = errors.Join(err, e)
		case r.write:
			r.log.Warn("putting back a file that an earlier run was replacing", "file", n.Name)
			err = errors.Join(err, r.undo(n))
		default:
			if _, e := r.root.Lstat(n.Kept); e == nil {
				r.kept[strings.ToLower(n.Name)] = n.Kept
			}
		}
	}
	return err
}

// readNote reads a note, which is written atomically. It accepts only what gild would
// have written, since the note may be forged.
func (r *replacer) readNote(name string) (n note, err error) {
	data, err := regular.ReadIn(r.root, name, 1<<20)
	if err == nil {
		err = json.Unmarshal(data, &n)
	}
	if err == nil && (!fs.ValidPath(n.Name) || n.Kept != keptAs(n.Name) || name != n.file()) {
		err = errors.New("it is not a note of gild")
	}
	if err != nil {
		return n, fmt.Errorf("%s, the note of a file that was being replaced: %w; remove it if there is no file to put back", name, err)
	}
	return n, nil
}

// shown is a file under its own name, wherever its content is kept.
type shown struct {
	fs.FileInfo
	name string
}

func (s shown) Name() string { return s.name }
