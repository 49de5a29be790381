package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/preflight"
)

const planHelp = `Plan compares the configuration of the current folder with its images, which it
reads directly from their files, and prints what apply would change. It changes
nothing. For a resource that expands to others, such as a security baseline, it
prints a summary, and it prints images of one for_each with the same changes once;
-full prints everything. With -out it saves the plan to a file: apply carries out
exactly that plan, or refuses if an image has changed. The file does not contain
sensitive values; apply reads them again.`

// planning are the flags that a plan depends on.
type planning struct {
	operation.Planning
	locked bool
	bundle string // what to use instead of the current folder; empty: nothing
}

func (p *planning) register(flags *pflag.FlagSet) {
	(*variables)(&p.Vars).register(flags)
	flags.StringArrayVar(&p.Policies, "policy", nil, "ask the policies in `DIR`, too; repeatable")
	flags.StringArrayVar(&p.Targets, "target", nil, "plan only `ADDR` and what it depends on; repeatable")
	flags.StringVar(&p.bundle, "bundle", "", "use the configuration and payloads in the bundle `FILE`; outputs go into the current folder")
	flags.BoolVar(&p.locked, "locked", false, "use and fetch nothing that is not in gild.lock.hcl; the default if CI is true and the file is there")
}

// settle fills in what the flags leave to the environment.
func (p *planning) settle(flags *pflag.FlagSet, a *app) {
	switch {
	case p.locked:
		p.Locked = operation.AllLocked
	case !flags.Changed("locked") && a.Getenv("CI") == "true":
		p.Locked = operation.FetchedLocked
	}
}

type planOptions struct {
	planning
	out              string
	detailedExitcode bool
	explain          bool
	json             bool
	format           string
	detail           detail
}

// Forms of a plan.
const (
	formatText     = "text"
	formatMarkdown = "markdown"
	formatHTML     = "html"
	formatJSON     = "json"
)

// detail are the flags that say how much of a plan is shown.
type detail struct{ full, summary bool }

func (d *detail) register(flags *pflag.FlagSet) {
	flags.BoolVar(&d.full, "full", false, "show every change of every image, and not what they have in common once")
	flags.BoolVar(&d.summary, "summary", false, "show one screen: numbers, and what is destroyed or can't be undone")
}

// level returns how much is shown.
func (d detail) level() (view.Detail, error) {
	switch {
	case d.full && d.summary:
		return 0, errors.New("-full and -summary: give one of them")
	case d.full:
		return view.Full, nil
	case d.summary:
		return view.Summary, nil
	}
	return view.Grouped, nil
}

func newPlan(a *app) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan [flags]",
		Short: "Show what apply would change",
		Long:  planHelp,
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.settle(cmd.Flags(), a)
			return o.inBundle(cmd.Context(), a, []*string{&o.out}, func() error { return runPlan(cmd.Context(), o, a) })
		},
	}
	f := cmd.Flags()
	o.register(f)
	f.StringVar(&o.out, "out", "", "save the plan to `FILE`, for apply")
	f.BoolVar(&o.detailedExitcode, "detailed-exitcode", false, "exit with 2 if there are changes")
	f.BoolVar(&o.explain, "explain", false, "say what decides on the order of the steps")
	o.detail.register(f)
	f.BoolVar(&o.json, "json", false, "print JSON lines")
	f.StringVar(&o.format, "format", formatText, "print as `FORMAT`: text, or markdown, for a comment on a pull request")
	return cmd
}

func runPlan(ctx context.Context, o planOptions, a *app) error {
	level, err := o.detail.level()
	switch {
	case err != nil:
		return err
	case o.format != formatText && o.format != formatMarkdown:
		return fmt.Errorf("-format=%s: there is text and markdown; show writes a saved plan as html and json, too", o.format)
	case o.json && o.format != formatText:
		return errors.New("-json and -format: give one of them")
	}
	v := a.view(o.json)
	v.Show(level)
	plan, m, err := a.Plan(ctx, o.Planning, v)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := a.Preflight(ctx, plan, m, v, preflight.BeforePlan); err != nil {
		return err
	}
	doc := a.Document(plan)
	if err := a.checks.summarize(doc, operation.Language(m.Input.Providers)); err != nil {
		return err
	}
	if o.format == formatMarkdown {
		if err := view.Markdown(a.streams, doc, operation.Language(m.Input.Providers)); err != nil {
			return err
		}
	} else {
		v.Plan(doc, operation.Language(m.Input.Providers))
	}
	if o.explain {
		v.Order(doc)
	}
	if err := (operation.Question{Plan: doc, Module: m, Folders: o.Policies}).Ask(ctx, a.Workspace, v); err != nil {
		return err
	}
	if o.out != "" {
		if err := a.SavePlan(plan, o.out); err != nil {
			return err
		}
	}
	if o.format != formatMarkdown {
		v.Planned(doc, o.out)
	}
	if o.detailedExitcode && !plan.Empty() {
		return result(exitChanges)
	}
	return nil
}
