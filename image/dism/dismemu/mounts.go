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

// mounted returns the table of mounted images.
func (r *run) mounted() ([]*mounted, error) {
	var table []*mounted
	data, err := os.ReadFile(filepath.Join(r.State, mountTable))
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
func (r *run) change(do func(table []*mounted) ([]*mounted, error)) error {
	if err := durable.MkdirAll(r.State); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(r.State, "mounts.lock"))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Close()
	table, err := r.mounted()
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
	return r.save(mountTable, data)
}

// put keeps the record of a mounted image, in place of the one of its folder.
func (r *run) put(mt *mounted) error {
	return r.change(func(table []*mounted) ([]*mounted, error) {
		if i := at(table, mt.Dir); i >= 0 {
			table[i] = mt
			return table, nil
		}
		return append(table, mt), nil
	})
}

// drop forgets the image that is mounted in a folder.
func (r *run) drop(dir string) error {
	_ = os.Remove(r.stamps(dir)) // what is left of it is overwritten next time
	return r.change(func(table []*mounted) ([]*mounted, error) {
		return slices.DeleteFunc(table, func(mt *mounted) bool { return samePath(mt.Dir, dir) }), nil
	})
}

// lock keeps an image for this run alone. DISM refuses to work on one that another
// DISM is at work on.
func (r *run) lock(dir string) (release func(), err error) {
	folder := filepath.Join(r.State, "locks")
	if err := durable.MkdirAll(folder); err != nil {
		return nil, err
	}
	lock := flock.New(r.lockOf(dir))
	taken, err := lock.TryLock()
	if err == nil && !taken {
		err = known(errBusy)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return func() { _ = lock.Close() }, nil
}

func (r *run) lockOf(dir string) string {
	return filepath.Join(r.State, "locks", nameFor(dir)+".lock")
}

// busyFile is the lock of the image that this run is about.
func (r *run) busyFile() string {
	dir, ok := r.args.get("Image")
	if !ok {
		dir, _ = r.args.get("MountDir")
	}
	return r.lockOf(dir)
}

// nameFor is the name of a file about a folder.
func nameFor(dir string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(absolute(dir))))
	return hex.EncodeToString(sum[:8])
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
