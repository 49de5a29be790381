package main

import (
	"context"
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
)

const validateHelp = `Validate reads the configuration of the current folder and reports all errors that
can be found without opening an image: syntax, references, values that a kind
refuses, missing payloads, and resources that conflict. Variables need no values;
validate does not check what depends on a variable without a value.`

type validateOptions struct {
	vars variables
	json bool
}

func newValidate(a *app) *cobra.Command {
	var o validateOptions
	cmd := &cobra.Command{
		Use:   "validate [flags]",
		Short: "Check the configuration without opening images",
		Long:  validateHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runValidate(cmd.Context(), o, a) },
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runValidate(ctx context.Context, o validateOptions, a *app) error {
	diags, files, err := validate(ctx, o, a)
	switch {
	case err != nil:
		return err
	case o.json:
		err = view.Document(a.streams, view.NewValidation(diags))
	default:
		view.PrintValidation(a.screen(), diags, files)
	}
	if diags.HasErrors() {
		return errors.Join(err, result(exitError))
	}
	return err
}

// validate returns all diagnostics of a configuration.
func validate(ctx context.Context, o validateOptions, a *app) (hcl.Diagnostics, map[string]*hcl.File, error) {
	m, diags, err := a.Open(ctx, operation.Reading{Vars: o.vars, Lenient: true})
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	diags = operation.Merge(diags, planner.Check(ctx, m.Input))
	diags = operation.Merge(diags, m.CheckPolicies())
	return diags, m.Config.Files, ctx.Err()
}
