// Package unpack extracts files from images, such as the winre.wim of an installation, so that
// they can be opened as files. The name of an extracted file is the digest of its content. The
// file exists completely or not at all, and is read in full before each further use. Begin with
// [In] and [Folder.Unpack].
package unpack

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/ground/work"
	"github.com/gildhq/gild/image"
)

// Folder keeps extracted files in a folder. Only one goroutine at a time may use it.
type Folder struct {
	dir  string
	log  hclog.Logger
	used map[string]bool // names of the files asked for
}

// In returns a Folder that keeps files in dir, which is created when first needed.
func In(dir string, log hclog.Logger) *Folder {
	return &Folder{dir: dir, log: log, used: map[string]bool{}}
}

// Unpack returns the path of an extracted file of an image. It extracts the file if needed.
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
	folder, err := store.Make(d.dir)
	if err != nil {
		return "", fmt.Errorf("folder for files extracted from images: %w; set GILD_DATA_DIR to a writable folder", err)
	}
	if err := errors.Join(d.write(ctx, folder, file, from, name, want), folder.Close()); err != nil {
		return "", fmt.Errorf("extract %s from the image: %w", name, err)
	}
	return path, nil
}

// holds reports whether a file has the content with that digest.
func (d *Folder) holds(ctx context.Context, path string, want [sha1.Size]byte) bool {
	folder, err := store.Open(d.dir)
	if err != nil {
		return false
	}
	defer folder.Close()
	f, err := folder.OpenFile(filepath.Base(path))
	if err != nil {
		return false
	}
	defer f.Close()
	sum := sha1.New()
	if _, err := work.Copy(ctx, sum, f); err != nil || [sha1.Size]byte(sum.Sum(nil)) != want {
		d.log.Warn("a file extracted from an image is damaged; extracting it again", "path", path, "error", err)
		return false
	}
	return true
}

func (d *Folder) write(ctx context.Context, folder *store.Folder, file string, from image.Files, name string, want [sha1.Size]byte) error {
	in, err := from.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := durable.CreateIn(folder.Root, file, durable.Private)
	if err != nil {
		return err
	}
	defer out.Discard()
	sum, p := sha1.New(), &progress{total: info.Size(), log: d.log.With("name", name), told: time.Now()}
	p.log.Info("extracting a file from an image", "bytes", p.total)
	if _, err := work.Copy(ctx, io.MultiWriter(out, sum, p), in); err != nil {
		return err
	}
	if [sha1.Size]byte(sum.Sum(nil)) != want {
		return errors.New("its content does not match the image's digest: the image is damaged")
	}
	return out.Commit()
}

// progress logs how many bytes were written to it.
type progress struct {
	done, total int64
	log         hclog.Logger
	told        time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if time.Since(p.told) > 5*time.Second {
		p.told = time.Now()
		p.log.Info("still extracting the file from the image", "done", p.done, "bytes", p.total)
	}
	return len(b), nil
}

// Tidy removes all files that were not asked for since [In].
func (d *Folder) Tidy() error {
	folder, err := store.Open(d.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = folder.Clear(".", own, func(name string) bool { return d.used[name] })
	return errors.Join(err, folder.Close())
}

// own are the names of the extracted files.
var own = &store.Names{Files: store.Only(`[0-9a-f]{40}\.wim|` + store.Temp)}
