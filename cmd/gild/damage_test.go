package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/sample"
)

// TestDamagedSource: a source that is damaged where nothing is changed does not
// become an output that is said to be verified.
func TestDamagedSource(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := sample.Write(t.Context(), "base.wim", sample.Options{Stored: true}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("base.wim")
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "; for 16-bit app support")
	data[at] ^= 1
	if err := os.WriteFile("base.wim", data, 0o666); err != nil {
		t.Fatal(err)
	}
	module := `image "kiosk" {
  source = "base.wim"
  output = "out.wim"
  file "note" {
    path    = "Tools/note.txt"
    content = "x"
  }
}
`
	if err := os.WriteFile("a.gild.hcl", []byte(module), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := expect(t, exitError, "apply", "-auto-approve"); !strings.Contains(out, "base.wim is damaged") {
		t.Errorf("the message does not say that the source is damaged:\n%s", out)
	}
	if _, err := os.Stat("out.wim"); err == nil {
		t.Error("there is an output all the same")
	}
	expect(t, exitOK, "apply", "-auto-approve", "-verify=changes")
	expect(t, exitError, "apply", "-auto-approve", "-verify=some")
}
