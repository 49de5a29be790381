package dism

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/internal/durable"
)

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
