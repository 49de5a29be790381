package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/store"
)

// Store is an open store. Its methods may be called by several goroutines.
type Store struct {
	folder *store.Folder
	lock   *flock.Flock // nil: read only

	mu      sync.Mutex
	staging string               // folder of this session's contents, made when first needed
	staged  map[[32]byte]Content // contents that no layer has yet
}

const (
	blobDir    = "blobs"
	layerDir   = "layers"
	stagingDir = "staging"
	lockFile   = "lock"
	layerExt   = ".layer"
)

// Open opens the store in the folder dir, and creates it if there is none.
func Open(dir string) (*Store, error) {
	folder, err := store.Make(dir)
	if err != nil {
		return nil, fmt.Errorf("checkpoint store: %w", err)
	}
	for _, sub := range folders {
		if err := folder.MakeDir(sub); err != nil {
			return nil, errors.Join(fmt.Errorf("checkpoint store: %w", err), folder.Close())
		}
	}
	s := &Store{folder: folder, lock: newLock(folder), staged: map[[32]byte]Content{}}
	ok, err := s.lock.TryRLock()
	if err == nil && !ok {
		err = fmt.Errorf("%w: it is being cleaned up; try again in a moment", ErrBusy)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("checkpoint store %s: %w", dir, err), s.lock.Close(), folder.Close())
	}
	return s, nil
}

// View opens the store in dir only to find and load layers. It takes no lock and
// creates nothing, so layers may disappear at any moment. Without a store the error
// is fs.ErrNotExist.
func View(dir string) (*Store, error) {
	folder, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	for _, sub := range folders {
		if err := folder.CheckDir(sub); err != nil {
			return nil, errors.Join(err, folder.Close())
		}
	}
	return &Store{folder: folder}, nil
}

// folders of a store.
var folders = []string{blobDir, layerDir, stagingDir}

func newLock(folder *store.Folder) *flock.Flock {
	name := folder.Path(lockFile)
	return flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDONLY|regular.NoFollow(name)), flock.SetPermissions(durable.Private))
}

// Close unlocks the store and removes staged contents that no layer has.
func (s *Store) Close() error {
	err := s.Discard()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return errors.Join(err, s.folder.Close())
}

// Load reads the manifest of a layer and checks that its contents are there. The error
// is fs.ErrNotExist if the layer does not exist, and [ErrDamaged] if it can't be used.
func (s *Store) Load(id string) (*Layer, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	data, err := s.folder.Read(layerPath(id), maxManifest)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, fmt.Errorf("layer %s: %w: %w", id, ErrDamaged, err)
	}
	l, err := decode(data)
	if err == nil && l.ID != id {
		err = fmt.Errorf("%w: its manifest is that of layer %s", ErrDamaged, l.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", id, err)
	}
	for _, e := range l.Entries {
		if err := s.checkSize(e); err != nil {
			return nil, fmt.Errorf("layer %s: %w", id, err)
		}
	}
	return l, nil
}

func (s *Store) checkSize(e Entry) error {
	if e.Kind != File || e.Content.Size == 0 {
		return nil
	}
	st, err := s.folder.Lstat(blobPath(e.Content.SHA256))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the content of %s is gone", ErrDamaged, e.Path)
	case err != nil:
		return err
	case st.Size() != e.Content.Size || !st.Mode().IsRegular():
		return fmt.Errorf("%w: the content of %s has %d bytes instead of %d", ErrDamaged, e.Path, st.Size(), e.Content.Size)
	}
	return nil
}

// Verify reads all contents of a layer and compares them with their digests.
func (s *Store) Verify(l *Layer) error {
	for _, e := range l.Entries {
		if e.Kind != File {
			continue
		}
		if err := s.verify(e.Content); err != nil {
			return fmt.Errorf("layer %s: content of %s: %w", l.ID, e.Path, err)
		}
	}
	return nil
}

// ids are the names of layers.
const ids = `[0-9A-Za-z][0-9A-Za-z._-]{0,199}`

var idPattern = store.Only(ids)

// checkID refuses IDs that are not valid file names on every system.
func checkID(id string) error {
	if !idPattern.MatchString(id) {
		return fmt.Errorf("step ID %q: want at most 200 letters, digits, dots, underscores and hyphens", id)
	}
	return nil
}

// maxManifest is the size of the largest manifest that is read, in bytes: an entry takes
// some hundred bytes, and a layer that changes all files of a Windows image has 300,000
// entries.
const maxManifest = 512 << 20

// Paths below the store's folder.
func layerPath(id string) string   { return layerDir + "/" + id + layerExt }
func blobPath(sum [32]byte) string { return fmt.Sprintf("%s/%x", blobDir, sum) }
