package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/executor"
)

// Misconfigured is an error that consists of diagnostics and the files that they quote.
type Misconfigured struct {
	Diags hcl.Diagnostics
	Files map[string]*hcl.File
}

func (e *Misconfigured) Error() string { return e.Diags.Error() }

// Check returns diagnostics as an error if one of them is an error.
func Check(diags hcl.Diagnostics, files map[string]*hcl.File) error {
	if !diags.HasErrors() {
		return nil
	}
	return &Misconfigured{diags, files}
}

// Merge merges diagnostics from two sources, each once.
func Merge(diags, more hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	seen := map[string]bool{}
	for _, d := range slices.Concat(diags, more) {
		if id := diagnosticID(d); !seen[id] {
			seen[id] = true
			out = append(out, d)
		}
	}
	return out
}

// diagnosticID is equal for diagnostics that say the same.
func diagnosticID(d *hcl.Diagnostic) string {
	return fmt.Sprint(d.Severity, d.Subject, d.Summary, d.Detail)
}

// Diagnostics returns an error as diagnostics, and the files that they quote. For an interrupt it
// returns none.
func Diagnostics(err error) (hcl.Diagnostics, map[string]*hcl.File) {
	var several Failures
	if errors.As(err, &several) {
		var diags hcl.Diagnostics
		var files map[string]*hcl.File // of the configuration
		for _, e := range several {
			more, quoted := Diagnostics(e)
			diags = append(diags, more...)
			if quoted != nil {
				files = quoted
			}
		}
		return diags, files
	}
	var wrong *Misconfigured
	if errors.As(err, &wrong) {
		return wrong.Diags, wrong.Files
	}
	var explained *explained
	switch {
	case Interrupted(err):
		return nil, nil
	case errors.As(err, &explained):
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: explained.summary, Detail: explained.detail}}, nil
	}
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: err.Error()}}, nil
}

// Failures are independent errors, each to be shown separately.
type Failures []error

func (f Failures) Error() string   { return errors.Join(f...).Error() }
func (f Failures) Unwrap() []error { return f }

// Interrupted reports whether the work was stopped on request.
func Interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, executor.ErrInterrupted)
}

// explained is an error with its remedy in separate sentences.
type explained struct{ summary, detail string }

func (e *explained) Error() string { return e.summary + ": " + e.detail }

// Explain returns an error that is shown as a headline and sentences that say what to do.
func Explain(summary, format string, args ...any) error {
	return &explained{summary, fmt.Sprintf(format, args...)}
}
