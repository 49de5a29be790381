package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/internal/durable"
)

// Store is an open store. Its methods may be called by several goroutines.
type Store struct {
	dir  string
	lock *flock.Flock

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

// Open opens the store in the folder dir, and makes it where there is none.
func Open(dir string) (*Store, error) {
	for _, sub := range []string{blobDir, layerDir, stagingDir} {
		if err := durable.MkdirAll(filepath.Join(dir, sub)); err != nil {
			return nil, fmt.Errorf("checkpoint store: %w", err)
		}
	}
	s := &Store{dir: dir, lock: flock.New(filepath.Join(dir, lockFile)), staged: map[[32]byte]Content{}}
	ok, err := s.lock.TryRLock()
	if err == nil && !ok {
		err = fmt.Errorf("%w: it is being cleaned up; try again in a moment", ErrBusy)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("checkpoint store %s: %w", dir, err), s.lock.Close())
	}
	return s, nil
}

// Close gives the store back and throws away contents that no layer has.
func (s *Store) Close() error {
	err := s.Discard()
	return errors.Join(err, s.lock.Close())
}

// Load reads the manifest of a layer and checks that its contents are there.
// A layer that is not there gives fs.ErrNotExist, one that can't be used [ErrDamaged].
func (s *Store) Load(id string) (*Layer, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(s.layerPath(id))
	if err != nil {
		return nil, err
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
	st, err := os.Lstat(s.blobPath(e.Content.SHA256))
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

var idPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,199}$`)

// checkID refuses what can't be the name of a file everywhere.
func checkID(id string) error {
	if !idPattern.MatchString(id) {
		return fmt.Errorf("step ID %q: want letters, digits, dots, underscores and hyphens, 200 at most", id)
	}
	return nil
}

func (s *Store) layerPath(id string) string {
	return filepath.Join(s.dir, layerDir, id+layerExt)
}

func (s *Store) blobPath(sum [32]byte) string {
	return filepath.Join(s.dir, blobDir, fmt.Sprintf("%x", sum))
}
