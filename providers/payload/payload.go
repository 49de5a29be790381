// Package payload finds and reads payloads: files and folders of the machine gild runs on. It
// returns them as [image.Payload] values for the first boot, or as bytes, and turns what is wrong
// into problems of the attribute that names the payload.
package payload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// maxFiles is how many files a payload folder may have; a folder with more is probably the wrong
// one.
const maxFiles = 20000

// File returns a file as part of a payload, under its own name. attr is the attribute that names
// it.
func File(ctx context.Context, host providers.Host, attr, name string) (image.PayloadFile, error) {
	if _, err := Stat(host, attr, name); err != nil {
		return image.PayloadFile{}, err
	}
	f, err := file(ctx, host, name, filepath.Base(host.Path(name)))
	if err != nil {
		return f, err
	}
	return f, check(attr, image.Payload{Files: []image.PayloadFile{f}})
}

// Stat finds a file.
func Stat(host providers.Host, attr, name string) (fs.FileInfo, error) {
	info, err := os.Stat(host.Path(name))
	if err != nil {
		return nil, missing(attr, "There is no file %q (%s).", name, host.Path(name), err)
	}
	if !regular.Is(info) {
		return nil, unsuitable(attr, "a file is needed", host.Path(name), info)
	}
	return info, nil
}

// Read returns the content of a file with at most most bytes. What says what such a file
// contains: "associations".
func Read(host providers.Host, attr, name string, most int64, what string) ([]byte, error) {
	info, err := Stat(host, attr, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, providers.Problemf(attr, "Invalid source", "%s has %d bytes; a file of %s has at most %d.", name, info.Size(), what, most)
	}
	return regular.Read(host.Path(name), most)
}

// check refuses names that the first boot can't handle.
func check(attr string, p image.Payload) error {
	if err := p.Check(); err != nil {
		return &providers.Problem{Attr: attr, Summary: "Unsuitable file name", Detail: fmt.Sprintf("It can't be used at the first boot: %v.", err)}
	}
	return nil
}

// Folder returns the files of a folder and of the folders below it that keep accepts, by their
// names in the folder, with slashes. A nil keep accepts all.
func Folder(ctx context.Context, host providers.Host, attr, name string, keep func(name string) bool) (image.Payload, error) {
	root := host.Path(name)
	info, err := os.Stat(root)
	if err != nil {
		return image.Payload{}, missing(attr, "There is no folder %q (%s).", name, root, err)
	}
	if !info.IsDir() {
		return image.Payload{}, unsuitable(attr, "a folder is needed", root, info)
	}
	var p image.Payload
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if keep != nil && !keep(rel) {
			return nil
		}
		if len(p.Files) == maxFiles {
			return &providers.Problem{Attr: attr, Summary: "Too many files", Detail: fmt.Sprintf("%s holds more than %d files. Name a folder with only the files that are needed.", name, maxFiles)}
		}
		one, err := fileAt(ctx, host, name, rel)
		p.Files = append(p.Files, one)
		return err
	})
	if err == nil && len(p.Files) == 0 {
		err = &providers.Problem{Attr: attr, Summary: "No files", Detail: fmt.Sprintf("%s holds none of the files that are needed.", name)}
	}
	if err != nil {
		return p, err
	}
	return p, check(attr, p)
}

func fileAt(ctx context.Context, host providers.Host, folder, rel string) (image.PayloadFile, error) {
	return file(ctx, host, address.Join(folder, rel), rel)
}

func file(ctx context.Context, host providers.Host, name, as string) (image.PayloadFile, error) {
	d, err := host.Digest(ctx, name)
	if err != nil {
		return image.PayloadFile{}, err
	}
	location := host.Path(name)
	return image.PayloadFile{Name: as, Size: d.Size, SHA256: strings.ToLower(d.SHA256),
		Open: func() (io.ReadCloser, error) { return regular.Open(location) }}, nil
}

// Planned refuses a file whose digest differs from the planned one.
func Planned(source, planned, now string) error {
	if planned != now {
		return fmt.Errorf("%s has changed since the plan; plan again", source)
	}
	return nil
}

// unsuitable is the error for a name of something else than is needed.
func unsuitable(attr, needed, location string, info fs.FileInfo) error {
	is := "a file"
	if !regular.Is(info) {
		is = regular.Kind(info.Mode())
	}
	return &providers.Problem{Attr: attr, Summary: "Invalid source", Detail: fmt.Sprintf("%s is %s, and %s.", location, is, needed)}
}

func missing(attr, text, name, location string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &providers.Problem{Attr: attr, Summary: "Source not found", Detail: fmt.Sprintf(text, name, location)}
}
