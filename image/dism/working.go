package dism

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
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

// newWorking is the working image of a key; see [keyOf].
func newWorking(store, key string) working {
	dir := filepath.Join(store, "dism", key)
	return working{dir: dir, file: filepath.Join(dir, "working.wim"), mount: filepath.Join(dir, "mount")}
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
