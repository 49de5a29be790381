package view

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/operation/conformance"
)

// PrintResult prints a result of the self-test: a line, and what was wrong below it.
func PrintResult(s *Screen, r conformance.Result) {
	mark, text := s.out.paint(green, "✓"), fmt.Sprintf("%s (%.1f s)", r.Proves, r.Seconds)
	switch r.Outcome {
	case conformance.Failed:
		mark = s.out.paint(red, "×")
	case conformance.Skipped:
		mark, text = s.out.paint(dim, "-"), s.out.paint(dim, "skipped: "+printable(r.Detail))
	}
	s.out.printf("%s %s: %s\n", mark, s.out.paint(bold, r.Name), text)
	if r.Outcome == conformance.Failed {
		for line := range strings.Lines(r.Detail) {
			s.out.printf("    %s\n", printable(strings.TrimRight(line, "\r\n")))
		}
	}
}

// PrintSelfTest prints the verdict of the self-test.
func PrintSelfTest(s *Screen, r *conformance.Report, file string) {
	colour := green
	switch {
	case r.Failed > 0:
		colour = red
	case !r.OK() || r.Machine.Emulated:
		colour = yellow
	}
	s.out.printf("\n%s\nThe report is %s.\n", s.out.paint(colour, r.Verdict()), file)
}
