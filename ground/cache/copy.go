package cache

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/work"
)

// survey lists the files at a path without reading their content.
func survey(ctx context.Context, root string) (manifest, error) {
	m := manifest{Base: filepath.Base(root)}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if len(m.Files) == MaxFiles {
			return fmt.Errorf("%s holds more than %d files; name a folder with only what is needed", root, MaxFiles)
		}
		f, err := look(root, name)
		m.Files = append(m.Files, f)
		return err
	})
	return m, err
}

func look(root, name string) (File, error) {
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return File{}, err
	}
	f := File{Name: path.Join(filepath.Base(root), filepath.ToSlash(rel))}
	info, err := regular.Lstat(name)
	if err == nil && name == root && info.Mode()&fs.ModeSymlink != 0 {
		info, err = regular.Stat(name) // the author means what the link leads to
	}
	if err != nil {
		return f, err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		f.Size, f.Modified = info.Size(), info.ModTime()
	case mode.IsDir():
		f.Folder = true
	case mode&fs.ModeSymlink != 0:
		f.Link, err = os.Readlink(name)
	default:
		err = fmt.Errorf("%s is neither a file nor a folder", name)
	}
	return f, err
}

// copy copies the surveyed files into a folder, and fills in the digests.
func (m *manifest) copy(ctx context.Context, root, dir string) error {
	for i := range m.Files {
		f := &m.Files[i]
		from := filepath.Join(filepath.Dir(root), filepath.FromSlash(f.Name))
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		var err error
		switch {
		case f.Folder:
			err = os.MkdirAll(to, 0o777)
		case f.Link != "":
			err = os.Symlink(f.Link, to)
		default:
			err = f.copy(ctx, from, to)
		}
		if err != nil {
			return err
		}
	}
	return m.syncFolders(dir)
}

func (m *manifest) syncFolders(dir string) error {
	for i := len(m.Files) - 1; i >= 0; i-- { // folders after what is in them
		if f := m.Files[i]; f.Folder {
			if err := durable.SyncDir(filepath.Join(dir, filepath.FromSlash(f.Name))); err != nil {
				return err
			}
		}
	}
	return nil
}

// copy copies a file. A change since it was listed is an error.
func (f *File) copy(ctx context.Context, from, to string) error {
	in, err := regular.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	copied, err := f.digest(ctx, in, out)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	after, err := os.Stat(from)
	if err != nil {
		return err
	}
	if copied != f.Size || after.Size() != f.Size || !after.ModTime().Equal(f.Modified) {
		return fmt.Errorf("%s was changed while it was copied; run gild again when it is complete", from)
	}
	return nil
}

// digest copies content, sets its digests and returns its length.
func (f *File) digest(ctx context.Context, in io.Reader, out io.Writer) (int64, error) {
	long, short := sha256.New(), sha1.New()
	n, err := work.Copy(ctx, io.MultiWriter(out, long, short), in)
	if err != nil {
		return n, err
	}
	f.SHA256, f.SHA1 = hex.EncodeToString(long.Sum(nil)), hex.EncodeToString(short.Sum(nil))
	return n, nil
}
