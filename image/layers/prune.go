package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/internal/durable"
)

// Drop removes layers, those that stand on them, contents that no layer is left
// for, and what interrupted runs have left. It returns how many bytes that freed. It
// needs the store in dir for itself and returns [ErrBusy] while a session has it open.
func Drop(dir string, ids []string) (freed int64, err error) {
	return alone(dir, func(s *Store) (int64, error) {
		list, err := List(dir)
		if err != nil {
			return 0, err
		}
		return s.prune(without(list, ids))
	})
}

// without returns the layers that neither are one of those nor stand on one.
func without(list []Kept, ids []string) map[string]bool {
	parent, keep := map[string]string{}, map[string]bool{}
	for _, k := range list {
		if k.Err == nil {
			parent[k.ID] = k.Layer.Parent
		}
	}
	for _, k := range list {
		keep[k.ID] = true
		for id, n := k.ID, 0; id != "" && n <= len(list); id, n = parent[id], n+1 {
			if slices.Contains(ids, id) {
				delete(keep, k.ID)
			}
		}
	}
	return keep
}

// alone does something with the store in dir while no session has it open. Without
// a store there is nothing to do.
func alone(dir string, do func(*Store) (int64, error)) (int64, error) {
	if _, err := os.Stat(filepath.Join(dir, layerDir)); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	defer lock.Close()
	ok, err := lock.TryLock()
	if err == nil && !ok {
		err = ErrBusy
	}
	if err != nil {
		return 0, fmt.Errorf("checkpoint store %s: %w", dir, err)
	}
	return do(View(dir))
}

func (s *Store) prune(keep map[string]bool) (int64, error) {
	kept, blobs := map[string]bool{}, map[string]bool{}
	for id := range keep {
		s.mark(id, kept, blobs)
	}
	// Manifests first: a layer must not outlive its contents.
	freed, err := sweep(filepath.Join(s.dir, layerDir), func(name string) bool {
		return kept[strings.TrimSuffix(name, layerExt)]
	})
	if err == nil {
		err = durable.SyncDir(filepath.Join(s.dir, layerDir))
	}
	if err != nil {
		return freed, err
	}
	n, err := sweep(filepath.Join(s.dir, blobDir), func(name string) bool { return blobs[name] })
	freed += n
	if err != nil {
		return freed, err
	}
	n, err = sweep(filepath.Join(s.dir, stagingDir), func(string) bool { return false })
	return freed + n, err
}

// mark notes what a layer and those below it need, down to one that is noted
// already. A layer that can't be used needs nothing.
func (s *Store) mark(id string, kept, blobs map[string]bool) {
	var stack []*Layer
	for next := id; next != "" && !kept[next] && len(stack) < 1<<16; {
		l, err := s.Load(next)
		if err != nil {
			return
		}
		stack = append(stack, l)
		next = l.Parent
	}
	for _, l := range stack {
		kept[l.ID] = true
		for _, e := range l.Entries {
			if e.Kind == File {
				blobs[fmt.Sprintf("%x", e.Content.SHA256)] = true
			}
		}
	}
}

// sweep removes what is in a folder and not kept.
func sweep(dir string, keep func(name string) bool) (freed int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if keep(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		freed += diskSize(path)
		if err := os.RemoveAll(path); err != nil {
			return freed, err
		}
	}
	return freed, nil
}

func diskSize(path string) (n int64) {
	// What can't be looked at is not counted; removing it tells.
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}
