package tree

import (
	"encoding/gob"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Stamps hold what files were like when they had been extracted, by their path in
// the image, so that [Merge] need not read untouched ones. Files that are written
// later are not among them.
type Stamps map[string]stamp

type stamp struct {
	Size     int64
	Modified int64 // nanoseconds since 1970
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.Size(), info.ModTime().UnixNano()} }

// has reports whether a file is as it was extracted.
func (x Stamps) has(name string, e fs.DirEntry) bool {
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

// Stamp returns what the files in the folder of an image are like that was just
// extracted. Those so young that a change might not show are left out.
func Stamp(dir string) (Stamps, error) {
	x, young := Stamps{}, time.Now().Add(-granularity)
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
	return x, err
}

// Save writes the stamps to a file.
func (x Stamps) Save(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(x), f.Close())
}

// Load returns the stamps of a file, none if it can't be read: then everything is
// read.
func Load(name string) Stamps {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var x Stamps
	if gob.NewDecoder(f).Decode(&x) != nil {
		return nil
	}
	return x
}
