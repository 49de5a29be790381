package view

import (
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/operation/scenario"
)

// Tests is the JSON form of the results of tests.
type Tests struct {
	FormatVersion string         `json:"format_version"`
	Passed        int            `json:"passed"`
	Failed        int            `json:"failed"`
	Errors        int            `json:"errors"`
	Skipped       int            `json:"skipped"`
	Runs          []TestedResult `json:"runs"`
}

// TestedResult is the result of a run.
type TestedResult struct {
	File        string           `json:"file"`
	Line        int              `json:"line"`
	Name        string           `json:"name"`
	Command     string           `json:"command"`
	Outcome     scenario.Outcome `json:"outcome"`
	Seconds     float64          `json:"seconds"`
	Diagnostics []Diagnostic     `json:"diagnostics"`
}

// NewTests puts results into that form.
func NewTests(results []*scenario.Result) Tests {
	t := Tests{FormatVersion: "1.0", Runs: []TestedResult{}}
	for _, r := range results {
		switch r.Outcome {
		case scenario.Passed:
			t.Passed++
		case scenario.Failed:
			t.Failed++
		case scenario.Errored:
			t.Errors++
		default:
			t.Skipped++
		}
		one := TestedResult{File: r.File, Line: r.Line, Name: r.Run, Command: r.Command, Outcome: r.Outcome, Seconds: r.Took.Seconds(), Diagnostics: []Diagnostic{}}
		for _, d := range r.Problems {
			one.Diagnostics = append(one.Diagnostics, diagnostic(d))
		}
		t.Runs = append(t.Runs, one)
	}
	return t
}

// PrintTests prints a line for each run, why it did not pass, and what all add up to.
func PrintTests(s *Screen, results []*scenario.Result, files map[string]*hcl.File) {
	file := ""
	for _, r := range results {
		if r.File != file {
			file = r.File
			s.out.printf("%s\n", s.out.paint(bold, printable(file)))
		}
		sign, color := "✓", green
		switch r.Outcome {
		case scenario.Skipped:
			sign, color = "-", dim
		case scenario.Failed, scenario.Errored:
			sign, color = "×", red
		}
		s.out.printf("  %s %s (%s, %s)\n", s.out.paint(color, sign), printable(r.Run), r.Command, r.Took.Round(time.Millisecond))
		quoted := maps.Clone(r.Sources)
		if quoted == nil {
			quoted = map[string]*hcl.File{}
		}
		maps.Copy(quoted, files)
		s.Diagnostics(r.Problems, quoted)
	}
	t := NewTests(results)
	text := fmt.Sprintf("%d passed, %d failed, %d in error", t.Passed, t.Failed, t.Errors)
	if t.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped", t.Skipped)
	}
	color := green
	if t.Failed+t.Errors > 0 {
		color = red
	}
	s.out.printf("\n%s\n", s.out.paint(color, text+"."))
}
