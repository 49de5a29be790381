package scenario

import (
	"bytes"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/joshdk/go-junit"
)

// TestJUnit has a parser that is not ours read what is written.
func TestJUnit(t *testing.T) {
	at := hcl.Range{Filename: "a.gildtest.hcl", Start: hcl.Pos{Line: 4}}
	problem := hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Assertion failed", Detail: "It is <2> & \"3\".", Subject: &at}}
	var out bytes.Buffer
	err := JUnit(&out, []*Result{
		{File: "a.gildtest.hcl", Run: "good", Outcome: Passed, Took: 1500 * time.Millisecond},
		{File: "a.gildtest.hcl", Run: "bad", Outcome: Failed, Problems: problem},
		{File: "b.gildtest.hcl", Run: "broken", Outcome: Errored, Problems: problem},
		{File: "b.gildtest.hcl", Run: "left out", Outcome: Skipped},
	})
	if err != nil {
		t.Fatal(err)
	}
	suites, err := junit.Ingest(out.Bytes())
	if err != nil || len(suites) != 2 {
		t.Fatalf("%v\n%s", err, out.String())
	}
	a, b := suites[0], suites[1]
	if a.Name != "a.gildtest.hcl" || a.Totals.Tests != 2 || a.Totals.Passed != 1 || a.Totals.Failed != 1 || b.Totals.Error != 1 || b.Totals.Skipped != 1 {
		t.Errorf("got %+v, %+v", a.Totals, b.Totals)
	}
	if a.Tests[0].Duration != 1500*time.Millisecond || a.Tests[0].Status != junit.StatusPassed {
		t.Errorf("got %+v", a.Tests[0])
	}
	if e := a.Tests[1].Error; e == nil || e.Error() != "a.gildtest.hcl:4: Assertion failed: It is <2> & \"3\"." {
		t.Errorf("got %v", e)
	}
}
