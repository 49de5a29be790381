package dismemu

import (
	"encoding/gob"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gildhq/gild/internal/durable"
)

// index holds what files were like when they had been extracted, by their path in
// the image, so that a commit need not read those that nobody has touched. Files
// that are written later are not in it.
type index map[string]stamp

type stamp struct {
	Size     int64
	Modified int64 // nanoseconds since 1970
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.Size(), info.ModTime().UnixNano()} }

// has tells whether a file is as it was extracted.
func (x index) has(name string, e fs.DirEntry) bool {
	was, ok := x[name]
	if !ok {
		return false
	}
	info, err := e.Info()
	return err == nil && stampOf(info) == was
}

// granularity is more than the time within which a file system may give two
// changes of a file the same time.
const granularity = 2 * time.Second

func (r *run) indexFile(dir string) string {
	return filepath.Join(r.State, "mounts", nameFor(dir)+".index")
}

// remember keeps what the files in the folder of an image are like that was just
// extracted. Of files so young that a change might not show, nothing is kept.
func (r *run) remember(dir string) error {
	x, young := index{}, time.Now().Add(-granularity)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil && info.ModTime().Before(young) {
			x["/"+filepath.ToSlash(rel)] = stampOf(info)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(filepath.Join(r.State, "mounts")); err != nil {
		return err
	}
	f, err := os.Create(r.indexFile(dir))
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(x), f.Close())
}

// recall returns what was remembered. Without it everything is read.
func (r *run) recall(dir string) index {
	f, err := os.Open(r.indexFile(dir))
	if err != nil {
		return nil
	}
	defer f.Close()
	var x index
	if gob.NewDecoder(f).Decode(&x) != nil {
		return nil
	}
	return x
}
