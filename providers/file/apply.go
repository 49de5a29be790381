package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

func apply(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[resource]) error {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	r := &c.Want
	if r.Path, err = r.spell(files); err != nil {
		return err
	}
	switch {
	case c.Action == providers.Delete:
		return remove(files, r.Path)
	case providers.Is(r.Directory, true):
		return r.makeFolder(files)
	case r.Files != nil:
		return r.copyTree(ctx, files, host)
	case r.Content != nil:
		return r.write(files, r.Path, *r.SHA1, func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(r.text())), nil
		})
	}
	return r.write(files, r.Path, *r.SHA1, opener(ctx, host, *r.Source, *r.Digest))
}

func remove(files image.Files, name string) error {
	if err := files.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (r *resource) makeFolder(files image.Files) error {
	if err := files.MkdirAll(path.Dir(r.Path), image.Meta{}); err != nil {
		return err
	}
	if err := files.MkdirAll(r.Path, r.wantedMeta()); err != nil {
		return err
	}
	return r.setMeta(files, r.Path)
}

// write writes a file as wanted. It does not write content that is there already.
func (r *resource) write(files image.Files, name, sha1 string, open func() (io.ReadCloser, error)) error {
	if have, err := fileDigest(files, name); err == nil && have == sha1 {
		return r.setMeta(files, name)
	}
	content, err := open()
	if err != nil {
		return err
	}
	defer content.Close()
	if err := files.MkdirAll(path.Dir(name), image.Meta{}); err != nil {
		return err
	}
	return files.WriteFile(name, content, r.wantedMeta())
}

// copyTree copies the source folder if it has not changed since the plan was made.
func (r *resource) copyTree(ctx context.Context, files image.Files, host providers.Host) error {
	t, err := walkSource(ctx, host, *r.Source)
	if err != nil {
		return err
	}
	if t.digest() != *r.Digest {
		return fmt.Errorf("%s has changed since the plan; plan again", address.Join(*r.Source, t.changed(r.Files)))
	}
	if err := files.MkdirAll(r.Path, image.Meta{}); err != nil {
		return err
	}
	for _, e := range t {
		full := r.Path + "/" + e.name
		if e.folder {
			err = files.MkdirAll(full, image.Meta{})
		} else {
			err = r.write(files, full, e.digest.SHA1, opener(ctx, host, e.source, e.digest.SHA256))
		}
		if err != nil {
			return err
		}
	}
	if !providers.Is(r.Purge, true) {
		return nil
	}
	return r.purge(files)
}

// changed returns the first name that differs between the tree and a manifest.
func (t tree) changed(planned map[string]string) string {
	now := t.manifest()
	var names []string
	for name, digest := range now {
		if planned[name] != digest {
			names = append(names, name)
		}
	}
	for name := range planned {
		if _, ok := now[name]; !ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

// purge removes files that are not wanted, and unwanted folders that are empty
// then.
func (r *resource) purge(files image.Files) error {
	for {
		var names []string
		err := extras(files, *r, func(name, _ string) error {
			names = append(names, r.Path+"/"+strings.TrimSuffix(name, "/"))
			return nil
		})
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if err := remove(files, name); err != nil {
				return err
			}
		}
	}
}

// opener returns a function that opens a payload and checks its SHA-256 while it is
// read.
func opener(ctx context.Context, host providers.Host, name, sha256sum string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		f, err := regular.Open(host.Path(name))
		if err != nil {
			return nil, err
		}
		return &verified{ctx: ctx, file: f, name: name, want: sha256sum, hash: sha256.New()}, nil
	}
}

// verified reads a payload, and ends with an error instead of io.EOF if it has
// changed since the plan was made.
type verified struct {
	ctx        context.Context
	file       *os.File
	name, want string
	hash       hash.Hash
}

func (v *verified) Read(p []byte) (int, error) {
	if err := v.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := v.file.Read(p)
	v.hash.Write(p[:n])
	if err == io.EOF && hex.EncodeToString(v.hash.Sum(nil)) != v.want {
		return n, fmt.Errorf("%s has changed since the plan; plan again", v.name)
	}
	return n, err
}

func (v *verified) Close() error { return v.file.Close() }
