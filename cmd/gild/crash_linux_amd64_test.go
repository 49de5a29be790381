package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gildhq/gild/internal/crash"
)

// crashMatrix asks for all cuts, and for their numbers.
var crashMatrix = flag.String("crash-matrix", "", "cut every system call in every way, and put the numbers into this `document`")

// crashing is a configuration that changes files, registry and services, with
// checkpoints on the way. %s is what makes one revision of it another one.
const crashing = `
image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  checkpoint {
    steps = 3
  }

  file "note" {
    for_each = toset(["a", "b", "c"])
    path     = "Windows/${each.key}.txt"
    content  = "note ${each.key} of revision %[1]s"
  }
  file "gone" {
    path   = "Users/Public/Desktop/Welcome.url"
    ensure = "absent"
  }
  registry "value" {
    for_each = toset(["x", "y", "z"])
    key      = "HKLM/SOFTWARE/Contoso/${each.key}"
    name     = "Revision"
    value    = "%[1]s"
  }
  service "spooler" {
    name  = "Spooler"
    start = "disabled"
  }
}
`

// crashBench is what the runs of a matrix have in common.
type crashBench struct {
	*testing.T
	env      []string
	template string // folder with the sources and the output of revision 1
	old, new []byte // outputs
}

func newCrashBench(t *testing.T, env ...string) *crashBench {
	t.Helper()
	b := &crashBench{T: t, env: env, template: t.TempDir()}
	b.write(filepath.Join(b.template, "base.wim"), baseImage(t))
	b.write(filepath.Join(b.template, "a.gild.hcl"), fmt.Appendf(nil, crashing, "1"))
	b.mustApply(b.template)
	b.old = readFile(t, filepath.Join(b.template, "out/kiosk.wim"))
	b.write(filepath.Join(b.template, "a.gild.hcl"), fmt.Appendf(nil, crashing, "2"))
	if err := os.RemoveAll(filepath.Join(b.template, ".gild")); err != nil {
		t.Fatal(err)
	}
	dir := b.copy()
	b.mustApply(dir)
	b.new = readFile(t, filepath.Join(dir, "out/kiosk.wim"))
	return b
}

func (b *crashBench) write(name string, data []byte) {
	b.Helper()
	if err := os.WriteFile(name, data, 0o666); err != nil {
		b.Fatal(err)
	}
}

// copy makes a folder to be disturbed.
func (b *crashBench) copy() string {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "module")
	if err := os.CopyFS(dir, os.DirFS(b.template)); err != nil {
		b.Fatal(err)
	}
	return dir
}

func (b *crashBench) program(dir string) *exec.Cmd {
	b.Helper()
	cmd := program(b.Context(), b.T, dir, "apply", "-auto-approve")
	cmd.Env = append(cmd.Env, append(b.env, "GILD_DISMEMU_STATE="+filepath.Join(dir, ".dism"))...)
	return cmd
}

func (b *crashBench) mustApply(dir string) {
	b.Helper()
	if out, err := b.program(dir).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

// disturb cuts a run, checks what it has left, and lets another one go on.
func (b *crashBench) disturb(cut crash.Cut) crash.Result {
	b.Helper()
	dir := b.copy()
	defer os.RemoveAll(dir)
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	cmd := b.program(dir)
	cmd.Stdout, cmd.Stderr = log, log
	r, err := crash.Run(cmd, dir, cut)
	if errors.Is(err, fs.ErrPermission) {
		b.Skip("this machine does not let a process be traced")
	}
	if err != nil {
		b.Fatal(err)
	}
	said := string(readFile(b.T, log.Name()))
	out, err := os.ReadFile(filepath.Join(dir, "out/kiosk.wim"))
	if err != nil || !bytes.Equal(out, b.old) && !bytes.Equal(out, b.new) {
		b.Errorf("%s: the output is neither the old nor the new one: %v\n%s", cut, err, said)
	}
	if r.Exit > 0 && cut.How != crash.Stop && !strings.Contains(said, "Error") {
		b.Errorf("%s: exit code %d without a word:\n%s", cut, r.Exit, said)
	}
	if text, err := b.program(dir).CombinedOutput(); err != nil {
		b.Errorf("%s: the next run: %v\n%s\nafter\n%s", cut, err, text, said)
		return r
	}
	if out := readFile(b.T, filepath.Join(dir, "out/kiosk.wim")); !bytes.Equal(out, b.new) {
		b.Errorf("%s: the next run made another output", cut)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "out")); len(left) != 1 {
		b.Errorf("%s: beside the output there is %v", cut, left)
	}
	return r
}

// hows are the ways in which a run is disturbed.
var hows = []crash.How{crash.Before, crash.During, crash.After, crash.NoRoom, crash.Broken, crash.Stop}

// everywhere is every call cut in every way.
func everywhere(points []crash.Point) []crash.Cut {
	var cuts []crash.Cut
	for i := range points {
		for _, how := range hows {
			cuts = append(cuts, crash.Cut{N: i + 1, How: how})
		}
	}
	return cuts
}

// somewhere is one cut for each class of calls: the same call on the same sort of
// file, in the same folder.
func somewhere(points []crash.Point) []crash.Cut {
	classes := map[string][]int{}
	for i, p := range points {
		class := p.Call + " " + filepath.Base(filepath.Dir(p.Path)) + " " + filepath.Ext(p.Path)
		classes[class] = append(classes[class], i+1)
	}
	var cuts []crash.Cut
	for i, class := range slices.Sorted(maps.Keys(classes)) {
		at := classes[class]
		cuts = append(cuts, crash.Cut{N: at[len(at)/2], How: hows[i%len(hows)]})
	}
	return cuts
}

// TestCrashMatrix cuts runs at system calls, with both backends. What is left must
// be the old output or the new one, and the next run must end as if nothing had
// happened.
func TestCrashMatrix(t *testing.T) {
	emulated, err := exec.LookPath("dism")
	if err != nil {
		t.Fatal(err)
	}
	var rows sync.Mutex
	for name, env := range map[string][]string{"offline": nil, "dism": {"GILD_DISM=" + emulated}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCrashBench(t, env...)
			whole := b.disturb(crash.Cut{})
			if whole.Exit != 0 || len(whole.Points) < 50 {
				t.Fatalf("exit code %d, %d calls", whole.Exit, len(whole.Points))
			}
			cuts := somewhere(whole.Points)
			if *crashMatrix != "" {
				cuts = everywhere(whole.Points)
			}
			for _, cut := range cuts {
				b.disturb(cut)
			}
			t.Logf("%d calls that write, %d cuts", len(whole.Points), len(cuts))
			if *crashMatrix != "" && !t.Failed() {
				rows.Lock()
				defer rows.Unlock()
				setRow(t, *crashMatrix, fmt.Sprintf("| `%s` | %d | %d | 0 |", name, len(whole.Points), len(cuts)))
			}
		})
	}
}

// setRow replaces the row of a document that begins like the given one.
func setRow(t *testing.T, name, row string) {
	t.Helper()
	head, _, _ := strings.Cut(row[2:], "|")
	lines := strings.Split(string(readFile(t, name)), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| "+head+"|") })
	if i < 0 {
		t.Fatalf("%s has no row that begins with %s", name, head)
	}
	lines[i] = row
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
}
