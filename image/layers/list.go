package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Kept is a layer in the store, whether it can be used or not.
type Kept struct {
	ID       string
	Layer    *Layer    // nil if it can't be used
	Err      error     // why it can't be used
	Manifest int64     // bytes of its manifest
	Used     time.Time // when it was sealed or last used by a session; see [Store.use]
}

// List lists the layers of the store in dir, by their IDs; none if there is no store.
func List(dir string) ([]Kept, error) {
	s, err := View(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint store: %w", err)
	}
	list, err := s.list()
	return list, errors.Join(err, s.Close())
}

func (s *Store) list() ([]Kept, error) {
	entries, err := fs.ReadDir(s.folder.FS(), layerDir)
	if err != nil {
		return nil, fmt.Errorf("checkpoint store: %w", err)
	}
	var list []Kept
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), layerExt)
		if !ok || checkID(id) != nil {
			continue
		}
		k := Kept{ID: id}
		k.Layer, k.Err = s.Load(id)
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || errors.Is(k.Err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("checkpoint store: %w", err)
		}
		k.Manifest, k.Used = info.Size(), info.ModTime()
		list = append(list, k)
	}
	return list, nil
}

// tick is more than the resolution of file times in any file system: that of FAT is
// 2 s.
const tick = 2 * time.Second

// use records, in the file times of their manifests, that layers are used now. These
// times never go back, even if the clock does. An error is ignored: it only makes the
// order of eviction worse.
func (s *Store) use(ids ...string) {
	now := time.Now()
	if last := s.lastUse(ids); !now.After(last) {
		now = last.Add(tick)
	}
	for _, id := range ids {
		_ = s.folder.Chtimes(layerPath(id), now, now)
	}
}

// lastUse returns when any other layer was last used.
func (s *Store) lastUse(except []string) (last time.Time) {
	entries, err := fs.ReadDir(s.folder.FS(), layerDir)
	if err != nil {
		return last
	}
	for _, e := range entries {
		if id, _ := strings.CutSuffix(e.Name(), layerExt); slices.Contains(except, id) {
			continue
		}
		if info, err := e.Info(); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}
