package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gildhq/gild/internal/sample"
)

// TestLeftovers: what a rehearsal that was killed has left is removed by the next run, be
// it a rehearsal or not; what one that goes on has, is not.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	if err := sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.gild.hcl"), []byte(sixty), 0o666); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	run := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd := program(t.Context(), t, dir, args...)
		cmd.Env = append(cmd.Env, "TMPDIR="+temp, "TMP="+temp, "TEMP="+temp)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		return cmd, &out
	}
	left := func() []string {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(temp, "gild-rehearsal-*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	for _, next := range [][]string{{"apply", "-rehearse"}, {"apply", "-auto-approve"}} {
		first, firstOut := run("apply", "-rehearse")
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		for start := time.Now(); ; time.Sleep(time.Millisecond) {
			if stores, _ := filepath.Glob(filepath.Join(temp, "gild-rehearsal-*", "store")); len(stores) > 0 {
				break
			}
			if time.Since(start) > time.Minute {
				t.Fatalf("no rehearsal has begun\n%s", firstOut)
			}
		}
		if err := first.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = first.Wait()
		if len(left()) != 1 {
			t.Fatalf("the rehearsal that was killed left %q", left())
		}
		second, out := run(next...)
		if err := second.Run(); err != nil {
			t.Fatalf("%v: %v\n%s", next, err, out)
		}
		if names := left(); len(names) > 0 {
			t.Errorf("%v left %q", next, names)
		}
	}
}
