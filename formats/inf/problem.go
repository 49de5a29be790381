package inf

import (
	"errors"
	"fmt"
)

// ErrFormat is the category of what is not an INF at all.
var ErrFormat = errors.New("not an INF file")

// A Code is the category of a problem.
type Code string

// The categories of problems.
const (
	Syntax          Code = "syntax"           // a line that breaks the syntax rules
	Encoded         Code = "encoding"         // text that Windows may read otherwise
	BadValue        Code = "bad value"        // a directive whose value has no meaning
	UndefinedString Code = "undefined string" // %key% without a line in [Strings]
	MissingValue    Code = "missing value"    // a directive that is required
	MissingSection  Code = "missing section"  // a section that is referred to
	MissingSource   Code = "missing source"   // a file without a line in [SourceDisksFiles] or disk
	MissingFile     Code = "missing file"     // a file that is not in the package
	External        Code = "external"         // something another INF defines, such as one of Windows itself
	Unsigned        Code = "unsigned"         // no catalogue is named
	Unsupported     Code = "unsupported"      // nothing is installed on the target
	Template        Code = "template"         // the file is to be completed by a build
	Excessive       Code = "excessive"        // more than is read; the answer is not complete
)

// A Problem is something wrong with an INF or the package it describes.
type Problem struct {
	Line    int // of the file, from 1; 0 when it concerns the file as a whole
	Code    Code
	Message string
}

// String gives the message, preceded by its line if there is one.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Message
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Message)
}

// maxProblems bounds how many problems of one file or package are kept.
const maxProblems = 1000

// problems collects problems, each once.
type problems struct {
	list []Problem
	seen map[Problem]bool
}

func (p *problems) add(line int, code Code, format string, args ...any) {
	if len(p.list) >= maxProblems {
		return
	}
	problem := Problem{line, code, fmt.Sprintf(format, args...)}
	if p.seen[problem] {
		return
	}
	if p.seen == nil {
		p.seen = map[Problem]bool{}
	}
	p.seen[problem] = true
	p.list = append(p.list, problem)
}
