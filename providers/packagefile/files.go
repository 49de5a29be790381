package packagefile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// namedDigest matches a name as the Microsoft Update Catalog gives it, with the SHA-1 of the file.
var namedDigest = regexp.MustCompile(`(?i)_([0-9a-f]{40})\.(?:msu|cab)$`)

// Digest identifies the content of a file by its SHA-256, and that of a folder by the digest of a
// list of its files. If the name of a file contains a SHA-1, the file must have it.
func Digest(ctx context.Context, host providers.Host, attr, name string) (string, error) {
	info, err := os.Stat(host.Path(name))
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		files, err := folder(ctx, host, attr, name)
		if err != nil {
			return "", err
		}
		sum := sha256.New()
		for _, f := range files {
			fmt.Fprintf(sum, "%s %s\n", f.SHA256, f.Name)
		}
		return hex.EncodeToString(sum.Sum(nil)), nil
	}
	d, err := host.Digest(ctx, name)
	if err != nil {
		return "", err
	}
	if m := namedDigest.FindStringSubmatch(name); m != nil && !strings.EqualFold(m[1], d.SHA1) {
		return "", providers.Problemf(attr, "Damaged package", "The name of %s says that its SHA-1 is %s, but it is %s. The file is damaged, incomplete or misnamed; download it again.", name, strings.ToLower(m[1]), d.SHA1)
	}
	return d.SHA256, nil
}

// Staged is what is copied into an image, and what of it DISM gets, in order.
type Staged struct {
	Payload image.Payload
	Add     []string // names in the payload; an empty one is its folder
}

// Stage returns what to copy of a file or folder, which must still have its digest. If possible,
// the packages in a .msu file are copied one by one.
func Stage(ctx context.Context, host providers.Host, attr, name, digest string) (Staged, error) {
	now, err := Digest(ctx, host, attr, name)
	if err != nil {
		return Staged{}, err
	}
	if now != digest {
		return Staged{}, fmt.Errorf("%s has changed since the plan; plan again", name)
	}
	info, err := os.Stat(host.Path(name))
	if err != nil {
		return Staged{}, err
	}
	if info.IsDir() {
		files, err := folder(ctx, host, attr, name)
		return Staged{image.Payload{Files: files}, []string{""}}, err
	}
	cabinets, err := msu.Cabinets(host.Path(name))
	switch {
	case err != nil:
		return Staged{}, err
	case len(cabinets) > 0:
		return stageCabinets(ctx, host.Path(name), cabinets)
	}
	return StageFile(ctx, host, name, unnamed)
}

// unnamed is the name of a package's copy if DISM may not accept the package's own name.
const unnamed = "package"

// StageFile returns a file to copy unchanged, under the name other if DISM may not accept its own
// name.
func StageFile(ctx context.Context, host providers.Host, name, other string) (Staged, error) {
	packages, err := msu.Inspect(host.Path(name))
	if err != nil {
		return Staged{}, err
	}
	ext := ".msu"
	if !strings.Contains(packages[0].Path, "/") {
		ext = ".cab" // the file is a package itself, not a file of packages
	}
	as := plainName(name, other, ext)
	f, err := hostFile(ctx, host, name, as)
	return Staged{image.Payload{Files: []image.PayloadFile{f}}, []string{as}}, err
}

// stageCabinets returns the packages in a .msu file, to copy one by one.
func stageCabinets(ctx context.Context, file string, cabinets []string) (Staged, error) {
	var out Staged
	for i, inner := range cabinets {
		open := func() (io.ReadCloser, error) { return msu.OpenFile(file, inner) }
		name := plainName(inner, fmt.Sprintf("package-%d", i+1), ".cab")
		f, err := measured(ctx, name, open)
		if err != nil {
			return Staged{}, err
		}
		out.Payload.Files = append(out.Payload.Files, f)
		out.Add = append(out.Add, name)
	}
	return out, nil
}

// measured reads content for its size and digest.
func measured(ctx context.Context, name string, open func() (io.ReadCloser, error)) (image.PayloadFile, error) {
	r, err := open()
	if err != nil {
		return image.PayloadFile{}, err
	}
	defer r.Close()
	sum := sha256.New()
	var size int64
	for {
		n, err := io.CopyN(sum, r, 1<<20)
		size += n
		if err == io.EOF {
			return image.PayloadFile{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil)), Open: open}, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return image.PayloadFile{}, err
		}
	}
}

func hostFile(ctx context.Context, host providers.Host, name, as string) (image.PayloadFile, error) {
	d, err := host.Digest(ctx, name)
	open := func() (io.ReadCloser, error) { return regular.Open(host.Path(name)) }
	return image.PayloadFile{Name: as, Size: d.Size, SHA256: d.SHA256, Open: open}, err
}

// folder returns the files of an expanded package, in the order of their names.
func folder(ctx context.Context, host providers.Host, attr, name string) ([]image.PayloadFile, error) {
	root := host.Path(name)
	var files []image.PayloadFile
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		inner, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		inner = filepath.ToSlash(inner)
		switch {
		case !regular.Entry(file, d).Type().IsRegular():
			return providers.Problemf(attr, "Not a usable package", "%s is neither a file nor a folder.", file)
		case strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r > '~' }):
			return providers.Problemf(attr, "Not a usable package", "The name of %s has characters other than ASCII, as no file of a package has. Expand the package into an empty folder.", file)
		}
		if len(files) == maxFiles {
			return providers.Problemf(attr, "Not a usable package", "%s holds more than %d files, which would take too long at the first boot. Name the .cab or .msu file itself.", name, maxFiles)
		}
		f, err := hostFile(ctx, host, address.Join(name, inner), inner)
		files = append(files, f)
		return err
	})
	if err == nil {
		if err := (image.Payload{Files: files}).Check(); err != nil {
			return nil, providers.Problemf(attr, "Unsuitable file name", "It can't be used at the first boot: %v.", err)
		}
	}
	return files, err
}

// maxFiles is how many files the folder of an expanded package may have: at the first boot, a
// program is started for each file to digest it.
const maxFiles = 20000

var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$`)

// plainName returns the name of a file, or another one with the same extension if the name is not
// plain. DISM decides by the extension.
func plainName(name, other, ext string) string {
	base := address.Name(name)
	base = strings.TrimSuffix(base, path.Ext(base))
	if !plain.MatchString(base) {
		base = other
	}
	return base + ext
}
