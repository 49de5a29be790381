package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Find returns the layers, lowest first, that hold the longest prefix of chain, and
// its number of steps. chain is the step IDs of a plan on the source with the
// fingerprint base. All parents of a layer must be in chain. skipped says why
// damaged layers are not used.
func (s *Store) Find(base string, chain []string) (stack []*Layer, steps int, skipped []error) {
	f := finder{store: s, base: base, read: map[string]loaded{}}
	for n := len(chain); n > 0; n-- {
		stack, err := f.stack(chain[:n])
		if err == nil {
			return stack, n, skipped
		}
		if !errors.Is(err, fs.ErrNotExist) && !slices.Contains(skipped, err) {
			skipped = append(skipped, err)
		}
	}
	return nil, 0, skipped
}

// finder loads layers, each once.
type finder struct {
	store *Store
	base  string
	read  map[string]loaded
}

type loaded struct {
	layer *Layer
	err   error // why it can't be used
}

// stack loads the layer of the chain's last step and those below it.
func (f *finder) stack(chain []string) ([]*Layer, error) {
	var stack []*Layer
	for id := chain[len(chain)-1]; id != ""; {
		l, err := f.load(id)
		if err != nil {
			return nil, err
		}
		stack = append(stack, l)
		chain = chain[:slices.Index(chain, id)]
		if l.Parent != "" && !slices.Contains(chain, l.Parent) {
			return nil, fmt.Errorf("layer %s: %w: it builds on %s, which is not an earlier step of this plan", id, ErrDamaged, l.Parent)
		}
		id = l.Parent
	}
	slices.Reverse(stack)
	return stack, nil
}

func (f *finder) load(id string) (*Layer, error) {
	r, ok := f.read[id]
	if !ok {
		r.layer, r.err = f.store.Load(id)
		if r.err == nil && r.layer.Base != f.base {
			r.err = fmt.Errorf("layer %s: %w: it was made for another source image", id, ErrDamaged)
		}
		f.read[id] = r
	}
	return r.layer, r.err
}

// Resume is Find for a session that continues from there: it also compares the contents
// of all layers with their digests, and records that the layers are in use.
func (s *Store) Resume(base string, chain []string) (stack []*Layer, steps int, skipped []error) {
	for {
		stack, steps, more := s.Find(base, chain)
		skipped = append(skipped, more...)
		bad := slices.IndexFunc(stack, func(l *Layer) bool {
			err := s.Verify(l)
			if err != nil {
				skipped = append(skipped, err)
			}
			return err != nil
		})
		if bad < 0 {
			var used []string
			for _, l := range stack {
				used = append(used, l.ID)
			}
			s.use(used...)
			return stack, steps, skipped
		}
		chain = chain[:slices.Index(chain, stack[bad].ID)]
	}
}
