package lock

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain lets the test be a second process: one that takes a lock, says so, and
// holds it until its input ends.
func TestMain(m *testing.M) {
	file := os.Getenv("GILD_LOCK_TEST")
	if file == "" {
		os.Exit(m.Run())
	}
	l, err := (Place{Path: file, File: file}).Take("a test")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	io.Copy(io.Discard, os.Stdin)
	if err := l.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// other is another process that holds a lock.
type other struct {
	*exec.Cmd
	stdin io.Closer
}

func startOther(t *testing.T, p Place) *other {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GILD_LOCK_TEST="+p.File)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &other{cmd, stdin}
	t.Cleanup(func() { o.end() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return o
}

func (o *other) end() error  { o.stdin.Close(); return o.Wait() }
func (o *other) kill() error { return errors.Join(o.Process.Kill(), ignore(o.Wait())) }

func ignore(error) error { return nil }

// place is in a folder with blanks and letters of many alphabets.
func place(t *testing.T) Place {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Kiosk für Ünïcode 日本")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return Output(filepath.Join(dir, "out put.wim"))
}

func mustTake(t *testing.T, p Place) *Lock {
	t.Helper()
	l, err := p.Take("image kiosk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func mustClose(t *testing.T, l *Lock) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(l.place.File); err == nil {
		t.Fatal("the file is left")
	}
}

func held(t *testing.T, err error) *HeldError {
	t.Helper()
	h, ok := errors.AsType[*HeldError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	return h
}

func TestTake(t *testing.T) {
	p := place(t)
	l := mustTake(t, p)
	if l.Left != nil {
		t.Errorf("left by %v", l.Left)
	}
	_, err := p.Take("another")
	h := held(t, err)
	if h.Holder == nil || h.Holder.PID != os.Getpid() || h.Holder.For != "image kiosk" || h.Foreign {
		t.Errorf("held by %+v", h.Holder)
	}
	if s, err := p.State(); err != nil || !s.Alive || s.Holder == nil {
		t.Errorf("%+v, %v", s, err)
	}
	mustClose(t, l)
	if err := l.Close(); err != nil {
		t.Error("closed again:", err)
	}
	if s, err := p.State(); err != nil || s != (State{}) {
		t.Errorf("%+v, %v", s, err)
	}
	mustClose(t, mustTake(t, p))
}

func TestOtherProcess(t *testing.T) {
	p := place(t)
	o := startOther(t, p)
	_, err := p.Take("image kiosk")
	h := held(t, err)
	want := fmt.Sprintf("process %d on %s since ", o.Process.Pid, hostname())
	if h.Holder == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "for a test") {
		t.Errorf("%v lacks %q", err, want)
	}
	if err := o.end(); err != nil {
		t.Fatal(err)
	}
	l := mustTake(t, p)
	if l.Left != nil {
		t.Errorf("left by %v, which has given it back", l.Left)
	}
}

// TestDead: what a process that was killed has left is taken over, and told.
func TestDead(t *testing.T) {
	p := place(t)
	o := startOther(t, p)
	if err := o.kill(); err != nil {
		t.Fatal(err)
	}
	s, err := p.State()
	if err != nil || s.Alive || !s.There || s.Holder == nil || s.Holder.PID != o.Process.Pid {
		t.Errorf("%+v, %v", s, err)
	}
	l := mustTake(t, p)
	if l.Left == nil || l.Left.PID != o.Process.Pid {
		t.Errorf("left by %v", l.Left)
	}
	mustClose(t, l)

	o = startOther(t, p)
	if err := p.Sweep(); err != nil {
		t.Fatal(err)
	}
	if s, _ := p.State(); !s.Alive {
		t.Fatal("the lock of one who lives was swept away")
	}
	if err := o.kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(p.File); err == nil {
		t.Error("the lock of one who is dead was left")
	}
}

func leave(t *testing.T, p Place, h Holder) {
	t.Helper()
	data, err := json.Marshal(h)
	if err == nil {
		err = os.WriteFile(p.File, append([]byte{0}, data...), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestForeign: what another machine has left is no one's to judge.
func TestForeign(t *testing.T) {
	p := place(t)
	there := Holder{PID: 12, Host: "elsewhere", Boot: "another", Since: time.Date(2026, 11, 1, 2, 3, 4, 0, time.UTC), For: "image desk"}
	leave(t, p, there)
	_, err := p.Take("image kiosk")
	if h := held(t, err); !h.Foreign {
		t.Error("it is not foreign")
	}
	for _, want := range []string{"process 12 on elsewhere since 2026-11-01T02:03:04Z, for image desk", "gild force-unlock", p.Path} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	if err := p.Sweep(); err != nil {
		t.Error(err)
	}
	if s, err := p.State(); err != nil || !s.There || s.Alive || s.Holder == nil || s.Holder.Here() {
		t.Errorf("%+v, %v", s, err)
	}
	p.Local = true // nobody else can reach it: the machine has got another name
	mustClose(t, mustTake(t, p))
	p.Local = false
	leave(t, p, there)
	if err := p.Break(); err != nil {
		t.Fatal(err)
	}
	if l := mustTake(t, p); l.Left != nil {
		t.Error("something is left")
	}
}

// TestContainer: another host name on the same running system is no other machine.
func TestContainer(t *testing.T) {
	if boot() == "" {
		t.Skip("missing: a number of this start of the system, which only Linux tells")
	}
	p := place(t)
	leave(t, p, Holder{PID: 1, Host: "0123456789ab", Boot: boot(), Since: time.Now()})
	if l := mustTake(t, p); l.Left == nil || l.Left.Host != "0123456789ab" {
		t.Errorf("left by %v", l.Left)
	}
}

// TestHalfWritten: a process was killed while it wrote who it is.
func TestHalfWritten(t *testing.T) {
	for name, data := range map[string]string{"empty": "", "first byte": "\x00", "half": "\x00{\"pid\":12,\"ho", "other": "\x00[]", "large": strings.Repeat("x", 1<<20)} {
		t.Run(name, func(t *testing.T) {
			p := place(t)
			if err := os.WriteFile(p.File, []byte(data), 0o666); err != nil {
				t.Fatal(err)
			}
			mustClose(t, mustTake(t, p))
		})
	}
}

// TestBroken: a lock that was taken away is another's; who had it leaves that alone.
func TestBroken(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("missing: a system that removes files that are open, which Windows does not")
	}
	p := place(t)
	first := mustTake(t, p)
	if err := p.Break(); err != nil {
		t.Fatal(err)
	}
	second := mustTake(t, p)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if s, _ := p.State(); !s.Alive {
		t.Error("the lock of the second one was removed by the first")
	}
	mustClose(t, second)
}

// TestOneAtATime: the file comes and goes under those who wait for it.
func TestOneAtATime(t *testing.T) {
	p := place(t)
	var inside, turns atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := 0; n < 50; {
				l, err := p.Take("a turn")
				if errors.As(err, new(*HeldError)) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if inside.Add(1) != 1 {
					t.Error("two at once")
				}
				if l.Left != nil {
					t.Errorf("left by %v", l.Left)
				}
				inside.Add(-1)
				turns.Add(1)
				n++
				if err := l.Close(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if turns.Load() != 400 {
		t.Errorf("%d turns", turns.Load())
	}
	if _, err := os.Lstat(p.File); err == nil {
		t.Error("the file is left")
	}
}

func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "applied image")
	if err := os.Mkdir(target, 0o777); err != nil {
		t.Fatal(err)
	}
	p, err := Folder(target)
	if err != nil || filepath.Base(p.File) != ".applied image.gild-lock" {
		t.Errorf("%+v, %v", p, err)
	}
	if runtime.GOOS != "windows" {
		link := filepath.Join(dir, "link")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if l, err := Folder(link); err != nil || l.File != p.File {
			t.Errorf("through a link %+v, %v", l, err)
		}
	}
	root, err := Folder(filepath.VolumeName(dir) + string(filepath.Separator))
	if err != nil || !root.Local || filepath.Dir(root.File) != filepath.Clean(os.TempDir()) {
		t.Errorf("%+v, %v", root, err)
	}
	if _, err := Folder(filepath.Join(dir, "not there")); err == nil {
		t.Error("a folder that is not there has a place")
	}
}

func TestNoPlace(t *testing.T) {
	_, err := Output(filepath.Join(t.TempDir(), "none", "x.wim")).Take("image kiosk")
	if err == nil || errors.As(err, new(*HeldError)) {
		t.Errorf("got %v", err)
	}
	if os.Geteuid() <= 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	_, err = Output(filepath.Join(dir, "x.wim")).Take("image kiosk")
	if err == nil || !strings.Contains(err.Error(), "can be written to") {
		t.Errorf("got %v", err)
	}
}

// TestFolderAsLock: what is there in place of a lock and is no file is named.
func TestFolderAsLock(t *testing.T) {
	place := Store(t.TempDir())
	if err := os.Mkdir(place.File, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := place.Take("test")
	if err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Error(err)
	}
}
