package scenario

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// The form is that of the Jenkins xUnit plugin, which GitHub, GitLab and Azure Pipelines read, too.
type (
	suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []*suite `xml:"testsuite"`
	}
	suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Time     string     `xml:"time,attr"`
		Cases    []testcase `xml:"testcase"`
		took     time.Duration
	}
	testcase struct {
		Name    string    `xml:"name,attr"`
		Class   string    `xml:"classname,attr"`
		File    string    `xml:"file,attr"`
		Line    int       `xml:"line,attr"`
		Time    string    `xml:"time,attr"`
		Failure *problem  `xml:"failure"`
		Error   *problem  `xml:"error"`
		Skipped *struct{} `xml:"skipped"`
	}
	problem struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes results as JUnit XML: a suite for each file.
func JUnit(w io.Writer, results []*Result) error {
	var all suites
	for _, r := range results {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != r.File {
			all.Suites = append(all.Suites, &suite{Name: r.File})
		}
		all.Suites[len(all.Suites)-1].add(r)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *suite) add(r *Result) {
	c := testcase{Name: r.Run, Class: r.File, File: r.File, Line: r.Line, Time: seconds(r.Took)}
	s.Tests++
	switch r.Outcome {
	case Failed:
		s.Failures++
		c.Failure = problemOf(r.Problems)
	case Errored:
		s.Errors++
		c.Error = problemOf(r.Problems)
	case Skipped:
		s.Skipped++
		c.Skipped = &struct{}{}
	}
	s.took += r.Took
	s.Time = seconds(s.took)
	s.Cases = append(s.Cases, c)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func problemOf(diags hcl.Diagnostics) *problem {
	var p problem
	var lines []string
	for _, d := range diags {
		at := ""
		if d.Subject != nil {
			at = fmt.Sprintf("%s:%d: ", d.Subject.Filename, d.Subject.Start.Line)
		}
		lines = append(lines, at+strings.TrimSuffix(d.Summary, ".")+": "+d.Detail)
	}
	if len(diags) > 0 {
		p.Message = diags[0].Summary
	}
	p.Text = strings.Join(lines, "\n")
	return &p
}
