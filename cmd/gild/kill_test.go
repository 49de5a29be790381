package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/internal/sample"
)

// sixty is a configuration of sixty steps, each of them sealed.
const sixty = `
image "kiosk" {
  source = "base.wim"
  output = "kiosk.wim"

  checkpoint {
    steps = 1
  }

  registry "value" {
    for_each = toset([for i in range(60) : format("%02d", i)])
    key      = "HKLM/SOFTWARE/Contoso/${each.key}"
    name     = "Value"
    value    = "the value of step ${each.key}"
  }
}
`

// program returns a call of gild in dir, as a process of its own.
func program(ctx context.Context, t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := exec.LookPath("gild") // put there by testscript.Main
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GORACE="+noSleep, "GILD_DISM="+withoutDISM("GILD_DISM"))
	return cmd
}

// sixtySteps makes a folder with the configuration and its source.
func sixtySteps(t *testing.T, base []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"base.wim": base, "a.gild.hcl": []byte(sixty)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func baseImage(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.wim")
	if err := sample.Write(t.Context(), path, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	return readFile(t, path)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// undisturbed returns the output of a run that nothing interrupts.
func undisturbed(t *testing.T, base []byte) []byte {
	t.Helper()
	dir := sixtySteps(t, base)
	if out, err := program(t.Context(), t, dir, "apply", "-auto-approve").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return readFile(t, filepath.Join(dir, "kiosk.wim"))
}

// TestKill kills apply again and again, until one run gets to its end; the output
// is that of an undisturbed run.
func TestKill(t *testing.T) {
	base := baseImage(t)
	want := undisturbed(t, base)
	for _, round := range []struct {
		name  string
		every int // checkpoints after which a run is killed
		saved bool
	}{
		{"often", 2, false},
		{"seldom", 11, false},
		{"saved plan", 5, true},
	} {
		t.Run(round.name, func(t *testing.T) {
			// On a busy machine a run may be over before the kill gets to it.
			for kills, tries := 0, 0; kills < 2; tries++ {
				if tries == 20 {
					t.Fatal("no run could be killed twice: the test proves nothing")
				}
				kills = killRound(t, round.every, round.saved, base, want)
			}
		})
	}
}

// killRound makes the output in a folder of its own and returns how often it was killed.
func killRound(t *testing.T, every int, saved bool, base, want []byte) int {
	t.Helper()
	dir := sixtySteps(t, base)
	args := []string{"apply", "-auto-approve"}
	if saved {
		args = []string{"apply", "my.plan"}
		if out, err := program(t.Context(), t, dir, "plan", "-out=my.plan").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	kills := 0
	for spared := map[string]bool{}; killOnce(t, dir, every, spared, args); kills++ {
		if data, err := os.ReadFile(filepath.Join(dir, "kiosk.wim")); err == nil && !bytes.Equal(data, want) {
			t.Fatalf("after %d kills there is an output that is not the whole of it", kills+1)
		}
	}
	if !bytes.Equal(readFile(t, filepath.Join(dir, "kiosk.wim")), want) {
		t.Error("the output differs from that of an undisturbed run")
	}
	if !bytes.Equal(readFile(t, filepath.Join(dir, "base.wim")), base) {
		t.Error("the source was changed")
	}
	return kills
}

// killOnce runs the program and kills it after so many checkpoints, or when it
// begins or ends to write the output, unless that is in spared already. It tells
// whether the program was killed before it had done its work.
func killOnce(t *testing.T, dir string, every int, spared map[string]bool, args []string) bool {
	t.Helper()
	cmd := program(t.Context(), t, dir, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	seen := 0
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		kill := false
		if strings.Contains(lines.Text(), ": checkpoint after step") {
			seen++
			kill = seen == every
		}
		for _, late := range []string{": writing ", " written after ", ": verified, "} {
			if strings.Contains(lines.Text(), late) && !spared[late] {
				spared[late], kill = true, true
			}
		}
		if kill && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	if err != nil && !killed {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return err != nil
}

// TestInterruptTwice ends a DISM that hangs with the second interrupt, and the next run
// goes on with what it has left.
func TestInterruptTwice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent an interrupt on Windows")
	}
	emulated, err := exec.LookPath("dism")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const config = `image "kiosk" {
  source  = "base.wim"
  output  = "kiosk.wim"
  backend = "dism"

  feature "telnet" {
    name = "TelnetClient"
  }
}
`
	for name, data := range map[string][]byte{"base.wim": baseImage(t), "a.gild.hcl": []byte(config)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"GILD_DISM=" + emulated, "GILD_DISMEMU_STATE=" + filepath.Join(t.TempDir(), "dism")}
	cmd := program(t.Context(), t, dir, "apply", "-auto-approve")
	cmd.Env = append(append(cmd.Env, env...), "GILD_DISMEMU_FAULT=Enable-Feature@1:hang", "GILD_LOG=trace")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var began time.Time
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		switch text := lines.Text(); {
		case strings.Contains(text, "runs: command=") && strings.Contains(text, "/Enable-Feature"), strings.Contains(text, "Interrupt received"):
			began = time.Now()
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("got %v, want exit code %d", err, exitInterrupted)
	}
	if took := time.Since(began); took >= grace {
		t.Errorf("it ended %s after the second interrupt: on the spot, and not with DISM", took)
	}
	cmd = program(t.Context(), t, dir, "apply", "-auto-approve")
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "1 added") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInterrupt interrupts apply once: it comes to rest at a checkpoint, says
// so, and the next run goes on from there.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent an interrupt on Windows")
	}
	base := baseImage(t)
	want := undisturbed(t, base)
	dir := sixtySteps(t, base)

	cmd := program(t.Context(), t, dir, "apply", "-auto-approve")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if strings.Contains(lines.Text(), "checkpoint after step 2 of 60") {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("interrupted: got %v, want exit code %d", err, exitInterrupted)
	}
	for _, text := range []string{"Interrupt received", "run apply again"} {
		if !strings.Contains(stderr.String(), text) {
			t.Errorf("not said: %q\n%s", text, stderr.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "kiosk.wim")); err == nil {
		t.Error("there is an output")
	}
	out, err := program(t.Context(), t, dir, "apply", "-auto-approve").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "taken over from") {
		t.Errorf("the second run did not go on from the checkpoint:\n%s", out)
	}
	if !bytes.Equal(readFile(t, filepath.Join(dir, "kiosk.wim")), want) {
		t.Error("the output differs from that of an undisturbed run")
	}
}
