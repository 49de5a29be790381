package sequencer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// failed decides what follows a failed action. During an attempt, an error on the way back to the
// beginning of that attempt counts as one more failure of it, but the steps are not blamed for
// that.
func (s *Sequencer) failed(e Event) {
	a := s.asked
	if a.Do == Try {
		s.tried(e)
		return
	}
	for len(s.goals) > 0 && s.goals.top().kind != attempt {
		s.goals.drop()
	}
	if len(s.goals) == 0 {
		s.stop(e.Err)
		return
	}
	g := s.goals.top()
	if a.Do == Wait {
		s.failedForGood(*g, e.Stopped)
		return
	}
	if a.Do != Apply || a.Again {
		e.Fault &^= Blamed
	}
	g.tries, g.last = g.tries+1, e
	if e.Fault&Passing == 0 {
		s.failedForGood(*g, e.Stopped)
		return
	}
	s.goals.push(s.back(g.from)...)
	s.do(Action{Do: Wait, Attempt: g.tries, Err: e.Err})
}

// do adds a goal that is pursued before all others.
func (s *Sequencer) do(a Action) { s.goals.push(goal{kind: act, act: a}) }

// back restores the image to its state after a number of steps, whatever state a failure has
// left: it is opened at its last checkpoint, and the steps since then are repeated and sealed. If
// nothing can be undone, the image stays as it is.
func (s *Sequencer) back(to int) []goal {
	if s.InPlace {
		return nil
	}
	return []goal{{kind: seal}, {kind: remake, to: to}, {kind: act, act: Action{Do: Reopen}}}
}

// failedForGood decides what follows the last attempt.
func (s *Sequencer) failedForGood(g goal, stopped bool) {
	s.goals.drop()
	e := g.last
	switch {
	case stopped && e.Fault&(Passing|Waiting) != 0:
		s.goals = nil
		s.do(Action{Do: Stop, Interrupted: true, Err: e.Err})
	case e.Fault&Blamed == 0:
		s.stop(e.Err)
	case g.to-g.from == 1:
		s.settle(map[int]error{g.from: e.Err}, s.back(g.from), nil)
	case len(e.Failed) > 0:
		s.settle(e.Failed, []goal{{kind: act, act: Action{Do: Accept, From: g.from, To: e.Tried}}}, s.before(g))
	case e.Fault&Spoiled != 0 && !s.lenient(g.from, g.to):
		s.giveUp(nil, e.Err)
	default:
		half := (g.from + g.to) / 2
		s.goals.push(goal{kind: reach, from: half, to: g.to}, goal{kind: seal}, goal{kind: reach, from: g.from, to: half})
		s.goals.push(s.back(g.from)...)
		s.do(Action{Do: Halve, From: g.from, To: g.to, Err: e.Err})
	}
}

// before returns the goals that keep a part of a batch in which required steps failed: the steps
// before the first failed one are repeated and sealed. A folder keeps all steps that were made.
func (s *Sequencer) before(g goal) []goal {
	if s.InPlace {
		return []goal{{kind: act, act: Action{Do: Keep, To: g.last.Tried}}}
	}
	first := slices.Min(slices.Collect(maps.Keys(g.last.Failed)))
	return append([]goal{{kind: seal}, {kind: reach, from: g.from, to: first}}, s.back(g.from)...)
}

// lenient reports whether the run may continue without at least one of these steps.
func (s *Sequencer) lenient(from, to int) bool {
	for i := from; i < to; i++ {
		if s.Skip(i) {
			return true
		}
	}
	return s.Continue
}

// settle decides what happens to steps that failed for good. They are left out, with everything
// that depends on them, if all of these have on_error = "skip", or if the run is to find all
// errors: then it continues with follows. Otherwise the run keeps what keeps says, and ends with
// the errors.
func (s *Sequencer) settle(failed map[int]error, follows, keeps []goal) {
	steps := slices.Sorted(maps.Keys(failed))
	var errs []error
	causes := map[int]error{}
	for _, step := range steps {
		causes[step] = failed[step]
		out := s.dependents(step)
		needed := slices.IndexFunc(out, func(i int) bool { return !s.Skip(i) })
		if needed > 0 {
			causes[step] = fmt.Errorf("it can't be left out: %s depends on it and has no on_error = \"skip\": %w", s.Name(out[needed]), failed[step])
		}
		if needed >= 0 {
			errs = append(errs, causes[step])
		}
	}
	if len(errs) > 0 && !s.Continue {
		s.giveUp(keeps, errs...)
		return
	}
	s.errs = append(s.errs, errs...)
	var outs []goal
	for _, step := range steps {
		out := s.dependents(step)
		for _, i := range out {
			s.left[i] = true
		}
		outs = append(outs, goal{kind: act, act: Action{Do: LeaveOut, Out: out, Err: causes[step]}})
	}
	slices.Reverse(outs)
	s.goals.push(follows...)
	s.goals.push(outs...)
}

// dependents returns a step and those that depend on it, except those that are already left out.
func (s *Sequencer) dependents(step int) []int {
	return slices.DeleteFunc(s.Dependents(step), func(i int) bool { return s.left[i] })
}

// giveUp ends the run because steps failed. Before that it reaches keeps, and tries the steps
// after them in the same batch.
func (s *Sequencer) giveUp(keeps []goal, errs ...error) {
	s.errs = append(s.errs, errs...)
	last := goals{{kind: finish}}
	for _, g := range s.goals {
		switch {
		case g.kind == reach && g.from > s.done: // the second half of a batch whose first half failed
			last.push(try(g.from, g.to))
		case g.act.Do == Try:
			last.push(g)
		}
	}
	last.push(keeps...)
	s.goals = last
}

func try(from, to int) goal { return goal{kind: act, act: Action{Do: Try, From: from, To: to}} }

// tried decides what follows when steps failed that were only tried.
func (s *Sequencer) tried(e Event) {
	from, to := s.asked.From, s.asked.To
	half := (from + to) / 2
	switch {
	case e.Fault&Blamed == 0:
		s.stop(e.Err)
	case len(e.Failed) > 0:
		s.errs = append(s.errs, e.Err)
		if e.Tried < to {
			s.goals.push(try(e.Tried, to))
		}
	case to-from == 1 || e.Fault&Spoiled != 0:
		s.errs = append(s.errs, e.Err)
	default:
		s.goals.push(try(half, to), try(from, half))
	}
}

// stop ends the run for an error that no step caused. If the run was already ending for other
// errors, the error names them, too.
func (s *Sequencer) stop(err error) {
	if !s.Continue {
		err = errors.Join(append(s.errs, err)...)
	}
	s.goals = nil
	s.do(Action{Do: Stop, Err: err})
}
