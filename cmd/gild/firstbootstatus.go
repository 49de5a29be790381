package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/operation"
)

const firstBootHelp = `First-boot shows what a machine has done at its first boot. To see what is queued
for it in an image, use "gild show -first-boot".`

const firstBootStatusHelp = `Status reads what a machine has recorded of its first boot: from the folder at which
its disk is mounted, or from an image that was captured from it. The records remain
when everything is done and the queue is removed. On the machine itself, where the
registry is in use, run "reg query HKLM\SOFTWARE\gild\FirstBoot /s".

The exit code is 0 if everything is done, 2 if something is still to be done, and 4
if something has failed. It is also 0 for an image with nothing queued and nothing
recorded.`

func newFirstBoot(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "first-boot COMMAND [flags]",
		Short: "Show what a machine has done at its first boot",
		Long:  firstBootHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return operation.Explain("Unknown command", "gild first-boot has no command %q%s; there is status.", args[0], suggest(cmd, args[0]))
			}
			view.Help(a.streams.Err, cmd)
			return result(exitError)
		},
	}
	cmd.AddCommand(newFirstBootStatus(a))
	return cmd
}

func newFirstBootStatus(a *app) *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "status [flags] FOLDER | IMAGE[:NUMBER]",
		Short: "Show what a machine has recorded of its first boot",
		Long:  firstBootStatusHelp,
		Args:  exactlyOne("a folder that a machine's disk is mounted at, or an image captured of one"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := parseRef(args[0])
			if err != nil {
				return err
			}
			return firstBootStatus(cmd.Context(), ref, json, a)
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "print a JSON object")
	return cmd
}

func firstBootStatus(ctx context.Context, ref image.Ref, json bool, a *app) (err error) {
	s, err := a.OpenImage(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	files, hasFiles := image.As[image.Files](s)
	reg, hasRegistry := image.As[image.Registry](s)
	if !hasFiles || !hasRegistry {
		return fmt.Errorf("%s: is not open in a way that shows its first boot", refText(ref))
	}
	results, err := firstboot.Open(files, firstboot.Options{}).ReadResults(reg)
	if err != nil {
		return fmt.Errorf("%s: %w", refText(ref), err)
	}
	status := view.NewFirstBootStatus(refText(ref), results)
	err = a.print(status, json)
	switch {
	case err != nil:
		return err
	case status.Failed:
		return result(exitDamaged)
	case status.State != firstboot.Finished && status.State != firstboot.NoQueue:
		return result(exitChanges)
	}
	return nil
}
