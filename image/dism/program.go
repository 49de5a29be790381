package dism

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

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

// Error is an error that DISM ended with.
type Error struct {
	fault.Fault
	Args    []string               // of the command
	Output  *transcript.Transcript // what it printed
	Log     string                 // path of its log
	Excerpt []string               // lines of the log that tell of the error
}

func (e *Error) Error() string {
	text := "dism " + strings.Join(e.Args, " ") + ": " + e.Fault.String()
	if f := e.Output.Failure; f != nil && len(f.Message) > 0 {
		text += ": " + strings.Join(f.Message, " ")
	}
	text = strings.TrimSuffix(text, ".")
	if e.Remedy != "" {
		text += ". " + e.Remedy
	}
	return text + " (log: " + e.Log + ")"
}
