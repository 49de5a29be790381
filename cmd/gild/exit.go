package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/executor"
)

// Exit codes of the program.
const (
	exitOK          = 0
	exitError       = 1
	exitChanges     = 2   // plan -detailed-exitcode: there is something to do
	exitUnformatted = 3   // fmt -check: a file is not in canonical form
	exitDamaged     = 4   // verify: something is wrong with the image
	exitSkipped     = 5   // apply: done without what on_error = "skip" allows to leave out
	exitInterrupted = 130 // as shells report a program that Ctrl-C ended
)

// exitCodes is said in the help of the program.
const exitCodes = `Exit codes:

  0    done; with plan -detailed-exitcode: nothing to change
  1    error
  2    plan -detailed-exitcode: there are changes
  3    fmt -check: a file is not formatted
  4    verify: something is wrong with the image
  5    apply: done, without resources that failed and have on_error = "skip"
  130  interrupted`

// A result ends the program with an exit code that is not an error's, and
// nothing more to say.
type result int

func (r result) Error() string { return fmt.Sprintf("exit code %d", int(r)) }

// diagError carries diagnostics, and the files that they quote.
type diagError struct {
	diags hcl.Diagnostics
	files map[string]*hcl.File
}

func (e *diagError) Error() string { return e.diags.Error() }

// check returns diagnostics as an error if one of them is one.
func check(diags hcl.Diagnostics, files map[string]*hcl.File) error {
	if !diags.HasErrors() {
		return nil
	}
	return &diagError{diags, files}
}

// merge returns diagnostics from two sources, each once.
func merge(diags, more hcl.Diagnostics) hcl.Diagnostics {
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

// diagnosticID is the same for diagnostics that say the same.
func diagnosticID(d *hcl.Diagnostic) string {
	return fmt.Sprint(d.Severity, d.Subject, d.Summary, d.Detail)
}

// diagnostics returns an error in the form that is shown, and the files it quotes.
func diagnostics(err error) (hcl.Diagnostics, map[string]*hcl.File) {
	var several failures
	if errors.As(err, &several) {
		var diags hcl.Diagnostics
		var files map[string]*hcl.File // those of the one configuration
		for _, e := range several {
			more, quoted := diagnostics(e)
			diags = append(diags, more...)
			if quoted != nil {
				files = quoted
			}
		}
		return diags, files
	}
	var wrong *diagError
	if errors.As(err, &wrong) {
		return wrong.diags, wrong.files
	}
	var told *tellError
	switch {
	case interrupted(err):
		return nil, nil
	case errors.As(err, &told):
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: told.summary, Detail: told.detail}}, nil
	}
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: err.Error()}}, nil
}

// failures are independent errors, each to be shown for itself.
type failures []error

func (f failures) Error() string   { return errors.Join(f...).Error() }
func (f failures) Unwrap() []error { return f }

// interrupted tells whether the work was stopped on request.
func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, executor.ErrInterrupted)
}

// tellError is an error with the remedy in sentences of its own.
type tellError struct{ summary, detail string }

func (e *tellError) Error() string { return e.summary + ": " + e.detail }

// tell returns an error that is shown as a headline and sentences that say what to do.
func tell(summary, format string, args ...any) error {
	return &tellError{summary, fmt.Sprintf(format, args...)}
}

// exitCode returns the code the program ends with after err.
func exitCode(err error) int {
	var r result
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &r):
		return int(r)
	case interrupted(err):
		return exitInterrupted
	}
	return exitError
}
