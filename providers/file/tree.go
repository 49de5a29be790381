package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// folderMark stands for the digest of an empty folder in a manifest.
const folderMark = "folder"

// maxProblems is how many files of a tree are reported one by one.
const maxProblems = 10

// entry is a file or an empty folder of a source tree.
type entry struct {
	name   string // below the tree's root, here and in the image
	source string // as the host knows it
	folder bool
	digest providers.Digest
}

// tree is what is in a source folder, in the order of the names.
type tree []entry

// manifest returns the SHA-1 of each file by the [mapKey] of its name.
func (t tree) manifest() map[string]string {
	m := make(map[string]string, len(t))
	for _, e := range t {
		if e.folder {
			m[mapKey(e.name)+"/"] = folderMark
		} else {
			m[mapKey(e.name)] = e.digest.SHA1
		}
	}
	return m
}

// digest identifies all names and contents of the tree.
func (t tree) digest() string {
	h := sha256.New()
	for _, e := range t {
		if e.folder {
			fmt.Fprintf(h, "%s %s/\n", folderMark, e.name)
		} else {
			fmt.Fprintf(h, "%s %s\n", e.digest.SHA256, e.name)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// walker walks a source folder, and collects its entries and its problems.
type walker struct {
	root     *os.Root
	source   string // name of the folder, as configured
	tree     tree
	seen     map[string]string // names in the tree by their upper-case form
	problems []error
	more     int // problems not kept
}

// walkSource lists a source folder with the digests of its files.
func walkSource(ctx context.Context, host providers.Host, source string) (tree, error) {
	root, err := os.OpenRoot(host.Path(source))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	w := &walker{root: root, source: source, seen: map[string]string{}}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		return w.visit(name, d)
	})
	if err != nil {
		return nil, err
	}
	if err := w.err(); err != nil {
		return nil, err
	}
	for i, e := range w.tree {
		if e.folder {
			continue
		}
		if w.tree[i].digest, err = host.Digest(ctx, e.source); err != nil {
			return nil, err
		}
	}
	return w.tree, nil
}

func (w *walker) visit(name string, d fs.DirEntry) error {
	e := entry{name: name, source: address.Join(w.source, name)}
	if detail := w.check(name); detail != "" {
		w.complain(name, detail)
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	switch mode := regular.Entry(filepath.Join(w.root.Name(), filepath.FromSlash(name)), d).Type(); {
	case mode.IsDir():
		inside, err := fs.ReadDir(w.root.FS(), name)
		if err != nil || len(inside) > 0 {
			return err
		}
		e.folder = true
	case mode&fs.ModeSymlink != 0:
		if detail := w.checkLink(name); detail != "" {
			w.complain(name, detail)
			return nil
		}
	case !mode.IsRegular():
		w.complain(name, "is neither a file nor a folder")
		return nil
	}
	w.tree = append(w.tree, e)
	return nil
}

// check returns what is wrong with a name, if anything.
func (w *walker) check(name string) string {
	base := path.Base(name)
	if !utf8.ValidString(base) {
		return "has a name that is not UTF-8"
	}
	if strings.Contains(base, `\`) {
		return `has a backslash in its name, which Windows does not allow`
	}
	if _, err := image.CleanPath("folder/" + base); err != nil { // so that C: is no drive
		return "can't be in an image: " + errors.Unwrap(err).Error()
	}
	upper := nt.Fold(name)
	if other, taken := w.seen[upper]; taken {
		return fmt.Sprintf("and %s have the same name for Windows, which does not tell upper from lower case", other)
	}
	w.seen[upper] = name
	return ""
}

// checkLink returns why a symbolic link can't be followed, if it can't.
func (w *walker) checkLink(name string) string {
	info, err := w.root.Stat(name)
	switch {
	case err != nil:
		return "is a link that leads nowhere or out of the folder"
	case info.IsDir():
		return "is a link to a folder, which is not followed"
	case !regular.Is(info):
		return "is a link to what is no file"
	}
	return ""
}

func (w *walker) complain(name, detail string) {
	if len(w.problems) == maxProblems {
		w.more++
		return
	}
	w.problems = append(w.problems, &providers.Problem{Attr: "source", Summary: "Invalid file in source",
		Detail: fmt.Sprintf("%s %s.", address.Join(w.source, name), detail)})
}

func (w *walker) err() error {
	if w.more > 0 {
		w.problems = append(w.problems, &providers.Problem{Attr: "source", Summary: "Invalid files in source",
			Detail: fmt.Sprintf("There are problems with %d more files of %s.", w.more, w.source)})
	}
	return errors.Join(w.problems...)
}
