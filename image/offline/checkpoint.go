package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/layers"
)

var _ image.Keeper = Backend{}

// Checkpoints implements [image.Keeper].
func (Backend) Checkpoints(store string) ([]image.Checkpoint, error) {
	list, err := layers.List(store)
	if err != nil {
		return nil, err
	}
	out := make([]image.Checkpoint, len(list))
	for i, k := range list {
		out[i] = image.Checkpoint{ID: k.ID, Used: k.Used, Damage: k.Err, Pieces: []image.Piece{{Name: k.ID, Size: k.Manifest}}}
		if k.Layer == nil {
			continue
		}
		out[i].Parent = k.Layer.Parent
		for _, e := range k.Layer.Entries {
			if e.Kind == layers.File && e.Content.Size > 0 {
				out[i].Pieces = append(out[i].Pieces, image.Piece{Name: string(e.Content.SHA256[:]), Size: e.Content.Size})
			}
		}
	}
	return out, nil
}

// Sealed implements [image.Keeper].
func (Backend) Sealed(fingerprint string, opts image.OpenOptions) (int, error) {
	s, err := layers.View(opts.Store)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	_, steps, _ := s.Find(fingerprint, opts.Chain)
	return steps, s.Close()
}

// Contents implements [image.Keeper].
func (Backend) Contents(store, id string) ([]image.Content, error) {
	s, err := layers.View(store)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", id, err)
	}
	l, err := s.Load(id)
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", id, err)
	}
	out := make([]image.Content, len(l.Entries))
	for i, e := range l.Entries {
		out[i] = image.Content{
			Path: e.Path, Removed: e.Remove, Written: e.Kind == layers.File, Folder: e.Kind == layers.Dir,
			Size: e.Content.Size, Hive: hiveAt(e.Path),
		}
	}
	return out, nil
}

// hiveAt returns the name of the hive at a path; empty if there is none.
func hiveAt(path string) string {
	for _, h := range image.Hives() {
		if strings.EqualFold(h.File, path) {
			return h.Name
		}
	}
	return ""
}

// Drop implements [image.Keeper].
func (Backend) Drop(store string, ids []string) (freed int64, err error) {
	return layers.Drop(store, ids)
}
