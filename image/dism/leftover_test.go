package dism_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
)

// cut leaves a session with a commit like a run that was killed while it unmounted the
// image, and lets the next unmount fail, as DISM's may for an invalid mount.
func (b *bench) cut() {
	b.Helper()
	s := b.open()
	b.write(s, "Windows/first.txt", "1")
	if err := s.Commit(b.Context(), "step1"); err != nil {
		b.Fatal(err)
	}
	b.fails("Unmount-Image@1:die")
	if err := s.Close(); err == nil {
		b.Fatal("it was unmounted")
	}
	b.fails("Unmount-Image@1:code=0xc1510115")
	b.commands = nil
}

// fails makes DISM fail from here on.
func (b *bench) fails(fault string) {
	b.Helper()
	b.machine.Fault = fault
	if err := os.RemoveAll(filepath.Join(b.machine.State, "runs.json")); err != nil {
		b.Fatal(err)
	}
}

// invalid mounts an image for another user, and removes its file.
func (b *bench) invalid() (dir string) {
	b.Helper()
	dir, file := b.TempDir(), filepath.Join(b.TempDir(), "other.wim")
	data, err := os.ReadFile(b.source)
	if err == nil {
		err = os.WriteFile(file, data, 0o666)
	}
	if err != nil {
		b.Fatal(err)
	}
	if exit := b.machine.Run(b.Context(), []string{"/Mount-Image", "/ImageFile:" + file, "/Index:1", "/MountDir:" + dir}, io.Discard); exit != 0 {
		b.Fatalf("%#x", exit)
	}
	if err := os.Remove(file); err != nil {
		b.Fatal(err)
	}
	return dir
}

// TestStaleMount: gild names a mount that can't be unmounted, the command that discards
// it, and the other mounts that command affects; the work continues in another folder
// from the last commit. Once the mount is gone, its folder is removed.
func TestStaleMount(t *testing.T) {
	b := newBench(t)
	others := b.invalid()
	b.cut()
	var warned string
	b.opts.Warn = func(text string) { warned += text }
	s := b.open("step1", "step2")
	if got := b.read(s, "Windows/first.txt"); s.At() != "step1" || got != "1" {
		t.Errorf("at %q, with %q", s.At(), got)
	}
	if slices.Contains(b.commands, "Cleanup-Mountpoints") {
		t.Error("mounts of the whole machine were given up")
	}
	for _, want := range []string{b.opts.Store, "dism /Cleanup-Mountpoints", others, "cleanup_mountpoints = true", "0xc1510115", "another folder"} {
		if !strings.Contains(warned, want) {
			t.Errorf("the warning does not say %s: %s", want, warned)
		}
	}
	if err := s.Commit(t.Context(), "step2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.opts.Warn = nil
	s = b.open("step1", "step2")
	if s.At() != "step2" || len(b.folders()) != 2 {
		t.Errorf("at %q, in %v", s.At(), b.folders())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if freed, err := b.backend.Drop(b.opts.Store, []string{"step1", "step2"}); err == nil || freed == 0 || !strings.Contains(err.Error(), "still mounted") {
		t.Errorf("of a stale mount and another working image: freed %d, %v", freed, err)
	}
	s = b.open()
	if err := errors.Join(s.Commit(t.Context(), "step2"), s.Close()); err != nil {
		t.Fatal(err)
	}
	if exit := b.machine.Run(t.Context(), []string{"/Cleanup-Mountpoints"}, io.Discard); exit != 0 {
		t.Fatalf("%#x", exit)
	}
	others = b.folders()[0] + "-x" // not a name of gild
	if err := os.MkdirAll(filepath.Join(others, "mount"), 0o777); err != nil {
		t.Fatal(err)
	}
	s = b.open("step1", "step2")
	if _, err := os.Stat(filepath.Join(others, "mount")); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(others); err != nil {
		t.Fatal(err)
	}
	if s.At() != "step2" || len(b.folders()) != 1 {
		t.Errorf("at %q, in %v", s.At(), b.folders())
	}
	if list, err := b.backend.Checkpoints(b.opts.Store); err != nil || len(list) != 1 || list[0].ID != "step2" {
		t.Errorf("%+v, %v", list, err)
	}
}

// folders are those of the working images.
func (b *bench) folders() []string {
	b.Helper()
	found, err := filepath.Glob(filepath.Join(b.opts.Store, "dism", "[0-9a-f]*"))
	if err != nil {
		b.Fatal(err)
	}
	return found
}

// TestCleanupMountpoints: gild runs the command if the user allows it, and nothing else
// is lost.
func TestCleanupMountpoints(t *testing.T) {
	b := newBench(t)
	b.cut()
	b.opts.CleanupMountpoints = true
	s := b.open("step1")
	if got := b.read(s, "Windows/first.txt"); s.At() != "step1" || got != "1" {
		t.Errorf("at %q, with %q", s.At(), got)
	}
	if !slices.Contains(b.commands, "Cleanup-Mountpoints") || len(b.folders()) != 1 {
		t.Errorf("%v, in %v", b.commands, b.folders())
	}
}

// respelled is a DISM that lists paths in another spelling.
type respelled struct {
	emulated
	from, to string
}

func (r respelled) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	var text strings.Builder
	exit, err := r.emulated.Run(ctx, args, &text)
	io.WriteString(out, strings.ReplaceAll(text.String(), "Mount Dir : "+r.from, "Mount Dir : "+r.to))
	return exit, err
}

// TestOtherSpelling: folders are compared by identity. A folder that is mounted under
// another spelling is unmounted, and not emptied.
func TestOtherSpelling(t *testing.T) {
	b := newBench(t)
	s := b.open()
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	if err := dism.Die(s); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "short")
	if err := os.Symlink(filepath.Dir(b.opts.Store), link); err != nil {
		t.Skipf("no symbolic links, which stand for another spelling: %v", err)
	}
	b.backend.Program = respelled{b.backend.Program.(emulated), filepath.Dir(b.opts.Store), link}
	b.commands = nil
	if s := b.open("step1"); s.At() != "step1" {
		t.Errorf("at %q", s.At())
	}
	if at := slices.Index(b.commands, "Unmount-Image"); at < 0 || at > slices.Index(b.commands, "Mount-Image") {
		t.Errorf("not unmounted: %v", b.commands)
	}
}

