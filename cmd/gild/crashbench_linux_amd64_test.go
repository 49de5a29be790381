package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gildhq/gild/internal/crash"
)

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
	env            []string
	template       string // folder with the source and the output of revision 1
	base, old, new []byte // source and outputs
}

func newCrashBench(t *testing.T, env ...string) *crashBench {
	t.Helper()
	b := &crashBench{env: env, template: crashDir(t), base: baseImage(t)}
	write(t, filepath.Join(b.template, "base.wim"), b.base)
	write(t, filepath.Join(b.template, "a.gild.hcl"), fmt.Appendf(nil, crashing, "1"))
	b.mustApply(t, b.template)
	b.old = readFile(t, filepath.Join(b.template, "out/kiosk.wim"))
	write(t, filepath.Join(b.template, "a.gild.hcl"), fmt.Appendf(nil, crashing, "2"))
	if err := os.RemoveAll(filepath.Join(b.template, ".gild")); err != nil {
		t.Fatal(err)
	}
	dir := b.copy(t)
	b.mustApply(t, dir)
	b.new = readFile(t, filepath.Join(dir, "out/kiosk.wim"))
	return b
}

// crashDir makes a folder for many short runs: in memory, if there is room.
func crashDir(t *testing.T) string {
	t.Helper()
	const memory, room = "/dev/shm", 256 << 20
	var st unix.Statfs_t
	if err := unix.Statfs(memory, &st); err != nil || st.Bavail*uint64(st.Bsize) < room {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "gild-crash-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// copy makes a folder to be disturbed.
func (b *crashBench) copy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(crashDir(t), "module")
	if err := os.CopyFS(dir, os.DirFS(b.template)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (b *crashBench) program(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := program(ctx, t, dir, "apply", "-auto-approve")
	cmd.Env = append(cmd.Env, append(b.env, "GILD_DISMEMU_STATE="+filepath.Join(dir, ".dism"))...)
	return cmd
}

// traced returns the program, started so that it can be cut.
func (b *crashBench) traced(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := b.program(t, dir)
	start, err := exec.LookPath("traced")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args = start, append([]string{start}, cmd.Args...)
	return cmd
}

func (b *crashBench) mustApply(t *testing.T, dir string) {
	t.Helper()
	if out, err := b.program(t, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// disturbance is a cut, and what happens before the next run.
type disturbance struct {
	crash.Cut
	clock bool // the clock goes back
}

func (d disturbance) String() string {
	if d.clock {
		return d.Cut.String() + ", and the clock goes back"
	}
	return d.Cut.String()
}

// disturb cuts a run, checks what it has left, and lets another one go on.
func (b *crashBench) disturb(t *testing.T, d disturbance) crash.Result {
	t.Helper()
	dir := b.copy(t)
	defer os.RemoveAll(dir)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := b.traced(t, dir)
	cmd.Stdout, cmd.Stderr = log, log
	if d.How == crash.Meet {
		d.Do = func() { b.meet(t, dir) }
	}
	r, err := crash.Run(cmd, dir, d.Cut)
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("missing: the right to trace a process (ptrace)")
	}
	if err != nil {
		t.Fatal(err)
	}
	said := string(readFile(t, log.Name()))
	b.checkOutput(t, dir, d.String(), said)
	asked := d.How == crash.Stop || d.How == crash.Term || d.How == crash.Twice
	if r.Exit > 0 && !asked && !strings.Contains(said, "Error") {
		t.Errorf("%s: exit code %d without a word:\n%s", d, r.Exit, said)
	}
	if asked && r.Exit != exitOK && r.Exit != exitInterrupted {
		t.Errorf("%s: exit code %d:\n%s", d, r.Exit, said)
	}
	if d.clock {
		clockBack(t, dir)
	}
	b.next(t, dir, d.String(), said)
	return r
}

// checkOutput makes sure that the output is the old one or the new one, and that
// nothing has touched the source.
func (b *crashBench) checkOutput(t *testing.T, dir, when, said string) {
	t.Helper()
	out, err := os.ReadFile(filepath.Join(dir, "out/kiosk.wim"))
	if err != nil || !bytes.Equal(out, b.old) && !bytes.Equal(out, b.new) {
		t.Errorf("%s: the output is neither the old nor the new one: %v\n%s", when, err, said)
	}
	if source, err := os.ReadFile(filepath.Join(dir, "base.wim")); err != nil || !bytes.Equal(source, b.base) {
		t.Errorf("%s: the source is not what it was: %v\n%s", when, err, said)
	}
}

// next lets another run go on from what is there: it must end as if nothing had
// happened, and leave nothing next to the output.
func (b *crashBench) next(t *testing.T, dir, when, said string) {
	t.Helper()
	text, err := b.program(t, dir).CombinedOutput()
	if err != nil {
		t.Errorf("%s: the next run: %v\n%s\nafter\n%s", when, err, text, said)
		return
	}
	if out := readFile(t, filepath.Join(dir, "out/kiosk.wim")); !bytes.Equal(out, b.new) {
		t.Errorf("%s: the next run made another output", when)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "out")); len(left) != 1 {
		t.Errorf("%s: beside the output there is %v", when, left)
	}
}

// meet starts a second run while the first one is held up. It works, where the first
// one has not begun or is done, or says that another one is at work.
func (b *crashBench) meet(t *testing.T, dir string) {
	out, err := b.program(t, dir).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "is held by") {
		t.Errorf("a second run: %v\n%s", err, out)
	}
}

// clockBack makes all that a run has left a year younger than now.
func clockBack(t *testing.T, dir string) {
	t.Helper()
	then := time.Now().AddDate(1, 0, 0)
	year := regexp.MustCompile(`"(time|since|started|ended)":"` + strconv.Itoa(time.Now().Year()))
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		if ext := filepath.Ext(path); ext == ".jsonl" || ext == ".json" {
			data := readFile(t, path)
			write(t, path, year.ReplaceAll(data, []byte(`"$1":"`+strconv.Itoa(then.Year()))))
		}
		return os.Chtimes(path, then, then)
	})
	if err != nil {
		t.Fatal(err)
	}
}
