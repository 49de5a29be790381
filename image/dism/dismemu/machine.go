// Package dismemu emulates dism.exe on the files of an image.
//
// It accepts the command lines that gild gives to dism.exe, prints the same output and
// changes files and registry of an image in the same way. A mounted image consists of its
// extracted files; a commit writes changes there into the WIM file. The emulation does not
// do what only Windows can do, such as running the installers in a package.
//
// gild plans and verifies with its own readers. The emulation must not share their mistakes,
// so it has separate readers for its lists and decisions: package cbs for packages, features
// and capabilities, and package driverdb for drivers. Other tests check what it shares with
// gild: programs that read the formats, records in hives of real machines for
// image/driverstore, Windows' own lists for image/international, and captured outputs for the
// error codes in image/dism/fault. It opens the folder of a mounted image with image/offline.
//
// Begin with [Machine.Run]; command.go lists the commands. [Fault] makes it fail.
//
// Documents: "DISM Image Management Command-Line Options" and the related pages about
// packages, drivers, languages and editions.
package dismemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// toolVersion is the emulated version of DISM.
const toolVersion = "10.0.26100.1150"

// Exit codes that are not errors of DISM.
const (
	exitRestart = 3010 // success; a restart is required
	exitKilled  = 1    // the code that TerminateProcess usually gets
)

// Machine is a machine with DISM. It keeps its state between runs in the folder State.
type Machine struct {
	State  string           // folder for the table of mounted images; created if missing
	Fault  string           // see [ParseFault]; empty: nothing fails
	Locale string           // of the host, for numbers and dates: en-US, en-GB, de-DE, es-ES; empty: en-US
	Now    func() time.Time // for the log; nil: the clock

	// Leave starts the process of the fault "left", which holds a lock; nil: no process is started.
	Leave func(lock string) error

	// AllowDirtyHives are hives to change even if their transaction logs are lost.
	AllowDirtyHives []string
}

// Run runs dism.exe with the arguments, without the program name, prints its output to out and
// returns its exit code.
func (m *Machine) Run(ctx context.Context, args []string, out io.Writer) uint32 {
	r := &run{Machine: m, ctx: ctx, out: newPrinter(out), mounts: mounts{m.State}}
	err := r.run(args)
	switch {
	case err == nil:
		return r.exit
	case errors.Is(err, errDied):
		return exitKilled
	}
	var failed *failure
	if !errors.As(err, &failed) {
		failed = &failure{code: codeOf(err), lines: []string{sentence(err.Error())}}
	}
	r.out.failure(failed, r.logPath())
	r.log("Error", fmt.Sprintf("exits with 0x%08x: %v", failed.code, err))
	return failed.code
}

// run is one run of dism.exe.
type run struct {
	*Machine
	ctx    context.Context
	args   arguments
	out    *printer
	mounts mounts
	locale locale
	faults faults // of this run
	left   bool   // the process of the fault "left" was started
	exit   uint32 // if nothing fails: 0 or exitRestart
}

func (r *run) run(args []string) error {
	var err error
	var cmd *command
	if r.locale, err = localeOf(r.Locale); err == nil {
		if r.args, err = parse(args); err == nil {
			cmd, err = r.command()
		}
	}
	if err == nil {
		r.faults, err = r.due(cmd)
	}
	if f, ok := r.faults.kind("code"); ok && f.Code == errElevation {
		return known(errElevation) // before any other output of dism.exe
	}
	r.out.banner()
	r.log("Info", "dism.exe "+r.args.String())
	if err == nil {
		err = r.checkGlobal()
	}
	if err == nil {
		err = r.carryOut(cmd)
	}
	if err == nil {
		r.out.line("The operation completed successfully.")
	}
	return err
}

// carryOut carries out a command with its faults.
func (r *run) carryOut(cmd *command) error {
	err := r.before(cmd)
	if _, lies := r.faults.kind("lie"); lies || err != nil {
		return err
	}
	if err = cmd.run(r); err == nil {
		err = r.midway(nil) // for commands that don't call it
	}
	if err == nil {
		err = r.after(cmd)
	}
	return err
}

// restart notes that a restart is required.
func (r *run) restart() { r.exit = exitRestart }
