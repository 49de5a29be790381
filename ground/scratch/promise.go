package scratch

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/store"
)

// A folder that was given out has in it the folder for the files, what was promised,
// and a lock that tells whether the process that has it is still there.
const (
	folderPrefix = "gild-scratch-"
	filesFolder  = "tmp"
	promiseFile  = "promise.json"
	lockFile     = "lock"
)

// promise is promised room, and the folder for it.
type promise struct {
	dir   string
	lock  *lock.Lock
	Bytes int64  `json:"bytes"`
	For   string `json:"for"`
}

func (p *promise) files() string { return filepath.Join(p.dir, filesFolder) }

// rest returns how many of the bytes are not used yet.
func (p *promise) rest() int64 { return max(0, p.Bytes-Size(p.files())) }

// lockOf is the place of a folder's lock. Roots are on volumes of this machine.
func lockOf(dir string) lock.Place {
	return lock.Place{Path: dir, File: filepath.Join(dir, lockFile), Local: true}
}

// newPromise makes a folder below a root. The root must be locked.
func newPromise(root string, need Need) (*promise, error) {
	p := &promise{dir: filepath.Join(root, folderPrefix+strings.ToLower(rand.Text()[:10])), Bytes: need.Bytes, For: need.For}
	data, err := json.Marshal(p)
	if err == nil {
		err = os.Mkdir(p.dir, 0o700) // what is unpacked there may be secret
	}
	if err != nil {
		return nil, err
	}
	if p.lock, err = lockOf(p.dir).Take(need.For); err == nil {
		err = os.WriteFile(filepath.Join(p.dir, promiseFile), data, 0o600)
	}
	if err == nil {
		err = os.Mkdir(p.files(), 0o700)
	}
	if err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

// end releases the room.
func (p *promise) end() error {
	err := os.RemoveAll(p.files())
	if err == nil {
		err = os.Remove(filepath.Join(p.dir, promiseFile))
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err = errors.Join(err, p.lock.Close()); err != nil {
		return err
	}
	return os.Remove(p.dir)
}

// readPromise returns what was promised with a folder; alive is false if its process
// is gone.
func readPromise(dir string) (p *promise, alive bool, err error) {
	s, err := lockOf(dir).State()
	if err != nil || !s.Alive {
		return nil, false, err
	}
	data, err := regular.Read(filepath.Join(dir, promiseFile), 64<<10)
	p = &promise{dir: dir}
	if err == nil {
		err = json.Unmarshal(data, p)
	}
	if err != nil {
		return nil, true, fmt.Errorf("what is promised with %s can't be told: %w", dir, err)
	}
	return p, true, nil
}

// folders returns the folders below a root that were given out.
func folders(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && isFolder.MatchString(e.Name()) {
			out = append(out, filepath.Join(root, e.Name()))
		}
	}
	return out, err
}

// isFolder is the name that newPromise makes.
var isFolder = store.Only(folderPrefix + `[a-z2-7]{10}`)

// own is what newPromise and [Dir.Close] leave of a folder at each moment: nothing else
// was ever in it, and what is below the folder for temporary files is those of whatever
// was run.
var own = store.Only(filesFolder + "|" + promiseFile + "|" + lockFile)

// remove removes a folder that was given out. One with something else in it is not.
func remove(dir string) error {
	folder, err := store.Open(dir)
	if err != nil {
		return err
	}
	err = clearOut(folder)
	if err = errors.Join(err, folder.Close()); err != nil { // Windows removes no folder that is open
		return err
	}
	return os.Remove(dir)
}

// clearOut removes what is in a folder that was given out.
func clearOut(folder *store.Folder) error {
	entries, err := fs.ReadDir(folder.FS(), ".")
	for _, e := range entries {
		if !own.MatchString(e.Name()) {
			return fmt.Errorf("%s is there, which is not gild's", folder.Path(e.Name()))
		}
	}
	for _, e := range entries {
		err = errors.Join(err, folder.RemoveAll(e.Name()))
	}
	return err
}
