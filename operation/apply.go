package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
)

// Request says what to apply, and how.
type Request struct {
	Planning
	File        string // a saved plan, applied as it is, without consent; empty: plan first
	ChangesOnly bool   // read back only what was changed in an output, not what was copied
	Confirm     bool   // have DISM list what it made
	Parallel    int    // how many images are made at the same time, at most; 0: a number that suits the machine
	Continue    bool   // continue after errors, to find all of them
	// Consent asks whether to apply a plan that was shown. It returns an error if not. Nil: no
	// question is asked.
	Consent func(context.Context) error
}

// applying is a request in progress.
type applying struct {
	*Workspace
	Request
	front   Front
	skipped bool // something was left out
}

// Apply makes the images of the configuration. It reports whether resources with on_error =
// "skip" were left out.
func (w *Workspace) Apply(ctx context.Context, r Request, front Front) (skipped bool, err error) {
	w.sweep(ctx)
	a := &applying{Workspace: w, Request: r, front: front}
	if r.File != "" {
		err = a.saved(ctx)
	} else {
		err = a.all(ctx)
	}
	return a.skipped, err
}

// saved applies a saved plan.
func (a *applying) saved(ctx context.Context) error {
	plan, err := a.savedPlan(ctx)
	if err != nil {
		return err
	}
	if err := a.current(ctx, plan); err != nil {
		return err
	}
	if err := a.confirmable(plan); err != nil {
		return err
	}
	if err := (Question{a.Document(plan), nil, a.Policies}).Ask(ctx, a.Workspace, a.front); err != nil {
		return err
	}
	if err := a.savedAsLocked(ctx, plan); err != nil {
		return err
	}
	if err := a.Preflight(ctx, plan, nil, a.front, preflight.BeforeApply); err != nil {
		return err
	}
	locked, err := readLock()
	if err != nil {
		return err
	}
	payloads, err := staging{a.Workspace}.payloads(pinsOf(locked))
	if err != nil {
		return err
	}
	defer payloads.Close() // the next run removes what can't be released
	if err := fetchAll(ctx, plan, payloads); err != nil {
		return err
	}
	if _, err := a.apply(ctx, plan, payloads); err != nil {
		return err
	}
	a.front.Left(plan.Waiting)
	return nil
}

// fetchAll brings the sources and payloads of a saved plan to this machine that are addresses.
func fetchAll(ctx context.Context, plan *planner.Plan, payloads *host.Host) error {
	kinds := Kinds()
	for _, img := range plan.Images {
		if img.Fetched != "" {
			if err := payloads.Fetch(ctx, img.Fetched); err != nil {
				return fmt.Errorf("%s: %w", img.Name, err)
			}
			img.Source.Path = payloads.Path(img.Fetched)
		}
		for _, it := range img.Items {
			kind := kindNamed(kinds, it.Addr.Kind)
			if kind == nil || it.Absent {
				continue
			}
			for _, p := range kind.Payloads(it.Want) {
				if !address.Is(p.Path) {
					continue
				}
				if err := payloads.Fetch(ctx, p.Path); err != nil {
					return fmt.Errorf("%s: %w", it.Addr, err)
				}
			}
		}
	}
	return nil
}

// savedAsLocked refuses a saved plan whose payloads and sources are not as they are locked.
func (a *applying) savedAsLocked(ctx context.Context, plan *planner.Plan) error {
	locked, err := readLock()
	if err != nil {
		return err
	}
	used, err := planned(a.Workspace, plan, nil)
	if err != nil {
		return err
	}
	payloads, err := staging{a.Workspace}.payloads(pinsOf(locked))
	if err != nil {
		return err
	}
	diags := asLocked(ctx, used, locked, payloads, a.Locked)
	if err := errors.Join(payloads.Close(), Check(diags, nil)); err != nil {
		return err
	}
	a.front.Diagnostics(diags, nil)
	return nil
}

// all plans the configuration and applies the plans.
func (a *applying) all(ctx context.Context) error {
	m, diags, err := a.Open(ctx, Reading{Vars: a.Vars})
	if err != nil {
		return err
	}
	defer m.Close()
	r := rounds{
		applying: a, module: m,
		review: func(ctx context.Context, plan *planner.Plan) error { return a.review(ctx, plan, m) },
		apply: func(ctx context.Context, plan *planner.Plan) (executor.Result, error) {
			return a.apply(ctx, plan, m.host)
		},
	}
	if err := r.run(ctx, diags); err != nil {
		return err
	}
	unproven := slices.ContainsFunc(r.plans, func(p *planner.Plan) bool {
		return slices.ContainsFunc(p.Images, func(img *planner.Image) bool { return img.Unproven > 0 })
	})
	if unproven || m.Config.Unproven {
		return a.prove(ctx, m, unproven)
	}
	return nil
}

