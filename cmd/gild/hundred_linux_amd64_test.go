package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/internal/crash"
)

// hundred is a configuration of a hundred steps, each third one sealed.
const hundred = `
image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  checkpoint {
    steps = 3
  }

  file "note" {
    for_each = toset([for i in range(50) : format("%02d", i)])
    path     = "Windows/note ${each.key}.txt"
    content  = "note ${each.key}"
  }
  registry "value" {
    for_each = toset([for i in range(50) : format("%02d", i)])
    key      = "HKLM/SOFTWARE/Contoso/${each.key}"
    name     = "Value"
    value    = "the value of step ${each.key}"
  }
}
`

// TestHundredSteps interrupts an apply of a hundred steps fifty times, at moments
// drawn by lot, by killing it and by asking it to end. What it ends with is what an
// undisturbed run makes.
func TestHundredSteps(t *testing.T) {
	t.Parallel()
	const interruptions = 50
	b := &crashBench{template: crashDir(t), base: baseImage(t)}
	write(t, filepath.Join(b.template, "base.wim"), b.base)
	write(t, filepath.Join(b.template, "a.gild.hcl"), []byte(hundred))
	calm, dir := b.copy(t), b.copy(t)
	b.mustApply(t, calm)
	want := readFile(t, filepath.Join(calm, "out/kiosk.wim"))

	rng := rand.New(rand.NewPCG(100, 50))
	hows := []crash.How{crash.Before, crash.During, crash.After, crash.Stop, crash.Term, crash.Twice}
	sealed := 0
	for n := range interruptions {
		cut := crash.Cut{N: 1 + rng.IntN(45), How: hows[rng.IntN(len(hows))]}
		r, err := crash.Run(b.traced(t, dir), dir, cut)
		if errors.Is(err, fs.ErrPermission) {
			t.Skip("missing: the right to trace a process (ptrace)")
		}
		if err != nil {
			t.Fatal(err)
		}
		if killed := r.Exit == -1 || r.Exit == exitInterrupted; !killed {
			t.Fatalf("interruption %d, %s: exit code %d", n+1, cut, r.Exit)
		}
		if _, err := os.Stat(filepath.Join(dir, "out/kiosk.wim")); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("interruption %d, %s: there is an output: %v", n+1, cut, err)
		}
		layers, err := filepath.Glob(filepath.Join(dir, ".gild/layers/*"))
		if err != nil {
			t.Fatal(err)
		}
		sealed = max(sealed, len(layers))
	}
	b.mustApply(t, dir)
	if !bytes.Equal(readFile(t, filepath.Join(dir, "out/kiosk.wim")), want) {
		t.Error("the output differs from that of an undisturbed run")
	}
	if !bytes.Equal(readFile(t, filepath.Join(dir, "base.wim")), b.base) {
		t.Error("the source was changed")
	}
	if sealed < 5 {
		t.Errorf("%d checkpoints were there at most: the test proves nothing", sealed)
	}
	t.Logf("%d interruptions, %d checkpoints", interruptions, sealed)
}
