//go:build !windows

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestOneInterruptEndsReading: commands wait for their standard input no longer than
// until they are interrupted.
func TestOneInterruptEndsReading(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.gild.hcl"), []byte("locals {}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"fmt", "-"}, {"console"}} {
		t.Run(args[0], func(t *testing.T) { interruptOnce(t, dir, r, args...) })
	}
}

// TestOneInterruptEndsEvaluation: neither do they wait for a configuration that takes long.
func TestOneInterruptEndsEvaluation(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.gild.hcl"), []byte(slow), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"validate", "plan"} {
		t.Run(command, func(t *testing.T) { interruptOnce(t, dir, nil, command) })
	}
}

// slow is a configuration that takes long, and little memory.
const slow = `
locals {
  row  = join("", [for i in range(1000) : "0123456789"])
  big  = join("", [for i in range(100) : local.row])
  sums = [for a in range(100) : [for b in range(1000) : sha512(local.big)]]
}
`

// interruptOnce runs gild, interrupts it when it has begun, and expects that it ends.
func interruptOnce(t *testing.T, dir string, in *os.File, args ...string) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := program(ctx, t, dir, args...)
	var out bytes.Buffer
	cmd.Stderr = &out
	if in != nil {
		cmd.Stdin = in
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	start := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted || exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Errorf("%v: %v\n%s", args, err, out.Bytes())
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("%v went on for %v after an interrupt", args, took)
	}
}