// prove makes the checks that need the images that have been made, and checks the
// postconditions that do.
func (a *applying) prove(ctx context.Context, before *Module, postconditions bool) error {
	m, diags, err := a.Open(ctx, Reading{Vars: a.Vars, Results: true})
	if err != nil {
		return err
	}
	defer m.Close()
	m.shown = before.shown
	if postconditions {
		_, err = a.make(ctx, a.Planning, m, a.front, diags)
		return err
	}
	a.front.Diagnostics(m.unseen(diags), m.Config.Files)
	return nil
}

// confirmable returns an error if DISM can't confirm anything of the plan.
func (r Request) confirmable(plan *planner.Plan) error {
	byDISM := func(img *planner.Image) bool { return img.Serviced }
	if !r.Confirm || slices.ContainsFunc(plan.Images, byDISM) || len(plan.Waiting) > 0 {
		return nil // their backends are known only when they are planned
	}
	return Explain("No image is made with DISM", "-verify=dism has DISM list what it made, but no image of the plan has the backend \"dism\". "+
		"Set backend = \"dism\" in an image, on a machine with DISM, or omit -verify=dism.")
}

// savedPlan reads a plan file. It takes sensitive values from the configuration, since the file
// does not contain them.
func (a *applying) savedPlan(ctx context.Context) (*planner.Plan, error) {
	key, err := a.key()
	if err != nil {
		return nil, err
	}
	plan, err := planner.Load(a.File, key)
	switch {
	case err != nil:
		return nil, err
	case len(a.Targets) > 0:
		return nil, Explain("A saved plan is complete", "-target can't be used with a plan file: what the plan does was decided when it was made.")
	case len(a.Vars) > 0 && !plan.Sealed():
		return nil, Explain("A saved plan is complete", "-var and -var-file can't be used with this plan file: "+
			"it holds all values. They are for plans that lack sensitive ones.")
	case !plan.Sealed():
		return plan, nil
	}
	m, diags, err := a.Open(ctx, Reading{Vars: a.Vars})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	m.Input.Key = key
	diags = Merge(diags, plan.Reveal(ctx, m.Input))
	if err := Check(diags, m.Config.Files); err != nil {
		return nil, err
	}
	a.front.Diagnostics(diags, m.Config.Files)
	return plan, nil
}

// review shows a plan, checks its requirements, and asks for consent.
func (a *applying) review(ctx context.Context, plan *planner.Plan, m *Module) error {
	if err := a.confirmable(plan); err != nil {
		return err
	}
	doc := a.Document(plan)
	a.front.Plan(doc, Language(m.Input.Providers))
	if err := (Question{doc, m, a.Policies}).Ask(ctx, a.Workspace, a.front); err != nil {
		return err
	}
	if err := a.Preflight(ctx, plan, m, a.front, preflight.BeforeApply); err != nil {
		return err
	}
	if plan.Empty() || a.Consent == nil {
		return nil
	}
	return a.Consent(ctx)
}

// apply carries out the plan with the backends of this machine.
func (a *applying) apply(ctx context.Context, plan *planner.Plan, payloads *host.Host) (executor.Result, error) {
	store, err := a.Store()
	if err != nil {
		return executor.Result{}, err
	}
	using, err := environment(a.Getenv).backends()
	if err != nil {
		return executor.Result{}, err
	}
	pool, err := a.scratch(plan)
	if err != nil {
		return executor.Result{}, err
	}
	run := a.record(plan, store)
	res, err := a.execute(ctx, plan, a.front.Progress(plan, run.History), executor.Options{
		Host: payloads, Backends: using, Store: store, Scratch: pool, Parallel: a.parallel(), ChangesOnly: a.ChangesOnly,
		Events: run.Event, History: run.History, LogDir: run.Dir(), Withhold: a.Secrets.Text,
	})
	a.front.Applied(plan, res.Run, a.finish(run, err))
	return res, err
}

// execute carries out the plan. When the context ends, it stops at the next safe point; when
// AtOnce ends, it stops at once. It closes the progress at the end.
func (a *applying) execute(ctx context.Context, plan *planner.Plan, progress Progress, opts executor.Options) (executor.Result, error) {
	defer progress.Close()
	opts.Providers, opts.Log, opts.LogLevel = Kinds(), a.Log, a.LogLevel
	opts.Confirm, opts.Continue, opts.Stop, opts.Remedy = a.Confirm, a.Continue, ctx.Done(), remedy
	keep := opts.Events
	opts.Events = func(e record.Event) {
		if keep != nil {
			keep(e)
		}
		progress.Event(e)
	}
	res, err := executor.Apply(a.AtOnce, plan, opts)
	var failed Failures
	for _, img := range res.Images {
		a.skipped = a.skipped || record.Made(img.Outcome) && len(img.Skipped) > 0
		if err := res.Errs[img.Name]; err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		return res, failed
	}
	return res, err
}
