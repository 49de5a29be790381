package dism_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
)

// The test program acts as DISM or as a process that DISM starts, as this variable
// says.
const actsAs = "GILD_TEST_ACTS_AS"

func TestMain(m *testing.M) {
	switch os.Getenv(actsAs) {
	case "parent", "orphan": // starts one that keeps the output open
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), actsAs+"=child")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		if os.Getenv(actsAs) == "parent" {
			_ = child.Wait()
		}
		os.Exit(7)
	case "dism":
		os.Exit(dismemu.Program(context.Background(), os.Args[1:]))
	case "child":
		time.Sleep(time.Minute)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestOutputHeldOpen ends with a program whose child still has its output open, and
// returns the program's exit code.
func TestOutputHeldOpen(t *testing.T) {
	t.Setenv(actsAs, "orphan")
	var out strings.Builder
	exit, err := dism.Exe(os.Args[0]).Run(t.Context(), nil, &out)
	if exit != 7 || err != nil {
		t.Errorf("exit code %d, %v", exit, err)
	}
}

// TestEndProgram ends a program at the end of the context, although its child has its
// output open.
func TestEndProgram(t *testing.T) {
	t.Setenv(actsAs, "parent")
	ctx, end := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer end()
	done := make(chan error, 1)
	go func() {
		_, err := dism.Exe(os.Args[0]).Run(ctx, nil, io.Discard)
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	case <-time.After(40 * time.Second):
		t.Fatal("it waits for the child")
	}
}

// TestSilence ends a silent DISM, runs it again, and treats the image as spoiled if it
// is silent again.
func TestSilence(t *testing.T) {
	b := newBench(t)
	s := b.open()
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.opts.Silence = 2 * time.Second
	for fault, want := range map[string]string{
		"Enable-Feature@1:hang":                       "",
		"Enable-Feature@1:hang,Enable-Feature@2:hang": "printed nothing for 2s, and was ended",
	} {
		b.machine.Fault = ""
		_ = os.Remove(b.machine.State + "/runs.json")
		s := b.open("step1")
		b.machine.Fault = fault
		err := b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, image.ErrSpoiled)) {
			t.Errorf("%s: %v", fault, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestStackTooOld runs a command once more if an update has replaced the servicing
// stack that refused it; if it is refused again, the step failed, and the image is
// unchanged.
func TestStackTooOld(t *testing.T) {
	b := newBench(t)
	s := b.open()
	b.machine.Fault = "Get-Features@1:code=0x800f0823,Get-Features@3:code=0x800f0823,Get-Features@4:code=0x800f0823"
	if err := b.dism(s, "/Get-Features"); err != nil {
		t.Errorf("not run again: %v", err)
	}
	err := b.dism(s, "/Get-Features")
	var failed *dism.Error
	if !errors.As(err, &failed) || failed.Code != 0x800f0823 || errors.Is(err, image.ErrSpoiled) {
		t.Errorf("refused twice: %v", err)
	}
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Error(err)
	}
}

// apart is an emulation in a process of its own.
type apart struct {
	*dismemu.Machine
	exe dism.Exe
}

func (a apart) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return a.exe.Run(ctx, args, out)
}

// TestLeftAtWork ends a silent DISM while a process that it has started keeps its output
// open and works on the image: gild does not wait for that process but runs the command
// again, which succeeds once the image is free.
func TestLeftAtWork(t *testing.T) {
	b := newBench(t)
	t.Setenv(actsAs, "dism")
	t.Setenv("GILD_DISMEMU_STATE", b.machine.State)
	b.backend.Program, b.backend.Pause = apart{b.machine, dism.Exe(os.Args[0])}, 2*time.Second
	b.opts.Silence = 4 * time.Second
	s := b.open()
	t.Setenv("GILD_DISMEMU_FAULT", "Enable-Feature@1:left,Enable-Feature@1:hang")
	if err := b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient"); err != nil {
		t.Error(err)
	}
	counts, err := os.ReadFile(b.machine.State + "/runs.json")
	if err != nil || !strings.Contains(string(counts), `"enable-feature":`) || strings.Contains(string(counts), `"enable-feature":1`) {
		t.Errorf("%s, %v", counts, err)
	}
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Error(err)
	}
}
