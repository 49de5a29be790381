package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
)

const doctorHelp = `Doctor looks whether this machine is as Microsoft advises for servicing images:
administrator rights, antivirus, DISM and what it has mounted, memory, room and
place of scratch and checkpoints. In a folder with a configuration it also looks
at its images and payloads. It changes nothing. What does not apply here is said
to be skipped, with the reason.

The checks that matter to a plan are also made before it is applied: their errors
stop apply before it begins, their warnings are shown.

The exit code is 1 if something must be put right before images can be serviced;
warnings alone leave it at 0.

With -self-test doctor tries instead what gild and DISM do here, on images that it
makes and on a copy of a small Windows, and writes a report that can be attached to
an issue: it names neither the user nor folders. That takes some minutes, and
administrator rights. Everything is made in one folder and removed at the end, and
nothing else is changed or unmounted. Checks for which something is missing are said
to be skipped, with the reason. The exit code is 1 if a check fails, or if DISM could
not be tried at all.`

type doctorOptions struct {
	vars     variables
	json     bool
	selfTest selfTestOptions
}

func newDoctor(a *app) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor [flags]",
		Short: "Check the machine, images and payloads",
		Long:  doctorHelp,
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.selfTest.wanted {
				return runSelfTest(cmd.Context(), o, a)
			}
			if err := o.selfTest.only(cmd.Flags()); err != nil {
				return err
			}
			return runDoctor(cmd.Context(), o, a)
		},
	}
	o.vars.register(cmd.Flags())
	o.selfTest.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runDoctor(ctx context.Context, o doctorOptions, a *app) error {
	findings, err := a.Diagnose(ctx, o.vars)
	if err != nil {
		return err
	}
	report := view.NewExamination(findings)
	if o.json {
		err = view.Document(a.streams, report)
	} else {
		a.screen().Examination(report)
	}
	if err == nil && report.Errors > 0 {
		return result(exitError)
	}
	return err
}
