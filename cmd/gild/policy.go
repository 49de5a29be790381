package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/policy"
)

const policyHelp = `Policy is about policies: rules in Rego, the language of the Open Policy Agent, that
plan and apply ask before anything is done. A configuration names them in policy
blocks; -policy adds others.`

const policyTestHelp = `Test runs the tests of policies: the rules in the *.rego files of the folders whose
names begin with test_. It ends with 1 if one fails, or if there is none.`

type policyTestOptions struct {
	dirs   []string
	filter string
	json   bool
}

func newPolicy(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy COMMAND [flags]",
		Short: "Test policies",
		Long:  policyHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return operation.Explain("Unknown command", "gild policy has no command %q%s; there is test.", args[0], suggest(cmd, args[0]))
			}
			view.Help(a.streams.Err, cmd)
			return result(exitError)
		},
	}
	cmd.AddCommand(newPolicyTest(a))
	return cmd
}

func newPolicyTest(a *app) *cobra.Command {
	var o policyTestOptions
	cmd := &cobra.Command{
		Use:   "test [flags] DIR...",
		Short: "Run the tests of policies",
		Long:  policyTestHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.dirs = args; len(args) == 0 {
				return fmt.Errorf("policy test needs the folder of the policies, or several")
			}
			return runPolicyTest(cmd.Context(), o, a)
		},
	}
	cmd.Flags().StringVar(&o.filter, "filter", "", "run only tests whose name matches the regular expression `REGEX`")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runPolicyTest(ctx context.Context, o policyTestOptions, a *app) error {
	results, err := policy.Test(ctx, o.filter, o.dirs...)
	switch {
	case err != nil:
		return err
	case len(results) == 0:
		return operation.Explain("No tests", "No rule in %v begins with test_%s.", o.dirs, matching(o.filter))
	}
	err = a.print(view.NewPolicyTests(results), o.json)
	if err == nil && slices.ContainsFunc(results, func(t policy.Tested) bool { return t.Outcome == policy.Failed || t.Outcome == policy.Errored }) {
		return result(exitError)
	}
	return err
}

func matching(filter string) string {
	if filter == "" {
		return ""
	}
	return " and matches " + filter
}
