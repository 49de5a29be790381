package dismemu

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image/dism/dismemu/tree"
)

// compression is what /Compress means; fast, if it is not there.
func (r *run) compression() (wim.Options, error) {
	switch kind, _ := r.args.get("Compress"); strings.ToLower(kind) {
	case "", "fast":
		return wim.Options{Compression: wim.XPRESS}, nil
	case "max":
		return wim.Options{Compression: wim.LZX}, nil
	case "none":
		return wim.Options{}, nil
	case "recovery":
		return wim.Options{}, fail(errUnsupported, "Solid compression is not emulated.")
	}
	return wim.Options{}, fail(errParameter, "The compression is none of max, fast and none.")
}

// exportImage copies an image into another file, made if it is not there.
func (r *run) exportImage() error {
	src, index, err := r.imageOf("SourceImageFile", "SourceIndex", "SourceName")
	if err != nil {
		return err
	}
	defer src.Close()
	name, err := r.need("DestinationImageFile")
	if err != nil {
		return err
	}
	r.out.line("Exporting image")
	o := wim.Options{Compression: src.Header().Compression, ChunkSize: src.Header().ChunkSize, Integrity: r.args.has("CheckIntegrity")}
	if exists(name) {
		if err := r.exportInto(src, index, name); err != nil {
			return err
		}
	} else {
		if r.args.has("Compress") {
			if o, err = r.compression(); err != nil {
				return err
			}
		}
		err := r.create(name, func(w io.WriteSeeker) error { return wim.Export(r.ctx, w, src, []int{index}, o) })
		if err != nil {
			return err
		}
	}
	r.out.progress()
	return nil
}

func (r *run) exportInto(src *wim.File, index int, name string) error {
	dst, err := r.open(name)
	if err != nil {
		return err
	}
	images, compression := dst.Images(), dst.Header().Compression
	if err := dst.Close(); err != nil {
		return err
	}
	if compression != src.Header().Compression {
		return fail(errParameter, "The compressions of source and destination differ.")
	}
	img, err := src.Image(index)
	if err != nil {
		return err
	}
	info := src.Images()[index-1]
	if other, ok := r.args.get("DestinationName"); ok {
		info.Name = other
	}
	for _, there := range images {
		if there.Name == info.Name {
			return fail(183, "The destination has an image of that name already: %s.", info.Name)
		}
	}
	info.Index = len(images) + 1
	return wim.Update(r.ctx, name, wim.UpdateOptions{}, wim.Change{Index: info.Index, Root: img.Root, Info: info, From: []*wim.File{src}})
}

// create makes a new file as a whole. In the middle of it, there is a part of it.
func (r *run) create(name string, write func(io.WriteSeeker) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fail(80, "The file exists. %s", name)
	}
	if err != nil {
		return err
	}
	err = r.midway(func() error { _, err := f.Write(make([]byte, 4096)); return err })
	if err == nil {
		err = write(f)
	}
	if err = errors.Join(err, f.Close()); err != nil && !errors.Is(err, errDied) {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// captureImage makes an image of a folder, in a new file.
func (r *run) captureImage() error {
	name, err := r.need("ImageFile")
	if err != nil {
		return err
	}
	o, err := r.compression()
	if err != nil {
		return err
	}
	root, info, err := r.captured()
	if err != nil {
		return err
	}
	o.Integrity = r.args.has("CheckIntegrity")
	if r.args.has("Bootable") {
		o.BootIndex = 1
	}
	b, err := wim.NewBuilder(o)
	if err == nil {
		err = b.AddImage(root, info)
	}
	if err != nil {
		return err
	}
	r.out.line("Saving image")
	if err := r.create(name, func(w io.WriteSeeker) error { return b.Write(r.ctx, w) }); err != nil {
		return err
	}
	r.out.progress()
	return nil
}

// captured returns the tree of /CaptureDir, without what is never captured
// ("DISM Configuration List and WimScript.ini Files").
func (r *run) captured() (*wim.Node, wim.ImageInfo, error) {
	var info wim.ImageInfo
	dir, err := r.need("CaptureDir")
	if err != nil {
		return nil, info, err
	}
	if info.Name, err = r.need("Name"); err != nil {
		return nil, info, err
	}
	info.Description, _ = r.args.get("Description")
	info.Created, info.Modified = r.now(), r.now()
	excluded := map[string]bool{"$ntfs.log": true, "hiberfil.sys": true, "pagefile.sys": true, "swapfile.sys": true,
		"system volume information": true, "recycler": true, "windows/csc": true}
	root, err := wim.CaptureDir(r.ctx, dir, wim.CaptureOptions{Exclude: func(path string, _ fs.DirEntry) bool { return excluded[strings.ToLower(path)] }})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, info, known(errPathNotFound, dir)
	case err == nil && len(root.Children) == 0:
		return nil, info, fail(errParameter, "The folder %s is empty.", dir)
	}
	return root, info, err
}

