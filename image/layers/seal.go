package layers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/work"
)

// Seal makes a layer durable: the contents it names, then its manifest. Its
// contents were staged by [Store.Stage] or are in a sealed layer. If Seal fails,
// the layer exists or does not, but never in part.
func (s *Store) Seal(l *Layer) error {
	if err := checkID(l.ID); err != nil {
		return err
	}
	slices.SortFunc(l.Entries, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	data, err := encode(l)
	if err != nil {
		return err
	}
	if err := s.sealContents(l); err != nil {
		return fmt.Errorf("seal layer %s: %w", l.ID, err)
	}
	if err := s.folder.Write(layerPath(l.ID), data); err != nil {
		return fmt.Errorf("seal layer %s: %w", l.ID, err)
	}
	s.use(l.ID)
	return nil
}

// syncers is how many files are synced at once: fsync mostly waits.
const syncers = 8

// sealContents moves the layer's contents to their final names.
func (s *Store) sealContents(l *Layer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.toSeal(l)
	sealed := make([]bool, len(list))
	err := work.Each(context.Background(), len(list), syncers, func(i int) error {
		err := s.sealContent(list[i])
		sealed[i] = err == nil
		return err
	})
	for i, c := range list {
		if sealed[i] {
			delete(s.staged, c.SHA256)
		}
	}
	if err != nil {
		return err
	}
	return durable.SyncIn(s.folder.Root, blobDir)
}

// toSeal lists the staged contents that the layer names, each once.
func (s *Store) toSeal(l *Layer) []Content {
	var list []Content
	seen := map[[32]byte]bool{}
	for _, e := range l.Entries {
		c, ok := s.staged[e.Content.SHA256]
		if e.Kind == File && ok && !seen[c.SHA256] {
			seen[c.SHA256] = true
			list = append(list, c)
		}
	}
	return list
}

// sealContent syncs one content and gives it its final name. A file that has the
// name already is kept only if it is complete: the run that made it may have been
// killed before its fsync.
func (s *Store) sealContent(c Content) error {
	staged := s.stagedPath(c)
	if s.verify(c) == nil {
		if err := s.syncFile(blobPath(c.SHA256)); err != nil {
			return err
		}
		return s.folder.Remove(staged)
	}
	if err := s.syncFile(staged); err != nil {
		return err
	}
	return s.folder.Rename(staged, blobPath(c.SHA256))
}

func (s *Store) syncFile(name string) error {
	f, err := s.folder.Root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
