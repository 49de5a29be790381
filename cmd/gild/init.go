package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
)

const initHelp = `Init fetches the modules that the configuration in the current folder may call,
and those that these call, and notes which version of each is used. Other commands
fetch no modules: they use the noted versions from this machine's cache, and ask for
init if one is missing. What is noted stays when init runs again, unless the source
or the version constraint of a module block is changed, or -upgrade is given.`

type initOptions struct{ upgrade bool }

func newInit(a *app) *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init [flags]",
		Short: "Fetch the modules of the configuration",
		Long:  initHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runInit(cmd.Context(), o, a) },
	}
	cmd.Flags().BoolVar(&o.upgrade, "upgrade", false, "use the newest versions that fit, and what branches are now")
	return cmd
}

func runInit(ctx context.Context, o initOptions, a *app) error {
	pins, err := a.FetchModules(ctx, o.upgrade)
	if err != nil {
		return err
	}
	view.PrintModules(a.screen(), pins)
	return nil
}
