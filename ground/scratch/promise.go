package scratch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/ground/store"
)

// A folder that was given out has in it the folder for the files, and a lock that tells
// whether the process that has it is still there. Its name says how many bytes are
// promised with it, and so they are from the moment it is there.
const (
	folderPrefix = "gild-scratch-"
	filesFolder  = "tmp"
	lockFile     = "lock"
)

// promise is reserved space: a folder that was given out.
type promise struct {
	dir  string
	lock *lock.Lock // nil if it was read
}

func (p *promise) files() string { return filepath.Join(p.dir, filesFolder) }

// rest returns how many of the reserved bytes are not used yet.
func (p *promise) rest() int64 {
	digits, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(p.dir), folderPrefix), "-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0 // too large a number, so gild did not create the folder
	}
	return max(0, n-Size(p.files()))
}

// place is that of the folder's lock. Roots are on volumes of this machine.
func (p *promise) place() lock.Place {
	return lock.Place{Path: p.dir, File: filepath.Join(p.dir, lockFile), Local: true}
}

// alive reports whether the process that has the folder is still running.
func (p *promise) alive() (bool, error) {
	s, err := p.place().State()
	return s.Alive, err
}

// newPromise creates a folder below a root. The caller holds the lock of the root.
func newPromise(root string, need Need) (*promise, error) {
	p := &promise{dir: filepath.Join(root, fmt.Sprintf("%s%d-%s", folderPrefix, need.Bytes, strings.ToLower(rand.Text()[:6])))}
	err := os.Mkdir(p.dir, 0o700) // unpacked files may be secret
	if err != nil {
		return nil, err
	}
	if p.lock, err = p.place().Take(need.For); err == nil {
		err = os.Mkdir(p.files(), 0o700)
	}
	if err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

// end releases the space.
func (p *promise) end() error {
	if err := errors.Join(os.RemoveAll(p.files()), p.lock.Close()); err != nil {
		return err
	}
	return os.Remove(p.dir)
}

// promises returns the folders below a root that were given out.
func promises(root string) ([]*promise, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []*promise
	for _, e := range entries {
		if e.IsDir() && isFolder.MatchString(e.Name()) {
			out = append(out, &promise{dir: filepath.Join(root, e.Name())})
		}
	}
	return out, err
}

// isFolder matches the names that newPromise makes.
var isFolder = store.Only(folderPrefix + `[0-9]{1,19}-[a-z2-7]{6}`)

// own is what newPromise and [Dir.Close] leave of a folder at each moment: nothing else
// was ever in it, and what is below the folder for temporary files is those of whatever
// was run.
var own = store.Only(filesFolder + "|" + lockFile)

// remove removes a folder that was given out. One with something else in it is not.
func remove(dir string) error {
	folder, err := store.Open(dir)
	if err != nil {
		return err
	}
	err = clearOut(folder)
	if err = errors.Join(err, folder.Close()); err != nil { // Windows does not remove an open folder
		return err
	}
	return os.Remove(dir)
}

// clearOut removes the content of a folder that was given out.
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
