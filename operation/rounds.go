package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
)

// rounds plans and applies until no image waits for another one. Each round makes the images
// whose sources exist now, or finds that they can't be made. No image is in two rounds, so there
// are no more rounds than images.
type rounds struct {
	*applying
	module *Module
	// review shows a plan, and returns an error if it must not be applied.
	review func(ctx context.Context, plan *planner.Plan) error
	apply  func(ctx context.Context, plan *planner.Plan) (executor.Result, error)

	failed Failures
	plans  []*planner.Plan // that were carried out
	done   []*record.Run   // of these, as far as they could begin
}

// run goes through all rounds. The diagnostics are those of the module.
func (r *rounds) run(ctx context.Context, diags hcl.Diagnostics) error {
	told := true // whether it was said that more images follow
	for {
		plan, err := r.make(ctx, r.Planning, r.module, r.front, diags)
		if err == nil && (told || !plan.Empty()) {
			err = r.review(ctx, plan)
		}
		if err != nil {
			return r.end(err)
		}
		if len(r.plans) > 0 && plan.Empty() {
			break
		}
		if err := r.carryOut(ctx, plan); err != nil {
			return r.end(err)
		}
		if len(plan.Waiting) == 0 {
			break
		}
		r.module.host.Renew() // outputs of one round are payloads of the next
		next := r.stillWaiting(plan)
		if told = len(next) > 0; told {
			r.front.Round(next)
		}
		diags = nil
	}
	if err := r.end(nil); err != nil || len(r.Targets) > 0 {
		return err
	}
	r.tidy()
	return nil
}

// carryOut carries out a plan and keeps its result. It returns errors that end the whole run;
// errors of single images are kept.
func (r *rounds) carryOut(ctx context.Context, plan *planner.Plan) error {
	res, err := r.apply(ctx, plan)
	r.plans = append(r.plans, plan)
	if res.Run != nil {
		r.done = append(r.done, res.Run)
	}
	if err != nil && (Interrupted(err) || !errors.As(err, new(Failures))) {
		return err
	}
	for _, img := range res.Images {
		switch err := res.Errs[img.Name]; {
		case err != nil:
			r.failed = append(r.failed, err)
			r.module.Input.Failed = append(r.module.Input.Failed, img.Name)
		case img.Outcome == record.Complete:
			r.module.Input.Made = append(r.module.Input.Made, img.Name)
		}
	}
	return nil
}

// stillWaiting returns the images that waited for a plan and can still be made.
func (r *rounds) stillWaiting(plan *planner.Plan) []planner.Waiting {
	lost := r.module.Input.Lost()
	return slices.DeleteFunc(slices.Clone(plan.Waiting), func(w planner.Waiting) bool {
		return slices.ContainsFunc(lost, func(l planner.Waiting) bool { return l.Image == w.Image })
	})
}

// end joins an error with those of images that failed, and says which images were not made
// because of them.
func (r *rounds) end(err error) error {
	r.front.Rounds(r.done)
	all := slices.Clone(r.failed)
	for lost := r.lost(); len(lost) > 0; {
		with := lost[0].For
		var names []string
		lost = slices.DeleteFunc(lost, func(w planner.Waiting) bool {
			same := slices.Equal(w.For, with)
			if same {
				names = append(names, w.Image)
			}
			return same
		})
		all = append(all, Explain(fmt.Sprintf("Not made, because %s failed", planner.Images(with)),
			"Still to be made: %s. Fix that and run apply again: gild keeps what it has made.", strings.Join(names, ", ")))
	}
	switch {
	case len(all) == 0:
		return err
	case err != nil:
		all = append(all, err)
	}
	return all
}

// lost returns the images that waited for failed images.
func (r *rounds) lost() []planner.Waiting {
	return slices.DeleteFunc(r.module.Input.Lost(), func(w planner.Waiting) bool {
		return !slices.ContainsFunc(r.plans, func(p *planner.Plan) bool {
			return slices.ContainsFunc(p.Waiting, func(o planner.Waiting) bool { return o.Image == w.Image })
		})
	})
}

// tidy removes files extracted from images that are not needed any more.
func (r *rounds) tidy() {
	if err := r.module.inner.Tidy(); err != nil {
		r.Warn(fmt.Sprintf("Files extracted from images that are no longer needed can't be removed: %v.", err))
	}
}