// appendImage adds an image of a folder to a file.
func (r *run) appendImage() error {
	name, err := r.need("ImageFile")
	if err != nil {
		return err
	}
	f, err := r.open(name)
	if err != nil {
		return err
	}
	n := len(f.Images())
	if err := f.Close(); err != nil {
		return err
	}
	root, info, err := r.captured()
	if err != nil {
		return err
	}
	r.out.line("Saving image")
	if err := r.midway(func() error { return writePart(name) }); err != nil {
		return err
	}
	info.Index = n + 1
	if err := wim.Update(r.ctx, name, wim.UpdateOptions{}, wim.Change{Index: n + 1, Root: root, Info: info}); err != nil {
		return err
	}
	r.out.progress()
	return nil
}

// applyImage extracts an image into a folder.
func (r *run) applyImage() error {
	dir, err := r.need("ApplyDir")
	if err != nil {
		return err
	}
	f, index, err := r.imageOf("ImageFile", "Index", "Name")
	if err != nil {
		return err
	}
	defer f.Close()
	if !isDir(dir) {
		return known(errPathNotFound, dir)
	}
	img, err := f.Image(index)
	if err != nil {
		return err
	}
	r.out.line("Applying image")
	if err := tree.Extract(r.ctx, img, dir, func() error { return r.midway(nil) }); err != nil {
		return err
	}
	r.out.progress()
	return nil
}

// deleteImage removes an image from a file. Those behind it move up.
func (r *run) deleteImage() error {
	f, index, err := r.imageOf("ImageFile", "Index", "Name")
	if err != nil {
		return err
	}
	defer f.Close()
	var kept []int
	for _, img := range f.Images() {
		if img.Index != index {
			kept = append(kept, img.Index)
		}
	}
	if len(kept) == 0 {
		return fail(errParameter, "The only image of a file can't be deleted.")
	}
	r.out.line("Deleting image")
	partial := f.Name() + ".tmp"
	o := wim.Options{Compression: f.Header().Compression, ChunkSize: f.Header().ChunkSize, Integrity: f.HasIntegrityTable()}
	if err := r.create(partial, func(w io.WriteSeeker) error { return wim.Export(r.ctx, w, f, kept, o) }); err != nil {
		return err
	}
	if err := errors.Join(f.Close(), os.Rename(partial, f.Name())); err != nil {
		return err
	}
	r.out.progress()
	return nil
}

// splitImage writes a file in parts of up to as many megabytes.
func (r *run) splitImage() error {
	name, err := r.need("ImageFile")
	if err != nil {
		return err
	}
	first, err := r.need("SWMFile")
	if err != nil {
		return err
	}
	text, _ := r.args.get("FileSize")
	size, err := strconv.ParseInt(text, 10, 32)
	if err != nil || size < 1 {
		return missingOption("filesize")
	}
	f, err := r.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r.out.line("Splitting image")
	if err := split(r.ctx, f, first, size<<20); err != nil {
		return err
	}
	r.out.progress()
	return nil
}

func split(ctx context.Context, f *wim.File, first string, size int64) error {
	b, err := wim.NewBuilder(wim.Options{Compression: f.Header().Compression, ChunkSize: f.Header().ChunkSize, BootIndex: f.Header().BootIndex, XML: f.XML()})
	if err != nil {
		return err
	}
	for _, info := range f.Images() {
		img, err := f.Image(info.Index)
		if err == nil {
			err = b.AddImage(img.Root, info, f)
		}
		if err != nil {
			return err
		}
	}
	var parts []*os.File
	err = b.WriteParts(ctx, size, func() (wim.PartWriter, error) {
		part, err := os.Create(filepath.Clean(wim.PartName(first, len(parts)+1)))
		if err == nil {
			parts = append(parts, part)
		}
		return part, err
	})
	for _, part := range parts {
		err = errors.Join(err, part.Close())
	}
	return err
}
