package driverstore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// content is a file of a package, read once for its digest.
type content struct {
	File
	sha1 [20]byte
}

// contents are the files of a package with its INF, in the order of their paths.
type contents []content

// readContents reads the files of a package and checks that none is missing.
func readContents(ctx context.Context, pkg Import) (contents, error) {
	if strings.ContainsAny(pkg.Name, `/\`) {
		return nil, fmt.Errorf("INF file %q: the name contains a slash", pkg.Name)
	}
	all := contents{{File: File{Path: pkg.Name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(pkg.INF)), nil }}}}
	for _, f := range pkg.Files {
		all = append(all, content{File: f})
	}
	for i := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := all[i].read(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b content) int { return nt.Compare(a.Path, b.Path) })
	for i := range all[1:] {
		if nt.Equal(all[i].Path, all[i+1].Path) {
			return nil, fmt.Errorf("file %s is listed twice", all[i].Path)
		}
	}
	return all, all.complete(pkg)
}

func (c *content) read() error {
	if clean, err := image.CleanPath(c.Path); err != nil {
		return err
	} else if clean != c.Path {
		return fmt.Errorf("path %q of a package's file: does not have the form %q", c.Path, clean)
	}
	in, err := c.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	h := sha1.New()
	if _, err := io.Copy(h, in); err != nil {
		return fmt.Errorf("file %s: %w", c.Path, err)
	}
	c.sha1 = [20]byte(h.Sum(nil))
	return nil
}

// complete checks that every file that the INF file names is in the package.
func (c contents) complete(pkg Import) error {
	for _, f := range pkg.Package.Files {
		if c.find(f.Path) == nil {
			return fmt.Errorf("line %d: file %s is not in the package", f.Line, f.Path)
		}
	}
	if c.find(pkg.Package.Catalog) == nil {
		return fmt.Errorf("catalogue %s is not in the package", pkg.Package.Catalog)
	}
	return nil
}

func (c contents) find(path string) *content {
	i, ok := slices.BinarySearchFunc(c, path, func(c content, path string) int { return nt.Compare(c.Path, path) })
	if !ok {
		return nil
	}
	return &c[i]
}

// write writes the files into a folder of the image.
func (c contents) write(ctx context.Context, files image.Files, folder string) error {
	made := map[string]bool{}
	for _, f := range c {
		if err := ctx.Err(); err != nil {
			return err
		}
		if dir := path.Dir(folder + "/" + f.Path); !made[dir] {
			if err := files.MkdirAll(dir, image.Meta{}); err != nil {
				return err
			}
			made[dir] = true
		}
		if err := f.write(files, folder+"/"+f.Path); err != nil {
			return err
		}
	}
	return nil
}

// errChanged is the error of a file that changed since it was first read.
var errChanged = errors.New("was changed while it was being read")

// write writes the file under a name of the image.
func (c *content) write(files image.Files, name string) error {
	in, err := c.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	if err := files.WriteFile(name, in, image.Meta{}); err != nil {
		return err
	}
	sum, err := files.SHA1(name)
	if err == nil && sum != c.sha1 {
		err = fmt.Errorf("file %s: %w", c.Path, errChanged)
	}
	return err
}

// differs returns the first file of the package that a folder of the image does not
// have with the same content; empty if it has all.
func (c contents) differs(files image.Files, folder string) string {
	for _, f := range c {
		if sum, err := files.SHA1(folder + "/" + f.Path); err != nil || sum != f.sha1 {
			return f.Path
		}
	}
	return ""
}
