package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/internal/host"
	"github.com/gildhq/gild/internal/preflight"
	"github.com/gildhq/gild/planner"
)

const applyHelp = `Apply makes the images of the configuration. Without a plan file it plans, shows
the plan and asks. A plan file, which plan -out has written, is carried out
without a question, exactly as it is; if an image is not what it was when the
plan was made, apply refuses.

Each change is read back. What is done is kept in checkpoints: apply may be
interrupted, or killed, and goes on from the last one when it is run again, to
the same bytes. The output gets its name only when all of it has been read back,
also what was copied from the source, which may be damaged; -verify=changes
leaves that out. With -verify=dism DISM has to confirm what it has made, too: of
each change that it made to features, packages, capabilities, language packs,
drivers, apps, the edition and international settings, what DISM lists is compared
with what is wanted, before the output is written.

Images that are made of others are planned when these are made: apply shows that
plan, too, and asks again.

What fails for a reason that may pass is tried again. A resource that fails for
good ends the making of its image, unless it has on_error = "skip": then it is left
out with what depends on it, and apply ends with exit code 5. With -continue all
that fails is left out so, to find everything that fails in one run; but no output
is written of an image that lacks what has no on_error = "skip". In a folder that is
changed in place, the rest is changed all the same.

With -rehearse everything is gone through without Windows: DISM is emulated, the
outputs are written and read back in a temporary folder, and nothing is kept. It
finds what fails by itself, such as packages for another build, names that no
image knows, or a lack of room; not what only Windows' own installers would say.`

// What apply reads back of an output.
const (
	verifyAll     = "all"
	verifyChanges = "changes"
	verifyDISM    = "dism" // all, and have DISM list what it has made
)

type applyOptions struct {
	planning
	file        string // plan to carry out; empty: plan first
	verify      string
	parallel    parallelism
	goOn        bool
	autoApprove bool
	rehearse    bool
	json        bool
}

func newApply(a *app) *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:   "apply [flags] [PLANFILE]",
		Short: "Make the images",
		Long:  applyHelp,
		Args:  atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.file = args[0]
			}
			err := runApply(cmd.Context(), o, a)
			if err == nil && a.skipped {
				return result(exitSkipped)
			}
			return err
		},
	}
	f := cmd.Flags()
	o.register(f)
	o.parallel.register(f)
	f.StringVar(&o.verify, "verify", verifyAll, "`WHAT` to read back of the output: all, changes, or dism, which is all and what DISM lists")
	f.BoolVar(&o.goOn, "continue", false, "go on after errors to find them all; no output is written of an image with one")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	f.BoolVar(&o.rehearse, "rehearse", false, "go through everything with an emulated DISM, and keep nothing")
	f.BoolVar(&o.json, "json", false, "print JSON lines; needs -auto-approve, -rehearse or a plan file")
	return cmd
}

func runApply(ctx context.Context, o applyOptions, a *app) error {
	v := a.view(o.json)
	if !slices.Contains([]string{verifyAll, verifyChanges, verifyDISM}, o.verify) {
		return fmt.Errorf("-verify=%s: want all, changes or dism", o.verify)
	}
	if o.parallel < 0 {
		return fmt.Errorf("-parallelism=%d: want how many images are made at once, 1 or more; without it, as many as do the machine good", o.parallel)
	}
	a.sweep(ctx)
	if o.rehearse {
		return a.rehearse(ctx, o, v)
	}
	if o.file != "" {
		plan, err := a.savedPlan(ctx, o, v)
		if err != nil {
			return err
		}
		if err := o.confirmable(plan); err != nil {
			return err
		}
		if err := a.preflight(ctx, plan, nil, v, preflight.BeforeApply); err != nil {
			return err
		}
		payloads, err := a.host()
		if err != nil {
			return err
		}
		defer payloads.Close() // what it does not let go of, the next run clears away
		if _, err := a.apply(ctx, plan, payloads, o, v); err != nil {
			return err
		}
		v.Left(plan.Waiting)
		return nil
	}
	if !o.autoApprove && (o.json || !a.streams.Interactive()) {
		return tell("Nobody to ask", "apply asks before it changes anything, and the standard input is not a terminal. "+
			"Give -auto-approve, or apply a plan that plan -out has saved.")
	}
	m, diags, err := a.open(ctx, o.vars)
	if err != nil {
		return err
	}
	defer m.Close()
	r := rounds{
		app: a, planning: o.planning, module: m, view: v,
		review: func(ctx context.Context, plan *planner.Plan) error { return a.review(ctx, plan, m, o, v) },
		apply: func(ctx context.Context, plan *planner.Plan) (executor.Result, error) {
			return a.apply(ctx, plan, m.host, o, v)
		},
	}
	return r.run(ctx, diags)
}

