package dismemu

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"unicode/utf16"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image/dism/dismemu/tree"
)

func mountImage(r *run) error {
	dir, err := r.need("MountDir")
	if err != nil {
		return err
	}
	f, index, err := r.imageOf()
	if err != nil {
		return err
	}
	defer f.Close()
	if err := mountable(r, f, dir); err != nil {
		return err
	}
	release, err := r.mounts.lock(dir)
	if err != nil {
		return err
	}
	defer release()
	mt := &mounted{Dir: absolute(dir), File: absolute(f.Name()), Index: index, ReadOnly: r.args.has("ReadOnly"), Partial: true}
	if err := r.mounts.claim(mt); err != nil {
		return err
	}
	r.out.line("Mounting image")
	if err := (mounting{r, mt}).fill(f); err != nil {
		if errors.Is(err, errDied) {
			return err
		}
		return errors.Join(err, empty(dir), r.mounts.drop(dir))
	}
	r.out.progress()
	return nil
}

// mounting is a mounted image that a run of DISM works on.
type mounting struct {
	*run
	*mounted
}

// fill extracts the image into its folder.
func (m mounting) fill(f *wim.File) error {
	img, err := f.Image(m.Index)
	if err != nil {
		return err
	}
	if err := fits(img.Root, m.Dir); err != nil {
		return err
	}
	if err := tree.Extract(m.ctx, img, m.Dir, func() error { return m.midway(nil) }); err != nil {
		return err
	}
	if err := m.mounts.remember(m.Dir); err != nil {
		return err
	}
	m.Partial = false
	return m.mounts.put(m.mounted)
}

// fits returns an error if paths in the folder become too long for Windows' programs: more
// than 259 characters for files, 247 for folders ("Maximum Path Length Limitation").
func fits(root *wim.Node, dir string) error {
	length := func(s string) int { return len(utf16.Encode([]rune(s))) }
	for name, node := range root.All() {
		longest := 259
		if node.IsDir() {
			longest = 247
		}
		if n := length(dir) + 1 + length(name); n > longest {
			return known(errTooLong, name)
		}
	}
	return nil
}

// mountable returns why an image file can't be mounted in a folder.
func mountable(r *run, f *wim.File, dir string) error {
	h := f.Header()
	switch st, err := os.Stat(f.Name()); {
	case err != nil:
		return err
	case h.Parts > 1:
		return known(errSplit)
	case !r.args.has("ReadOnly") && st.Mode().Perm()&0o200 == 0:
		return known(errReadOnly)
	}
	found, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return known(errPathNotFound)
	case err != nil:
		return err
	case len(found) == 0:
		return nil
	}
	table, err := r.mounts.list()
	if err == nil && at(table, dir) >= 0 {
		return fail(errDirTaken, "The directory already has a mounted image.")
	}
	return errors.Join(err, known(errNotEmpty))
}

func commitImage(r *run) error {
	return withMounted(r, func(m mounting) error {
		r.out.line("Saving image")
		return m.commit()
	})
}

// withMounted calls do with the image at /MountDir, while no other run works on it.
func withMounted(r *run, do func(mounting) error) error {
	dir, err := r.need("MountDir")
	if err != nil {
		return err
	}
	release, err := r.mounts.lock(dir)
	if err != nil {
		return err
	}
	defer release()
	table, err := r.mounts.list()
	if err != nil {
		return err
	}
	i := at(table, dir)
	if i < 0 {
		return fail(errNotMounted, "The directory %s is no mounted image.", dir)
	}
	return do(mounting{r, table[i]})
}

func (m mounting) commit() error {
	st, err := os.Stat(m.File)
	switch {
	case err != nil:
		return err
	case m.ReadOnly:
		return fail(errCommitRO, "The image was mounted with read-only access.")
	case m.Partial:
		return known(errInvalid)
	case m.inUse(m.ctx, hivesIn(m.Dir)) != "":
		return known(errOpenFiles)
	case m.changed(st):
		return fail(errChanged, "The image file was modified after it had been mounted.")
	}
	err = m.midway(func() error { return writePart(m.File) })
	if err == nil {
		err = m.bringIn()
	}
	if errors.Is(err, errDied) {
		return err
	}
	if err == nil {
		m.out.progress()
	}
	return errors.Join(err, m.note(), m.mounts.put(m.mounted)) // even after an error DISM itself changed the file
}

// writePart leaves an image file as an interrupted commit does: with data after the end in its
// header.
func writePart(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 64<<10))
	return errors.Join(err, f.Close())
}

func unmountImage(r *run) error {
	if !r.args.has("Discard") {
		return missingOption("discard")
	}
	return withMounted(r, func(m mounting) error {
		if _, err := os.Stat(m.File); err != nil { // the image is gone
			return known(errInvalid)
		}
		r.out.line("Image File : %s", m.File)
		r.out.line("Image Index : %d", m.Index)
		return m.unmount()
	})
}

// unmount empties the folder. If it is interrupted the mounted image is incomplete.
func (m mounting) unmount() error {
	m.out.line("Unmounting image")
	m.Partial = true
	if err := m.mounts.put(m.mounted); err != nil {
		return err
	}
	if _, open := m.faults.kind("open"); open || m.inUse(m.ctx, hivesIn(m.Dir)) != "" {
		return known(errOpenFiles)
	}
	found, err := os.ReadDir(m.Dir)
	for i, e := range found {
		if i == len(found)/2 {
			err = errors.Join(err, m.midway(nil))
		}
		if err != nil {
			return err
		}
		err = os.RemoveAll(filepath.Join(m.Dir, e.Name()))
	}
	if err != nil {
		return err
	}
	m.out.progress()
	return m.mounts.drop(m.Dir)
}

// remountImage makes a complete mounted image usable again.
func remountImage(r *run) error {
	return withMounted(r, func(m mounting) error {
		if m.Partial {
			return known(errInvalid)
		}
		if err := m.note(); err != nil {
			return err
		}
		return m.mounts.put(m.mounted)
	})
}

func getMounted(r *run) error {
	table, err := r.mounts.list()
	if err != nil {
		return err
	}
	if len(table) == 0 {
		r.out.line("No mounted images were found.")
		r.out.line("")
		return nil
	}
	r.out.line("Mounted images:")
	r.out.line("")
	for _, mt := range table {
		writable := map[bool]string{false: "Yes", true: "No"}[mt.ReadOnly]
		r.out.record([]field{{"Mount Dir", mt.Dir}, {"Image File", mt.File}, {"Image Index", strconv.Itoa(mt.Index)},
			{"Mounted Read/Write", writable}, {"Status", mt.status()}})
	}
	return nil
}

// cleanupMountpoints removes invalid mounts, except those that another run works on.
func cleanupMountpoints(r *run) error {
	r.out.line("Scanning for stale files and folders.")
	table, err := r.mounts.list()
	for _, mt := range table {
		if err == nil && mt.status() == invalid {
			err = (mounting{r, mt}).cleanUp()
		}
	}
	if err == nil {
		r.out.progress()
	}
	return err
}

func (m mounting) cleanUp() error {
	release, err := m.mounts.lock(m.Dir)
	var busy *failure
	if errors.As(err, &busy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	if m.inUse(m.ctx, hivesIn(m.Dir)) != "" {
		return nil // in use
	}
	if isDir(m.Dir) {
		if err := empty(m.Dir); err != nil {
			return err
		}
	}
	return m.mounts.drop(m.Dir)
}

// empty removes the content of a folder.
func empty(dir string) error {
	found, err := os.ReadDir(dir)
	for _, e := range found {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
