package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/image/dism"
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
			return runApply(cmd.Context(), o, a)
		},
	}
	f := cmd.Flags()
	o.register(f)
	o.parallel.register(f)
	f.StringVar(&o.verify, "verify", verifyAll, "`WHAT` to read back of the output: all, changes, or dism, which is all and what DISM lists")
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
		return a.apply(ctx, plan, o, v)
	}
	if !o.autoApprove && (o.json || !a.streams.Interactive()) {
		return tell("Nobody to ask", "apply asks before it changes anything, and the standard input is not a terminal. "+
			"Give -auto-approve, or apply a plan that plan -out has saved.")
	}
	plan, m, err := a.plan(ctx, o.planning, v)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := o.confirmable(plan); err != nil {
		return err
	}
	a.lookUpCached(plan)
	v.Plan(plan, language(m.input.Providers))
	v.Expected(a.expect(plan))
	if err := a.preflight(ctx, plan, m, v, preflight.BeforeApply); err != nil {
		return err
	}
	if !plan.Empty() && !o.autoApprove {
		if err := a.consent(ctx, "Shall gild make these changes?", "Not applied"); err != nil {
			return err
		}
	}
	return a.apply(ctx, plan, o, v)
}

// confirmable tells why DISM can't confirm anything of the plan.
func (o applyOptions) confirmable(plan *planner.Plan) error {
	byDISM := func(img *planner.Image) bool { return img.Backend == dism.Backend{}.Name() }
	if o.verify != verifyDISM || slices.ContainsFunc(plan.Images, byDISM) {
		return nil
	}
	return tell("No image is made with DISM", "-verify=dism has DISM list what it has made, and no image of the plan has the backend \"dism\". "+
		"Set backend = \"dism\" in an image, on a machine with DISM, or leave -verify=dism out.")
}

// savedPlan reads a plan file. Sensitive values, which are not in it, are taken
// from the configuration.
func (a *app) savedPlan(ctx context.Context, o applyOptions, v view.View) (*planner.Plan, error) {
	plan, err := planner.Load(o.file)
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
	m, diags, err := a.open(o.vars)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	diags = merge(diags, plan.Reveal(ctx, m.input))
	if err := check(diags, m.config.Files); err != nil {
		return nil, err
	}
	v.Diagnostics(diags, m.config.Files)
	return plan, nil
}

// apply carries the plan out with what the machine has.
func (a *app) apply(ctx context.Context, plan *planner.Plan, o applyOptions, v view.View) error {
	store, err := a.store()
	if err != nil {
		return err
	}
	using, err := a.backends()
	if err != nil {
		return err
	}
	run := a.record(plan, store)
	res, err := a.execute(ctx, plan, v.Progress(plan, run.History), executor.Options{
		Backends: using, Store: store, Parallel: o.parallel.images(plan, a.thisMachine()), ChangesOnly: o.verify == verifyChanges, Confirm: o.verify == verifyDISM,
		Events: run.Event, LogDir: run.Dir(), Withhold: a.secrets.Text,
	})
	v.Applied(plan, res, a.finish(run, err))
	return err
}

// execute carries the plan out. The end of the context lets it come to rest at
// the next safe point. The progress is closed at the end.
func (a *app) execute(ctx context.Context, plan *planner.Plan, progress view.Progress, opts executor.Options) (executor.Result, error) {
	defer progress.Close()
	payloads, err := a.host()
	if err != nil {
		return executor.Result{}, err
	}
	defer payloads.Close() // what it does not let go of, the next run clears away
	opts.Providers, opts.Host, opts.Log = kinds(), payloads, a.log
	opts.Stop = ctx.Done()
	record := opts.Events
	opts.Events = func(e executor.Event) {
		if record != nil {
			record(e)
		}
		progress.Event(e)
	}
	res, err := executor.Apply(context.WithoutCancel(ctx), plan, opts)
	var failed failures
	for _, img := range res.Images {
		if img.Err != nil {
			failed = append(failed, img.Err)
		}
	}
	if len(failed) > 0 {
		return res, failed
	}
	return res, err
}
