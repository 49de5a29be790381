// Package dismemu emulates dism.exe on the files of an image.
//
// It takes the command lines that dism.exe takes, prints what it prints and
// leaves an image as it does, as far as the image's files and registry tell. A
// mounted image is its files, extracted; what is changed there goes into the
// image file at a commit. What Windows itself would have to do, such as running
// the installers within a package, is left out.
//
// It can be told to fail: see [Fault].
//
// Documents: "DISM Image Management Command-Line Options" and its sisters for the
// servicing of packages, drivers, languages, editions and Windows PE.
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

// Machine is a machine with DISM. What it keeps between runs is in the folder State.
type Machine struct {
	State string           // folder for the table of mounted images; made where it is not there
	Fault string           // see [ParseFault]; empty: nothing fails
	Now   func() time.Time // for the log; nil: the clock
}

// Run runs dism.exe with the arguments, without the program's name, and returns
// its exit code. All it prints goes to out.
func (m *Machine) Run(ctx context.Context, args []string, out io.Writer) uint32 {
	r := &run{Machine: m, ctx: ctx, out: newPrinter(out)}
	err := r.run(args)
	if err == nil {
		return r.exit
	}
	var failed *failure
	if !errors.As(err, &failed) {
		failed = &failure{code: codeOf(err), lines: []string{sentence(err)}}
	}
	r.out.failure(failed, r.logPath())
	r.log("Error", fmt.Sprintf("exits with 0x%08x: %v", failed.code, err))
	return failed.code
}

// run is one run of dism.exe.
type run struct {
	*Machine
	ctx  context.Context
	args arguments
	out  *printer
	exit uint32 // if nothing fails: 0, or that a restart is needed
}

func (r *run) run(args []string) error {
	var err error
	if r.args, err = parse(args); err != nil {
		r.out.banner()
		return err
	}
	r.out.banner()
	r.log("Info", "dism.exe "+r.args.String())
	if err := r.checkGlobal(); err != nil {
		return err
	}
	cmd, err := r.command()
	if err != nil {
		return err
	}
	fault, err := r.due(cmd)
	if err == nil {
		err = fault.before(r)
	}
	if err == nil {
		err = cmd.run(r)
	}
	if err == nil {
		err = fault.after(r)
	}
	if err == nil {
		r.out.line("The operation completed successfully.")
	}
	return err
}
