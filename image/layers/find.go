package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Find returns the layers, lowest first, that stand for the longest part of
// chain from its start, and how many steps of chain that is. chain is the step
// IDs of a plan on the source with the fingerprint base. Each layer's parents
// are within chain. skipped says of damaged layers why they are not used.
func (s *Store) Find(base string, chain []string) (stack []*Layer, steps int, skipped []error) {
	seen := map[string]error{} // layers that can't be used, and why
	for n := len(chain); n > 0; n-- {
		stack, err := s.stack(base, chain[:n], seen)
		if err == nil {
			return stack, n, skipped
		}
		if !errors.Is(err, fs.ErrNotExist) && !slices.Contains(skipped, err) {
			skipped = append(skipped, err)
		}
	}
	return nil, 0, skipped
}

// stack loads the layer of the chain's last step and those below it.
func (s *Store) stack(base string, chain []string, bad map[string]error) ([]*Layer, error) {
	var stack []*Layer
	for id := chain[len(chain)-1]; id != ""; {
		l, err := s.loadFor(base, id, bad)
		if err != nil {
			return nil, err
		}
		stack = append(stack, l)
		chain = chain[:slices.Index(chain, id)]
		if l.Parent != "" && !slices.Contains(chain, l.Parent) {
			return nil, fmt.Errorf("layer %s: %w: it stands on %s, which is no earlier step of this plan", id, ErrDamaged, l.Parent)
		}
		id = l.Parent
	}
	slices.Reverse(stack)
	return stack, nil
}

func (s *Store) loadFor(base, id string, bad map[string]error) (*Layer, error) {
	if err := bad[id]; err != nil {
		return nil, err
	}
	l, err := s.Load(id)
	if err == nil && l.Base != base {
		err = fmt.Errorf("layer %s: %w: it was made for another source image", id, ErrDamaged)
	}
	if err != nil {
		bad[id] = err
		return nil, err
	}
	return l, nil
}

// Resume is Find for going on from there: the contents of all layers are read
// and compared with their digests, too.
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
			return stack, steps, skipped
		}
		chain = chain[:slices.Index(chain, stack[bad].ID)]
	}
}
