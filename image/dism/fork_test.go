package dism_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
)

// named opens the image for the session of that name.
func (b *bench) named(name string, chain ...string) image.Session {
	b.Helper()
	opts := b.opts
	opts.Name, opts.Chain = name, chain
	s, err := b.backend.Open(b.Context(), image.Ref{Path: b.source}, opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// TestAtOnce makes four images of one source at the same time, with shared folders for
// logs and scratch.
func TestAtOnce(t *testing.T) {
	b := newBench(t)
	b.opts.LogDir, b.opts.Scratch = filepath.Join(t.TempDir(), "logs"), t.TempDir()
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			name := fmt.Sprint("image ", n)
			s := b.named(name, "step")
			b.write(s, "Windows/name.txt", name)
			if err := errors.Join(b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient"), s.Commit(t.Context(), "step")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := b.read(s, "Windows/name.txt"); got != name {
				t.Errorf("%s holds what %s has written", name, got)
			}
			if err := s.Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	for n := range 4 {
		name := fmt.Sprint("image ", n)
		if s := b.named(name, "step"); s.At() != "step" || b.read(s, "Windows/name.txt") != name {
			t.Errorf("%s goes on at %q, with what %s has written", name, s.At(), b.read(s, "Windows/name.txt"))
		}
	}
	b.oneCommandEach(b.opts.LogDir)
}

// oneCommandEach checks that each log is that of one call of DISM.
func (b *bench) oneCommandEach(dir string) {
	b.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "dism-*.log"))
	if err != nil || len(logs) < len(b.commands) {
		b.Errorf("%d logs of %d commands, %v", len(logs), len(b.commands), err)
	}
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if n := strings.Count(string(text), "/LogPath:"); err != nil || n != 1 {
			b.Errorf("%s has %d commands, %v", name, n, err)
		}
	}
}

// TestFork lets an image continue from a checkpoint while another one works on after
// it.
func TestFork(t *testing.T) {
	b := newBench(t)
	first := b.named("first", "common", "mine")
	b.write(first, "Windows/common.txt", "c")
	if err := first.Commit(t.Context(), "common"); err != nil {
		t.Fatal(err)
	}
	fork := func() error { return must[image.Forker](t, first).Fork(t.Context()) }
	if err := errors.Join(fork(), fork()); err != nil { // the second time there is one
		t.Fatal(err)
	}
	if got := b.read(first, "Windows/common.txt"); got != "c" {
		t.Errorf("after the fork: %s", got)
	}
	b.write(first, "Windows/mine.txt", "m")
	if err := first.Commit(t.Context(), "mine"); err != nil {
		t.Fatal(err)
	}
	second := b.named("second", "common", "yours")
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	copies, err := filepath.Glob(filepath.Join(b.opts.Store, "dism", "*", "working.wim"))
	if err != nil || len(copies) != 2 {
		t.Fatalf("working images: %q, %v", copies, err)
	}
	for _, name := range copies { // as an interrupted copy leaves it
		if err := os.WriteFile(filepath.Join(filepath.Dir(name), ".gild-0123456789abcdef.tmp"), []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	second = b.named("second", "common", "yours")
	if left, err := filepath.Glob(filepath.Join(b.opts.Store, "dism", "*", ".gild-*")); err != nil || len(left) != 1 { // of the first, which is at work
		t.Errorf("left: %q, %v", left, err)
	}
	if second.At() != "common" || b.read(second, "Windows/common.txt") != "c" {
		t.Errorf("goes on at %q", second.At())
	}
	if _, err := must[image.Files](t, second).Stat("Windows/mine.txt"); err == nil {
		t.Error("holds what the other image has done since")
	}
	if err := errors.Join(second.Commit(t.Context(), "yours"), second.Close()); err != nil {
		t.Fatal(err)
	}
	if second = b.named("second", "common", "yours"); second.At() != "yours" {
		t.Errorf("goes on at %q, with a checkpoint of its own behind the fork", second.At())
	}
	if third := b.named("third", "mine"); third.At() != "" {
		t.Errorf("continues at %q, which no session may open", third.At())
	}
}

// TestDamagedFork begins at the source if a fork can't be read.
func TestDamagedFork(t *testing.T) {
	b := newBench(t)
	dir := filepath.Join(b.opts.Store, "dism", "forks")
	if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(filepath.Join(dir, "common.wim"), []byte("MSWIM"), 0o666)); err != nil {
		t.Fatal(err)
	}
	if s := b.named("one", "common"); s.At() != "" {
		t.Errorf("at %q", s.At())
	}
}

// mountOthers mounts images that are not gild's.
func (b *bench) mountOthers(n int) {
	b.Helper()
	for i := range n {
		args := []string{"/Mount-Image", "/ImageFile:" + b.source, "/Index:1", "/ReadOnly", "/MountDir:" + b.TempDir()}
		if got := b.machine.Run(b.Context(), args, io.Discard); got != 0 {
			b.Fatalf("image %d: %#x", i, got)
		}
	}
}

// TestWaitForMounts waits if one of the twenty mounted images belongs to a session in
// the same store, says so, and continues when that session has ended.
func TestWaitForMounts(t *testing.T) {
	b := newBench(t)
	b.mountOthers(19)
	first := b.named("first")
	opts, said := b.opts, make(chan string, 10)
	opts.Name, opts.Warn = "second", func(text string) { said <- text }
	opened := make(chan error)
	go func() {
		s, err := b.backend.Open(t.Context(), image.Ref{Path: b.source}, opts)
		if err == nil {
			defer s.Close()
		}
		opened <- err
	}()
	if text := <-said; !strings.Contains(text, "waiting until one of the 1 that gild services here is done") {
		t.Error(text)
	}
	select {
	case err := <-opened:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
	if n := len(said); n > 0 {
		t.Errorf("it is said %d times", n+1)
	}
}

// afterList is a program that calls a function after each list with 20 mounted images,
// before gild gets the list.
type afterList struct {
	dism.Program
	do func()
}

func (p afterList) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	var said bytes.Buffer
	code, err := p.Program.Run(ctx, args, io.MultiWriter(out, &said))
	if strings.Count(said.String(), "Mount Dir : ") == 20 {
		p.do()
	}
	return code, err
}

// TestUnmountedMeanwhile: the session of one of the twenty has ended when gild checks
// it.
func TestUnmountedMeanwhile(t *testing.T) {
	b := newBench(t)
	b.mountOthers(19)
	first := b.named("first")
	lists := 0
	b.backend.Program = afterList{b.backend.Program, func() {
		if lists++; lists < 2 {
			return // it looks for what an earlier run has left
		}
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	}}
	b.named("second")
	if lists < 2 {
		t.Errorf("%d lists with twenty", lists)
	}
}

// TestTooManyMounts never mounts more than twenty.
func TestTooManyMounts(t *testing.T) {
	b := newBench(t)
	b.mountOthers(20)
	_, err := b.backend.Open(t.Context(), image.Ref{Path: b.source}, b.opts)
	if err == nil || !strings.Contains(err.Error(), "20 images are mounted on this machine") {
		t.Errorf("got %v", err)
	}
	if slices.Contains(b.commands, "Mount-Image") {
		t.Error("one more was mounted")
	}
}
