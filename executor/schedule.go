package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
)

// Several images are made at the same time. If two of them begin with the same steps, the first
// one makes these steps. The other one waits until they are sealed, and continues from there. An
// image only waits for images before it in the plan.

// branch is a step of an image from which other images continue.
type branch struct {
	steps   int           // how many steps come before it
	reached chan struct{} // closed when these steps are sealed, or when it is certain that this run will not seal them
	once    sync.Once
}

// task is an image of the plan and its relations to other images.
type task struct {
	img      *planner.Image
	place    int           // position in the plan
	changed  chan struct{} // shared by all tasks; receives a value when one can continue
	branches []*branch     // in the order of their steps
	after    *branch       // branch of another task from which this one continues; nil: none
	maker    string        // name of the image that makes the steps before it
	told     bool          // its wait was reported
}

// tasks returns a task for each image of a plan. An image continues from the first image that
// makes most of its steps: if the IDs of two steps are equal, so are all steps before them.
func tasks(plan *planner.Plan, changed chan struct{}) []*task {
	var all []*task
	makers := map[string]*task{} // by step ID
	for i, img := range plan.Images {
		t := &task{img: img, place: i, changed: changed}
		all = append(all, t)
		if img.UpToDate || img.Target != "" {
			continue
		}
		n := 0
		for n < len(img.Steps) && makers[img.Steps[n].ID] != nil {
			n++
		}
		if n > 0 {
			of := makers[img.Steps[n-1].ID]
			t.after, t.maker = of.branchAt(n), of.img.Name
		}
		for _, step := range img.Steps[n:] {
			makers[step.ID] = t
		}
	}
	return all
}

func (t *task) branchAt(steps int) *branch {
	i, found := slices.BinarySearchFunc(t.branches, steps, func(b *branch, n int) int { return b.steps - n })
	if !found {
		t.branches = slices.Insert(t.branches, i, &branch{steps: steps, reached: make(chan struct{})})
	}
	return t.branches[i]
}

// images carries out the plan, in its order except where an image has to wait. If an image fails,
// the others are still made.
func (a *applier) images(ctx context.Context) error {
	all := tasks(a.plan, make(chan struct{}, 1))
	waiting, errs := slices.Clone(all), make([]error, len(all))
	done, running := make(chan struct{}), 0
	stop := a.Stop
	for {
		for i := 0; i < len(waiting) && running < max(a.Parallel, 1) && !a.stopped() && ctx.Err() == nil; {
			t := waiting[i]
			if !t.ready() {
				a.tellWait(t)
				i++
				continue
			}
			waiting = slices.Delete(waiting, i, i+1)
			running++
			go func() {
				errs[t.place] = a.image(ctx, t)
				t.reachAll()
				done <- struct{}{}
			}()
		}
		if running == 0 {
			for _, t := range waiting {
				errs[t.place] = fmt.Errorf("image %s: %w before it was begun", t.img.Name, cmp.Or(ctx.Err(), ErrInterrupted))
			}
			for i, t := range all {
				if errs[i] != nil {
					a.errs[t.img.Name] = errs[i]
				}
			}
			return errors.Join(errs...)
		}
		select {
		case <-done:
			running--
		case <-all[0].changed:
		case <-stop:
			stop = nil // stop the other images one after the other
		}
	}
}

// ready reports whether the steps that another image makes for this one are sealed.
func (t *task) ready() bool {
	if t.after == nil {
		return true
	}
	select {
	case <-t.after.reached:
		return true
	default:
		return false
	}
}

// tellWait reports, once, what an image waits for.
func (a *applier) tellWait(t *task) {
	if !t.told {
		t.told = true
		what := fmt.Sprintf("the first %d of %d steps are", t.after.steps, len(t.img.Steps))
		if t.after.steps == 1 {
			what = "the first step is"
		}
		a.emit(record.Event{
			Type: record.ImageWait, Image: t.img.Name, Step: t.after.steps, Steps: len(t.img.Steps), Detail: what + " made by image " + t.maker,
		})
	}
}

func (t *task) reachAll() {
	for _, b := range t.branches {
		t.reach(b)
	}
}

// reach releases the images that wait at a branch.
func (t *task) reach(b *branch) {
	b.once.Do(func() { close(b.reached) })
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// image makes one image.
func (a *applier) image(ctx context.Context, t *task) error {
	r, err := a.newRun(t)
	if err == nil {
		err = r.carryOut(ctx)
	}
	if err != nil {
		err = fmt.Errorf("image %s: %w", t.img.Name, err)
		if unnoted := a.record(a.failure(record.Event{Type: record.Error, Image: t.img.Name, Interrupted: errors.Is(err, ErrInterrupted)}, err)); unnoted != nil {
			err = errors.Join(err, unnoted)
		}
	}
	return err
}
