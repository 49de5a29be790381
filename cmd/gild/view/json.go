package view

import (
	"io"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/planner"
)

// Document prints one JSON value, indented, without sensitive values.
func Document(s Streams, v any) error {
	data, err := encode(v, "  ", s.Withhold)
	if err == nil {
		_, err = s.Out.Write(data)
	}
	return err
}

// UIVersion is the version of the JSON lines: the second number grows when
// something is added, the first when something changes its meaning.
const UIVersion = "1.7"

// Lines prints JSON objects, one on each line, as docs/json.md describes them.
type Lines struct {
	w        io.Writer
	withhold func(string) string // nil: nothing is sensitive
	streams  Streams
}

// NewLines returns a printer of JSON lines, and prints the first one, with the
// version.
func NewLines(s Streams, version string) *Lines {
	l := &Lines{s.Out, s.Withhold, s}
	l.print(struct {
		line
		Gild string `json:"gild"`
		UI   string `json:"ui"`
	}{head("info", "version", "gild "+version), version, UIVersion})
	return l
}

// line has the fields of every object; they are named as in Terraform's JSON lines.
type line struct {
	stamp
	Type string `json:"type"`
}

type stamp struct {
	Level     string `json:"@level"`
	Message   string `json:"@message"`
	Module    string `json:"@module"`
	Timestamp string `json:"@timestamp"`
}

func head(level, typ, message string) line {
	return line{stamp{level, message, "gild.ui", time.Now().UTC().Format(time.RFC3339Nano)}, typ}
}

func (l *Lines) print(v any) {
	// Our values always encode, and a reader that has gone needs no error.
	data, _ := encode(v, "", l.withhold)
	_, _ = l.w.Write(data)
}

// Diagnostics prints a line for each diagnostic.
func (l *Lines) Diagnostics(diags hcl.Diagnostics, _ map[string]*hcl.File) {
	l.streams.annotate(diags)
	for _, d := range diags {
		j := diagnostic(d)
		l.print(struct {
			line
			Diagnostic Diagnostic `json:"diagnostic"`
		}{head(j.Severity, "diagnostic", j.Severity+": "+j.Summary), j})
	}
}

// Diagnostic is the JSON form of a diagnostic.
type Diagnostic struct {
	Severity string `json:"severity"` // error or warning
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Range    *Range `json:"range,omitempty"`
	// Resources are the resources it is about, if several have one cause.
	Resources []Affected `json:"resources,omitempty"`
}

// Affected is one of several resources that a diagnostic is about.
type Affected struct {
	Address string `json:"address"`
	Detail  string `json:"detail"`
	Range   *Range `json:"range"`
}

// Range is a place in a file.
type Range struct {
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// Pos is a position; line and column count from 1, the column in characters, bytes from 0.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

func diagnostic(d *hcl.Diagnostic) Diagnostic {
	j := Diagnostic{Severity: "error", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagWarning {
		j.Severity = "warn"
	}
	if d.Subject != nil {
		j.Range = rangeOf(*d.Subject)
	}
	if several, ok := d.Extra.(planner.Affected); ok {
		for _, r := range several {
			j.Resources = append(j.Resources, Affected{r.Address, r.Detail, rangeOf(r.Range)})
		}
	}
	return j
}

func rangeOf(r hcl.Range) *Range {
	return &Range{Filename: r.Filename, Start: Pos(r.Start), End: Pos(r.End)}
}
