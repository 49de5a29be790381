package dism_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/fault"
)

// TestEveryFault lets a command fail with every error that is known. What is in
// the way for a moment goes by itself; everything else is told with its meaning, its
// remedy and the log; after one that spoils the image, nothing more is taken, and
// the next run stands on the last checkpoint. Nothing is left mounted.
func TestEveryFault(t *testing.T) {
	b := newBench(t)
	s := b.open()
	b.write(s, "Windows/kept.txt", "kept")
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	for _, f := range fault.All() {
		if err := os.Remove(filepath.Join(b.machine.State, "runs.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		b.machine.Fault = fmt.Sprintf("Get-Features@1:code=%#x", f.Code)
		err := b.dism(s, "/Get-Features")
		if f.Class == fault.Retry || f.Class == fault.Reopen || f.Class == fault.Again {
			if err != nil {
				t.Errorf("%s: not tried again: %v", f, err)
			}
			continue
		}
		var failed *dism.Error
		if !errors.As(err, &failed) || failed.Code != f.Code {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, part := range []string{f.Text(), f.Name, f.Meaning, f.Remedy, failed.Log} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error does not say %q: %v", f, part, err)
			}
		}
		if spoiled := errors.Is(err, image.ErrSpoiled); spoiled != (f.Class == fault.Discard) {
			t.Errorf("%s: spoils the image: %v", f, spoiled)
		}
		if f.Class != fault.Discard {
			continue
		}
		if err := s.Commit(t.Context(), "step2"); err == nil {
			t.Errorf("%s: a spoiled image is committed", f)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		if n := b.mounted(); n != 0 {
			t.Errorf("%s: %d images are left mounted", f, n)
		}
		s = b.open("step1", "step2")
		if got := b.read(s, "Windows/kept.txt"); s.At() != "step1" || got != "kept" {
			t.Errorf("%s: at %q, with %q", f, s.At(), got)
		}
	}
}

// TestDied runs a command again whose DISM ended without a word, as one that was
// killed; if that happens again, the image is not trusted any more.
func TestDied(t *testing.T) {
	for name, test := range map[string]struct {
		fault   string
		spoiled bool
	}{
		"once":  {"Enable-Feature@1:die", false},
		"twice": {"Enable-Feature@1:die,Enable-Feature@2:die", true},
	} {
		b := newBench(t)
		s := b.open()
		b.machine.Fault = test.fault
		err := b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient")
		if errors.Is(err, image.ErrSpoiled) != test.spoiled || (err == nil) == test.spoiled {
			t.Errorf("%s: %v", name, err)
		}
		if test.spoiled && !strings.Contains(err.Error(), "died without a word") {
			t.Errorf("%s: the error does not say so: %v", name, err)
		}
	}
}
