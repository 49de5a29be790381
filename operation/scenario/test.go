package scenario

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/sync/errgroup"

	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/operation"
)

// Outcome is the outcome of a run.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"  // an assertion does not hold, or a failure that was expected did not happen
	Errored Outcome = "error"   // something failed that was not expected to
	Skipped Outcome = "skipped" // by the filter
)

// Result is what came of a run.
type Result struct {
	File     string
	Run      string
	Command  string
	Line     int
	Outcome  Outcome
	Problems hcl.Diagnostics      // why it did not pass; without sensitive values
	Sources  map[string]*hcl.File // that problems quote, apart from the tests
	Took     time.Duration
}

// Options say which tests to run.
type Options struct {
	Filter   []string // parts of FILE:NAME of runs; none: all
	Parallel int      // how many at once; 0: as many as there are processors
}

// folderPrefix begins the names of the temporary folders of tests.
const folderPrefix = "gild-test-"

// Test runs tests, each in a temporary folder of its own, and returns their results in the order
// of the files.
func Test(ctx context.Context, w *operation.Workspace, files []*File, o Options) (results []*Result, err error) {
	if err := tempdir.Sweep(folderPrefix, nil); err != nil {
		w.Log.Warn("what killed tests have left can't be removed", "error", err)
	}
	temp, err := tempdir.New(folderPrefix)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, temp.Remove()) }()
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	if o.Parallel > 0 {
		group.SetLimit(o.Parallel)
	}
	for i, f := range files {
		dir := filepath.Join(temp.Path(), fmt.Sprint("file", i))
		if err := os.Mkdir(dir, 0o777); err != nil {
			return nil, err
		}
		samples := sync.OnceValues(func() (map[string]string, error) { return f.makeSamples(ctx, w, dir) })
		for j, r := range f.Runs {
			result := &Result{File: f.Name, Run: r.Name, Command: r.command, Line: r.at.Start.Line, Outcome: Skipped}
			results = append(results, result)
			if !o.wants(f.Name + ":" + r.Name) {
				continue
			}
			group.Go(func() error {
				began := time.Now()
				r.test(ctx, w, samples, filepath.Join(dir, fmt.Sprint("run", j)), result)
				result.Took = time.Since(began)
				return nil
			})
		}
	}
	return results, errors.Join(group.Wait(), ctx.Err())
}

func (o Options) wants(name string) bool {
	for _, part := range o.Filter {
		if strings.Contains(name, part) {
			return true
		}
	}
	return len(o.Filter) == 0
}

// makeSamples makes the sample images of a file, by the paths of the sources they stand for.
func (f *File) makeSamples(ctx context.Context, w *operation.Workspace, dir string) (map[string]string, error) {
	all := map[string]string{}
	for i, s := range f.samples {
		file, err := s.make(ctx, w, f, filepath.Join(dir, fmt.Sprint("sample", i)))
		if err != nil {
			return nil, err
		}
		all[s.Source] = file
	}
	return all, nil
}

// test carries out one run.
func (r *Run) test(ctx context.Context, w *operation.Workspace, samples func() (map[string]string, error), dir string, result *Result) {
	result.Outcome = Passed
	vars, values, diags := r.variables()
	sources, err := samples()
	if err == nil {
		err = os.Mkdir(dir, 0o777)
	}
	if err == nil && diags.HasErrors() {
		err = operation.Check(diags, nil)
	}
	if err != nil {
		result.Outcome = Errored
		result.Problems, result.Sources = operation.Diagnostics(err)
		return
	}
	tried, err := operation.Trial{
		Dir: dir, Vars: vars, Sources: sources, PlanOnly: r.command == planOnly, Emulated: r.command == rehearse, Fault: r.Fault,
	}.Run(ctx, w)
	defer os.RemoveAll(dir) // the whole folder goes at the end; outputs are large
	result.Problems, result.Sources = r.expected(err)
	switch {
	case result.Problems.HasErrors() && err != nil:
		result.Outcome = Errored
	case result.Problems.HasErrors():
		result.Outcome = Failed
	case tried.Plan != nil:
		if result.Problems = r.assert(ctx, w, tried, values); result.Problems.HasErrors() {
			result.Outcome = Failed
		}
	}
	for i, d := range result.Problems {
		hidden := *d
		hidden.Summary, hidden.Detail = tried.Hide(d.Summary), tried.Hide(d.Detail)
		hidden.Expression, hidden.EvalContext = nil, nil
		result.Problems[i] = &hidden
	}
}

// expected returns the errors of a run that were not expected, and what was expected and did not
// happen.
func (r *Run) expected(err error) (diags hcl.Diagnostics, sources map[string]*hcl.File) {
	var errs hcl.Diagnostics
	if err != nil {
		errs, sources = operation.Diagnostics(err)
	}
	happened := make([]bool, len(r.Failures))
	for _, d := range errs {
		if d.Severity != hcl.DiagError {
			continue
		}
		known := false
		for i, text := range r.Failures {
			if strings.Contains(d.Summary, text) || strings.Contains(d.Detail, text) {
				known, happened[i] = true, true
			}
		}
		if !known && d.Subject == nil {
			here := *d
			here.Subject = &r.at
			d = &here
		}
		if !known {
			diags = append(diags, d)
		}
	}
	for i, text := range r.Failures {
		if !happened[i] {
			diags = append(diags, wrong(r.at, "Expected failure did not happen", fmt.Sprintf("No error says %q.", text)))
		}
	}
	if err != nil && len(errs) == 0 {
		diags = append(diags, wrong(r.at, "Interrupted", err.Error()+"."))
	}
	return diags, sources
}
