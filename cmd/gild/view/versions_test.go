package view

import (
	"os"
	"strings"
	"testing"

	"github.com/gildhq/gild/executor/record"
)

// docs/json.md names the versions of lines and reports.
func TestVersionsInDocs(t *testing.T) {
	page, err := os.ReadFile("../../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, report, _ := strings.Cut(string(page), "\n## The report of a run\n")
	report, _, _ = strings.Cut(report, "\n## ")
	for _, tt := range []struct{ text, want string }{
		{string(page), "version of these lines, `" + UIVersion + "`"},
		{report, "| `format_version` | `" + record.FormatVersion + "` |"},
	} {
		if !strings.Contains(tt.text, tt.want) {
			t.Errorf("docs/json.md does not say %q", tt.want)
		}
	}
}
