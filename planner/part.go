package planner

import (
	"slices"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// A step is about an item, or about a part of one: see [providers.Division]. A part
// has an address below that of its item, and may be one of several items.

// Items returns the indexes of the items that a step makes, or a part of.
func (s *Step) Items() []int { return append([]int{s.Item}, s.Also...) }

// Is reports whether a step makes an item, given by its index, or a part of it.
func (s *Step) Is(item int) bool { return s.Item == item || slices.Contains(s.Also, item) }

// StepAddr returns the address of what a step is about.
func (img *Image) StepAddr(step int) dsl.Addr {
	s := img.Steps[step]
	return partAddr(img.Items[s.Item].Addr, s.Part)
}

func partAddr(of dsl.Addr, part string) dsl.Addr {
	if part == "" {
		return of
	}
	return dsl.Addr{Image: of.Image, In: of.Local(), Kind: of.Kind, Key: part}
}

// StepItem returns the resource, or part, that a step makes as an item of its own.
func (img *Image) StepItem(step int, kinds map[string]*providers.Provider) *Item {
	s := img.Steps[step]
	it := img.Items[s.Item]
	if s.Part == "" && len(s.Also) == 0 {
		return it
	}
	part := *it
	part.Addr = img.StepAddr(step)
	if kind := kinds[it.Addr.Kind]; s.Part != "" && kind != nil {
		part.Want = kind.Only(it.Want, s.Part)
	}
	for _, i := range s.Also {
		part.Skip = part.Skip && img.Items[i].Skip
	}
	return &part
}

// DependsOn reports whether a step has to wait for another one.
func (img *Image) DependsOn(step, earlier int) bool {
	on := img.Items[img.Steps[step].Item].DependsOn
	return slices.ContainsFunc(img.standsFor(earlier), func(a dsl.Addr) bool { return slices.Contains(on, a) })
}

// standsFor returns the addresses by which others depend on a step.
func (img *Image) standsFor(step int) []dsl.Addr {
	addrs := []dsl.Addr{img.StepAddr(step)}
	for _, i := range img.Steps[step].Items() {
		addrs = append(addrs, img.Items[i].Addr)
	}
	return addrs
}

// Left returns what the image is made with: items, and in place of one that is left out in
// part, its other parts. Whole is how many are not left out.
func (img *Image) Left(kinds map[string]*providers.Provider) (left []*Item, whole int) {
	out, parts := img.LeftOut(), map[int][]*Item{}
	for i := range img.Steps {
		if s := &img.Steps[i]; s.Part != "" && out[s.Item] && !s.LeftOut {
			parts[s.Item] = append(parts[s.Item], img.StepItem(i, kinds))
		}
	}
	for i, it := range img.Items {
		if out[i] {
			left = append(left, parts[i]...)
			continue
		}
		left, whole = append(left, it), whole+1
	}
	return left, whole
}
