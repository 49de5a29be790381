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

// mounted is an image that is mounted.
type mounted struct {
	Dir      string    `json:"dir"`
	File     string    `json:"file"`
	Index    int       `json:"index"`
	ReadOnly bool      `json:"read_only"`
	Partial  bool      `json:"partial,omitempty"` // mounting or unmounting was not brought to an end
	Size     int64     `json:"size"`              // of the file when it was mounted or committed
	Modified time.Time `json:"modified"`
}

// What /Get-MountedImageInfo says of a mounted image.
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

// note keeps what the file is like.
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

// change gives a function exclusive access to the table of mounted images, and keeps its result.
// The function must be short.
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

// claim adds an image to the table, unless an entry there conflicts with it.
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

// put keeps the record of a mounted image, in place of the one of its folder.
func (ms mounts) put(mt *mounted) error {
	return ms.change(func(table []*mounted) ([]*mounted, error) {
		if i := at(table, mt.Dir); i >= 0 {
			table[i] = mt
			return table, nil
		}
		return append(table, mt), nil
	})
}

// drop forgets the image that is mounted in a folder.
func (ms mounts) drop(dir string) error {
	_ = os.Remove(ms.stamps(dir)) // what is left of it is overwritten next time
	return ms.change(func(table []*mounted) ([]*mounted, error) {
		return slices.DeleteFunc(table, func(mt *mounted) bool { return samePath(mt.Dir, dir) }), nil
	})
}

// lock keeps an image for this run alone. DISM refuses to work on one that another
// DISM is at work on.
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

// stamps names the file that records what was extracted into the folder of a mounted image.
func (ms mounts) stamps(dir string) string {
	return filepath.Join(ms.state, "mounts", nameFor(dir)+".index")
}

// remember keeps what the files in the folder of an image are like that was just
// extracted, so that a commit need not read all of them.
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

// serviceable says why the image mounted in a folder can't be serviced.
func (ms mounts) serviceable(dir string, write bool) error {
	table, err := ms.list()
	if err != nil {
		return err
	}
	i := at(table, dir)
	if i < 0 {
		return nil // it was applied, not mounted
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

// busyFile is the lock of the image that this run is about.
func (r *run) busyFile() string {
	dir, ok := r.args.get("Image")
	if !ok {
		dir, _ = r.args.get("MountDir")
	}
	return r.mounts.lockOf(dir)
}

// nameFor is the name of a file about a folder.
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

// at returns the index of the image that is mounted in a folder, or -1.
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
