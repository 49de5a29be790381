package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/preflight"
)

// system is the environment in which the program runs.
type system struct {
	streams view.Streams
	getenv  func(string) string
	environ func() []string
	machine preflight.Machine // nil: this machine
}

// app is what all commands share.
type app struct {
	*operation.Workspace
	streams view.Streams
	chdir   string
	noColor bool

	logging logging
	logSink hclog.SinkAdapter // of logging; nil if nothing is logged
	logFile io.Closer         // nil if nothing is logged to a file

	checks *checks

	lines *view.Lines // nil until something is printed as JSON lines
}

func newApp(sys system) *app {
	a := &app{streams: sys.streams}
	a.Workspace = &operation.Workspace{
		Getenv: sys.getenv, Environ: sys.environ, Machine: sys.machine, Version: gildVersion(),
		Log:        hclog.NewInterceptLogger(&hclog.LoggerOptions{Name: "gild", Level: hclog.Off, Output: io.Discard}),
		Configured: a.configureLog,
		Warn:       func(text string) { a.screen().Warning(text) },
	}
	if a.Machine == nil {
		a.Machine = preflight.This{}
	}
	a.streams.Withhold = a.Secrets.Text
	a.checks = &checks{app: a}
	a.streams.Annotate = a.checks.annotate
	return a
}

// screen returns where a command prints for people.
func (a *app) screen() *view.Screen {
	return view.NewScreen(a.streams, a.noColor || a.Getenv("NO_COLOR") != "" || a.Getenv("TERM") == "dumb")
}

// print prints what a command found, for people or as JSON.
func (a *app) print(r view.Result, json bool) error {
	if json {
		return view.Document(a.streams, r)
	}
	r.Print(a.screen())
	return nil
}

// view returns where a command prints what it does.
func (a *app) view(json bool) view.View {
	if !json {
		return a.screen()
	}
	if a.lines == nil {
		a.lines = view.NewLines(a.streams, gildVersion())
	}
	return a.lines
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, sys system) int {
	a := newApp(sys)
	defer a.closeLog()
	unwritten := a.watchOutput()
	root := newRoot(a)
	args, err := completionArgs(root, args)
	if err != nil {
		return a.fail(false, err)
	}
	root.SetArgs(args)
	ctx, atOnce, stop := interruptible(ctx, a.screen())
	defer stop()
	a.Stop, a.AtOnce = ctx.Done(), atOnce
	cmd, err := root.ExecuteContextC(ctx)
	code := a.fail(wantsJSON(cmd), err)
	if err := a.checks.report(); err != nil {
		return a.fail(wantsJSON(cmd), err)
	}
	if lost := unwritten(); lost != nil && (err == nil || errors.As(err, new(result)) || wantsJSON(cmd)) {
		return a.fail(false, lost)
	}
	return code
}

// fail shows an error and returns the exit code that goes with it.
func (a *app) fail(json bool, err error) int {
	code := exitCode(err)
	var r result
	if err == nil || errors.As(err, &r) {
		return code
	}
	if diags, files := operation.Diagnostics(err); len(diags) > 0 {
		a.view(json).Diagnostics(diags, files)
	}
	switch {
	case errors.Is(err, executor.ErrInterrupted):
		a.screen().Notice("Interrupted. What has been done is kept in a checkpoint; run apply again to go on from there.")
	case code == exitInterrupted:
		a.screen().Notice("Interrupted.")
	}
	return code
}

func wantsJSON(cmd *cobra.Command) bool {
	flag := cmd.Flags().Lookup("json")
	return flag != nil && flag.Value.String() == "true"
}

// environment is part of the program's help.
const environment = `Environment:

  GILD_VAR_name      value of the variable "name"
  GILD_DATA_DIR      folder for checkpoints and journals, with a folder for each
                     configuration; default: .gild next to the configuration
  GILD_CACHE_DIR     folder for what was fetched, and for copies of payloads on network
                     shares; default: in the user's cache folder
  GILD_CACHE_SIZE    GiB that all of that may take; default: 64
  GILD_DISM          the dism.exe to use instead of that of Windows; "none": use
                     no DISM
  GILD_LOG           write a log: trace, debug, info, warn, error, or json
  GILD_LOG_PATH      log file, instead of the error stream; GILD_LOG and
                     GILD_LOG_PATH override the block log of a configuration
  GILD_CODE_QUALITY  file that errors and warnings are written to, as GitLab's report of
                     code quality
  SOURCE_DATE_EPOCH  timestamp of everything that is written, in seconds since 1970
  NO_COLOR           print without colours`

const rootHelp = `gild builds golden Windows images from code. A configuration in HCL says what
an image must contain. Plan reads the WIM file directly and shows what would change.
Apply makes the changes, reads every change back and writes a new file. It never
changes the source image.

Flags may be written with one dash or two: -out=FILE, --out FILE.

`

// newRoot returns the program's commands.
func newRoot(a *app) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:           "gild",
		Short:         "Golden Windows images as code",
		Long:          rootHelp + exitCodes + "\n\n" + environment,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return a.enter()
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case showVersion:
				return runVersion(versionOptions{}, a)
			case len(args) > 0:
				return fmt.Errorf("there is no command %q%s; \"gild -help\" lists them", args[0], suggest(cmd, args[0]))
			}
			view.Help(a.streams.Err, cmd)
			return result(exitError)
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(a.streams.In)
	root.SetOut(a.streams.Out)
	root.SetErr(a.streams.Err)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { view.Help(a.streams.Out, cmd) })
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.PersistentFlags().StringVar(&a.chdir, "chdir", "", "work in `DIR` as if started there")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "print without colours, as with NO_COLOR in the environment")
	root.AddCommand(
		newInit(a),
		newLock(a),
		newBundle(a),
		newPlan(a),
		newDrift(a),
		newApply(a),
		newShow(a),
		newLayers(a),
		newRollback(a),
		newInspect(a),
		newFirstBoot(a),
		newVerify(a),
		newDoctor(a),
		newForceUnlock(a),
		newValidate(a),
		newFmt(a),
		newConsole(a),
		newOutput(a),
		newGraph(a),
		newPolicy(a),
		newTest(a),
		newSchema(a),
		newVersion(a),
		newCompletion(a),
	)
	return root
}

// enter does what -chdir and the environment ask for.
func (a *app) enter() error {
	if err := a.startLog(); err != nil {
		return err
	}
	if a.chdir == "" {
		return nil
	}
	if err := os.Chdir(a.chdir); err != nil {
		return fmt.Errorf("-chdir: %w", err)
	}
	return nil
}

func suggest(cmd *cobra.Command, name string) string {
	cmd.SuggestionsMinimumDistance = 2
	if names := cmd.SuggestionsFor(name); len(names) > 0 {
		return fmt.Sprintf("; did you mean %q?", names[0])
	}
	return ""
}
