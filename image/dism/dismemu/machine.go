// Package dismemu emulates dism.exe on the files of an image.
//
// It takes the command lines that gild gives to dism.exe, prints what that prints and
// leaves an image as it does, as far as the image's files and registry tell. A
// mounted image is its files, extracted; what is changed there goes into the
// image file at a commit. What Windows itself would have to do, such as running
// the installers within a package, is left out.
//
// Plans are made and verified with gild's readers, so the emulation has readers of its
// own for what it lists and decides on: package cbs for packages, features and
// capabilities, and package driverdb for drivers. A fault of one reader shows where the
// two differ. What it shares with gild is held against others elsewhere: the formats
// against programs that read them; what a driver package comes to in an image, which
// image/driverstore writes, against the records in hives of real machines; the names
// and numbers of languages, keyboards and time zones in image/international against Windows' own
// lists; the meaning of error codes in image/dism/fault against captured outputs; and
// image/offline opens the folder of a mounted image.
//
// [Fault] makes it fail.
//
// Documents: "DISM Image Management Command-Line Options" and its sisters for the
// servicing of packages, drivers, languages and editions.
package dismemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// toolVersion is the version of DISM that is emulated.
const toolVersion = "10.0.26100.1150"

// Exit codes that are no errors of DISM.
const (
	exitRestart = 3010 // done, but for a restart
	exitKilled  = 1    // the code that TerminateProcess usually gets
)

// Machine is a machine with DISM. What it keeps between runs is in the folder State.
type Machine struct {
	State  string           // folder for the table of mounted images; made where it is not there
	Fault  string           // see [ParseFault]; empty: nothing fails
	Locale string           // of the host, for numbers and dates: en-US, en-GB, de-DE, es-ES; empty: en-US
	Now    func() time.Time // for the log; nil: the clock

	// Leave starts the process of the fault "left", which holds a lock; nil: no process is started.
	Leave func(lock string) error

	// AllowDirtyHives are hives that are changed although their transaction logs are lost.
	AllowDirtyHives []string
}

// Run runs dism.exe with the arguments, without the program's name, and returns
// its exit code. All it prints goes to out.
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
	exit   uint32 // if nothing fails: 0, or that a restart is needed
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
		return known(errElevation) // dism.exe says it before anything else
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

// carryOut carries out a command, with what shall go wrong.
func (r *run) carryOut(cmd *command) error {
	err := r.before(cmd)
	if _, lies := r.faults.kind("lie"); lies || err != nil {
		return err
	}
	if err = cmd.run(r); err == nil {
		err = r.midway(nil) // of commands that have no middle
	}
	if err == nil {
		err = r.after(cmd)
	}
	return err
}

// restart notes that what was done ends with a restart.
func (r *run) restart() { r.exit = exitRestart }
