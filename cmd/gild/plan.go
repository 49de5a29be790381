package main

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/internal/preflight"
	"github.com/gildhq/gild/planner"
)

const planHelp = `Plan compares the configuration of the current folder with its images, which it
reads straight out of their files, and prints what apply would change. Nothing is
changed by it. With -out the plan is kept in a file: apply carries out exactly
that plan, or refuses if an image is not what it was. Sensitive values are not
in the file; apply reads them again.`

// planning is what a plan is made of, as far as flags say it.
type planning struct {
	vars    variables
	targets targets
}

func (p *planning) register(flags *pflag.FlagSet) {
	p.vars.register(flags)
	flags.StringArrayVar((*[]string)(&p.targets), "target", nil, "plan `ADDR` alone, and what it depends on; repeatable")
}

type planOptions struct {
	planning
	out              string
	detailedExitcode bool
	explain          bool
	json             bool
}

func newPlan(a *app) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan [flags]",
		Short: "Show what apply would change",
		Long:  planHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runPlan(cmd.Context(), o, a) },
	}
	f := cmd.Flags()
	o.register(f)
	f.StringVar(&o.out, "out", "", "save the plan as `FILE`, for apply")
	f.BoolVar(&o.detailedExitcode, "detailed-exitcode", false, "exit with 2 if there are changes")
	f.BoolVar(&o.explain, "explain", false, "say why the steps are in their order")
	f.BoolVar(&o.json, "json", false, "print JSON lines")
	return cmd
}

func runPlan(ctx context.Context, o planOptions, a *app) error {
	v := a.view(o.json)
	plan, m, err := a.plan(ctx, o.planning, v)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := a.preflight(ctx, plan, m, v, preflight.BeforePlan); err != nil {
		return err
	}
	a.lookUpCached(plan)
	v.Plan(plan, language(m.input.Providers))
	v.Expected(a.expect(plan))
	if o.explain {
		v.Order(planner.Explain(plan))
	}
	if o.out != "" {
		if err := a.savePlan(plan, o.out); err != nil {
			return err
		}
	}
	v.Planned(plan, o.out)
	if o.detailedExitcode && !plan.Empty() {
		return result(exitChanges)
	}
	return nil
}

// plan makes a plan. Warnings are shown; the module is to be closed.
func (a *app) plan(ctx context.Context, p planning, v view.View) (*planner.Plan, *module, error) {
	m, diags, err := a.open(ctx, p.vars)
	if err != nil {
		return nil, nil, err
	}
	plan, err := a.make(ctx, p, m, v, diags)
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	return plan, m, nil
}

func (a *app) make(ctx context.Context, p planning, m *module, v view.View, diags hcl.Diagnostics) (*planner.Plan, error) {
	a.takeKey(m)
	match, err := p.targets.matcher(m.config)
	if err != nil {
		if diags.HasErrors() { // what is left out can't be found
			err = check(diags, m.config.Files)
		}
		return nil, err
	}
	m.input.Match = match
	plan, more := planner.Make(ctx, m.input)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	diags = merge(diags, more)
	if err := check(diags, m.config.Files); err != nil {
		return nil, err
	}
	v.Diagnostics(m.unseen(diags), m.config.Files)
	return plan, nil
}

// savePlan writes a plan that can be applied with this configuration's store.
func (a *app) savePlan(plan *planner.Plan, file string) error {
	store, err := a.store()
	if err != nil {
		return err
	}
	key, err := a.key(store)
	if err != nil {
		return err
	}
	return plan.Save(file, key)
}
