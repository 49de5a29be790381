package dism

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image/dism/fault"
)

// Program runs DISM.
type Program interface {
	// Run runs DISM with the arguments, copies its output to out, and returns its exit
	// code. The error is only about running it.
	Run(ctx context.Context, args []string, out io.Writer) (uint32, error)
}

// Exe is the path of dism.exe.
type Exe string

// held is how long Run waits for the output of a program that has ended: its child
// processes may live longer and keep the output open.
const held = 5 * time.Second

// Run implements [Program]. The end of the context ends the process and all processes
// that it has started; an interrupt at the console does not reach it.
func (e Exe) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	cmd := exec.CommandContext(ctx, string(e), args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, out, held
	family, err := newFamily(cmd)
	if err != nil {
		return 0, fmt.Errorf("run DISM: %w", err)
	}
	defer family.release()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("run DISM: %w", err)
	}
	adopted := family.adopt(cmd)
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, errors.Join(context.Cause(ctx), adopted)
	case errors.As(err, &exit), errors.Is(err, exec.ErrWaitDelay):
		return uint32(cmd.ProcessState.ExitCode()), nil
	case err != nil:
		return 0, fmt.Errorf("run DISM: %w", err)
	}
	return 0, nil
}

// whole returns the complete exit code. Systems other than Windows, where DISM is
// emulated, pass on only its lowest byte; the rest is in the output.
func whole(exit uint32, t *transcript.Transcript) uint32 {
	switch f := t.Failure; {
	case exit > 0xff || exit == 0:
	case f != nil && f.Code&0xff == exit:
		return f.Code
	case f == nil && t.Done && exit == fault.RebootRequired&0xff:
		return fault.RebootRequired
	}
	return exit
}
