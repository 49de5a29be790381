package executor

import (
	"fmt"

	"github.com/gildhq/gild/executor/sequencer"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// subject is an image of the plan and the kinds of its items. It gives a [sequencer.Sequencer]
// access to the steps.
type subject struct {
	img   *planner.Image // without what this run has left out
	kinds map[string]*providers.Provider
	items map[int]*planner.Item // by step, once asked for
}

func newSubject(img *planner.Image, kinds map[string]*providers.Provider) *subject {
	return &subject{img, kinds, map[int]*planner.Item{}}
}

// item returns the subject of a step: a resource, or a part of one.
func (s *subject) item(step int) *planner.Item {
	it := s.items[step]
	if it == nil {
		it = s.img.StepItem(step, s.kinds)
		s.items[step] = it
	}
	return it
}

// way returns the way of a step; nil if this version of gild does not know it.
func (s *subject) way(step int) *providers.Way {
	return s.kinds[s.item(step).Addr.Kind].Way(s.img.Steps[step].Way)
}

func (s *subject) Len() int { return len(s.img.Steps) }

// Together reports whether two steps can be in one batch: they have the same kind, action and
// way, and the way supports batches.
func (s *subject) Together(first, step int) bool {
	way := s.way(first)
	return way != nil && way.Batch && s.way(step) == way && s.img.Steps[step].Action == s.img.Steps[first].Action
}

func (s *subject) DependsOn(step, earlier int) bool { return s.img.DependsOn(step, earlier) }
func (s *subject) Dependents(step int) []int        { return s.img.Dependents(step) }
func (s *subject) Skip(step int) bool               { return s.item(step).Skip }

func (s *subject) Name(step int) string {
	it := s.item(step)
	return fmt.Sprintf("%s (%s:%d)", it.Addr, it.Place.File, it.Place.Line)
}

var _ sequencer.Steps = (*subject)(nil)
