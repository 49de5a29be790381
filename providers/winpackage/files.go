package winpackage

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
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// staged is what is copied into the image, and what DISM is given of it, in
// order; the folder itself if that is one empty name.
type staged struct {
	payload image.Payload
	add     []string
}

// stage says what of a package is copied into an image whose cumulative update
// has the given version.
func (p *pkg) stage(ctx context.Context, host providers.Host, held string) (staged, error) {
	now, err := digest(ctx, host, "source", *p.Source)
	if err != nil {
		return staged{}, err
	}
	if *now != *p.Digest {
		return staged{}, fmt.Errorf("%s was changed since the plan was made; plan again", *p.Source)
	}
	file := host.Path(*p.Source)
	info, err := os.Stat(file)
	if err != nil {
		return staged{}, err
	}
	if info.IsDir() {
		files, err := folderFiles(ctx, host, *p.Source)
		return staged{image.Payload{Files: files}, []string{""}}, err
	}
	cabinets, err := msu.Cabinets(file)
	switch {
	case err != nil:
		return staged{}, err
	case len(cabinets) > 0 && len(p.CheckpointFiles) == 0:
		return stageCabinets(ctx, file, cabinets)
	}
	return p.stageFiles(ctx, host, held)
}

// stageFiles says that the file is copied, and beside it the checkpoints that the
// image lacks. DISM finds these by itself in the folder, and fails if it is given
// them.
func (p *pkg) stageFiles(ctx context.Context, host providers.Host, held string) (staged, error) {
	ext := ".msu"
	if packages, err := msu.Inspect(host.Path(*p.Source)); err != nil {
		return staged{}, err
	} else if !strings.Contains(packages[0].Path, "/") {
		ext = ".cab" // a package itself, not a file of packages
	}
	main := plainName(*p.Source, "package", ext)
	f, err := hostFile(ctx, host, *p.Source, main)
	if err != nil {
		return staged{}, err
	}
	out := staged{image.Payload{Files: []image.PayloadFile{f}}, []string{main}}
	for i, name := range p.CheckpointFiles {
		packages, err := msu.Inspect(host.Path(name))
		if err != nil {
			return staged{}, err
		}
		if held != "" && msu.CompareVersions(mainOf(packages).Identity.Version, held) <= 0 {
			continue
		}
		f, err := hostFile(ctx, host, name, plainName(name, fmt.Sprintf("checkpoint-%d", i+1), ".msu"))
		if err != nil {
			return staged{}, err
		}
		if f.SHA256 != p.CheckpointDigests[i] {
			return staged{}, fmt.Errorf("%s was changed since the plan was made; plan again", name)
		}
		out.payload.Files = append(out.payload.Files, f)
	}
	return out, nil
}

// stageCabinets says that the packages of a .msu file are copied by themselves.
func stageCabinets(ctx context.Context, file string, cabinets []string) (staged, error) {
	var out staged
	for i, inner := range cabinets {
		open := func() (io.ReadCloser, error) { return msu.OpenFile(file, inner) }
		name := plainName(inner, fmt.Sprintf("package-%d", i+1), ".cab")
		f, err := measured(ctx, name, open)
		if err != nil {
			return staged{}, err
		}
		out.payload.Files = append(out.payload.Files, f)
		out.add = append(out.add, name)
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
	open := func() (io.ReadCloser, error) { return os.Open(host.Path(name)) }
	return image.PayloadFile{Name: as, Size: d.Size, SHA256: d.SHA256, Open: open}, err
}

// folderFiles are the files of an expanded package, in the order of their names.
func folderFiles(ctx context.Context, host providers.Host, name string) ([]image.PayloadFile, error) {
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
		if !d.Type().IsRegular() {
			return problem("source", "Not a usable package", "%s is neither a file nor a folder.", file)
		}
		if strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r > '~' }) {
			return problem("source", "Not a usable package", "%s has a name of other characters than ASCII, which no file of a package has. Expand the package into a folder of its own.", file)
		}
		f, err := hostFile(ctx, host, path.Join(filepath.ToSlash(name), inner), inner)
		files = append(files, f)
		return err
	})
	return files, err
}

// listDigest is a digest of files with their names.
func listDigest(files []image.PayloadFile) string {
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%s %s\n", f.SHA256, f.Name)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

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
