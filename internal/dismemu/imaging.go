package dismemu

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/wim"
)

func (r *run) mountImage() error {
	name, err := r.need("ImageFile", "WimFile")
	if err != nil {
		return err
	}
	dir, err := r.need("MountDir")
	if err != nil {
		return err
	}
	f, err := r.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	index, err := r.index(f)
	if err != nil {
		return err
	}
	if err := r.mountable(f, dir); err != nil {
		return err
	}
	return r.withMounts(func(table []*mounted) ([]*mounted, error) {
		mt := &mounted{Dir: absolute(dir), File: absolute(name), Index: index, ReadOnly: r.args.has("ReadOnly")}
		for _, other := range table {
			switch {
			case samePath(other.Dir, dir):
				return nil, fail(errDirTaken, "The directory already has a mounted image.")
			case samePath(other.File, name) && other.Index == index && !other.ReadOnly && !mt.ReadOnly:
				return nil, fail(errMounted, "The specified image in the specified wim is already mounted for read/write access.")
			}
		}
		img, err := f.Image(index)
		if err != nil {
			return nil, err
		}
		r.out.line("Mounting image")
		if err := extract(r.ctx, img, dir); err != nil {
			return nil, errors.Join(err, empty(dir))
		}
		r.out.bar(100)
		return append(table, mt), mt.note()
	})
}

// mountable tells why an image file can't be mounted, or not in this folder.
func (r *run) mountable(f *wim.File, dir string) error {
	h := f.Header()
	switch st, err := os.Stat(f.Name()); {
	case err != nil:
		return err
	case h.Parts > 1:
		return errSplitImage
	case !r.args.has("ReadOnly") && st.Mode().Perm()&0o200 == 0:
		return fail(errReadOnly, "You do not have permissions to mount and modify this image. Verify that you have read/write permissions to this file.")
	}
	found, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fail(errPathNotFound, "The system cannot find the path specified.")
	case err != nil:
		return err
	case len(found) > 0:
		return fail(errNotEmpty, "The directory is not empty.")
	}
	return nil
}

func (r *run) commitImage() error {
	return r.withMounted(func(mt *mounted) error {
		r.out.line("Saving image")
		return r.commit(mt)
	})
}

// withMounted gives the image that /MountDir means to a function.
func (r *run) withMounted(do func(*mounted) error) error {
	dir, err := r.need("MountDir")
	if err != nil {
		return err
	}
	return r.withMounts(func(table []*mounted) ([]*mounted, error) {
		i := at(table, dir)
		if i < 0 {
			return nil, fail(errNotMounted, "The directory %s is no mounted image.", dir)
		}
		return table, do(table[i])
	})
}

func (r *run) commit(mt *mounted) error {
	st, err := os.Stat(mt.File)
	switch {
	case err != nil:
		return err
	case mt.ReadOnly:
		return fail(errCommitRO, "The image was mounted with read-only access.")
	case mt.changed(st):
		return fail(errChanged, "The image file was modified after it had been mounted.")
	}
	if err := save(r.ctx, mt); err != nil {
		return err
	}
	r.out.bar(100)
	return mt.note()
}

func (r *run) unmountImage() error {
	dir, err := r.need("MountDir")
	if err != nil {
		return err
	}
	commit := r.args.has("Commit")
	if commit == r.args.has("Discard") {
		return missingOption("commit or discard")
	}
	return r.withMounts(func(table []*mounted) ([]*mounted, error) {
		i := at(table, dir)
		if i < 0 {
			return nil, fail(errNotMounted, "The directory %s is no mounted image.", dir)
		}
		r.out.line("Image File : %s", table[i].File)
		r.out.line("Image Index : %d", table[i].Index)
		if commit {
			r.out.line("Saving image")
			if err := r.commit(table[i]); err != nil {
				return nil, err
			}
		}
		r.out.line("Unmounting image")
		if err := empty(dir); err != nil {
			return nil, err
		}
		r.out.bar(100)
		return slices.Delete(table, i, i+1), nil
	})
}

