package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/planner"
)

const rollbackHelp = `Rollback removes the checkpoints of an image that come after a step, so that the
next apply makes the steps behind it again. STEP is the number of a step, its
address as plan shows it, or the beginning of a checkpoint's ID. What is gone on
from is the last checkpoint at or before that step; with -to=0 it is the source.
It asks before it removes anything. The output stays as it is.`

type rollbackOptions struct {
	vars        variables
	to, image   string
	autoApprove bool
}

func newRollback(a *app) *cobra.Command {
	var o rollbackOptions
	cmd := &cobra.Command{
		Use:   "rollback [flags]",
		Short: "Go back to an earlier checkpoint of an image",
		Long:  rollbackHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runRollback(cmd.Context(), o, a) },
	}
	f := cmd.Flags()
	o.vars.register(f)
	f.StringVar(&o.to, "to", "", "`STEP` to go back to: a number, an address, or a checkpoint's ID; 0: the source")
	f.StringVar(&o.image, "image", "", "`NAME` of the image; needed if there are several")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	return cmd
}

func runRollback(ctx context.Context, o rollbackOptions, a *app) error {
	if o.to == "" {
		return fmt.Errorf("rollback needs -to=STEP: a number, an address as plan shows it, or a checkpoint's ID; -to=0 is the source")
	}
	plan, m, err := a.plan(ctx, planning{vars: o.vars}, a.screen())
	if err != nil {
		return err
	}
	defer m.Close()
	img, err := o.chooseImage(plan)
	if err != nil {
		return err
	}
	to, err := stepOf(img, o.to)
	if err != nil {
		return err
	}
	c, err := a.checkpoints(plan)
	if err != nil {
		return err
	}
	from, err := c.goOnFrom(img, to)
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

// chooseImage returns the image that is meant.
func (o rollbackOptions) chooseImage(plan *planner.Plan) (*planner.Image, error) {
	var names []string
	for _, img := range plan.Images {
		names = append(names, img.Name)
	}
	for _, w := range plan.Waiting {
		names = append(names, w.Image)
	}
	name := o.image
	if prefix, _, found := strings.Cut(o.to, "/"); name == "" && found && slices.Contains(names, prefix) {
		name = prefix
	}
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	img := plan.Image(name)
	waits := slices.IndexFunc(plan.Waiting, func(w planner.Waiting) bool { return w.Image == name })
	switch {
	case name == "":
		return nil, fmt.Errorf("the configuration has several images: say which one is meant with -image=NAME, one of %s", strings.Join(names, ", "))
	case waits >= 0:
		return nil, tell("Nothing to go back to yet", "Image %s is planned when %s made, and which checkpoints it would use is known then.",
			name, view.Are(plan.Waiting[waits].For))
	case img == nil:
		return nil, fmt.Errorf("-image=%s: the configuration has no such image; it has %s", name, strings.Join(names, ", "))
	case img.Target != "":
		return nil, tell("A folder can't be taken back", "Image %s is the folder %s, which is changed in place: it has no checkpoints. "+
			"Apply the image to it anew, and then its configuration.", name, img.Target)
	}
	return img, nil
}

// stepOf returns how many steps of the image come up to the one that is meant.
func stepOf(img *planner.Image, text string) (int, error) {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= len(img.Steps) {
		return n, nil
	}
	found, last := -1, 0
	for i, s := range img.Steps {
		if addr := img.StepAddr(i); text == addr.String() || text == addr.Local() {
			return i + 1, nil
		}
		for j, it := range img.Items {
			if s.Is(j) && (text == it.Addr.String() || text == it.Addr.Local()) {
				last = i + 1 // of its parts
			}
		}
		if len(text) >= 4 && strings.HasPrefix(s.ID, strings.ToLower(text)) {
			found = i
		}
	}
	switch {
	case last > 0:
		return last, nil
	case found >= 0:
		return found + 1, nil
	}
	for _, it := range img.Items {
		if text == it.Addr.String() || text == it.Addr.Local() {
			return 0, tell("Not a step", "%s is in the source of image %s as it is wanted, so it is no step.", it.Addr, img.Name)
		}
	}
	return 0, tell("No such step", "-to=%s is no step of image %s, which has %d: give a number from 0 to %[3]d, the address of a resource as plan shows it, "+
		"or the ID of one of its checkpoints as layers list shows it.", text, img.Name, len(img.Steps))
}

// goOnFrom returns after how many steps the last checkpoint stands that is not behind
// the one to go back to.
func (c checkpoints) goOnFrom(img *planner.Image, to int) (int, error) {
	from, err := c.store.Sealed(img, to)
	if err != nil || from > 0 || to == 0 {
		return from, err
	}
	last, err := c.store.Sealed(img, len(img.Steps))
	switch {
	case err != nil:
		return 0, err
	case last == 0:
		return 0, tell("Nothing to take back", "No step of image %s is in a checkpoint: the next apply begins with its source.", img.Name)
	case img.Backend == dism.Backend{}.Name():
		return 0, tell("No checkpoint to go back to", "DISM keeps one state of an image only, and that of %s is after step %d of %d. "+
			"With -to=0 the next apply begins with the source; with backend = \"offline\" an image has as many checkpoints as are made.", img.Name, last, len(img.Steps))
	}
	return 0, tell("No checkpoint to go back to", "Image %s has no checkpoint at step %d or before it; \"gild layers list\" shows those there are. "+
		"With -to=0 the next apply begins with the source.", img.Name, to)
}

// stepText says where an image goes on from.
func stepText(img *planner.Image, steps int) string {
	if steps == 0 {
		return "its source"
	}
	return fmt.Sprintf("the checkpoint after step %d of %d, %s", steps, len(img.Steps), img.StepAddr(steps-1).Local())
}
