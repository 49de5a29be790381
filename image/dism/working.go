package dism

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/internal/durable"
)

// marker is a file in the root of a working image that tells which checkpoint it
// stands on. It is written before each commit and is not in the output.
const marker = "gild-checkpoint"

// working is the copy of an image that DISM mounts.
type working struct {
	dir   string // all of it is in here
	file  string
	mount string
}

func newWorking(store, fingerprint string) working {
	dir := filepath.Join(store, "dism", fingerprint[:min(16, len(fingerprint))])
	return working{dir: dir, file: filepath.Join(dir, "working.wim"), mount: filepath.Join(dir, "mount")}
}

// standing returns the checkpoint the working image stands on, and whether there is
// a working image at all. One that can't be read counts as none.
func (w working) standing() (at string, ok bool) {
	f, err := wim.Open(w.file)
	if err != nil {
		return "", false
	}
	defer f.Close()
	img, err := f.Image(1)
	if err != nil {
		return "", false
	}
	data, err := img.ReadFile(marker)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", true
	case err != nil:
		return "", false
	}
	return strings.TrimSpace(string(data)), true
}

// begin makes the working image from the source, in place of one that is there.
func (w working) begin(ctx context.Context, source string, index int) (err error) {
	src, err := wim.Open(source)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := durable.MkdirAll(w.dir); err != nil {
		return err
	}
	partial := w.file + ".partial"
	out, err := os.Create(partial)
	if err != nil {
		return fmt.Errorf("make the working image: %w", err)
	}
	err = wim.Export(ctx, out, src, []int{index}, wim.Options{Compression: src.Header().Compression, ChunkSize: src.Header().ChunkSize})
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(fmt.Errorf("make the working image: %w", err), os.Remove(partial))
	}
	return durable.Rename(partial, w.file)
}
