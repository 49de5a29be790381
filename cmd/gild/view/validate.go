package view

import "github.com/hashicorp/hcl/v2"

// Validation is the JSON form of what validate finds.
type Validation struct {
	FormatVersion string       `json:"format_version"`
	Valid         bool         `json:"valid"`
	ErrorCount    int          `json:"error_count"`
	WarningCount  int          `json:"warning_count"`
	Diagnostics   []Diagnostic `json:"diagnostics"`
}

// NewValidation puts diagnostics into that form.
func NewValidation(diags hcl.Diagnostics) Validation {
	v := Validation{FormatVersion: "1.0", Valid: !diags.HasErrors(), Diagnostics: []Diagnostic{}}
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			v.ErrorCount++
		} else {
			v.WarningCount++
		}
		v.Diagnostics = append(v.Diagnostics, diagnostic(d))
	}
	return v
}

// PrintValidation prints what validate finds.
func PrintValidation(s *Screen, diags hcl.Diagnostics, files map[string]*hcl.File) {
	s.Diagnostics(diags, files)
	if diags.HasErrors() {
		return
	}
	text := "The configuration is valid."
	if len(diags) > 0 {
		text = "The configuration is valid, with the warnings above."
	}
	s.out.printf("%s %s\n", s.out.paint(green, "Success!"), text)
}
