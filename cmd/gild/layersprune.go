package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/operation"
)

const layersPruneHelp = `Prune removes checkpoints until all of them together take no more than the
configuration allows, or SIZE. It first removes those that no image of the
configuration would use, least recently used first, and then the last ones of each
image. With -unused it removes all that no image would use. Removing a checkpoint
also removes those that build on it. Prune asks before it removes anything.`

type pruneOptions struct {
	vars        variables
	maxSize     string
	unused      bool
	dryRun      bool
	autoApprove bool
}

func newLayersPrune(a *app) *cobra.Command {
	var o pruneOptions
	cmd := &cobra.Command{
		Use:   "prune [flags]",
		Short: "Remove checkpoints",
		Long:  layersPruneHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runLayersPrune(cmd.Context(), o, a) },
	}
	f := cmd.Flags()
	o.vars.register(f)
	f.StringVar(&o.maxSize, "max-size", "", "keep no more than `SIZE`, like 500MB or 20GB; default: as the configuration says")
	f.BoolVar(&o.unused, "unused", false, "remove all that no image of the configuration would use")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say what would be removed")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	return cmd
}

func runLayersPrune(ctx context.Context, o pruneOptions, a *app) error {
	var room int64
	if o.maxSize != "" {
		var ok bool
		if room, ok = dsl.ParseSize(o.maxSize); !ok {
			return fmt.Errorf(`-max-size=%s: want a whole number with a unit, like "500MB" or "20GB", and at least "1MB"`, o.maxSize)
		}
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
	if room == 0 {
		room = c.room()
	}
	return a.removeLayers(ctx, c, func(list []retention.Checkpoint) []retention.Checkpoint {
		return o.excess(list, room)
	}, removal{purpose: "layers prune", dryRun: o.dryRun, autoApprove: o.autoApprove})
}

// excess returns the checkpoints to remove.
func (o pruneOptions) excess(list []retention.Checkpoint, room int64) []retention.Checkpoint {
	gone := retention.Excess(list, room)
	var ids []string
	for _, c := range gone {
		ids = append(ids, c.ID)
	}
	if o.unused {
		for _, c := range list {
			if len(c.Images) == 0 || c.Damage != nil {
				ids = append(ids, c.ID)
			}
		}
	}
	return retention.Above(list, ids)
}

// removal is how checkpoints are removed.
type removal struct {
	purpose     string
	dryRun      bool
	autoApprove bool
}

// removeLayers shows the checkpoints to remove, asks, and removes them with the
// store locked.
func (a *app) removeLayers(ctx context.Context, c checkpoints, choose func([]retention.Checkpoint) []retention.Checkpoint, how removal) error {
	gone := choose(c.list)
	s := a.screen()
	if len(gone) == 0 {
		s.Line(fmt.Sprintf("Nothing to remove: the checkpoints in %s take %s.", c.store.Dir, size.Text(retention.Room(c.list))))
		return nil
	}
	if !how.dryRun {
		l, err := c.holdStore(how.purpose)
		if err != nil {
			return err
		}
		defer l.Close()
		now, err := a.checkpoints(c.plan) // another run may just have ended
		if err != nil {
			return err
		}
		c, gone = now, choose(now.list)
	}
	c.view(gone).PrintRemoved(s, retention.Own(c.list, gone...))
	if how.dryRun {
		return nil
	}
	if !how.autoApprove {
		if !a.streams.Interactive() {
			return operation.Explain("No terminal to ask on", "gild %s asks before it removes anything, and the standard input is not a terminal. Give -auto-approve.", how.purpose)
		}
		if err := a.consent(ctx, "Shall gild remove these checkpoints?", "Not removed"); err != nil {
			return err
		}
	}
	freed, err := c.store.Drop(gone)
	if err != nil {
		return err
	}
	s.Line(fmt.Sprintf("Removed %s.", size.Text(freed)))
	return nil
}
