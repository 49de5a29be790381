package dism

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/store"
)

// working is a working image: the copy of an image that DISM mounts. Sessions with
// different names have different working images of one image.
type working struct {
	dir   string // contains everything below
	file  string
	mount string
}

// newWorking returns the working image of a key; see [keyOf]. Of several, the last one is
// valid: see [working.next].
func newWorking(store, key string) working {
	dir, last := filepath.Join(store, "dism"), 0
	name := key
	entries, _ := os.ReadDir(dir) // without the folder, this is the first
	for _, e := range entries {
		if k, n := generation(e.Name()); k == key && n > last {
			name, last = e.Name(), n
		}
	}
	return workingIn(filepath.Join(dir, name))
}

// workingIn is the working image in a folder.
func workingIn(dir string) working {
	return working{dir: dir, file: filepath.Join(dir, "working.wim"), mount: filepath.Join(dir, "mount")}
}

// MountFolder returns the folder in which an image of a store is mounted, or a path of
// the same length.
func MountFolder(store string) string {
	return workingIn(filepath.Join(store, "dism", keyOf())).mount
}

// next returns the working image that replaces one that can't be unmounted. It also has
// another file: DISM does not mount a file of which it still has a mount record.
func (w working) next() working {
	key, n := generation(filepath.Base(w.dir))
	return workingIn(filepath.Join(filepath.Dir(w.dir), fmt.Sprintf("%s-%d", key, n+1)))
}

// generation parses the name of a working image's folder: its key, and the number in
// all but the first. For other names both are zero.
func generation(name string) (key string, n int) {
	if !isKey.MatchString(name) {
		return "", 0
	}
	key, text, later := strings.Cut(name, "-")
	if !later {
		return key, 1
	}
	n, _ = strconv.Atoi(text) // a number, by the expression
	return key, n
}

// keyOf returns a short name for an image's own folder: paths in a mounted image are
// long.
func keyOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// enter makes the folder of a key below a store, without following links in the store.
func enter(dir, key string) error {
	folder, err := store.Make(dir, "dism", key)
	if err != nil {
		return err
	}
	return folder.Close()
}

// begin makes the working image from the source, replacing an existing one.
func (w working) begin(ctx context.Context, source string, index int) (err error) {
	src, err := wim.Open(source)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := durable.MkdirPrivate(w.dir); err != nil {
		return err
	}
	out, err := durable.Create(w.file)
	if err != nil {
		return fmt.Errorf("make the working image: %w", err)
	}
	defer out.Discard()
	err = wim.Export(ctx, out.File, src, []int{index}, wim.Options{Compression: src.Header().Compression, ChunkSize: src.Header().ChunkSize})
	if err == nil {
		err = out.Commit()
	}
	if err != nil {
		return fmt.Errorf("make the working image: %w", err)
	}
	return nil
}