// confirmable tells why DISM can't confirm anything of the plan.
func (o applyOptions) confirmable(plan *planner.Plan) error {
	byDISM := func(img *planner.Image) bool { return img.Backend == dism.Backend{}.Name() }
	if o.verify != verifyDISM || slices.ContainsFunc(plan.Images, byDISM) || len(plan.Waiting) > 0 {
		return nil // what the others are made with is known when they are planned
	}
	return tell("No image is made with DISM", "-verify=dism has DISM list what it has made, and no image of the plan has the backend \"dism\". "+
		"Set backend = \"dism\" in an image, on a machine with DISM, or leave -verify=dism out.")
}

// savedPlan reads a plan file. Sensitive values, which are not in it, are taken
// from the configuration.
func (a *app) savedPlan(ctx context.Context, o applyOptions, v view.View) (*planner.Plan, error) {
	store, err := a.store()
	if err != nil {
		return nil, err
	}
	key, err := a.key(store)
	if err != nil {
		return nil, err
	}
	plan, err := planner.Load(o.file, key)
	switch {
	case err != nil:
		return nil, err
	case len(o.targets) > 0:
		return nil, tell("A saved plan is complete", "-target can't be used with a plan file: what the plan does was decided when it was made.")
	case len(o.vars) > 0 && !plan.Sealed():
		return nil, tell("A saved plan is complete", "-var and -var-file can't be used with this plan file: "+
			"it holds all values. They are for plans that lack sensitive ones.")
	case !plan.Sealed():
		return plan, nil
	}
	m, diags, err := a.open(ctx, o.vars)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	m.input.Key = key
	diags = merge(diags, plan.Reveal(ctx, m.input))
	if err := check(diags, m.config.Files); err != nil {
		return nil, err
	}
	v.Diagnostics(diags, m.config.Files)
	return plan, nil
}

// apply carries the plan out with what the machine has.
func (a *app) apply(ctx context.Context, plan *planner.Plan, payloads *host.Host, o applyOptions, v view.View) (executor.Result, error) {
	store, err := a.store()
	if err != nil {
		return executor.Result{}, err
	}
	using, err := a.backends()
	if err != nil {
		return executor.Result{}, err
	}
	pool, err := a.scratch(plan)
	if err != nil {
		return executor.Result{}, err
	}
	run := a.record(plan, store)
	res, err := a.execute(ctx, plan, v.Progress(plan, run.History), executor.Options{
		Host: payloads, Backends: using, Store: store, Scratch: pool, Parallel: o.parallel.images(plan, a.thisMachine()), ChangesOnly: o.verify == verifyChanges, Confirm: o.verify == verifyDISM,
		Continue: o.goOn, Events: run.Event, History: run.History, LogDir: run.Dir(), LogLevel: a.logging.level, Withhold: a.secrets.Text,
	})
	v.Applied(plan, res, a.finish(run, err))
	return res, err
}

// execute carries the plan out. The end of the context lets it come to rest at
// the next safe point; a second interrupt ends it at once. The progress is closed at the end.
func (a *app) execute(ctx context.Context, plan *planner.Plan, progress view.Progress, opts executor.Options) (executor.Result, error) {
	defer progress.Close()
	opts.Providers, opts.Log = kinds(), a.log
	opts.Stop = ctx.Done()
	record := opts.Events
	opts.Events = func(e executor.Event) {
		if record != nil {
			record(e)
		}
		progress.Event(e)
	}
	res, err := executor.Apply(a.atOnce, plan, opts)
	var failed failures
	for _, img := range res.Images {
		a.skipped = a.skipped || img.Err == nil && len(img.Skipped) > 0
		if img.Err != nil {
			failed = append(failed, img.Err)
		}
	}
	if len(failed) > 0 {
		return res, failed
	}
	return res, err
}
