package planner

import (
	"slices"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// Without returns the image as it will be without some of its steps, given by their
// indexes. The steps keep their indexes; those left out are marked, and the others get
// the IDs of a chain without them. The image itself is not changed.
func (img *Image) Without(steps []int, kinds map[string]*providers.Provider) *Image {
	out := *img
	out.Steps = slices.Clone(img.Steps)
	for _, i := range steps {
		out.Steps[i].LeftOut, out.Steps[i].ID, out.Steps[i].Published = true, "", ""
	}
	at := ids{img.Start, img.Start}
	for i, s := range out.Steps {
		if s.LeftOut {
			continue
		}
		it := img.StepItem(i, kinds)
		at = at.next(img.Key, kinds[it.Addr.Kind], it, s.Action, s.Way)
		out.Steps[i].identify(at)
	}
	out.Head = chainHead(at.published, img.Export)
	return &out
}

// At returns the ID of the image after its first n steps: empty if all of these are left out.
func (img *Image) At(n int) string {
	for _, s := range slices.Backward(img.Steps[:n]) {
		if !s.LeftOut {
			return s.ID
		}
	}
	return ""
}

// After returns the number of steps after which the image has an ID: -1 if none has it, 0 for an
// empty ID.
func (img *Image) After(id string) int {
	if id == "" {
		return 0
	}
	i := slices.IndexFunc(img.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return -1
	}
	return i + 1
}

// LeftOut returns the indexes of the items that the image lacks, or lacks a part of.
func (img *Image) LeftOut() map[int]bool {
	out := map[int]bool{}
	for i := range img.Steps {
		if s := &img.Steps[i]; s.LeftOut {
			for _, item := range s.Items() {
				out[item] = true
			}
		}
	}
	return out
}

// Dependents returns the indexes of a step and of those that depend on it, also by
// way of others: whatever depends on a step comes after it.
func (img *Image) Dependents(step int) []int {
	on, waits := map[dsl.Addr]bool{}, map[int]bool{}
	for _, a := range img.standsFor(step) {
		on[a] = true
	}
	for found := true; found; {
		found = false
		for i, it := range img.Items {
			if !waits[i] && slices.ContainsFunc(it.DependsOn, func(a dsl.Addr) bool { return on[a] }) {
				on[it.Addr], waits[i], found = true, true, true
			}
		}
	}
	var all []int
	for i, s := range img.Steps {
		if !s.LeftOut && (i == step || waits[s.Item]) {
			all = append(all, i)
		}
	}
	return all
}

// skipped returns the items and parts of items that are left out, for the receipt.
func (img *Image) skipped() []ReceiptSkip {
	var all []ReceiptSkip
	for _, it := range img.Items {
		for _, l := range it.Lacks {
			all = append(all, ReceiptSkip{Address: l.Addr.String(), Thing: it.Thing})
		}
	}
	for i, s := range img.Steps {
		if s.LeftOut {
			all = append(all, ReceiptSkip{Address: img.StepAddr(i).String(), Thing: img.Items[s.Item].Thing})
		}
	}
	return all
}
