// Package inner keeps files that lie in images as files of their own, such as the
// winre.wim of an installation, so that they can be opened by themselves. A file is
// named by the digest of its content; it is there as a whole or not at all, and it is
// read again, as a whole, before it is used again.
package inner

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/durable"
)

// Folder keeps files in a folder. It is used by one goroutine at a time.
type Folder struct {
	dir  string
	log  hclog.Logger
	used map[string]bool // names of files
}

// In returns what keeps files in a folder, which is made when it is needed.
func In(dir string, log hclog.Logger) *Folder {
	return &Folder{dir: dir, log: log, used: map[string]bool{}}
}

// Unpack returns where the content of a file in an image is, which it reads out of the
// image if it is not there yet.
func (d *Folder) Unpack(ctx context.Context, from image.Files, name string) (string, error) {
	want, err := from.SHA1(name)
	if err != nil {
		return "", err
	}
	file := hex.EncodeToString(want[:]) + ".wim"
	path := filepath.Join(d.dir, file)
	d.used[file] = true
	if d.holds(ctx, path, want) {
		return path, ctx.Err()
	}
	if err := durable.MkdirAll(d.dir); err != nil {
		return "", fmt.Errorf("folder for what is taken out of images: %w; let GILD_DATA_DIR name a folder that can be written to", err)
	}
	if err := d.write(ctx, path, from, name, want); err != nil {
		return "", fmt.Errorf("take %s out of the image: %w", name, err)
	}
	return path, nil
}

// holds tells whether a file has that content.
func (d *Folder) holds(ctx context.Context, path string, want [sha1.Size]byte) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	sum := sha1.New()
	if _, err := io.Copy(sum, &reader{ctx: ctx, in: f}); err != nil || [sha1.Size]byte(sum.Sum(nil)) != want {
		d.log.Warn("what was taken out of an image is damaged and taken anew", "path", path, "error", err)
		return false
	}
	return true
}

func (d *Folder) write(ctx context.Context, path string, from image.Files, name string, want [sha1.Size]byte) error {
	in, err := from.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := durable.Create(path)
	if err != nil {
		return err
	}
	defer out.Discard()
	r := &reader{ctx: ctx, in: in, sum: sha1.New(), total: info.Size(), log: d.log.With("file", name), told: time.Now()}
	r.log.Info("taking a file out of an image", "bytes", r.total)
	if _, err := io.Copy(out, r); err != nil {
		return err
	}
	if [sha1.Size]byte(r.sum.Sum(nil)) != want {
		return errors.New("its content is not what the image says it is: the image is damaged")
	}
	return out.Commit()
}

// reader reads until its context ends, and logs how far it is.
type reader struct {
	ctx         context.Context
	in          io.Reader
	sum         hash.Hash // nil: of no interest
	done, total int64
	log         hclog.Logger
	told        time.Time
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.in.Read(p)
	if r.sum == nil {
		return n, err
	}
	r.sum.Write(p[:n])
	r.done += int64(n)
	if time.Since(r.told) > 5*time.Second {
		r.told = time.Now()
		r.log.Info("still taking the file out of the image", "done", r.done, "bytes", r.total)
	}
	return n, err
}

// Tidy removes all that was not asked for since [In].
func (d *Folder) Tidy() error {
	entries, err := os.ReadDir(d.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, e := range entries {
		if !d.used[e.Name()] {
			errs = append(errs, os.RemoveAll(filepath.Join(d.dir, e.Name())))
		}
	}
	return errors.Join(append(errs, err)...)
}
