package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/scenario"
)

const testHelp = `Test runs the tests of the configuration in the current folder: the *.gildtest.hcl
files there and in the folder tests. A run plans, applies or rehearses the configuration
in a temporary folder, from sample images that the file describes, and asserts what the
plan says and what the images then hold. Nothing of it is kept.

It ends with 1 if a run does not pass, or if there is none.`

type testOptions struct {
	scenario.Options
	json  bool
	junit string
}

func newTest(a *app) *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test [flags]",
		Short: "Test the configuration",
		Long:  testHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runTest(cmd.Context(), o, a) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Filter, "filter", nil, "run only tests with `TEXT` in FILE:NAME; repeatable")
	f.IntVar(&o.Parallel, "parallelism", 0, "run `MANY` tests at once; by default as many as there are processors")
	f.StringVar(&o.junit, "junit", "", "write the results to `FILE`, as JUnit XML")
	f.BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runTest(ctx context.Context, o testOptions, a *app) error {
	if o.Parallel < 0 {
		return fmt.Errorf("-parallelism=%d: want how many tests run at once, 1 or more", o.Parallel)
	}
	files, sources, diags := scenario.Find(regular.DirFS("."))
	if err := operation.Check(diags, sources); err != nil {
		return err
	}
	results, err := scenario.Test(ctx, a.Workspace, files, o.Options)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(results, func(r *scenario.Result) bool { return r.Outcome != scenario.Skipped }) {
		return operation.Explain("No tests", "No run block in *.gildtest.hcl files of this folder, or of its folder tests, is to be run.")
	}
	if o.junit != "" {
		var xml bytes.Buffer
		if err := errors.Join(scenario.JUnit(&xml, results), durable.WriteFile(o.junit, xml.Bytes())); err != nil {
			return err
		}
	}
	if o.json {
		err = view.Document(a.streams, view.NewTests(results))
	} else {
		view.PrintTests(a.screen(), results, sources)
	}
	if slices.ContainsFunc(results, func(r *scenario.Result) bool { return r.Outcome == scenario.Failed || r.Outcome == scenario.Errored }) {
		return errors.Join(err, result(exitError))
	}
	return err
}
