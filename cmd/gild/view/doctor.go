package view

import (
	"fmt"

	"github.com/gildhq/gild/operation/preflight"
)

// Examination is the JSON form of what doctor finds.
type Examination struct {
	FormatVersion string     `json:"format_version"`
	Errors        int        `json:"errors"`
	Warnings      int        `json:"warnings"`
	Checks        []Examined `json:"checks"`
}

// Examined is the result of a check, of the machine or of one subject.
type Examined struct {
	ID       string             `json:"id"`
	Title    string             `json:"title"`
	Severity preflight.Severity `json:"severity"`
	Found    string             `json:"found"`
	Why      string             `json:"why"`
	Remedy   string             `json:"remedy"`
	Subject  string             `json:"subject"`
	Range    *Range             `json:"range,omitempty"`
}

// NewExamination puts findings into that form.
func NewExamination(findings []preflight.Finding) Examination {
	e := Examination{FormatVersion: "1.0", Checks: []Examined{}}
	for _, f := range findings {
		switch f.Severity {
		case preflight.Error:
			e.Errors++
		case preflight.Warning:
			e.Warnings++
		}
		c := Examined{ID: f.ID, Title: f.Title, Severity: f.Severity, Found: f.Found, Why: f.Why, Remedy: f.Remedy, Subject: f.Subject}
		if f.At != nil {
			c.Range = &Range{Filename: f.At.Filename, Start: Pos(f.At.Start), End: Pos(f.At.End)}
		}
		e.Checks = append(e.Checks, c)
	}
	return e
}

// Print prints a line for each result, and after each finding why it matters
// and what to do.
func (e Examination) Print(s *Screen) {
	for _, c := range e.Checks {
		c.print(s)
	}
	summary := fmt.Sprintf("%s, %s.", count(e.Errors, "error"), count(e.Warnings, "warning"))
	switch {
	case e.Errors > 0:
		s.out.printf("\n%s\n", s.out.paint(red, summary))
	case e.Warnings > 0:
		s.out.printf("\n%s\n", s.out.paint(yellow, summary))
	default:
		s.out.printf("\n%s\n", s.out.paint(green, "Nothing is in the way."))
	}
}

func (c Examined) print(s *Screen) {
	mark := s.out.paint(green, "✓")
	switch c.Severity {
	case preflight.Error:
		mark = s.out.paint(red, "×")
	case preflight.Warning:
		mark = s.out.paint(yellow, "!")
	case preflight.Skipped:
		mark = s.out.paint(dim, "-")
	}
	text := printable(c.Found)
	if c.Subject != "" {
		text = printable(c.Subject) + ": " + text
	}
	if c.Severity == preflight.Skipped {
		text = s.out.paint(dim, "skipped: "+text)
	}
	s.out.printf("%s %s: %s\n", mark, s.out.paint(bold, c.Title), text)
	if c.Remedy == "" {
		return
	}
	if c.Range != nil {
		s.out.printf("    at %s:%d\n", c.Range.Filename, c.Range.Start.Line)
	}
	s.out.printf("    %s\n    %s\n", c.Why, printable(c.Remedy))
}
