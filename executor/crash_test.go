package executor_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner/plantest"
)

// crashConfig has single steps, a batch, a removal and checkpoints in between.
var crashConfig = kiosk("checkpoint {\n    steps = 2\n  }\n",
	setting("color", "blue"), setting("new", "1"), setting("size", "12"),
	block("batched", "a", "a", "1"), block("batched", "b", "b", "1"), junkAbsent)

// undisturbed returns the output of the configuration when nothing goes wrong.
func undisturbed(t *testing.T, config string) string {
	dir := module(t, config)
	mustApply(t, dir)
	return read(t, filepath.Join(dir, "kiosk.wim"))
}

// checkRemains checks what a failed or killed run may leave: the source as it was,
// and no output or the right one.
func checkRemains(t *testing.T, dir, want string) {
	t.Helper()
	if read(t, filepath.Join(dir, "base.wim")) != baseImage {
		t.Error("the source was changed")
	}
	got, err := os.ReadFile(filepath.Join(dir, "kiosk.wim"))
	if !errors.Is(err, fs.ErrNotExist) && string(got) != want {
		t.Errorf("the output is there and not whole: %v\n%s", err, got)
	}
}

// TestKill kills a process that carries out a saved plan, at every operation on
// the image and at every event, and lets another one go on from there.
func TestKill(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	want := undisturbed(t, crashConfig)
	lived := false
	kills := 0
	for n := 1; !lived; n++ {
		dir := module(t, crashConfig)
		if err := plantest.MustPlan(t, dir).Save(filepath.Join(dir, "plan"), nil); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), victimVar+"="+dir+"|"+strconv.Itoa(n))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		switch {
		case err == nil:
			lived = true
		case !errors.As(err, &exit) || exit.ExitCode() != 9:
			t.Fatalf("operation %d: %v\n%s", n, err, out)
		}
		checkRemains(t, dir, want)
		r := mustApply(t, dir)
		if got := read(t, filepath.Join(dir, "kiosk.wim")); got != want {
			t.Errorf("killed at operation %d: the output is another one after going on:\n%s", n, got)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*.gild-partial")); len(left) != 0 || err != nil {
			t.Errorf("killed at operation %d: an unfinished output is left", n)
		}
		if !lived && r.Images[0].Outcome == record.Complete && r.Images[0].Reused > 0 {
			kills++
		}
	}
	if kills < 10 {
		t.Errorf("checkpoints were taken over %d times only: the test does not test", kills)
	}
}

// A plan that was carried out up to the output's name, and not told so, is done.
func TestSavedPlanAgain(t *testing.T) {
	dir := module(t, crashConfig)
	j := newJob(t, dir)
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := j.apply(t.Context())
	if err != nil || r.Images[0].Outcome == record.Complete || r.Images[0].Verified != 6 {
		t.Errorf("got %+v, %v", r.Images[0], err)
	}
}

// TestFail lets every operation on the image fail in turn.
func TestFail(t *testing.T) {
	t.Parallel()
	want := undisturbed(t, crashConfig)
	broken := errors.New("no space left on device")
	for n := 1; ; n++ {
		dir := module(t, crashConfig)
		j := newJob(t, dir)
		backend := &faulty{}
		backend.at(n, func() error { return broken })
		j.opts.Backends = []image.Backend{backend}
		_, err := j.apply(t.Context())
		if backend.n < n {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		// Removing checkpoints may fail, and so may closing what was read.
		if err != nil && !errors.Is(err, broken) {
			t.Errorf("operation %d: got %v", n, err)
		}
		if err != nil && !strings.Contains(err.Error(), "image kiosk: ") {
			t.Errorf("operation %d: the error does not name the image: %v", n, err)
		}
		checkRemains(t, dir, want)
		if left, err := filepath.Glob(filepath.Join(dir, "*.gild-partial")); len(left) != 0 || err != nil {
			t.Errorf("operation %d: an unfinished output is left", n)
		}
		mustApply(t, dir)
		if got := read(t, filepath.Join(dir, "kiosk.wim")); got != want {
			t.Errorf("operation %d: the output is another one after going on:\n%s", n, got)
		}
	}
}

// TestStop closes Stop at every event: what is done is sealed, and nothing is
// done twice.
func TestStop(t *testing.T) {
	t.Parallel()
	want := undisturbed(t, crashConfig)
	for n := 1; ; n++ {
		dir := module(t, crashConfig)
		j := newJob(t, dir)
		stop := make(chan struct{})
		j.opts.Stop = stop
		events := 0
		j.opts.Events = func(record.Event) {
			if events++; events == n {
				close(stop)
			}
		}
		first, err := j.apply(t.Context())
		if events < n {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		if err != nil && !errors.Is(err, executor.ErrInterrupted) {
			t.Fatalf("event %d: got %v", n, err)
		}
		checkRemains(t, dir, want)
		second := mustApply(t, dir)
		if again := second.Images[0]; again.Outcome == record.Complete && again.Reused != first.Images[0].Applied {
			t.Errorf("event %d: %d steps were done and %d taken over", n, first.Images[0].Applied, again.Reused)
		}
		if got := read(t, filepath.Join(dir, "kiosk.wim")); got != want {
			t.Errorf("event %d: the output is another one after going on:\n%s", n, got)
		}
	}
}

// TestCancel cancels the context at every event.
func TestCancel(t *testing.T) {
	t.Parallel()
	want := undisturbed(t, crashConfig)
	for n := 1; ; n++ {
		dir := module(t, crashConfig)
		j := newJob(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		events := 0
		j.opts.Events = func(record.Event) {
			if events++; events == n {
				cancel()
			}
		}
		_, err := j.apply(ctx)
		cancel()
		if events < n {
			break
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("event %d: got %v", n, err)
		}
		checkRemains(t, dir, want)
		mustApply(t, dir)
		if got := read(t, filepath.Join(dir, "kiosk.wim")); got != want {
			t.Errorf("event %d: the output is another one after going on:\n%s", n, got)
		}
	}
}
