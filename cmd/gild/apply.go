package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/operation"
)

const applyHelp = `Apply makes the images of the configuration. Without a plan file, it makes a plan,
shows it and asks for approval. With a plan file, which plan -out has saved, it
carries out exactly that plan without a question. It refuses if an image has
changed since the plan was made.

Apply reads back each change and keeps its work in checkpoints. If it is
interrupted or killed, run it again: it continues from the last checkpoint, and
the output has the same bytes. The output gets its name only when everything in it
was read back, including what was copied from the source, which may be damaged.
-verify=changes skips the copied part. With -verify=dism, DISM has to confirm its
changes, too: before the output is written, gild compares what DISM lists with the
configuration, for features, packages, capabilities, language packs, drivers, apps,
the edition and international settings.

Images that are made from other images are planned when those are complete: apply
shows that plan, too, and asks again.

Apply retries after transient errors. If a resource fails for good, its image is
not made, unless the resource has on_error = "skip": then apply leaves it out, with
everything that depends on it, and ends with exit code 5. With -continue, apply
leaves out everything that fails, to find all errors in one run; but it writes no
output of an image that lacks a resource without on_error = "skip". A folder that
is changed in place gets all other changes.

With -rehearse, apply goes through everything without Windows: it emulates DISM,
writes the outputs to a temporary folder, reads them back, and keeps nothing. That
finds errors that do not depend on Windows, such as packages for another build,
names that the image does not know, or too little disk space. It does not find
errors that only Windows' own installers would report.`

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
			o.settle(cmd.Flags(), a)
			if o.bundle != "" && len(args) > 0 {
				return operation.Explain("A saved plan or a bundle", "A saved plan can't be used with -bundle: it says itself where everything is.")
			}
			return o.inBundle(cmd.Context(), a, nil, func() error { return runApply(cmd.Context(), o, strings.Join(args, ""), a) })
		},
	}
	f := cmd.Flags()
	o.register(f)
	f.IntVar(&o.parallel, "parallelism", 0, "make up to `MANY` images at once; default: one for each processor, if there is enough memory")
	f.StringVar(&o.verify, "verify", verifyAll, "`WHAT` to read back of the output: all, changes, or dism (all, and confirm with DISM)")
	f.BoolVar(&o.goOn, "continue", false, "continue after errors, to find all of them; no output is written of an image with errors")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	f.BoolVar(&o.rehearse, "rehearse", false, "try everything with an emulated DISM, and keep nothing")
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
