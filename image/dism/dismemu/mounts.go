package dismemu

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image/dism/dismemu/tree"
)

// mounted is a mounted image.
type mounted struct {
	Dir      string    `json:"dir"`
	File     string    `json:"file"`
	Index    int       `json:"index"`
	ReadOnly bool      `json:"read_only"`
	Partial  bool      `json:"partial,omitempty"` // mounting or unmounting was interrupted
	Size     int64     `json:"size"`              // of the file when it was mounted or committed
	Modified time.Time `json:"modified"`
}

// States in /Get-MountedImageInfo.
const (
	ok           = "Ok"
	needsRemount = "Needs Remount"
	invalid      = "Invalid"
)

func (mt *mounted) status() string {
	switch st, err := os.Stat(mt.File); {
	case err != nil, mt.Partial, !isDir(mt.Dir):
		return invalid
	case mt.changed(st):
		return needsRemount
	}
	return ok
}

func (mt *mounted) changed(st os.FileInfo) bool {
	return st.Size() != mt.Size || !st.ModTime().Equal(mt.Modified)
}

// note records size and time of the image file.
func (mt *mounted) note() error {
	st, err := os.Stat(mt.File)
	if err == nil {
		mt.Size, mt.Modified = st.Size(), st.ModTime()
	}
	return err
}

const mountTable = "mounts.json"

// mounts is the table of mounted images, in the folder where the machine keeps its state.
type mounts struct{ state string }

// list returns the mounted images.
func (ms mounts) list() ([]*mounted, error) {
	var table []*mounted
	data, err := os.ReadFile(filepath.Join(ms.state, mountTable))
	if err == nil {
		err = json.Unmarshal(data, &table)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", mountTable, err)
	}
	return table, nil
}

// change replaces the table by the result of do, which has exclusive access to it and must be
// short.
func (ms mounts) change(do func(table []*mounted) ([]*mounted, error)) error {
	if err := durable.MkdirAll(ms.state); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(ms.state, "mounts.lock"))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Close()
	table, err := ms.list()
	if err == nil {
		table, err = do(table)
	}
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(table, "", "  ")
	if err != nil {
		return err
	}
	return save(ms.state, mountTable, data)
}

// claim adds an image to the table, unless it conflicts with another one.
func (ms mounts) claim(mt *mounted) error {
	return ms.change(func(table []*mounted) ([]*mounted, error) {
		for _, other := range table {
			switch {
			case samePath(other.Dir, mt.Dir):
				return nil, fail(errDirTaken, "The directory already has a mounted image.")
			case samePath(other.File, mt.File) && other.Index == mt.Index && !other.ReadOnly && !mt.ReadOnly:
				return nil, known(errMounted)
			}
		}
		return append(table, mt), mt.note()
	})
}

// put records a mounted image, replacing the record of its folder.
func (ms mounts) put(mt *mounted) error {
	return ms.change(func(table []*mounted) ([]*mounted, error) {
		if i := at(table, mt.Dir); i >= 0 {
			table[i] = mt
			return table, nil
		}
		return append(table, mt), nil
	})
}

// drop removes the record of the image in a folder.
func (ms mounts) drop(dir string) error {
	_ = os.Remove(ms.stamps(dir)) // otherwise the next mount overwrites it
	return ms.change(func(table []*mounted) ([]*mounted, error) {
		return slices.DeleteFunc(table, func(mt *mounted) bool { return samePath(mt.Dir, dir) }), nil
	})
}

// lock locks an image for this run. DISM refuses an image that another DISM works on.
func (ms mounts) lock(dir string) (release func(), err error) {
	folder := filepath.Join(ms.state, "locks")
	if err := durable.MkdirAll(folder); err != nil {
		return nil, err
	}
	lock := flock.New(ms.lockOf(dir))
	taken, err := lock.TryLock()
	if err == nil && !taken {
		err = known(errBusy)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return func() { _ = lock.Close() }, nil
}

// stamps is the path of the file that records the extracted files of a mounted image.
func (ms mounts) stamps(dir string) string {
	return filepath.Join(ms.state, "mounts", nameFor(dir)+".index")
}

// remember records the state of the files that were just extracted, so that a commit reads
// only changed ones.
func (ms mounts) remember(dir string) error {
	x, err := tree.Stamp(dir)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(filepath.Join(ms.state, "mounts")); err != nil {
		return err
	}
	return x.Save(ms.stamps(dir))
}

func (ms mounts) lockOf(dir string) string {
	return filepath.Join(ms.state, "locks", nameFor(dir)+".lock")
}

// serviceable returns why the image mounted in a folder can't be serviced.
func (ms mounts) serviceable(dir string, write bool) error {
	table, err := ms.list()
	if err != nil {
		return err
	}
	i := at(table, dir)
	if i < 0 {
		return nil // an applied image
	}
	switch status := table[i].status(); {
	case status == needsRemount:
		return known(errRemount)
	case status == invalid:
		return known(errInvalid)
	case write && table[i].ReadOnly:
		return known(errDenied)
	}
	return nil
}

// busyFile is the path of the lock of this run's image.
func (r *run) busyFile() string {
	dir, ok := r.args.get("Image")
	if !ok {
		dir, _ = r.args.get("MountDir")
	}
	return r.mounts.lockOf(dir)
}

// nameFor returns a file name for a folder.
func nameFor(dir string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(absolute(dir))))
	return hex.EncodeToString(sum[:8])
}

func save(state, name string, data []byte) error {
	if err := durable.MkdirAll(state); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(state, name), data)
}

// at returns the index of the image mounted in a folder, or -1.
func at(table []*mounted, dir string) int {
	return slices.IndexFunc(table, func(mt *mounted) bool { return samePath(mt.Dir, dir) })
}

func samePath(a, b string) bool {
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && strings.EqualFold(x, y)
}

func absolute(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return abs
}

func isDir(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.IsDir()
}
