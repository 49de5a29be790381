// Package retention decides which checkpoints of a store are kept: first those of the current
// configuration's images, then the most recently used ones, as long as there is room. It lists
// and removes checkpoints, but does not make them. Begin with [Store.List] and [Excess].
package retention

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

// DefaultRoom is how many bytes all checkpoints of a store may take together by default.
const DefaultRoom = 20 << 30

// Store is a store and the backends that keep checkpoints in it.
type Store struct {
	Dir      string
	Backends []image.Backend
}

// Checkpoint is a checkpoint with everything that is known of it.
type Checkpoint struct {
	image.Checkpoint
	Backend string
	Seal    journal.Seal
	Images  []string // of the plan that would use it
}

// keeper returns the backend with that name; nil if it keeps no checkpoints.
func (s Store) keeper(name string) image.Keeper {
	for _, b := range s.Backends {
		if k, ok := b.(image.Keeper); ok && b.Name() == name {
			return k
		}
	}
	return nil
}

// List lists the checkpoints of all backends, last used first, with what the journal says of
// them. With a plan it also says which images of the plan would use them.
func (s Store) List(plan *planner.Plan, seals map[string]journal.Seal) (list []Checkpoint, err error) {
	users := users(plan)
	for _, b := range s.Backends {
		k := s.keeper(b.Name())
		if k == nil {
			continue
		}
		found, err := k.Checkpoints(s.Dir)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			list = append(list, Checkpoint{Checkpoint: c, Backend: b.Name(), Seal: seals[c.ID], Images: users[c.ID]})
		}
	}
	slices.SortStableFunc(list, func(a, b Checkpoint) int { return b.Used.Compare(a.Used) })
	return list, nil
}

// users returns, for each step ID, the images of a plan that have the step.
func users(plan *planner.Plan) map[string][]string {
	of := map[string][]string{}
	if plan == nil {
		return of
	}
	for _, img := range plan.Images {
		for _, id := range img.Chain() {
			of[id] = append(of[id], img.Name)
		}
	}
	return of
}

// Excess returns the checkpoints to evict so that the others take at most max bytes, in the order
// of eviction: first those that can't be used, because they are damaged or build on one that is
// gone; then those that no image of the plan would use; then the others. Within a group the least
// recently used one goes first, but never one that another builds on: chains are shortened from
// their ends.
func Excess(list []Checkpoint, max int64) (gone []Checkpoint) {
	left := slices.Clone(list)
	evict := func(i int) {
		gone = append(gone, left[i])
		left = slices.Delete(left, i, i+1)
	}
	for {
		there := map[string]bool{"": true} // the source
		for _, c := range left {
			there[c.ID] = true
		}
		i := slices.IndexFunc(left, func(c Checkpoint) bool { return c.Damage != nil || !there[c.Parent] })
		if i < 0 {
			break
		}
		evict(i)
	}
	for len(left) > 0 && Room(left) > max {
		parents, next := map[string]bool{}, 0
		for _, c := range left {
			parents[c.Parent] = true
		}
		for i, c := range left {
			if before(c, left[next], parents) {
				next = i
			}
		}
		evict(next)
	}
	return gone
}

// before reports whether a is evicted before b.
func before(a, b Checkpoint, parents map[string]bool) bool {
	switch {
	case parents[a.ID] != parents[b.ID]:
		return parents[b.ID]
	case (len(a.Images) > 0) != (len(b.Images) > 0):
		return len(b.Images) > 0
	}
	return cmp.Or(a.Used.Compare(b.Used), cmp.Compare(a.ID, b.ID)) < 0
}

// Room returns the bytes that checkpoints take in the store, counting shared content once.
func Room(list []Checkpoint) (bytes int64) {
	seen := map[string]bool{}
	for _, c := range list {
		for _, p := range c.Pieces {
			if !seen[p.Name] {
				seen[p.Name] = true
				bytes += p.Size
			}
		}
	}
	return bytes
}

// Own returns the bytes of checkpoints that no other checkpoint of the list needs.
func Own(list []Checkpoint, of ...Checkpoint) int64 {
	return Room(list) - Room(slices.DeleteFunc(slices.Clone(list), func(c Checkpoint) bool {
		return slices.ContainsFunc(of, func(o Checkpoint) bool { return o.ID == c.ID })
	}))
}

// Above returns these checkpoints and those that build on them.
func Above(list []Checkpoint, ids []string) []Checkpoint {
	gone := map[string]bool{}
	for _, id := range ids {
		gone[id] = true
	}
	for n := -1; n != len(gone); {
		n = len(gone)
		for _, c := range list {
			if gone[c.Parent] {
				gone[c.ID] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(c Checkpoint) bool { return !gone[c.ID] })
}

// Drop removes checkpoints, those that build on them, and what interrupted runs left. The caller
// holds the lock of the store.
func (s Store) Drop(gone []Checkpoint) (freed int64, err error) {
	for _, b := range s.Backends {
		k := s.keeper(b.Name())
		if k == nil {
			continue
		}
		var ids []string
		for _, c := range gone {
			if c.Backend == b.Name() {
				ids = append(ids, c.ID)
			}
		}
		n, e := k.Drop(s.Dir, ids)
		freed, err = freed+n, errors.Join(err, e)
	}
	return freed, err
}

// Sealed returns how many of the first steps of an image are in checkpoints.
func (s Store) Sealed(img *planner.Image, steps int) (int, error) {
	k := s.keeper(img.Backend)
	if k == nil || img.Target != "" {
		return 0, nil
	}
	return k.Sealed(img.Fingerprint, image.OpenOptions{Store: s.Dir, Name: img.Name, Chain: img.Chain()[:steps]})
}

// Contents lists what a checkpoint changed.
func (s Store) Contents(c Checkpoint) ([]image.Content, error) {
	return s.keeper(c.Backend).Contents(s.Dir, c.ID)
}

// shortest is the minimum length of an abbreviated ID.
const shortest = 4

// Find returns the checkpoint whose ID begins with a text.
func Find(list []Checkpoint, id string) (Checkpoint, error) {
	if len(id) < shortest {
		return Checkpoint{}, fmt.Errorf("%q is too short for the ID of a checkpoint: give %d characters of it or more", id, shortest)
	}
	var found []Checkpoint
	for _, c := range list {
		if strings.HasPrefix(c.ID, strings.ToLower(id)) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return Checkpoint{}, fmt.Errorf("there is no checkpoint %s; gild layers list shows those there are", id)
	case 1:
		return found[0], nil
	}
	return Checkpoint{}, fmt.Errorf("%s is ambiguous: it begins the IDs of the checkpoints %s and %s; give more characters", id, found[0].ID, found[1].ID)
}
