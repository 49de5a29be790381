package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/dism/dismemu/sfc"
	"github.com/gildhq/gild/internal/asmounted"
	"github.com/gildhq/gild/internal/sample"
)

// keeps tells whether folders keep what NTFS does.
var keeps = asmounted.Show()

// TestMain makes the program of the tests an emulated dism.exe or sfc.exe when it is
// started as one: as a process of its own it can be ended as that of Windows can.
func TestMain(m *testing.M) {
	state := os.Getenv("GILD_CONFORMANCE_STATE")
	switch name := strings.TrimSuffix(strings.ToLower(filepath.Base(os.Args[0])), ".exe"); {
	case state != "" && name == "dism":
		m := dismemu.Machine{State: state, Fault: os.Getenv("GILD_DISMEMU_FAULT")}
		os.Exit(int(int32(m.Run(context.Background(), os.Args[1:], os.Stdout))))
	case state != "" && name == "reg":
		m := dismemu.Machine{State: state}
		os.Exit(m.Reg(os.Args[1:], os.Stdout))
	case state != "" && name == "sfc":
		os.Exit(int(sfc.Run(context.Background(), os.Args[1:], os.Stdout)))
	}
	os.Exit(m.Run())
}

// within is an emulated DISM in this process, which is quicker.
type within struct{ *dismemu.Machine }

func (w within) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return w.Machine.Run(ctx, args, out), ctx.Err()
}

func (w within) SFC(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return sfc.Run(ctx, args, out), ctx.Err()
}

// emulated is a dism.exe with a sfc.exe next to it, which fails as a fault says.
func emulated(t *testing.T, fault string) dism.Program {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("GILD_CONFORMANCE_STATE", filepath.Join(dir, "state"))
	t.Setenv("GILD_DISMEMU_FAULT", fault)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	exe := ""
	if runtime.GOOS == "windows" {
		exe = ".exe"
	}
	for _, name := range []string{"dism", "sfc", "reg"} {
		if err := os.Symlink(self, filepath.Join(dir, name+exe)); err == nil {
			continue
		}
		if err := durable.Copy(t.Context(), self, filepath.Join(dir, name+exe)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name+exe), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dism.Exe(filepath.Join(dir, "dism"+exe))
}

// notWine leaves out under Wine, which takes minutes for it, what gild.exe does there in
// TestSelfTest of internal/wine, or has nothing to do with the system.
func notWine(t *testing.T) {
	t.Helper()
	if wineVersion() != "" {
		t.Skip("gild.exe makes the checks under Wine, see internal/wine")
	}
}

// options are those with an image that the emulation can service.
func options(t *testing.T, p dism.Program) Options {
	t.Helper()
	o := Options{Dir: t.TempDir(), Program: p, Emulated: true, EmulationKeeps: keeps, Image: filepath.Join(t.TempDir(), "windows.wim"), Version: "test"}
	if err := sample.Write(t.Context(), o.Image, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	return o
}

// outcomes runs the checks and returns the results by name.
func outcomes(t *testing.T, o Options, checks []check) (*Report, map[string]Result) {
	t.Helper()
	r, err := run(t.Context(), o, checks)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Result{}
	for _, res := range r.Results {
		all[res.Name] = res
	}
	left, err := os.ReadDir(o.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	return r, all
}

// documented is what is said of what is proved where, on one line.
func documented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## What is proved where")
	return strings.Join(strings.Fields(table), " ")
}

// TestDocumented: each check stands in the table of what is proved where.
func TestDocumented(t *testing.T) {
	text := documented(t)
	for _, c := range append(checks(), cleanup(nil)) {
		if !strings.Contains(text, "`"+c.name+"`") {
			t.Errorf("docs/reliability.md does not name %s", c.name)
		}
	}
}

// TestEmulated makes all checks with the emulated DISM: none may fail, and those are
// skipped that it, or this system, can't have.
func TestEmulated(t *testing.T) {
	notWine(t)
	o := options(t, emulated(t, ""))
	r, all := outcomes(t, o, checks())
	var skipped []string
	for _, res := range r.Results {
		t.Logf("%-18s %-8s %5.1fs %s %s", res.Name, res.Outcome, res.Seconds, res.Detail, strings.Join(res.Notes, "; "))
		if res.Outcome == Failed {
			t.Errorf("%s: %s", res.Name, res.Detail)
		}
		if res.Outcome == Skipped {
			skipped = append(skipped, res.Name)
			if res.Detail == "" {
				t.Errorf("%s: no reason", res.Name)
			}
		}
	}
	want := []string{"privileges", "service.signed", "hives.offreg", "hives.loaded"}
	if !keeps {
		want = slices.Insert(want, 1, "mounted.security", "mounted.trusted.owner", "mounted.foreign", "mounted.protected")
	}
	if runtime.GOOS == "windows" { // which has some of it
		skipped = slices.DeleteFunc(skipped, func(name string) bool { return slices.Contains(append(want, "service.cut"), name) })
		want = nil
	}
	if !slices.Equal(skipped, want) {
		t.Errorf("skipped %v, want %v", skipped, want)
	}
	if !r.OK() || r.OfDISM < 20 || !strings.Contains(r.Verdict(), "proves nothing about Windows") || all["commit"].Outcome != Passed {
		t.Errorf("%s", r.Verdict())
	}
	if keeps && !strings.Contains(documented(t), fmt.Sprintf("%d of the %d checks", r.Passed, len(r.Results))) {
		t.Errorf("docs/reliability.md does not say that %d of the %d checks run", r.Passed, len(r.Results))
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil || !IsReport(b.Bytes()) {
		t.Error(err)
	}
	_, data, _ := strings.Cut(b.String(), "```json\n")
	var again Report
	if err := json.NewDecoder(strings.NewReader(data)).Decode(&again); err != nil || len(again.Results) != len(r.Results) || len(again.Commands) < 30 {
		t.Errorf("the JSON in the report: %v", err)
	}
	for _, private := range []string{o.Dir, o.Image} {
		if strings.Contains(b.String(), private) {
			t.Errorf("the report names %s", private)
		}
	}
}
