package wine_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation/conformance"
)

// TestSelfTest has gild.exe try what it does with DISM, with the emulated dism.exe. What
// is skipped is what the file limits names, and nothing fails.
func TestSelfTest(t *testing.T) {
	needsWine(t)
	dir := t.TempDir()
	for _, name := range []string{"work", "state"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dism := exec.Command("go", "build", "-o", filepath.Join(dir, "dism.exe"), "../../image/dism/dismemu/dism")
	dism.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0")
	if out, err := dism.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Link(filepath.Join(dir, "dism.exe"), filepath.Join(dir, "sfc.exe")); err != nil {
		t.Fatal(err)
	}
	if err := sample.Write(t.Context(), filepath.Join(dir, "windows.wim"), sample.Options{}); err != nil {
		t.Fatal(err)
	}
	run, err := filepath.Abs("run")
	if err != nil {
		t.Fatal(err)
	}
	there := "Z:" + strings.ReplaceAll(dir, "/", `\`)
	t.Setenv("GILD_DISM", there+`\dism.exe`)
	t.Setenv("GILD_DISMEMU_STATE", there+`\state`)
	exe := build(t, "windows")
	var r conformance.Report
	for range 3 {
		if r = selfTest(t, dir, run, exe); !slices.ContainsFunc(r.Results, notStarted) {
			break
		}
		t.Log("Wine could not start a program: once more")
	}
	var skipped []string
	for _, res := range r.Results {
		if res.Outcome == conformance.Skipped {
			skipped = append(skipped, res.Name)
		}
	}
	if want := limitsOf(t, "TestSelfTest"); !slices.Equal(skipped, want) {
		t.Errorf("skipped %v, and the limits are %v", skipped, want)
	}
	if !r.OK() || r.Machine.Wine == "" || r.OfDISM < 20 {
		t.Errorf("%s %+v", r.Verdict(), r.Machine)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "work")); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// selfTest makes the self-test once.
func selfTest(t *testing.T, dir, run, exe string) (r conformance.Report) {
	t.Helper()
	cmd := exec.Command(run, exe, "doctor", "-self-test", "-json", "-dir", "work", "-image", "windows.wim")
	cmd.Dir = dir
	out, err := cmd.Output()
	if e := json.Unmarshal(out, &r); e != nil {
		t.Fatalf("%v, %v\n%s", err, e, out)
	}
	for _, res := range r.Results {
		t.Logf("%-22s %-8s %5.1fs %s", res.Name, res.Outcome, res.Seconds, res.Detail)
	}
	return r
}

// notStarted matches a check that failed because Wine did not start a program, which happens on
// a machine that is busy: ERROR_INTERNAL_ERROR.
func notStarted(r conformance.Result) bool {
	return r.Outcome == conformance.Failed && strings.Contains(r.Detail, "fork/exec") && strings.Contains(r.Detail, "Internal error")
}

// limitsOf are the parts of a test that the file limits leaves out.
func limitsOf(t *testing.T, test string) []string {
	t.Helper()
	text, err := os.ReadFile("limits")
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "#" {
			if part, ok := strings.CutPrefix(fields[1], test+"/"); ok {
				parts = append(parts, part)
			}
		}
	}
	return parts
}
