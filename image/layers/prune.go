package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/store"
)

// Drop removes layers, the layers that build on them, contents that no remaining layer
// needs, and the leftovers of interrupted runs. It returns the number of bytes freed.
// It needs exclusive use of the store in dir, and returns [ErrBusy] while a session has
// the store open.
func Drop(dir string, ids []string) (freed int64, err error) {
	return alone(dir, func(s *Store) (int64, error) {
		list, err := s.list()
		if err != nil {
			return 0, err
		}
		return s.prune(without(list, ids))
	})
}

// without returns the layers that remain: neither given nor built on a given one.
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

// alone calls do with the store in dir while no session has it open. Without a store
// there is nothing to do.
func alone(dir string, do func(*Store) (int64, error)) (freed int64, err error) {
	s, err := View(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("checkpoint store: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	s.lock = newLock(s.folder)
	ok, err := s.lock.TryLock()
	if err == nil && !ok {
		err = ErrBusy
	}
	if err != nil {
		return 0, fmt.Errorf("checkpoint store %s: %w", dir, err)
	}
	return do(s)
}

func (s *Store) prune(keep map[string]bool) (int64, error) {
	kept, blobs := map[string]bool{}, map[string]bool{}
	for id := range keep {
		s.mark(id, kept, blobs)
	}
	// Manifests first: a layer must not outlive its contents.
	manifests := &store.Names{Files: store.Only(ids + regexp.QuoteMeta(layerExt) + "|" + store.Temp)}
	freed, err := s.folder.Clear(layerDir, manifests, func(name string) bool {
		return kept[strings.TrimSuffix(name, layerExt)]
	})
	if err == nil {
		err = durable.SyncIn(s.folder.Root, layerDir)
	}
	if err != nil {
		return freed, err
	}
	contents := &store.Names{Files: store.Only(`[0-9a-f]{64}`)}
	n, err := s.folder.Clear(blobDir, contents, func(name string) bool { return blobs[name] })
	freed += n
	if err != nil {
		return freed, err
	}
	n, err = s.folder.Clear(stagingDir, staged, nil)
	return freed + n, err
}

// mark marks what a layer and those below it need, down to the first marked one. A
// layer that can't be used needs nothing.
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
