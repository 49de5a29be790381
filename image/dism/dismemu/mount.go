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
	if err := r.mountable(f, dir); err != nil {
		return err
	}
	release, err := r.lock(dir)
	if err != nil {
		return err
	}
	defer release()
	mt := &mounted{Dir: absolute(dir), File: absolute(f.Name()), Index: index, ReadOnly: r.args.has("ReadOnly"), Partial: true}
	if err := r.claim(mt); err != nil {
		return err
	}
	r.out.line("Mounting image")
	if err := r.fill(mt, f); err != nil {
		if errors.Is(err, errDied) {
			return err
		}
		return errors.Join(err, empty(dir), r.drop(dir))
	}
	r.out.progress()
	return nil
}

// claim adds an image to the table, unless an entry there conflicts with it.
func (r *run) claim(mt *mounted) error {
	return r.change(func(table []*mounted) ([]*mounted, error) {
		for _, other := range table {
			switch {
			case samePath(other.Dir, mt.Dir):
				return nil, fail(errDirTaken, "The directory already has a mounted image.")
			case samePath(other.File, mt.File) && other.Index == mt.Index && !other.ReadOnly && !mt.ReadOnly:
				return nil, known(errMounted)
			}
		}
		return append(table, mt), mt.note()
	})
}

// fill extracts the image into its folder.
func (r *run) fill(mt *mounted, f *wim.File) error {
	img, err := f.Image(mt.Index)
	if err != nil {
		return err
	}
	if err := fits(img.Root, mt.Dir); err != nil {
		return err
	}
	if err := tree.Extract(r.ctx, img, mt.Dir, func() error { return r.midway(nil) }); err != nil {
		return err
	}
	if err := r.remember(mt.Dir); err != nil {
		return err
	}
	mt.Partial = false
	return r.put(mt)
}

// fits reports whether Windows' programs can reach all that is in an image below a folder:
// they take paths of 259 characters, and 247 of folders, so that there is room for a short
// name in them ("Maximum Path Length Limitation").
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

// mountable says why an image file can't be mounted, or not in this folder.
func (r *run) mountable(f *wim.File, dir string) error {
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
	table, err := r.mounted()
	if err == nil && at(table, dir) >= 0 {
		return fail(errDirTaken, "The directory already has a mounted image.")
	}
	return errors.Join(err, known(errNotEmpty))
}

func commitImage(r *run) error {
	return r.withMounted(func(mt *mounted) error {
		r.out.line("Saving image")
		return r.commit(mt)
	})
}

// withMounted gives the image that /MountDir means to a function, while no other
// run is at work on it.
func (r *run) withMounted(do func(*mounted) error) error {
	dir, err := r.need("MountDir")
	if err != nil {
		return err
	}
	release, err := r.lock(dir)
	if err != nil {
		return err
	}
	defer release()
	table, err := r.mounted()
	if err != nil {
		return err
	}
	i := at(table, dir)
	if i < 0 {
		return fail(errNotMounted, "The directory %s is no mounted image.", dir)
	}
	return do(table[i])
}

func (r *run) commit(mt *mounted) error {
	st, err := os.Stat(mt.File)
	switch {
	case err != nil:
		return err
	case mt.ReadOnly:
		return fail(errCommitRO, "The image was mounted with read-only access.")
	case mt.Partial:
		return known(errInvalid)
	case r.inUse(hivesIn(mt.Dir)) != "":
		return known(errOpenFiles)
	case mt.changed(st):
		return fail(errChanged, "The image file was modified after it had been mounted.")
	}
	err = r.midway(func() error { return writePart(mt.File) })
	if err == nil {
		err = r.bringIn(mt)
	}
	if errors.Is(err, errDied) {
		return err
	}
	if err == nil {
		r.out.progress()
	}
	return errors.Join(err, mt.note(), r.put(mt)) // whatever it wrote, the changes are its own
}

// writePart leaves an image file as an interrupted commit does: with data after the end that its
// header declares.
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
	return r.withMounted(func(mt *mounted) error {
		if _, err := os.Stat(mt.File); err != nil { // there is nothing to unmount any more
			return known(errInvalid)
		}
		r.out.line("Image File : %s", mt.File)
		r.out.line("Image Index : %d", mt.Index)
		return r.unmount(mt)
	})
}

// unmount empties the folder. As soon as it begins, the mounted image is incomplete.
func (r *run) unmount(mt *mounted) error {
	r.out.line("Unmounting image")
	mt.Partial = true
	if err := r.put(mt); err != nil {
		return err
	}
	if _, open := r.faults.kind("open"); open || r.inUse(hivesIn(mt.Dir)) != "" {
		return known(errOpenFiles)
	}
	found, err := os.ReadDir(mt.Dir)
	for i, e := range found {
		if i == len(found)/2 {
			err = errors.Join(err, r.midway(nil))
		}
		if err != nil {
			return err
		}
		err = os.RemoveAll(filepath.Join(mt.Dir, e.Name()))
	}
	if err != nil {
		return err
	}
	r.out.progress()
	return r.drop(mt.Dir)
}

// remountImage makes an image usable again that is all there.
func remountImage(r *run) error {
	return r.withMounted(func(mt *mounted) error {
		if mt.Partial {
			return known(errInvalid)
		}
		if err := mt.note(); err != nil {
			return err
		}
		return r.put(mt)
	})
}

func getMounted(r *run) error {
	table, err := r.mounted()
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

// cleanupMountpoints forgets what is mounted no more, with what is left of it. What
// another run is at work on is left alone.
func cleanupMountpoints(r *run) error {
	r.out.line("Scanning for stale files and folders.")
	table, err := r.mounted()
	for _, mt := range table {
		if err == nil && mt.status() == invalid {
			err = r.cleanUp(mt)
		}
	}
	if err == nil {
		r.out.progress()
	}
	return err
}

func (r *run) cleanUp(mt *mounted) error {
	release, err := r.lock(mt.Dir)
	var busy *failure
	if errors.As(err, &busy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	if r.inUse(hivesIn(mt.Dir)) != "" {
		return nil // what is in use stays
	}
	if isDir(mt.Dir) {
		if err := empty(mt.Dir); err != nil {
			return err
		}
	}
	return r.drop(mt.Dir)
}

// empty removes what is in a folder.
func empty(dir string) error {
	found, err := os.ReadDir(dir)
	for _, e := range found {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
