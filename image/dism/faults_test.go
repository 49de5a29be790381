package dism_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/fault"
)

// TestEveryFault lets a command fail with every known error. Retries succeed after
// transient ones; all others are reported with meaning, remedy and log. After an error
// that spoils the image, the session accepts no changes, and the next run begins at the
// last checkpoint. Nothing is left mounted.
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

// TestDied runs a command again if DISM ended without output, as when it is killed; if
// that happens again, the image counts as spoiled.
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
		if test.spoiled && !strings.Contains(err.Error(), "died without any output") {
			t.Errorf("%s: the error does not say so: %v", name, err)
		}
	}
}

// says is a DISM that answers /Add-Package with a text and an exit code.
type says struct {
	emulated
	text string
	exit uint32
}

func (s says) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	if !slices.Contains(args, "/Add-Package") {
		return s.emulated.Run(ctx, args, out)
	}
	_, err := io.WriteString(out, "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.26100.1150\r\n\r\n"+s.text)
	return s.exit, err
}

// TestWorstOfSeveral: if one of several packages spoils the image, the image counts as
// spoiled, whatever error DISM ends with.
func TestWorstOfSeveral(t *testing.T) {
	b := newBench(t)
	text := "Processing 1 of 2 - Adding package A~1~amd64~~1.0\r\nA: It fails.\r\n Error: 0x8007007f\r\n" +
		"Processing 2 of 2 - B: The image is no longer serviceable.\r\n Error: 0x800f0830\r\n\r\nError: 127\r\n\r\nIt fails.\r\n"
	b.backend.Program = says{b.backend.Program.(emulated), text, 127}
	err := b.dism(b.open(), "/Add-Package", "/PackagePath:a.cab", "/PackagePath:b.cab")
	if !errors.Is(err, image.ErrSpoiled) || !strings.Contains(err.Error(), "0x800f0830") {
		t.Error(err)
	}
}
