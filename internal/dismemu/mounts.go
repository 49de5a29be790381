package dismemu

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/internal/durable"
)

// mounted is an image that is mounted.
type mounted struct {
	Dir      string    `json:"dir"`
	File     string    `json:"file"`
	Index    int       `json:"index"`
	ReadOnly bool      `json:"read_only"`
	Size     int64     `json:"size"` // of the file when it was mounted or committed
	Modified time.Time `json:"modified"`
}

// status is what /Get-MountedImageInfo tells of it.
func (mt *mounted) status() string {
	switch st, err := os.Stat(mt.File); {
	case err != nil, !isDir(mt.Dir):
		return "Invalid"
	case mt.changed(st):
		return "Needs Remount"
	}
	return "Ok"
}

func (mt *mounted) changed(st os.FileInfo) bool {
	return st.Size() != mt.Size || !st.ModTime().Equal(mt.Modified)
}

// note keeps what the file is like.
func (mt *mounted) note() error {
	st, err := os.Stat(mt.File)
	if err == nil {
		mt.Size, mt.Modified = st.Size(), st.ModTime()
	}
	return err
}

const mountTable = "mounts.json"

// withMounts gives the table of mounted images to a function, for itself alone,
// and keeps what it makes of it.
func (r *run) withMounts(do func(table []*mounted) ([]*mounted, error)) error {
	if err := durable.MkdirAll(r.State); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(r.State, "mounts.lock"))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Close()
	var table []*mounted
	data, err := os.ReadFile(filepath.Join(r.State, mountTable))
	if err == nil {
		err = json.Unmarshal(data, &table)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w", mountTable, err)
	}
	table, err = do(table)
	if err != nil {
		return err
	}
	if data, err = json.MarshalIndent(table, "", "  "); err != nil {
		return err
	}
	return r.save(mountTable, data)
}

func (r *run) save(name string, data []byte) error {
	if err := durable.MkdirAll(r.State); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(r.State, name), data)
}

// at returns the index of the image that is mounted in a folder, or -1.
func at(table []*mounted, dir string) int {
	return slices.IndexFunc(table, func(mt *mounted) bool { return samePath(mt.Dir, dir) })
}

func samePath(a, b string) bool {
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && strings.EqualFold(x, y)
}

func isDir(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.IsDir()
}

// open opens an image file, and finds the image in it that /Index or /Name means.
func (r *run) open(name string) (*wim.File, error) {
	f, err := wim.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &failure{code: errNotFound, lines: []string{"The system cannot find the file specified.", name}}
	}
	if errors.Is(err, wim.ErrUnsupported) {
		return nil, refused(name)
	}
	if err != nil {
		return nil, fail(11, "An attempt was made to load a program with an incorrect format: %v.", err)
	}
	return f, nil
}

var (
	errSplitImage = &failure{code: errSplit, lines: []string{"The specified image is a part of a split image and can't be mounted."}}
	errSolid      = &failure{code: errCompression, lines: []string{"The image file's compression is not supported for mounting."}}
)

// refused says why an image file that this DISM knows can't be used all the same:
// it is split ([WIM] header, number of parts), or else compressed as an .esd is.
func refused(name string) error {
	var header [44]byte
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.ReadFull(f, header[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint16(header[42:]) > 1 {
		return errSplitImage
	}
	return errSolid
}

func (r *run) index(f *wim.File) (int, error) {
	images := f.Images()
	if name, ok := r.args.get("Name"); ok {
		for _, img := range images {
			if img.Name == name {
				return img.Index, nil
			}
		}
		return 0, fail(errNoIndex, "The file %s holds no image %q.", f.Name(), name)
	}
	text, ok := r.args.get("Index")
	if !ok {
		return 0, missingOption("index")
	}
	for _, img := range images {
		if fmt.Sprint(img.Index) == text {
			return img.Index, nil
		}
	}
	return 0, &failure{code: errNoIndex, lines: []string{"An attempt was made to access an image that does not exist.", "Index " + text}}
}
