package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/operation"
)

const applyHelp = `Apply makes the images of the configuration. Without a plan file it plans, shows
the plan and asks. A plan file, which plan -out has written, is carried out
without a question, exactly as it is; if an image is not what it was when the
plan was made, apply refuses.

Each change is read back. What is done is kept in checkpoints: apply may be
interrupted, or killed, and goes on from the last one when it is run again, to
the same bytes. The output gets its name only when all of it has been read back,
also what was copied from the source, which may be damaged; -verify=changes
leaves that out. With -verify=dism DISM has to confirm what it has made, too: of
each change that it made to features, packages, capabilities, language packs,
drivers, apps, the edition and international settings, what DISM lists is compared
with what is wanted, before the output is written.

Images that are made of others are planned when these are made: apply shows that
plan, too, and asks again.

What fails for a reason that may pass is tried again. A resource that fails for
good ends the making of its image, unless it has on_error = "skip": then it is left
out with what depends on it, and apply ends with exit code 5. With -continue all
that fails is left out so, to find everything that fails in one run; but no output
is written of an image that lacks what has no on_error = "skip". In a folder that is
changed in place, the rest is changed all the same.

With -rehearse everything is gone through without Windows: DISM is emulated, the
outputs are written and read back in a temporary folder, and nothing is kept. It
finds what fails without Windows, such as packages for another build, names that no
image knows, or a lack of room; not what only Windows' own installers would say.`

// What apply reads back of an output.
const (
	verifyAll     = "all"
	verifyChanges = "changes"
	verifyDISM    = "dism" // all, and have DISM list what it has made
)

type applyOptions struct {
	planning
	verify      string
	parallel    int
	goOn        bool
	autoApprove bool
	rehearse    bool
	json        bool
}

func newApply(a *app) *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:   "apply [flags] [PLANFILE]",
		Short: "Make the images",
		Long:  applyHelp,
		Args:  atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runApply(cmd.Context(), o, strings.Join(args, ""), a)
		},
	}
	f := cmd.Flags()
	o.register(f)
	f.IntVar(&o.parallel, "parallelism", 0, "make so `MANY` images at once; as many as there are processors, if there is memory for them")
	f.StringVar(&o.verify, "verify", verifyAll, "`WHAT` to read back of the output: all, changes, or dism, which is all and what DISM lists")
	f.BoolVar(&o.goOn, "continue", false, "go on after errors to find them all; no output is written of an image with one")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	f.BoolVar(&o.rehearse, "rehearse", false, "go through everything with an emulated DISM, and keep nothing")
	f.BoolVar(&o.json, "json", false, "print JSON lines; needs -auto-approve, -rehearse or a plan file")
	return cmd
}

// runApply applies the configuration, or the plan in a file.
func runApply(ctx context.Context, o applyOptions, file string, a *app) error {
	if !slices.Contains([]string{verifyAll, verifyChanges, verifyDISM}, o.verify) {
		return fmt.Errorf("-verify=%s: want all, changes or dism", o.verify)
	}
	if o.parallel < 0 {
		return fmt.Errorf("-parallelism=%d: want how many images are made at once, 1 or more; without it, as many as do the machine good", o.parallel)
	}
	request := operation.Request{
		Planning: o.Planning, File: file, ChangesOnly: o.verify == verifyChanges, Confirm: o.verify == verifyDISM,
		Parallel: o.parallel, Continue: o.goOn,
	}
	do := a.Apply
	switch {
	case o.rehearse:
		do = a.Rehearse
	case file != "" || o.autoApprove:
	case o.json || !a.streams.Interactive():
		return operation.Explain("No terminal to ask on", "apply asks before it changes anything, and the standard input is not a terminal. "+
			"Give -auto-approve, or apply a plan that plan -out has saved.")
	default:
		request.Consent = func(ctx context.Context) error {
			return a.consent(ctx, "Shall gild make these changes?", "Not applied")
		}
	}
	skipped, err := do(ctx, request, a.view(o.json))
	if err == nil && skipped {
		return result(exitSkipped)
	}
	return err
}
