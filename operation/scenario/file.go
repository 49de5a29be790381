// Package scenario runs tests of a configuration: the *.gildtest.hcl files in its folder, and in
// the folder tests below it. A run plans, applies or rehearses the configuration in a temporary
// folder, from sample images that the file describes, and asserts what the plan says and what the
// images then hold. The user's outputs and store are neither read nor written.
//
// Begin with [Find] and [Test].
package scenario

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const suffix = ".gildtest.hcl"

// maxFile is the size of a file of tests, in bytes.
const maxFile = 1 << 20

// Commands of a run.
const (
	planOnly = "plan"
	apply    = "apply"
	rehearse = "rehearse"
)

// File is a file with tests.
type File struct {
	Name    string // slash-separated, from the folder of the configuration
	Runs    []*Run
	source  []byte
	samples []*sampleBlock
}

// Run is a test.
type Run struct {
	Name string `hcl:"name,label"`

	Command     hcl.Expression `hcl:"command,optional"`
	Fault       string         `hcl:"fault,optional"`
	Failures    []string       `hcl:"expect_failures,optional"`
	Asserts     []*assert      `hcl:"assert,block"`
	Inputs      *inputs        `hcl:"variables,block"`
	command     string
	expressions map[string]hcl.Expression // values for variables, those of the file and its own
	at          hcl.Range
}

type assert struct {
	Condition hcl.Expression `hcl:"condition"`
	Message   hcl.Expression `hcl:"error_message"`
}

type inputs struct {
	Values hcl.Attributes `hcl:",remain"`
}

type sampleBlock struct {
	Source string   `hcl:"source,label"` // as the configuration names it
	Body   hcl.Body `hcl:",remain"`
	block  *hclsyntax.Block
}

type fileBody struct {
	Inputs  *inputs        `hcl:"variables,block"`
	Samples []*sampleBlock `hcl:"sample,block"`
	Runs    []*Run         `hcl:"run,block"`
}

// Find reads the tests of a configuration's folder. Sources are for diagnostics that quote them.
func Find(folder fs.FS) (files []*File, sources map[string]*hcl.File, diags hcl.Diagnostics) {
	parser := hclparse.NewParser()
	for _, dir := range []string{".", "tests"} {
		entries, err := fs.ReadDir(folder, dir)
		if err != nil {
			continue // there is no folder tests
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			if e.IsDir() || !strings.HasSuffix(name, suffix) {
				continue
			}
			f, more := parse(parser, folder, name)
			diags = append(diags, more...)
			files = append(files, f)
		}
	}
	return files, parser.Files(), diags
}

func parse(parser *hclparse.Parser, folder fs.FS, name string) (*File, hcl.Diagnostics) {
	f := &File{Name: name}
	info, err := fs.Stat(folder, name)
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	if err == nil {
		f.source, err = fs.ReadFile(folder, name)
	}
	if err != nil {
		return f, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Can't read the tests", Detail: fmt.Sprintf("%s: %v.", name, err)}}
	}
	parsed, diags := parser.ParseHCL(f.source, name)
	if diags.HasErrors() {
		return f, diags
	}
	var body fileBody
	diags = append(diags, gohcl.DecodeBody(parsed.Body, nil, &body)...)
	if diags.HasErrors() {
		return f, diags
	}
	f.Runs, f.samples = body.Runs, body.Samples
	seen := map[string]bool{}
	runs, samples := 0, 0
	for _, block := range parsed.Body.(*hclsyntax.Body).Blocks {
		id := block.Type + strings.Join(block.Labels, " ")
		if block.Type != "variables" && seen[id] {
			diags = append(diags, wrong(block.DefRange(), "Duplicate "+block.Type, fmt.Sprintf("There is another %s %q in this file. Rename one of them.", block.Type, block.Labels[0])))
		}
		seen[id] = true
		switch block.Type {
		case "run":
			f.Runs[runs].at = block.DefRange()
			runs++
		case "sample":
			f.samples[samples].block = block
			samples++
		}
	}
	for _, r := range f.Runs {
		diags = append(diags, r.settle(body.Inputs)...)
	}
	return f, diags
}

func wrong(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &at}
}

// settle checks a run, and gives it the variables of its file.
func (r *Run) settle(file *inputs) (diags hcl.Diagnostics) {
	r.command = hcl.ExprAsKeyword(r.Command)
	if value, _ := r.Command.Value(nil); r.command == "" && value.IsNull() {
		r.command = planOnly
	}
	switch {
	case !slices.Contains([]string{planOnly, apply, rehearse}, r.command):
		return hcl.Diagnostics{wrong(r.Command.Range(), "Invalid command", "A run has command = plan, apply or rehearse.")}
	case r.Fault != "" && r.command != rehearse:
		return hcl.Diagnostics{wrong(r.at, "Invalid fault", "Only the emulated DISM has faults: write command = rehearse.")}
	}
	r.expressions = map[string]hcl.Expression{}
	for _, in := range []*inputs{file, r.Inputs} {
		if in == nil {
			continue
		}
		for name, attr := range maps.All(in.Values) {
			r.expressions[name] = attr.Expr
		}
	}
	return diags
}
