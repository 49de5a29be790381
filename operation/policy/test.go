package policy

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/tester"
)

// Tested is the outcome of a test of policies.
type Tested struct {
	Name    string // package and rule
	Outcome Outcome
	Detail  string // why it is in error, and what the test printed
	File    string // where the test is
	Line    int
	Took    time.Duration
}

// Outcome is the outcome of a test.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Errored Outcome = "error"
	Skipped Outcome = "skipped" // its name begins with todo_
)

// Test runs the tests of folders, the rules whose names begin with test_; those whose name
// matches the regular expression, if there is one.
func Test(ctx context.Context, filter string, dirs ...string) ([]Tested, error) {
	modules, err := read(dirs, true)
	if err != nil {
		return nil, err
	}
	results, err := tester.NewRunner().SetCompiler(compiler().WithEnablePrintStatements(true)).CapturePrintOutput(true).
		RaiseBuiltinErrors(true).SetTimeout(timeToTell).Filter(filter).SetModules(modules).RunTests(ctx, nil)
	if err != nil {
		return nil, readable(err)
	}
	var all []Tested
	for r := range results {
		t := Tested{Name: strings.TrimPrefix(r.Package, "data.") + "." + r.Name, Outcome: Passed, Detail: strings.TrimSpace(string(r.Output)), Took: r.Duration}
		if r.Location != nil {
			t.File, t.Line = r.Location.File, r.Location.Row
		}
		switch {
		case r.Error != nil:
			t.Outcome = Errored
			t.Detail = strings.TrimSpace(t.Detail + "\n" + readable(r.Error).Error())
		case r.Skip:
			t.Outcome = Skipped
		case r.Fail:
			t.Outcome = Failed
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Tested) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Name, b.Name))
	})
	return all, ctx.Err()
}
