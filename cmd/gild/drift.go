package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
)

const driftHelp = `Drift compares an image that is there with what is declared and with what gild
wrote: an output, or a folder with a mounted or applied image. It says
  * what differs from the configuration,
  * what the image was made with and is no longer declared,
  * what has been changed since gild made it, down to files and registry values, if
    the image is a WIM file.

A file or folder that is no output or target of the configuration, such as a copy, or
the disk of a machine that the image was deployed to, is compared with -image=NAME.
Nothing is changed. The exit code is 2 if there is drift.`

type driftOptions struct {
	operation.Comparison
	vars variables
	json bool
}

func newDrift(a *app) *cobra.Command {
	var o driftOptions
	cmd := &cobra.Command{
		Use:   "drift [flags] IMAGE",
		Short: "Compare an image with what is declared, and with what gild wrote",
		Long:  driftHelp,
		Args:  exactlyOne("an image: a WIM file, or a folder that holds a mounted or applied image"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Path, o.Vars = args[0], o.vars
			return runDrift(cmd.Context(), o, a)
		},
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().StringVar(&o.Image, "image", "", "compare with the image `NAME` of the configuration, whatever it writes")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runDrift(ctx context.Context, o driftOptions, a *app) error {
	plan, m, err := a.Compare(ctx, o.Comparison, a.screen())
	if err != nil {
		return err
	}
	defer m.Close()
	var receipt *planner.Receipt
	if plan.Images[0].Output != "" {
		made, err := made(ctx, image.Ref{Path: o.Path, Index: 1}, a)
		if err != nil {
			return err
		}
		receipt = made.Receipt
	}
	found := view.NewDrifted(o.Path, receipt, a.Document(plan))
	err = a.print(found, o.json)
	if err == nil && found.Drifted {
		return result(exitChanges)
	}
	return err
}