func (r *run) remountImage() error {
	return r.withMounted(func(mt *mounted) error { return mt.note() })
}

func (r *run) getMounted() error {
	return r.withMounts(func(table []*mounted) ([]*mounted, error) {
		if len(table) == 0 {
			r.out.line("No mounted images were found.")
			r.out.line("")
			return table, nil
		}
		r.out.line("Mounted images:")
		r.out.line("")
		for _, mt := range table {
			writable := map[bool]string{false: "Yes", true: "No"}[mt.ReadOnly]
			r.out.record([]field{{"Mount Dir", mt.Dir}, {"Image File", mt.File}, {"Image Index", strconv.Itoa(mt.Index)},
				{"Mounted Read/Write", writable}, {"Status", mt.status()}})
		}
		return table, nil
	})
}

// cleanupMountpoints forgets what is mounted no more.
func (r *run) cleanupMountpoints() error {
	r.out.line("Scanning for stale files and folders.")
	return r.withMounts(func(table []*mounted) ([]*mounted, error) {
		kept := slices.DeleteFunc(table, func(mt *mounted) bool { return mt.status() == "Invalid" })
		r.out.bar(100)
		return kept, nil
	})
}

func absolute(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return abs
}

func (r *run) getImageInfo() error {
	name, err := r.need("ImageFile", "WimFile")
	if err != nil {
		return err
	}
	f, err := r.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r.out.line("Details for image : %s", name)
	r.out.line("")
	if !r.args.has("Index") && !r.args.has("Name") {
		for _, img := range f.Images() {
			r.out.record([]field{{"Index", strconv.Itoa(img.Index)}, {"Name", img.Name}, {"Description", img.Description}, {"Size", bytesText(img.TotalBytes)}})
		}
		return nil
	}
	index, err := r.index(f)
	if err != nil {
		return err
	}
	r.details(f.Images()[index-1])
	return nil
}

func (r *run) details(img wim.ImageInfo) {
	w := wim.WindowsInfo{Arch: -1}
	if img.Windows != nil {
		w = *img.Windows
	}
	const stamp = "1/2/2006 - 3:04:05 PM"
	arch := map[int]string{0: "x86", 5: "arm", 9: "x64", 12: "arm64"}[w.Arch]
	fields := []field{
		{"Index", strconv.Itoa(img.Index)}, {"Name", undefined(img.Name)}, {"Description", undefined(img.Description)}, {"Size", bytesText(img.TotalBytes)},
		{"WIM Bootable", "No"}, {"Architecture", undefined(arch)}, {"Hal", undefined(w.Hal)},
		{"Version", fmt.Sprintf("%d.%d.%d", w.Version.Major, w.Version.Minor, w.Version.Build)},
		{"ServicePack Build", strconv.Itoa(w.Version.SPBuild)}, {"ServicePack Level", strconv.Itoa(w.Version.SPLevel)},
		{"Edition", undefined(w.EditionID)}, {"Installation", undefined(w.InstallationType)}, {"ProductType", undefined(w.ProductType)},
		{"ProductSuite", undefined(w.ProductSuite)}, {"System Root", undefined(w.SystemRoot)},
		{"Directories", strconv.FormatInt(img.DirCount, 10)}, {"Files", strconv.FormatInt(img.FileCount, 10)},
		{"Created", img.Created.Format(stamp)}, {"Modified", img.Modified.Format(stamp)},
	}
	for _, f := range fields {
		r.out.line("%s : %s", f.name, f.value)
	}
	r.out.line("Languages :")
	for _, l := range w.Languages {
		if l == w.DefaultLanguage {
			l += " (Default)"
		}
		r.out.line("\t%s", l)
	}
	r.out.line("")
}

func undefined(s string) string {
	if s == "" {
		return "<undefined>"
	}
	return s
}

// bytesText is a size as the en-US locale writes it.
func bytesText(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), ",") + " bytes"
}
