// Package bundle reads and writes bundles: ZIP files with a configuration and all that goes
// into its images. What is in one is listed in its first member, with size and SHA-256. The
// content is stored as it is, so that any program for ZIP files can take it out. Equal
// contents make equal bundles.
package bundle

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/work"
)

// File is a file of a bundle.
type File struct {
	Name   string `json:"name"` // with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	From   string `json:"-"` // where it is, when a bundle is written
}

// Index lists what is in a bundle.
type Index struct {
	Version int    `json:"version"`
	Root    string `json:"root"` // the folder of the configuration
	Files   []File `json:"files"`
	// Absent are source images that are needed and not in it. Their names are relative to
	// the configuration.
	Absent []File `json:"absent"`
}

const (
	version   = 1
	indexFile = "gild.bundle.json"
	maxIndex  = 64 << 20
)

// Write writes a bundle. A file that is not what the index says is an error.
func Write(ctx context.Context, name string, index Index) (err error) {
	index.Version = version
	slices.SortFunc(index.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	if index.Absent == nil {
		index.Absent = []File{}
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	out, err := durable.Create(name)
	if err != nil {
		return err
	}
	defer out.Discard()
	z := zip.NewWriter(out)
	if err := member(ctx, z, File{Name: indexFile, Size: int64(len(text))}, strings.NewReader(string(text))); err != nil {
		return err
	}
	for _, f := range index.Files {
		in, err := regular.Open(f.From)
		if err != nil {
			return err
		}
		if err := errors.Join(member(ctx, z, f, in), in.Close()); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Commit()
}

// epoch is the first time that a ZIP file can have.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func member(ctx context.Context, z *zip.Writer, f File, in io.Reader) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store, Modified: epoch})
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := work.Copy(ctx, io.MultiWriter(w, sum), in)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != f.Size || f.SHA256 != "" && got != f.SHA256 {
		return fmt.Errorf("%s was changed while it was read; run gild bundle again when it is complete", f.From)
	}
	return nil
}

// Bundle is an open bundle.
type Bundle struct {
	Index
	ID      string // the SHA-256 of its list
	zip     *zip.ReadCloser
	members map[string]*zip.File
}

// Open opens a bundle whose list can be read, and whose members are those of the list. Its
// contents are compared when they are extracted.
func Open(name string) (*Bundle, error) {
	z, err := zip.OpenReader(name)
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s is no bundle, or a part of it is missing at the end; copy it again", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b := &Bundle{zip: z, members: map[string]*zip.File{}}
	if err := b.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), z.Close())
	}
	return b, nil
}

// Close closes the bundle.
func (b *Bundle) Close() error { return b.zip.Close() }

func (b *Bundle) read() error {
	if len(b.zip.File) == 0 || b.zip.File[0].Name != indexFile || b.zip.File[0].UncompressedSize64 > maxIndex {
		return fmt.Errorf("it is no bundle of gild: it does not begin with %s", indexFile)
	}
	in, err := b.zip.File[0].Open()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(in, maxIndex))
	if err = errors.Join(err, in.Close()); err == nil {
		err = json.Unmarshal(text, &b.Index)
	}
	if err != nil {
		return fmt.Errorf("its list can't be read: %w", err)
	}
	if b.Version != version {
		return fmt.Errorf("it has version %d, and this gild reads version %d", b.Version, version)
	}
	sum := sha256.Sum256(text)
	b.ID = hex.EncodeToString(sum[:])
	return b.check()
}

// check compares the members with the list.
func (b *Bundle) check() error {
	if len(b.zip.File) > cache.MaxFiles || len(b.Files) > cache.MaxFiles {
		return fmt.Errorf("it has more than %d files", cache.MaxFiles)
	}
	for _, f := range b.zip.File[1:] {
		if b.members[f.Name] != nil {
			return fmt.Errorf("it has %q twice", f.Name)
		}
		b.members[f.Name] = f
	}
	if b.Root != "." && !safe(b.Root) {
		return fmt.Errorf("the folder %q leads out of it", b.Root)
	}
	var missing []string
	listed := map[string]bool{}
	for _, f := range b.Files {
		m := b.members[f.Name]
		switch {
		case !safe(f.Name):
			return fmt.Errorf("the name %q leads out of it, or not every system can have it", f.Name)
		case listed[f.Name]:
			return fmt.Errorf("its list has %q twice", f.Name)
		case m == nil:
			missing = append(missing, fmt.Sprintf("%s (sha256:%s)", f.Name, f.SHA256))
		case m.Method != zip.Store || m.UncompressedSize64 != uint64(f.Size) || m.CompressedSize64 != m.UncompressedSize64 || !m.Mode().IsRegular(): // #nosec G115 -- compared as they are
			return fmt.Errorf("%s is not what its list says", f.Name)
		}
		listed[f.Name] = true
	}
	if len(missing) > 0 {
		return fmt.Errorf("it is incomplete: it lacks %s", strings.Join(missing, ", "))
	}
	for name := range b.members {
		if !listed[name] {
			return fmt.Errorf("it has %q, which is not in its list", name)
		}
	}
	return nil
}

// safe tells whether a name stays in the folder, on every system.
func safe(name string) bool {
	return fs.ValidPath(name) && name != "." && !slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return address.FileName(part) != part })
}

// Extract puts all files into a folder. A file with another content is an error.
func (b *Bundle) Extract(ctx context.Context, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.FromSlash(b.Root), 0o777); err != nil {
		return err
	}
	for _, f := range b.Files {
		if err := b.extract(ctx, root, f); err != nil {
			return fmt.Errorf("%s in the bundle: %w", f.Name, err)
		}
	}
	return nil
}

func (b *Bundle) extract(ctx context.Context, root *os.Root, f File) error {
	if err := root.MkdirAll(filepath.FromSlash(path.Dir(f.Name)), 0o777); err != nil {
		return err
	}
	in, err := b.members[f.Name].Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := root.OpenFile(filepath.FromSlash(f.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := work.Copy(ctx, io.MultiWriter(out, sum), io.LimitReader(in, f.Size+1))
	if errors.Is(err, zip.ErrChecksum) || err == nil && (n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256) {
		err = fmt.Errorf("it is damaged: it is not sha256:%s; copy the bundle again", f.SHA256)
	}
	return errors.Join(err, out.Close())
}
