package image

import (
	"cmp"
	"slices"
	"time"
)

// Keeper is a [Backend] that keeps checkpoints in a store.
type Keeper interface {
	// Checkpoints lists those in the store, of this backend alone.
	Checkpoints(store string) ([]Checkpoint, error)
	// Sealed returns how many steps of the chain in the options, on the source with the
	// fingerprint, are in checkpoints: a session for writing would be opened at the last
	// of them. It reads no contents, so only that session may find damage.
	Sealed(fingerprint string, opts OpenOptions) (steps int, err error)
	// Contents lists what a checkpoint changed. A backend whose checkpoints are whole
	// images gives [errors.ErrUnsupported].
	Contents(store, id string) ([]Content, error)
	// Drop removes checkpoints, all that build on them, and what interrupted runs left.
	// It returns the number of bytes freed. No session may have the store open.
	Drop(store string, ids []string) (freed int64, err error)
}

// Checkpoint is work that is kept in a store.
type Checkpoint struct {
	ID     string    // of the last step that is in it
	Parent string    // the checkpoint it builds on, which it needs; empty: the source
	Used   time.Time // when a session last used it, as far as the clock was right
	Parts  []Part    // what it takes in the store, without the parts of its parents
	Damage error     // why it can't be used; nil if no damage is known
}

// Part is something in a store that takes room, and that checkpoints may share.
type Part struct {
	Name string
	Size int64
}

// Content is the change of a checkpoint to one path of the image.
type Content struct {
	Path    string
	Removed bool   // what was there is removed first
	Written bool   // it is a file with new content
	Folder  bool   // it is a folder
	Size    int64  // bytes of new content
	Hive    string // name of the hive that it is; empty: none
}

// Room returns what checkpoints take in their store, each part once.
func Room(list []Checkpoint) (bytes int64) {
	seen := map[string]bool{}
	for _, c := range list {
		for _, p := range c.Parts {
			if !seen[p.Name] {
				seen[p.Name] = true
				bytes += p.Size
			}
		}
	}
	return bytes
}

// Excess returns the checkpoints to evict so that the others take at most max bytes, in
// the order of eviction: first those that can't be used, because they are damaged or
// build on one that is gone; then those that are not wanted; then wanted ones. Within a
// group the least recently used goes first, but never one that another builds on:
// chains are cut from their ends.
func Excess(list []Checkpoint, wanted map[string]bool, max int64) []Checkpoint {
	r := newRetention(list)
	for {
		i := slices.IndexFunc(r.left, func(c Checkpoint) bool { return c.Damage != nil || c.Parent != "" && !r.there[c.Parent] })
		if i < 0 {
			break
		}
		r.drop(i)
	}
	for r.room > max && len(r.left) > 0 {
		r.drop(r.next(wanted))
	}
	return r.gone
}

// retention is the state of [Excess]: what is left.
type retention struct {
	left, gone []Checkpoint
	there      map[string]bool // IDs of those left
	children   map[string]int  // how many build on one
	shared     map[string]int  // how many have a part
	room       int64
}

func newRetention(list []Checkpoint) *retention {
	r := &retention{
		left: slices.Clone(list), room: Room(list),
		there: map[string]bool{}, children: map[string]int{}, shared: map[string]int{},
	}
	for _, c := range list {
		r.there[c.ID] = true
		r.children[c.Parent]++
		for _, p := range c.parts() {
			r.shared[p.Name]++
		}
	}
	return r
}

// next returns the checkpoint to evict next. If checkpoints build on each other in a
// circle, which no backend makes, it is any of them.
func (r *retention) next(wanted map[string]bool) int {
	best := 0
	for i, c := range r.left {
		if r.rank(c, wanted, r.left[best]) < 0 {
			best = i
		}
	}
	return best
}

// rank is negative if a goes before b.
func (r *retention) rank(a Checkpoint, wanted map[string]bool, b Checkpoint) int {
	return cmp.Or(
		order(r.children[a.ID] > 0, r.children[b.ID] > 0),
		order(wanted[a.ID], wanted[b.ID]),
		a.Used.Compare(b.Used),
		cmp.Compare(a.ID, b.ID),
	)
}

// order sorts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (r *retention) drop(i int) {
	c := r.left[i]
	r.left = slices.Delete(r.left, i, i+1)
	r.gone = append(r.gone, c)
	delete(r.there, c.ID)
	r.children[c.Parent]--
	for _, p := range c.parts() {
		if r.shared[p.Name]--; r.shared[p.Name] == 0 {
			r.room -= p.Size
		}
	}
}

// parts returns the parts, each once.
func (c Checkpoint) parts() []Part {
	parts := slices.SortedFunc(slices.Values(c.Parts), func(a, b Part) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(parts, func(a, b Part) bool { return a.Name == b.Name })
}
