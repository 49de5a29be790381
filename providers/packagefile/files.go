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
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// namedDigest is a name as the Microsoft Update Catalog gives it, with the SHA-1
// of the file.
var namedDigest = regexp.MustCompile(`(?i)_([0-9a-f]{40})\.(?:msu|cab)$`)

// Digest identifies the content of a file by its SHA-256, which must be that file
// of which the name tells the SHA-1; and of a folder by that of a list of its
// files.
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
		return "", providers.Problemf(attr, "Damaged package", "By its name the SHA-1 of %s is %s, but it is %s. The file is damaged or incomplete, or has got the name of another one; download it again.", name, strings.ToLower(m[1]), d.SHA1)
	}
	return d.SHA256, nil
}

// Staged is what is copied into an image, and what DISM is given of it, in order.
type Staged struct {
	Payload image.Payload
	Add     []string // names in the payload; one that is empty is its folder
}

// Stage says what is copied of a file or folder that has still the digest it had.
// The packages of a .msu file are copied one by one where that will do.
func Stage(ctx context.Context, host providers.Host, attr, name, digest string) (Staged, error) {
	now, err := Digest(ctx, host, attr, name)
	if err != nil {
		return Staged{}, err
	}
	if now != digest {
		return Staged{}, fmt.Errorf("%s was changed since the plan was made; plan again", name)
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

// unnamed is what the copy of a package is called whose own name DISM may not take.
const unnamed = "package"

// StageFile says that a file is copied as it is; it is called other if its name
// is none that DISM is sure to take.
func StageFile(ctx context.Context, host providers.Host, name, other string) (Staged, error) {
	packages, err := msu.Inspect(host.Path(name))
	if err != nil {
		return Staged{}, err
	}
	ext := ".msu"
	if !strings.Contains(packages[0].Path, "/") {
		ext = ".cab" // a package itself, not a file of packages
	}
	as := plainName(name, other, ext)
	f, err := hostFile(ctx, host, name, as)
	return Staged{image.Payload{Files: []image.PayloadFile{f}}, []string{as}}, err
}

// stageCabinets says that the packages of a .msu file are copied by themselves.
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
			return providers.Problemf(attr, "Not a usable package", "%s has a name with characters other than ASCII, which no file of a package has. Expand the package into an empty folder.", file)
		}
		if len(files) == maxFiles {
			return providers.Problemf(attr, "Not a usable package", "%s holds more than %d files, which takes too long at the first boot. Name the .cab or .msu file itself.", name, maxFiles)
		}
		f, err := hostFile(ctx, host, path.Join(filepath.ToSlash(name), inner), inner)
		files = append(files, f)
		return err
	})
	if err == nil {
		if err := (image.Payload{Files: files}).Check(); err != nil {
			return nil, providers.Problemf(attr, "Unsuitable name of a file", "It can't be used at the first boot: %v.", err)
		}
	}
	return files, err
}

// maxFiles is how many files the folder of an expanded package may have: each of
// them is digested at the first boot by a program of its own.
const maxFiles = 20000

var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$`)

// plainName is the name of a file, with the extension that DISM goes by; another
// one if it is not plain.
func plainName(name, other, ext string) string {
	base := path.Base(filepath.ToSlash(name))
	base = strings.TrimSuffix(base, path.Ext(base))
	if !plain.MatchString(base) {
		base = other
	}
	return base + ext
}
