package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/operation"
)

const initHelp = `Init fetches what the configuration in the current folder names and this machine does
not have: modules, payloads and source images. It writes gild.lock.hcl, which says what
exactly each of them is; commit that file. Plan and apply refuse what does not match
it. What is locked stays when init runs again: it only adds what is new. "gild lock
-upgrade" looks for what is newer.

Other commands fetch no modules: they use the locked ones from this machine's cache,
and ask for init if one is missing.`

func newInit(a *app) *cobra.Command {
	var vars variables
	cmd := &cobra.Command{
		Use:   "init [flags]",
		Short: "Fetch what the configuration names, and lock it",
		Long:  initHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runInit(cmd.Context(), vars, a) },
	}
	vars.register(cmd.Flags())
	return cmd
}

func runInit(ctx context.Context, vars variables, a *app) error {
	result, err := a.Lock(ctx, operation.LockRequest{Reading: operation.Reading{Vars: vars}}, a.screen().Diagnostics)
	if err != nil {
		return err
	}
	return printLock(result, lockOptions{}, a, view.LockChanges)
}
