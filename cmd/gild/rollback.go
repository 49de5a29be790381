package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
)

const rollbackHelp = `Rollback removes the checkpoints of an image that come after a step, so that the
next apply repeats the steps after it. STEP is the number of a step, its address as
plan shows it, or the beginning of a checkpoint's ID. The next apply continues from
the last checkpoint at or before that step; with -to=0, from the source. Rollback
asks before it removes anything. It does not change the output.`

type rollbackOptions struct {
	vars        variables
	to, image   string
	autoApprove bool
}

func newRollback(a *app) *cobra.Command {
	var o rollbackOptions
	cmd := &cobra.Command{
		Use:   "rollback [flags]",
		Short: "Roll back an image to an earlier checkpoint",
		Long:  rollbackHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runRollback(cmd.Context(), o, a) },
	}
	f := cmd.Flags()
	o.vars.register(f)
	f.StringVar(&o.to, "to", "", "`STEP` to roll back to: a number, an address, or a checkpoint's ID; 0: the source")
	f.StringVar(&o.image, "image", "", "`NAME` of the image; needed if there are several")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	return cmd
}

func runRollback(ctx context.Context, o rollbackOptions, a *app) error {
	if o.to == "" {
		return fmt.Errorf("rollback needs -to=STEP: a number, an address as plan shows it, or a checkpoint's ID; -to=0 is the source")
	}
	plan, m, err := a.Plan(ctx, operation.Planning{Vars: o.vars}, a.screen())
	if err != nil {
		return err
	}
	defer m.Close()
	c, err := a.checkpoints(plan)
	if err != nil {
		return err
	}
	img, from, err := operation.Rollback(c.store, plan, o.image, o.to)
	if err != nil {
		return err
	}
	behind := func(list []retention.Checkpoint) []retention.Checkpoint {
		return retention.Above(list, img.Chain()[from:])
	}
	if len(behind(c.list)) > 0 {
		a.screen().Line(fmt.Sprintf("%s is going to go on from %s.", img.Name, stepText(img, from)))
	}
	err = a.removeLayers(ctx, c, behind, removal{purpose: "rollback", autoApprove: o.autoApprove})
	if err == nil && img.UpToDate {
		a.screen().Line(fmt.Sprintf("%s is up to date: apply makes it again when its configuration changes or %s is moved away.", img.Name, img.Output))
	}
	return err
}

// stepText says from which step an image goes on.
func stepText(img *planner.Image, steps int) string {
	if steps == 0 {
		return "its source"
	}
	return fmt.Sprintf("the checkpoint after step %d of %d, %s", steps, len(img.Steps), img.StepAddr(steps-1).Local())
}
