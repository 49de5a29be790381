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
	"github.com/gildhq/gild/internal/durable"
	"github.com/gildhq/gild/internal/store"
)

// working is the copy of an image that DISM mounts. Sessions of different names have
// different ones of the same image.
type working struct {
	dir   string // all of it is in here
	file  string
	mount string
}

// newWorking is the working image of a key; see [keyOf]. Of several, the last one counts:
// see [working.next].
func newWorking(store, key string) working {
	dir, last := filepath.Join(store, "dism"), 0
	name := key
	entries, _ := os.ReadDir(dir) // where there is none, this is the first
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

// MountFolder is where an image of a store is mounted, or a folder whose path is as long.
func MountFolder(store string) string {
	return workingIn(filepath.Join(store, "dism", keyOf())).mount
}

// next is the working image that takes the place of one of which the mount can't be
// given up. It has another file, too: DISM mounts no image that it has a record of.
func (w working) next() working {
	key, n := generation(filepath.Base(w.dir))
	return workingIn(filepath.Join(filepath.Dir(w.dir), fmt.Sprintf("%s-%d", key, n+1)))
}

// generation takes apart the name of the folder of a working image: its key, and the
// number that all but the first have behind it. Other names have neither.
func generation(name string) (key string, n int) {
	if !isKey.MatchString(name) {
		return "", 0
	}
	key, text, later := strings.Cut(name, "-")
	if !later {
		return key, 1
	}
	n, _ = strconv.Atoi(text) // a number, as the expression says
	return key, n
}

// keyOf is a short name for what is made for an image alone: paths in it are long.
func keyOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// enter makes the folder below a store for what belongs to a key, or what the name says
// else. Links in the store are not followed.
func enter(dir, key string) error {
	folder, err := store.Make(dir, "dism", key)
	if err != nil {
		return err
	}
	return folder.Close()
}

// begin makes the working image from the source, in place of one that is there.
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
