package dism

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/fault"
)

// Error is an error that DISM ended with.
type Error struct {
	fault.Fault
	Args    []string               // of the command
	Output  *transcript.Transcript // what it printed
	Log     string                 // path of its log
	Excerpt []string               // lines of the log that tell of the error
}

var _ image.ServicingError = (*Error)(nil)

// Error says what failed and why; on lines of their own what to do about it, and
// what the log has on it.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dism %s: %s", e.command(), e.Fault)
	if f := e.Output.Failure; f != nil && len(f.Message) > 0 {
		fmt.Fprintf(&b, "\nDISM says: %s", strings.Join(f.Message, " "))
	}
	if e.Remedy != "" {
		fmt.Fprintf(&b, "\nWhat to do: %s", e.Remedy)
	}
	fmt.Fprintf(&b, "\nIts log is %s", e.Log)
	if len(e.Excerpt) > 0 {
		fmt.Fprintf(&b, ":\n  %s", strings.Join(e.Excerpt, "\n  "))
	}
	return b.String()
}

// command is the command line, without what is the same for all, and shortened.
func (e *Error) command() string {
	const shown = 300
	var words []string
	for _, a := range e.Args {
		if !strings.HasPrefix(a, "/Image:") {
			words = append(words, a)
		}
	}
	text := []rune(strings.Join(words, " "))
	if len(text) > shown {
		return string(text[:shown]) + "…"
	}
	return string(text)
}

// ExitCode implements [image.ServicingError].
func (e *Error) ExitCode() uint32 { return e.Code }

// Is tells whether what the error has left of the image can be trusted.
func (e *Error) Is(target error) bool {
	return target == image.ErrSpoiled && e.Class == fault.Discard
}

// Helps tells what helps. What the class does not say, the code does: of two errors
// after which an image can't be trusted, one may be that of a machine that was busy.
func (e *Error) Helps() image.Remedy {
	switch {
	case e.Full():
		return image.RemedyRoom
	case e.Class == fault.Retry:
		return image.RemedyWait
	case e.Passing():
		return image.RemedyRedo
	}
	return image.RemedyNone
}

// spoiled returns the error after which an image is of no use any more.
func spoiled(err error) error {
	if errors.Is(err, image.ErrSpoiled) {
		return err
	}
	return nil
}

// usable refuses to go on with an image that is spoiled.
func (f *folder) usable() error {
	if f.spoiled != nil {
		return fmt.Errorf("%w: DISM failed before", image.ErrSpoiled)
	}
	return nil
}

// Warn implements [image.Servicer].
func (f *folder) Warn(text string) {
	f.runner.log.Warn(text)
	if f.opts.Warn != nil {
		f.opts.Warn(text)
	}
}
