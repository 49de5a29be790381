package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
)

const layersHelp = `Layers shows and removes checkpoints: the work that apply keeps, to continue from it
in the next run, or when an earlier configuration is restored. They are in .gild, or
below GILD_DATA_DIR. gild keeps the checkpoints of the current configuration's
images, and the most recently used of the others, as long as all of them together
take no more than max_size in the block layers.`

func newLayers(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "layers COMMAND [flags]",
		Short: "Show and remove checkpoints",
		Long:  layersHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return operation.Explain("Unknown command", "gild layers has no command %q%s; there is list, show and prune.", args[0], suggest(cmd, args[0]))
			}
			view.Help(a.streams.Err, cmd)
			return result(exitError)
		},
	}
	cmd.AddCommand(newLayersList(a), newLayersShow(a), newLayersPrune(a))
	return cmd
}

type layersOptions struct {
	vars variables
	id   string
	json bool
}

func newLayersList(a *app) *cobra.Command {
	var o layersOptions
	cmd := &cobra.Command{
		Use:   "list [flags]",
		Short: "List the checkpoints",
		Long: `List prints a line for each checkpoint: after which step of which image it was
made and when, what it takes that no other one needs, which one it stands on, and
which images of the present configuration would use it.`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runLayersList(cmd.Context(), o, a) },
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func newLayersShow(a *app) *cobra.Command {
	var o layersOptions
	cmd := &cobra.Command{
		Use:   "show [flags] ID",
		Short: "Show what a checkpoint changed",
		Long: `Show prints which files a checkpoint has written and removed, and which hives of
the registry are among them. ID is the beginning of its ID, as list prints it.`,
		Args: exactlyOne("the ID of a checkpoint"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.id = args[0]
			return runLayersShow(cmd.Context(), o, a)
		},
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

// checkpoints are those in the store, with what a command knows of them.
type checkpoints struct {
	store retention.Store
	plan  *planner.Plan // nil if the configuration can't be planned
	list  []retention.Checkpoint
}

// room is how much checkpoints may take; 0 if it is not known.
func (c checkpoints) room() int64 {
	if c.plan == nil {
		return 0
	}
	return cmp.Or(c.plan.CheckpointRoom, retention.DefaultRoom)
}

// view is the form in which some of the checkpoints are shown.
func (c checkpoints) view(list []retention.Checkpoint) view.Layers {
	return view.NewLayers(c.store.Dir, c.list, list, c.room(), c.plan != nil)
}

// checkpoints lists the checkpoints in the store, those of one image in the order of
// its steps. Without a plan it is not known which ones are in use.
func (a *app) checkpoints(plan *planner.Plan) (checkpoints, error) {
	store, err := a.Checkpoints()
	if err != nil {
		return checkpoints{}, err
	}
	past, err := journal.Read(filepath.Join(store.Dir, "journal.jsonl"), true)
	if err != nil {
		a.screen().Warning("the steps of the checkpoints are not known: " + err.Error() + ".")
	}
	list, err := store.List(plan, past.Seals)
	slices.SortStableFunc(list, func(a, b retention.Checkpoint) int {
		return cmp.Or(cmp.Compare(a.Seal.Image, b.Seal.Image), cmp.Compare(a.Seal.Step, b.Seal.Step), cmp.Compare(a.ID, b.ID))
	})
	return checkpoints{store, plan, list}, err
}

// presentCheckpoints lists the checkpoints in the store, with those that the configuration
// uses.
func (a *app) presentCheckpoints(ctx context.Context, vars variables) (checkpoints, error) {
	plan, err := a.presentPlan(ctx, vars)
	if err != nil {
		return checkpoints{}, err
	}
	return a.checkpoints(plan)
}

// presentPlan plans the configuration if possible: checkpoints can also be listed
// without a plan.
func (a *app) presentPlan(ctx context.Context, vars variables) (*planner.Plan, error) {
	plan, m, err := a.Plan(ctx, operation.Planning{Vars: vars}, a.screen())
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		a.screen().Warning("the configuration can't be planned, so what it would use is not known; gild plan says why.")
		return nil, nil
	}
	return plan, m.Close()
}

func runLayersList(ctx context.Context, o layersOptions, a *app) error {
	c, err := a.presentCheckpoints(ctx, o.vars)
	if err != nil {
		return err
	}
	return a.print(c.view(c.list), o.json)
}

func runLayersShow(ctx context.Context, o layersOptions, a *app) error {
	c, err := a.presentCheckpoints(ctx, o.vars)
	if err != nil {
		return err
	}
	one, err := retention.Find(c.list, o.id)
	if err != nil {
		return err
	}
	contents, err := c.store.Contents(one)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) && one.Damage == nil {
		return err
	}
	return a.print(view.NewLayerContents(c.list, one, contents, c.plan != nil), o.json)
}

// holdStore locks the store for this process.
func (c checkpoints) holdStore(purpose string) (*lock.Lock, error) {
	l, err := lock.Store(c.store.Dir).Take(purpose)
	if err != nil {
		return nil, operation.Explain("The store is in use", "%s. Checkpoints are removed only while no run uses them.", err)
	}
	return l, nil
}
