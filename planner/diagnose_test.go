package planner

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

func resourceAt(in, name string, line int) *dsl.Resource {
	return &dsl.Resource{
		Addr: dsl.Addr{Image: "kiosk", In: in, Kind: "registry", Name: name}, Want: cty.EmptyObjectVal,
		Range: hcl.Range{Filename: "a.gild.hcl", Start: hcl.Pos{Line: line}},
	}
}

func TestOneCauseOneDiagnostic(t *testing.T) {
	const summary = "Can't read %s out of the image"
	broken := &image.HiveError{Hive: image.Hive{Name: "SOFTWARE", File: "config/SOFTWARE"}, Err: errors.New("is torn")}
	var diags hcl.Diagnostics
	for i := range 3 {
		r := resourceAt("security.base", fmt.Sprint("s", i), 5)
		diags = append(diags, diagnose(r, summary, fmt.Errorf("key %d: %w", i, broken))...)
	}
	diags = append(diags, diagnose(resourceAt("", "other", 7), summary, errors.New("something else"))...)
	diags = append(diags, diagnose(resourceAt("", "x", 8), summary, fmt.Errorf("key x: %w", broken))...)
	diags = append(diags, diagnose(resourceAt("", "y", 9), summary, fmt.Errorf("key y: %w", broken))...)
	diags = append(diags, diagnose(resourceAt("", "y", 9), "Can't change %s", fmt.Errorf("key y: %w", broken))...)

	diags = together(diags)
	if len(diags) != 3 {
		t.Fatalf("%d diagnostics, want 3: %v", len(diags), diags)
	}
	if got, want := diags[0].Summary, "Can't read security.base and 2 others out of the image"; got != want {
		t.Errorf("the summary is %q, want %q", got, want)
	}
	want := "hive SOFTWARE (config/SOFTWARE): is torn. That concerns security.base (a.gild.hcl:5; 3 of the resources it stands for), " +
		"registry.x (a.gild.hcl:8) and registry.y (a.gild.hcl:9)."
	if diags[0].Detail != want {
		t.Errorf("the detail is\n%s, want\n%s", diags[0].Detail, want)
	}
	all, _ := diags[0].Extra.(Affected)
	if len(all) != 5 || all[1].Address != "kiosk/security.base/registry.s1" || all[1].Detail != "key 1: hive SOFTWARE (config/SOFTWARE): is torn." || all[4].Range.Start.Line != 9 {
		t.Errorf("it is about %+v", all)
	}
	for _, d := range diags[1:] {
		if d.Extra != nil || strings.Contains(d.Detail, "concerns") {
			t.Errorf("one that is alone became %+v", d)
		}
	}
	if diags[1].Detail != "something else." || diags[2].Detail != "key y: hive SOFTWARE (config/SOFTWARE): is torn." {
		t.Errorf("others became %q, %q", diags[1].Detail, diags[2].Detail)
	}
}

// TestProblemOfPart: the author of a resource that expands to others is told, and
// not what to do in a block that is not there.
func TestProblemOfPart(t *testing.T) {
	fault := &providers.Problem{Summary: "No such service", Detail: "There is none.", Remedy: "Make it."}
	own := diagnose(resourceAt("", "x", 1), "", fault)[0].Detail
	if own != "There is none. Make it." {
		t.Errorf("of one's own: %q", own)
	}
	r := resourceAt("security.base", "x", 1)
	r.Remedy = "Leave it out."
	if got, want := diagnose(r, "", fault)[0].Detail, "There is none. This is about security.base/registry.x, which security.base stands for. Leave it out."; got != want {
		t.Errorf("of a part: %q, want %q", got, want)
	}
}
