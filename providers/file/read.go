package file

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// read takes digests from the image; it reads no content.
func read(_ context.Context, s image.Session, want resource) (*resource, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	named := want.Path
	if want.Path, err = want.spell(files); err != nil {
		return nil, err
	}
	have, err := want.readSpelled(files)
	if have != nil {
		have.Path = named
	}
	return have, err
}

// readSpelled is read for a path in the image's spelling.
func (r *resource) readSpelled(files image.Files) (*resource, error) {
	want := *r
	info, err := files.Stat(want.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, want.reachable(files)
	}
	if err != nil {
		return nil, err
	}
	meta, err := files.Meta(want.Path)
	if err != nil {
		return nil, err
	}
	if err := want.fits(info, meta); err != nil {
		return nil, err
	}
	have := &resource{Path: want.Path}
	have.haveMeta(meta)
	if info.IsDir() {
		folder := true
		have.Directory = &folder
		if want.Files == nil {
			return have, nil
		}
		return have, have.readTree(files, want)
	}
	if meta.Attributes&image.ReparsePoint != 0 { // to be removed; its target is no content
		return have, nil
	}
	return have, have.readFile(files, info)
}

// wanted reports whether a file or a folder is wanted; neither if nothing shall
// exist.
func (r *resource) wanted() (file, folder bool) {
	return r.SHA1 != nil, providers.Is(r.Directory, true) || r.Files != nil
}

// reachable returns an error if a missing file can't be created: it must be below folders, not
// links, whose target may be another one when Windows runs.
func (r *resource) reachable(files image.Files) error {
	if file, folder := r.wanted(); !file && !folder {
		return nil
	}
	for dir := path.Dir(r.Path); dir != "."; dir = path.Dir(dir) {
		info, err := files.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		meta, err := files.Meta(dir)
		switch {
		case err != nil:
			return err
		case meta.Attributes&image.ReparsePoint != 0:
			return inTheWay(dir, "a link")
		case !info.IsDir():
			return inTheWay(dir, "a file")
		}
		return nil
	}
	return nil
}

// fits returns an error if writing can't turn what exists into what is wanted.
func (r *resource) fits(info fs.FileInfo, meta image.Meta) error {
	wantsFile, wantsFolder := r.wanted()
	is := ""
	switch {
	case (wantsFile || wantsFolder) && meta.Attributes&image.ReparsePoint != 0:
		is = "a link"
	case wantsFile && info.IsDir():
		is = "a folder"
	case wantsFolder && !info.IsDir():
		is = "a file"
	default:
		return nil
	}
	return inTheWay(r.Path, is)
}

func inTheWay(name, is string) error {
	return &providers.Problem{Attr: "path", Summary: "Something else is there",
		Detail: fmt.Sprintf(`In the image %s is %s. Choose another path, or another image.`, name, is)}
}

func (r *resource) readFile(files image.Files, info fs.FileInfo) error {
	digest, err := fileDigest(files, r.Path)
	size := info.Size()
	r.SHA1, r.Size = &digest, &size
	return err
}

func fileDigest(files image.Files, name string) (string, error) {
	sum, err := files.SHA1(name)
	return hex.EncodeToString(sum[:]), err
}

// readTree reads what exists of the wanted tree.
func (r *resource) readTree(files image.Files, want resource) error {
	r.Files = map[string]string{}
	attributes, modified := want.Attributes, want.Modified
	spelling := newSpelling(files)
	for _, name := range slices.Sorted(maps.Keys(want.Files)) {
		full := r.Path + "/" + nameOf(strings.TrimSuffix(name, "/"))
		if err := spelling.check(full); err != nil {
			return err
		}
		digest, err := readEntry(files, full, strings.HasSuffix(name, "/"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		r.Files[name] = digest
		if digest == folderMark {
			continue
		}
		meta, err := files.Meta(full)
		if err != nil {
			return err
		}
		// One file represents all whose attributes or time differ.
		r.haveMeta(meta)
		if attributes != nil && !sameSet(r.Attributes, want.Attributes) {
			attributes = r.Attributes
		}
		if modified != nil && *r.Modified != *want.Modified {
			modified = r.Modified
		}
	}
	r.Attributes, r.Modified = attributes, modified
	if !providers.Is(want.Purge, true) {
		return nil
	}
	return extras(files, want, func(name, digest string) error {
		r.Files[mapKey(name)] = digest
		return nil
	})
}

// readEntry returns the digest of one of the wanted files.
func readEntry(files image.Files, name string, folder bool) (string, error) {
	info, err := files.Stat(name)
	switch {
	case err != nil:
		return "", err
	case folder && !info.IsDir():
		return "", inTheWay(name, "a file")
	case folder:
		return folderMark, nil
	case info.IsDir():
		return "", inTheWay(name, "a folder")
	}
	return fileDigest(files, name)
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// extras calls found for all files and empty folders that are in the image's
// folder and not in the wanted tree.
func extras(files image.Files, want resource, found func(name, digest string) error) error {
	wanted := map[string]bool{} // upper-case names, including the folders above
	for name := range want.Files {
		for name = nameOf(strings.TrimSuffix(name, "/")); name != "" && !wanted[nt.Fold(name)]; {
			wanted[nt.Fold(name)] = true
			name = name[:max(strings.LastIndexByte(name, '/'), 0)]
		}
	}
	return fs.WalkDir(files, want.Path, func(full string, d fs.DirEntry, err error) error {
		if err != nil || full == want.Path {
			return err
		}
		name := full[len(want.Path)+1:]
		if wanted[nt.Fold(name)] {
			return nil
		}
		if d.IsDir() {
			inside, err := files.ReadDir(full)
			if err != nil || len(inside) > 0 {
				return err
			}
			return found(name+"/", folderMark)
		}
		if !d.Type().IsRegular() {
			return found(name, "link")
		}
		digest, err := fileDigest(files, full)
		if err != nil {
			return err
		}
		return found(name, digest)
	})
}
