package view

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// TestAnnotations holds that no text ends a command, or begins another one.
func TestAnnotations(t *testing.T) {
	diags := hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: "a:b,c;d]e%f", Detail: "one\r\n::error::two hush\n##vso[task.x]", Subject: &hcl.Range{Filename: "f,:;]%.hcl"}},
		{Severity: hcl.DiagWarning, Summary: "of no line"},
	}
	all := Annotations(diags, func(s string) string { return strings.ReplaceAll(s, "hush", "(sensitive)") }, func(s string) string { return "in/" + s })
	var github, azure strings.Builder
	GitHub(&github, all)
	Azure(&azure, all)
	if want := "::error file=in/f%2C%3A;]%25.hcl,line=1,col=1,title=a%3Ab%2Cc;d]e%25f::a:b,c;d]e%25f: one%0D%0A::error::two (sensitive)%0A##vso[task.x]\n" +
		"::warning title=of no line::of no line\n"; github.String() != want {
		t.Errorf("GitHub: got\n%s\nwant\n%s", github.String(), want)
	}
	if want := "##vso[task.logissue type=error;sourcepath=in/f,:%3B%5D%AZP25.hcl;linenumber=1;columnnumber=1;]a:b,c;d]e%AZP25f: one%0D%0A::error::two (sensitive)%0A##vso[task.x]\n" +
		"##vso[task.logissue type=warning;]of no line\n"; azure.String() != want {
		t.Errorf("Azure: got\n%s\nwant\n%s", azure.String(), want)
	}
	data, err := CodeQuality(append(all, all...), "main.gild.hcl")
	if err != nil {
		t.Fatal(err)
	}
	var issues []struct {
		Description, Fingerprint, Severity string
		Location                           struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal(data, &issues); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, i := range issues {
		ids[i.Fingerprint] = true
	}
	if len(issues) != 4 || len(ids) != 4 || issues[0].Severity != "major" || issues[1].Severity != "minor" || issues[1].Location.Path != "main.gild.hcl" ||
		issues[0].Location.Path != "in/f,:;]%.hcl" || issues[0].Location.Lines.Begin != 1 || strings.Contains(string(data), "hush") {
		t.Errorf("code quality:\n%s", data)
	}
}
