package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
)

const doctorHelp = `Doctor checks this machine against Microsoft's advice for servicing images:
administrator rights, antivirus, DISM and its mounted images, memory, and disk space
and location of scratch folders and checkpoints. In a folder with a configuration
it also checks the images and payloads. It changes nothing. A check that does not
apply is reported as skipped, with the reason.

Apply also makes the checks that matter to its plan. An error keeps it from
beginning; warnings are only shown.

The exit code is 1 if something must be fixed before images can be serviced.
Warnings alone do not change the exit code.

With -self-test, doctor instead tries what gild and DISM do on this machine, with
images that it makes and with a copy of a small Windows. It writes a report that
can be attached to an issue: the report names neither the user nor folders. This
takes some minutes and administrator rights. All files are in one folder, which is
removed at the end; nothing else is changed or unmounted. A check that lacks a
requirement is reported as skipped, with the reason. The exit code is 1 if a check
fails, or if DISM could not be tried at all.`

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
	err = a.print(report, o.json)
	if err == nil && report.Errors > 0 {
		return result(exitError)
	}
	return err
}
