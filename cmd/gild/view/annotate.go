package view

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Annotation is a diagnostic as services that run a repository's checks show it next to
// the line it is about.
type Annotation struct {
	Error  bool
	Text   string // a few words
	Detail string
	File   string // in the repository, with slashes; empty: of no line
	Line   int
	Column int
}

// Annotations returns diagnostics, without sensitive values. Place says where in the
// repository a file is.
func Annotations(diags hcl.Diagnostics, withhold func(string) string, place func(string) string) []Annotation {
	var all []Annotation
	for _, d := range clean(diags, withhold) {
		a := Annotation{Error: d.Severity == hcl.DiagError, Text: d.Summary, Detail: d.Detail}
		if d.Subject != nil {
			a.File, a.Line, a.Column = place(d.Subject.Filename), max(d.Subject.Start.Line, 1), max(d.Subject.Start.Column, 1)
		}
		all = append(all, a)
	}
	return all
}

func (a Annotation) severity() string {
	if a.Error {
		return "error"
	}
	return "warning"
}

func (a Annotation) message() string {
	if a.Detail == "" {
		return a.Text
	}
	return a.Text + ": " + a.Detail
}

// GitHub prints workflow commands, which GitHub shows as annotations:
// docs.github.com/actions/reference/workflow-commands-for-github-actions.
func GitHub(w io.Writer, all []Annotation) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, a := range all {
		at := ""
		if a.File != "" {
			at = fmt.Sprintf("file=%s,line=%d,col=%d,", property.Replace(a.File), a.Line, a.Column)
		}
		fmt.Fprintf(w, "::%s %stitle=%s::%s\n", a.severity(), at, property.Replace(a.Text), data.Replace(a.message()))
	}
}

// Azure prints logging commands, which Azure Pipelines shows as issues:
// learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands.
func Azure(w io.Writer, all []Annotation) {
	data := strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A", ";", "%3B", "]", "%5D")
	for _, a := range all {
		at := ""
		if a.File != "" {
			at = fmt.Sprintf("sourcepath=%s;linenumber=%d;columnnumber=%d;", property.Replace(a.File), a.Line, a.Column)
		}
		fmt.Fprintf(w, "##vso[task.logissue type=%s;%s]%s\n", a.severity(), at, data.Replace(a.message()))
	}
}

// CodeQuality returns the report that GitLab shows in a merge request:
// docs.gitlab.com/ci/testing/code_quality. It knows issues by their line only, so those of
// no line are in the file that is named.
func CodeQuality(all []Annotation, otherwise string) ([]byte, error) {
	type location struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	}
	type issue struct {
		Description string   `json:"description"`
		CheckName   string   `json:"check_name"`
		Fingerprint string   `json:"fingerprint"`
		Severity    string   `json:"severity"`
		Location    location `json:"location"`
	}
	issues := []issue{}
	seen := map[string]int{}
	for _, a := range all {
		i := issue{Description: a.message(), CheckName: a.Text, Severity: "minor"}
		if a.Error {
			i.Severity = "major"
		}
		i.Location.Path, i.Location.Lines.Begin = otherwise, 1
		if a.File != "" {
			i.Location.Path, i.Location.Lines.Begin = a.File, a.Line
		}
		id := i.Location.Path + "\n" + i.Description // without the line: it is the same issue when lines are put in above it
		seen[id]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", id, seen[id]))
		i.Fingerprint = hex.EncodeToString(sum[:])
		issues = append(issues, i)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	err := e.Encode(issues)
	return out.Bytes(), err
}
