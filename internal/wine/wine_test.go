// Package wine_test runs gild.exe under Wine, where there is no Windows, and
// holds what it makes against what gild makes here: the same configuration has
// to give the same bytes on every system.
package wine_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// step is a command and the exit code it has to end with.
type step struct {
	args string
	code int
}

// modules are the examples, and what is done with each.
var modules = map[string][]step{
	"kiosk": {
		{"version", 0},
		{"doctor", 0},
		{"apply -rehearse", 0},
		{"nonsense", 1},
		{"validate", 0},
		{"fmt -check", 0},
		{"inspect -json base.wim", 0},
		{"plan -detailed-exitcode", 2},
		{"plan -out kiosk.plan", 0},
		{"apply kiosk.plan", 0},
		{"plan -detailed-exitcode", 0},
		{"apply -auto-approve", 0},
		{"verify out/kiosk.wim", 0},
		{"show out/kiosk.wim", 0},
		{"inspect -json out/kiosk.wim", 0},
	},
	"family": {
		{"plan -detailed-exitcode", 2},
		{"apply -auto-approve -parallelism=1", 0},
		{"plan -detailed-exitcode", 0},
	},
	"factory": {
		{"validate", 0},
		{"apply -auto-approve -parallelism=1", 0},
		{"plan -detailed-exitcode", 0},
		{"show -first-boot out/install.wim", 0},
	},
}

// own are the commands that tell of the machine, and so have a text of their own.
var own = map[string]bool{"version": true, "doctor": true, "apply -rehearse": true}

// TestSameAsHere carries out every example twice.
func TestSameAsHere(t *testing.T) {
	if os.Getenv("GILD_WINE") == "" {
		t.Skip("make wine runs it")
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	t.Setenv("GILD_DISM", "none")
	here, there := build(t, runtime.GOOS), build(t, "windows")
	run, err := filepath.Abs("run")
	if err != nil {
		t.Fatal(err)
	}
	for name, steps := range modules {
		t.Run(name, func(t *testing.T) {
			a, b := module(t, name), module(t, name)
			for _, s := range steps {
				args := strings.Fields(s.args)
				want := output(t, s, a, exec.Command(here, args...))
				got := output(t, s, b, exec.Command(run, append([]string{there}, args...)...))
				if strings.Contains(got, "\x1b") {
					t.Errorf("gild %s: there are escape sequences in what is no console", s.args)
				}
				if !own[s.args] && plain(got) != plain(want) {
					t.Errorf("gild.exe %s says\n%s\nand here it says\n%s", s.args, got, want)
				}
			}
			same(t, a, b)
		})
	}
}

// build returns the program for a system.
func build(t *testing.T, goos string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "gild.exe")
	cmd := exec.Command("go", "build", "-o", exe, "../../cmd/gild")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build for %s: %v\n%s", goos, err, out)
	}
	return exe
}

// module copies an example, with what it starts from.
func module(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("../../examples", name))); err != nil {
		t.Fatal(err)
	}
	var err error
	if name == "factory" {
		withoutAccess(t, filepath.Join(dir, "factory.gild.hcl"))
		err = sample.Factory(t.Context(), dir)
	} else {
		err = sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{Files: 50})
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// withoutAccess takes out who may read and write the output; see the file limits.
func withoutAccess(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	less := regexp.MustCompile(`(?s)  image_access \{.*?\n  \}\n`).ReplaceAll(text, nil)
	if len(less) == len(text) {
		t.Fatalf("%s: no image_access is in it", name)
	}
	if err := os.WriteFile(name, less, 0o666); err != nil {
		t.Fatal(err)
	}
}

// output returns what a command prints; it has to end as the step says.
func output(t *testing.T, s step, dir string, cmd *exec.Cmd) string {
	t.Helper()
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != s.code {
		t.Fatalf("%s %s: exit code %d, want %d\n%s", filepath.Base(cmd.Path), s.args, code, s.code, &out)
	}
	return out.String()
}

var (
	// what lasts is reported as it begins and while it does, and how long it took
	lasts = regexp.MustCompile(`(?m)^.*(\.\.\.|still running.*)\n`)
	took  = regexp.MustCompile(`( after)? +([0-9.]+(ms|µs|ns|h|m|s))+\b`)
	wide  = regexp.MustCompile(` {2,}`) // in tables that tell how long it took
	runs  = regexp.MustCompile(`\.gild/runs/[^ /]+`)
	wine  = regexp.MustCompile(`(?m)^wine: .*\n`) // what Wine says of itself
)

// plain is a text without what Windows reports in another way, and without
// what differs from run to run.
func plain(text string) string {
	text = strings.ReplaceAll(wine.ReplaceAllString(text, ""), "\r\n", "\n")
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\\`, `/`), `\`, `/`)
	text = took.ReplaceAllString(lasts.ReplaceAllString(text, ""), "")
	return runs.ReplaceAllString(wide.ReplaceAllString(text, " "), ".gild/runs/RUN")
}

// same checks that both have made the same files, and has another program read
// the images.
func same(t *testing.T, a, b string) {
	t.Helper()
	made := 0
	err := fs.WalkDir(os.DirFS(a), "out", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		made++
		want, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: gild.exe makes other bytes", name)
		}
		if filepath.Ext(name) == ".wim" {
			testenv.Run(t, "wimlib-imagex", "verify", filepath.Join(b, name))
		}
		return nil
	})
	if err != nil || made == 0 {
		t.Errorf("%d files were made, %v", made, err)
	}
}

// TestLimits checks that what is left out is there to be left out.
func TestLimits(t *testing.T) {
	text, err := os.ReadFile("limits")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) < 3 {
			t.Fatalf("%q: want package, test and reason", line)
		}
		name, _, _ := strings.Cut(fields[1], "/")
		if !defined(t, filepath.Join("../..", fields[0]), "func "+name+"(") {
			t.Errorf("%s has no test %s", fields[0], name)
		}
	}
}

func defined(t *testing.T, dir, text string) bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}
