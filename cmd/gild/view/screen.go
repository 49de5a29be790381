// Package view prints the output of gild's commands: for people on a [Screen], for
// programs as JSON. Nothing else in the program prints. [View] is how plan and
// apply are watched; each command has a file with its forms.
package view

import (
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/term"
)

// Streams is where a program reads and prints.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	// Withhold removes sensitive values from a text. Nil: there are none.
	Withhold func(string) string

	// Annotate shows diagnostics elsewhere, too. Nil: they are only printed.
	Annotate func(hcl.Diagnostics)
}

// annotate shows diagnostics elsewhere, if they are to be.
func (s Streams) annotate(diags hcl.Diagnostics) {
	if s.Annotate != nil {
		s.Annotate(diags)
	}
}

// withholding returns what removes sensitive values from a text.
func (s Streams) withholding() func(string) string {
	if s.Withhold == nil {
		return func(text string) string { return text }
	}
	return s.Withhold
}

// Interactive tells whether a person can answer on In.
func (s Streams) Interactive() bool {
	f, ok := s.In.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Screen prints for people. The result of a command goes to standard output,
// messages about the work to standard error.
type Screen struct {
	out, err styled
	withhold func(string) string // removes sensitive values from a text
	detail   Detail              // of plans
	streams  Streams
}

// styled is a stream with the style it allows.
type styled struct {
	io.Writer
	color bool
	width uint // columns; 0: lines are not broken

	withhold func(string) string
}

// NewScreen returns a screen on the streams. Colours are used on terminals only,
// and not at all if plain is set.
func NewScreen(s Streams, plain bool) *Screen {
	s.Withhold = s.withholding()
	out, err := style(s.Out, plain), style(s.Err, plain)
	out.withhold, err.withhold = s.Withhold, s.Withhold
	return &Screen{out: out, err: err, withhold: s.Withhold, streams: s}
}

func style(w io.Writer, plain bool) styled {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return styled{Writer: w}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 40 {
		width = 80
	}
	return styled{Writer: w, color: !plain && enableColor(f), width: uint(width)}
}

// The colours of terminals, as SGR parameters (ECMA-48 §8.3.117).
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

// paint returns the text in a colour, if the stream shows colours.
func (s styled) paint(color, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (s styled) printf(format string, args ...any) {
	io.WriteString(s, s.withhold(fmt.Sprintf(format, args...)))
}

// Line prints one line of what was asked for.
func (s *Screen) Line(text string) { s.out.printf("%s\n", text) }

// Raw prints bytes as they are.
func (s *Screen) Raw(text []byte) error {
	_, err := s.out.Write(text)
	return err
}

// Notice prints a message about the work. On a terminal it replaces the lines at the
// foot.
func (s *Screen) Notice(text string) {
	if s.err.width > 0 {
		text = fmt.Sprintf("\r%-*s", int(s.err.width)-1, text)
	}
	s.err.printf("%s\n", text)
}

// Warning prints a warning.
func (s *Screen) Warning(text string) { s.Notice(s.err.paint(yellow, "Warning:") + " " + text) }

// Diagnostics shows errors and warnings, with the lines of the files they are about.
func (s *Screen) Diagnostics(diags hcl.Diagnostics, files map[string]*hcl.File) {
	if len(diags) == 0 {
		return
	}
	defer s.streams.annotate(diags)
	for _, d := range clean(diags, s.withhold) {
		d, files := shortened(d, files)
		if err := hcl.NewDiagnosticTextWriter(s.err, files, s.err.width, s.err.color).WriteDiagnostic(d); err != nil {
			s.err.printf("Error: %s\n", err)
		}
	}
}
