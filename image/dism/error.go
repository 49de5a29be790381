package dism

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/fault"
)

// Error is an error with which DISM ended.
type Error struct {
	fault.Fault
	Args    []string               // of the command
	Output  *transcript.Transcript // what DISM printed
	Log     string                 // path of its log
	Excerpt []string               // lines of the log about the error
}

var _ image.ServicingError = (*Error)(nil)

// Error says what failed and why, and on separate lines what to do and what the log
// says.
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

// command returns the command line, shortened, without the arguments that all commands
// have.
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

// Is reports whether the error is [image.ErrSpoiled]: the image can't be trusted after
// it.
func (e *Error) Is(target error) bool {
	return target == image.ErrSpoiled && e.Class == fault.Discard
}

// Helps returns the remedy: by the class and, for errors that spoil the image, by the
// code, since some are those of a busy machine.
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

// spoiled returns err if it spoils the image, nil otherwise.
func spoiled(err error) error {
	if errors.Is(err, image.ErrSpoiled) {
		return err
	}
	return nil
}

// usable returns an error if the image is spoiled.
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