// TestFilesOfMountStay: files that Windows marks as those of a mounted image are not
// removed, even if DISM lists no mount.
func TestFilesOfMountStay(t *testing.T) {
	b := newBench(t)
	s := b.open()
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(b.folders()[0], "mount", "Windows", "notepad.exe")
	if err := os.MkdirAll(filepath.Dir(held), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(held, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	was := regular.Show(regular.System{})
	t.Cleanup(func() { regular.Show(was) })
	regular.Show(regular.System{Lstat: was.Lstat, ReadDir: was.ReadDir, Tags: func(path string) (map[string]uint32, error) {
		if path == filepath.Join(filepath.Dir(held), "*") {
			return map[string]uint32{filepath.Base(held): 0x80000008}, nil
		}
		return nil, nil
	}})
	if s := b.open("step1"); s.At() != "step1" {
		t.Errorf("at %q", s.At())
	}
	if _, err := os.Stat(held); err != nil {
		t.Error(err)
	}
}

// TestDISMGoesOn: gild names a DISM that still works for a killed run, and waits until it
// ends.
func TestDISMGoesOn(t *testing.T) {
	b := newBench(t)
	s := b.open()
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	if err := dism.Die(s); err != nil {
		t.Fatal(err)
	}
	goesOn := &dismemu.Machine{State: b.machine.State, Fault: "Enable-Feature@1:hang"}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	defer func() { end(); <-ended }()
	began := make(chan struct{})
	go func() {
		defer close(ended)
		goesOn.Run(ctx, []string{"/Image:" + filepath.Join(b.folders()[0], "mount"), "/Enable-Feature", "/FeatureName:TelnetClient"}, signal{began, new(sync.Once)})
	}()
	<-began
	var warned []string
	b.opts.Warn = func(text string) { warned = append(warned, text); end() }
	if s := b.open("step1"); s.At() != "step1" {
		t.Errorf("at %q", s.At())
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "still at work") || !strings.Contains(warned[0], "DismHost.exe") {
		t.Errorf("%q", warned)
	}
}

// signal is closed when something is written that a hanging DISM writes.
type signal struct {
	began chan struct{}
	once  *sync.Once
}

func (s signal) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "12.3%") {
		s.once.Do(func() { close(s.began) })
	}
	return len(p), nil
}
