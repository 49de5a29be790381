package dism_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/dism/fault"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// emulated runs the emulation in this process.
type emulated struct {
	*dismemu.Machine
	mu       *sync.Mutex
	commands *[]string // names of the commands that were run
}

func (e emulated) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	for _, a := range args {
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "/"), ":")
		if strings.Contains(name, "-") {
			e.mu.Lock()
			*e.commands = append(*e.commands, name)
			e.mu.Unlock()
		}
	}
	return e.Machine.Run(ctx, args, out), nil
}

type bench struct {
	*testing.T
	backend  dism.Backend
	machine  *dismemu.Machine
	commands []string
	source   string
	opts     image.OpenOptions
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{T: t, machine: &dismemu.Machine{State: filepath.Join(dir, "state")}, source: filepath.Join(dir, "install.wim")}
	b.backend.Pause = time.Millisecond
	b.backend.Program = emulated{b.machine, new(sync.Mutex), &b.commands}
	b.opts = image.OpenOptions{Write: true, Store: filepath.Join(dir, "store"), Clock: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)}
	if err := sample.Write(t.Context(), b.source, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) open(chain ...string) image.Session {
	b.Helper()
	opts := b.opts
	opts.Chain = chain
	s, err := b.backend.Open(b.Context(), image.Ref{Path: b.source}, opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func must[C any](t *testing.T, s image.Session) C {
	t.Helper()
	c, ok := image.As[C](s)
	if !ok {
		t.Fatalf("no %T", c)
	}
	return c
}

func (b *bench) dism(s image.Session, args ...string) error {
	b.Helper()
	_, err := must[image.Servicer](b.T, s).Dism(b.Context(), args...)
	return err
}

func (b *bench) write(s image.Session, name, text string) {
	b.Helper()
	if err := must[image.Files](b.T, s).WriteFile(name, strings.NewReader(text), image.Meta{}); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) read(s image.Session, name string) string {
	b.Helper()
	f, err := must[image.Files](b.T, s).Open(name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		b.Error(err)
	}
	return string(data)
}

const note = `HKLM\SOFTWARE\gild test`

// TestService changes files, registry and features, makes checkpoints, continues after
// an interruption, and writes an output.
func TestService(t *testing.T) {
	b := newBench(t)
	s := b.open()
	b.write(s, "Windows/first.txt", "1")
	if err := must[image.Registry](t, s).CreateKey(note); err != nil {
		t.Fatal(err)
	}
	if err := b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	b.write(s, "Windows/second.txt", "2")
	if err := s.Close(); err != nil { // discards
		t.Fatal(err)
	}

	s = b.open("step1", "step2")
	if s.At() != "step1" {
		t.Errorf("at %q", s.At())
	}
	if got := b.read(s, "Windows/first.txt"); got != "1" {
		t.Errorf("what was committed: %s", got)
	}
	if _, err := must[image.Files](t, s).Stat("Windows/second.txt"); err == nil {
		t.Error("what was not committed is there")
	}
	if _, err := must[image.Registry](t, s).Values(note); err != nil {
		t.Error(err)
	}
	if err := s.Commit(t.Context(), "step2"); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.wim")
	if err := must[image.Exporter](t, s).Export(t.Context(), out, image.ExportOptions{Receipt: []byte("receipt")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if mounted := b.mounted(); mounted != 0 {
		t.Errorf("%d images are left mounted", mounted)
	}
	if text, err := exec.Command(testenv.Tool(t, "wimlib-imagex"), "dir", out, "1").CombinedOutput(); err != nil ||
		!strings.Contains(string(text), "first.txt") || strings.Contains(string(text), "gild-checkpoint") {
		t.Errorf("the output: %v", err)
	}
}

func (b *bench) mounted() int {
	data, err := os.ReadFile(filepath.Join(b.machine.State, "mounts.json"))
	if err != nil {
		b.Fatal(err)
	}
	return strings.Count(string(data), `"dir"`)
}

// TestOtherChain begins at the source if the working image has another chain.
func TestOtherChain(t *testing.T) {
	b := newBench(t)
	s := b.open()
	b.write(s, "Windows/first.txt", "1")
	if err := errors.Join(s.Commit(t.Context(), "other"), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = b.open("step1")
	if _, err := must[image.Files](t, s).Stat("Windows/first.txt"); err == nil || s.At() != "" {
		t.Errorf("at %q, %v", s.At(), err)
	}
}

// TestCut leaves an image mounted, as a killed run does.
func TestCut(t *testing.T) {
	b := newBench(t)
	s := b.open()
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	b.write(s, "Windows/lost.txt", "x")
	if err := dism.Die(s); err != nil {
		t.Fatal(err)
	}
	again := b.open("step1")
	if again.At() != "step1" {
		t.Errorf("at %q", again.At())
	}
	if _, err := must[image.Files](t, again).Stat("Windows/lost.txt"); err == nil {
		t.Error("what was not committed is there")
	}
}

func TestErrors(t *testing.T) {
	b := newBench(t)
	s := b.open()
	err := b.dism(s, "/Enable-Feature", "/FeatureName:Telnet")
	var failed *dism.Error
	if !errors.As(err, &failed) || failed.Code != 0x800f080c || failed.Class != fault.Step {
		t.Fatal(err)
	}
	for _, want := range []string{"0x800f080c (CBS_E_UNKNOWN_UPDATE)", "/FeatureName:Telnet", "Feature name Telnet is unknown", "gild inspect", failed.Log} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not hold %q", err, want)
		}
	}
	if len(failed.Excerpt) == 0 {
		t.Error("no lines of the log")
	}
	if got := b.read(s, "Windows/System32/drivers/etc/hosts"); strings.Contains(got, "closed") {
		t.Errorf("after an error the image can't be read: %s", got)
	}
}

// TestRetry retries commands after errors of class Retry, and no others.
func TestRetry(t *testing.T) {
	b := newBench(t)
	b.machine.Fault = "Enable-Feature@1:code=0xc15101fd,Disable-Feature@1:code=0x80073712"
	s := b.open()
	if err := b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient"); err != nil {
		t.Error(err)
	}
	var failed *dism.Error
	if err := b.dism(s, "/Disable-Feature", "/FeatureName:TelnetClient"); !errors.As(err, &failed) || failed.Class != fault.Discard {
		t.Error(err)
	}
	if got := count(b.commands, "Enable-Feature"); got != 2 {
		t.Errorf("/Enable-Feature ran %d times", got)
	}
	if got := count(b.commands, "Disable-Feature"); got != 1 {
		t.Errorf("/Disable-Feature ran %d times", got)
	}
}

func count(list []string, s string) (n int) {
	for _, c := range list {
		if c == s {
			n++
		}
	}
	return n
}

// TestReading needs no DISM.
func TestReading(t *testing.T) {
	b := newBench(t)
	b.opts.Write = false
	s := b.open()
	if got := b.read(s, "Windows/System32/drivers/etc/hosts"); got == "" {
		t.Error("nothing read")
	}
	if len(b.commands) > 0 {
		t.Errorf("DISM was run: %v", b.commands)
	}
}

func TestFolder(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	if got := b.machine.Run(t.Context(), []string{"/Mount-Image", "/ImageFile:" + b.source, "/Index:1", "/MountDir:" + dir}, io.Discard); got != 0 {
		t.Fatalf("%#x", got)
	}
	b.source = dir
	s := b.open()
	if err := b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient"); err != nil {
		t.Fatal(err)
	}
	b.write(s, "Windows/x.txt", "x")
	if err := errors.Join(s.Commit(t.Context(), ""), s.Close()); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(b.commands, "Mount-Image") {
		t.Error("a folder was mounted")
	}
	if _, err := os.Stat(filepath.Join(dir, "Windows", "x.txt")); err != nil {
		t.Error(err)
	}
}
