package dism

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image/dism/fault"
)

// Program runs DISM.
type Program interface {
	// Run runs DISM with the arguments, gives what it prints to out, and returns its
	// exit code. The error is about running it, not about what it did.
	Run(ctx context.Context, args []string, out io.Writer) (uint32, error)
}

// Exe is the path of dism.exe.
type Exe string

// Run implements [Program]. The end of the context ends the process.
func (e Exe) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	cmd := exec.CommandContext(ctx, string(e), args...)
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, &exit):
		return uint32(exit.ExitCode()), nil
	case err != nil:
		return 0, fmt.Errorf("run DISM: %w", err)
	}
	return 0, nil
}

// whole returns an exit code as DISM gave it. Systems other than Windows, where
// DISM is emulated, pass on the lowest byte of it; the output tells the rest.
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
