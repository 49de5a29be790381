package main

import (
	"context"
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/operation"
)

const lockHelp = `Lock shows what gild.lock.hcl says of the modules, payloads and source images of the
configuration in the current folder.

With -upgrade it looks for what is newer: versions that fit a constraint, what a branch,
a tag or an address is now, and files of this machine that were changed. It writes the
file and prints the difference, as text for a pull request. Given addresses, it looks for
these only, as they are written in the file.

With -check nothing is written, and the exit code is 2 if the file lacks something, or
something is not as it is locked; together with -upgrade, also if there is something
newer.`

type lockOptions struct {
	vars                 variables
	upgrade, check, json bool
	addresses            []string
}

func newLock(a *app) *cobra.Command {
	var o lockOptions
	cmd := &cobra.Command{
		Use:   "lock [flags] [ADDRESS]...",
		Short: "Show, check and upgrade the lock",
		Long:  lockHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.addresses = args; len(args) > 0 && !o.upgrade {
				return errors.New("addresses say what to upgrade; give -upgrade, too")
			}
			return runLock(cmd.Context(), o, a)
		},
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.upgrade, "upgrade", false, "look for what is newer, and lock that")
	cmd.Flags().BoolVar(&o.check, "check", false, "write nothing; exit with 2 if something is not locked, or is not as locked")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runLock(ctx context.Context, o lockOptions, a *app) error {
	if !o.upgrade && !o.check {
		f, err := operation.ReadLock()
		if err != nil {
			return err
		}
		return printLock(&operation.LockResult{File: f}, o, a, view.LockEntries)
	}
	done, err := a.Lock(ctx, operation.LockRequest{
		Reading: operation.Reading{Vars: o.vars}, Upgrade: o.upgrade, Addresses: o.addresses, Keep: o.check,
	}, func(diags hcl.Diagnostics, files map[string]*hcl.File) {
		if !o.json {
			a.screen().Diagnostics(diags, files)
		}
	})
	if err != nil {
		return err
	}
	if err := printLock(done, o, a, view.LockChanges); err != nil {
		return err
	}
	if o.check && len(done.Changes) > 0 {
		return result(exitChanges)
	}
	return nil
}

func printLock(r *operation.LockResult, o lockOptions, a *app, show func(*operation.LockResult) []string) error {
	if o.json {
		return view.Document(a.streams, view.NewLock(r))
	}
	for _, line := range show(r) {
		a.screen().Line(line)
	}
	return nil
}
