package fetch

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/work"
)

// What an archive may unpack to, so that a small one can't fill the disk.
const (
	maxRatio  = 100 // times its own size
	moreBytes = 64 << 20
)

// unpacked returns the folder that an archive in the cache unpacks to.
func (f *Fetcher) unpacked(ctx context.Context, a address.Address, got Content) (Content, error) {
	origin := "unpacked " + got.SHA256
	found, err := f.Cache.Find(ctx, origin)
	if err == nil && found == nil {
		var c cache.Copy
		c, err = f.Cache.Fetch(ctx, cache.Fetch{
			Origin: origin, Name: a.Shown(),
			Fill: func(dir, _ string) (string, error) {
				name := stem(filepath.Base(got.Path))
				if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
					return "", err
				}
				return name, unpack(ctx, got.Path, filepath.Base(got.Path), filepath.Join(dir, name), min(got.Size*maxRatio+moreBytes, f.Cache.Limit()))
			},
			Admit: func(cache.Copy) ([]string, string, error) { return nil, "", nil },
		})
		found = &c
	}
	if err != nil {
		return Content{}, err
	}
	got.Path, got.Root, got.Files = found.Path, found.Path, found.Files
	return got, nil
}

// extensions are those of archives.
var extensions = []string{".zip", ".tar", ".tar.gz", ".tgz"}

// stem is the name of an archive without its extension.
func stem(name string) string {
	for _, ext := range extensions {
		if n := len(name) - len(ext); n > 0 && strings.EqualFold(name[n:], ext) {
			return address.FileName(name[:n])
		}
	}
	return name
}

// unpack unpacks an archive into a folder, with at most so many bytes.
func unpack(ctx context.Context, archive, name, dir string, limit int64) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	in, err := regular.Open(archive)
	if err != nil {
		return err
	}
	defer in.Close()
	u := &unpacker{ctx: ctx, root: root, left: limit}
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".zip"):
		err = u.zip(in)
	case strings.HasSuffix(lower, ".tar"):
		err = u.tar(in)
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		var z *gzip.Reader
		if z, err = gzip.NewReader(in); err == nil {
			err = errors.Join(u.tar(z), z.Close())
		}
	default:
		return fmt.Errorf("%s is no archive that gild unpacks; the // in the address is for %s", name, strings.Join(extensions, ", "))
	}
	if err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	return nil
}

// unpacker puts files into a folder.
type unpacker struct {
	ctx   context.Context
	root  *os.Root
	left  int64 // bytes that may still come
	files int
}

func (u *unpacker) zip(in *os.File) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(in, info.Size())
	if err != nil {
		return err
	}
	for _, f := range z.File {
		open := func() (io.ReadCloser, error) { return f.Open() }
		if err := u.add(f.Name, f.Mode(), open); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) tar(in io.Reader) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		mode := h.FileInfo().Mode()
		switch h.Typeflag {
		case tar.TypeXGlobalHeader: // git archive writes the commit there
			continue
		case tar.TypeLink:
			mode |= fs.ModeSymlink
		}
		if err := u.add(h.Name, mode, func() (io.ReadCloser, error) { return io.NopCloser(t), nil }); err != nil {
			return err
		}
	}
}

// add adds a file or folder.
func (u *unpacker) add(name string, mode fs.FileMode, open func() (io.ReadCloser, error)) error {
	if err := u.ctx.Err(); err != nil {
		return err
	}
	if u.files++; u.files > cache.MaxFiles {
		return fmt.Errorf("it has more than %d files", cache.MaxFiles)
	}
	clean := strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/")
	if clean == "" || clean == "." {
		return nil
	}
	if !fs.ValidPath(clean) {
		return fmt.Errorf("it has %q, which leads out of the folder", name)
	}
	for part := range strings.SplitSeq(clean, "/") {
		if address.FileName(part) != part {
			return fmt.Errorf("it has %q, which not every system can name like that", name)
		}
	}
	switch {
	case mode.IsDir():
		return u.root.MkdirAll(clean, 0o777)
	case !mode.IsRegular():
		return fmt.Errorf("it has %q, which is %s; only files and folders are unpacked", name, regular.Kind(mode))
	}
	if err := u.root.MkdirAll(path.Dir(clean), 0o777); err != nil {
		return err
	}
	in, err := open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := u.root.OpenFile(clean, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	n, err := work.Copy(u.ctx, out, io.LimitReader(in, u.left+1))
	if u.left -= n; u.left < 0 {
		err = errors.New("it unpacks to far more bytes than an honest archive of its size")
	}
	return errors.Join(err, out.Close())
}
