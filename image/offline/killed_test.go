package offline_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/layers"
	"github.com/gildhq/gild/image/offline"
)

const steps = 400

func stepIDs() []string {
	ids := make([]string, steps)
	for i := range ids {
		ids[i] = fmt.Sprintf("step%03d", i)
	}
	return ids
}

// step makes one change and seals it.
func step(ctx context.Context, s image.Session, i int) error {
	f, _ := image.As[image.Files](s)
	for n := range 3 {
		name := fmt.Sprintf("Windows/step %d", (i+n)%5)
		if err := f.WriteFile(name, strings.NewReader(strings.Repeat(stepIDs()[i], 100*n+1)), image.Meta{}); err != nil {
			return err
		}
	}
	return s.Commit(ctx, stepIDs()[i])
}

// TestMain does the work that [TestKilled] kills, in the process that it starts.
func TestMain(m *testing.M) {
	file, store := os.Getenv("GILD_TEST_KILLED_FILE"), os.Getenv("GILD_TEST_KILLED_STORE")
	if file == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: file},
		image.OpenOptions{Write: true, Store: store, Clock: imagetest.Clock(), Chain: stepIDs()})
	from := 0
	if err == nil && s.At() != "" {
		_, err = fmt.Sscanf(s.At(), "step%d", &from)
		from++
	}
	for i := from; i < steps && err == nil; i++ {
		if err = step(ctx, s, i); err == nil {
			fmt.Println(stepIDs()[i])
		}
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestKilled repeatedly kills a process at random moments while it makes checkpoints.
// Every checkpoint reported as sealed must exist, and the final output must be that of
// an undisturbed run.
func TestKilled(t *testing.T) {
	file, store := captured(t), filepath.Join(t.TempDir(), "store")
	said := ""
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "GILD_TEST_KILLED_FILE="+file, "GILD_TEST_KILLED_STORE="+store)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		time.AfterFunc(time.Duration(60+round*23)*time.Millisecond, func() { cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = lines.Text()
		}
		_ = cmd.Wait() // it was killed
		if !strings.HasPrefix(said, "step") && said != "" {
			t.Fatal(said)
		}
		s := session(t, file, store, stepIDs()...)
		if s.At() < said {
			t.Fatalf("round %d: at %q, but %q was sealed", round, s.At(), said)
		}
		if w := info(t, s).Warnings; len(w) > 0 {
			t.Errorf("round %d: %v", round, w)
		}
		must(t, s.Close())
	}
	s := session(t, file, store, stepIDs()...)
	last := -1
	if s.At() != "" {
		_, err := fmt.Sscanf(s.At(), "step%d", &last)
		must(t, err)
	}
	if last < 1 || last == steps-1 {
		t.Logf("the process was killed at steps that prove little: %d", last)
	}
	end := min(last+3, steps-1)
	for i := last + 1; i <= end; i++ {
		must(t, step(t.Context(), s, i))
	}
	whole := session(t, file, t.TempDir())
	for i := range end + 1 {
		must(t, step(t.Context(), whole, i))
	}
	a, err := os.ReadFile(export(t, s, image.ExportOptions{}))
	must(t, err)
	b, err := os.ReadFile(export(t, whole, image.ExportOptions{}))
	must(t, err)
	if !bytes.Equal(a, b) {
		t.Error("the output is not that of an undisturbed run")
	}
	must(t, s.Close())
	_, err = layers.Drop(store, nil)
	must(t, err)
	if left, err := os.ReadDir(filepath.Join(store, "staging")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// TestExportStopped checks that an export that was stopped leaves no file.
func TestExportStopped(t *testing.T) {
	s := session(t, captured(t), t.TempDir())
	write(t, s, "Windows/big", strings.Repeat("big ", 1_000_000))
	e, _ := image.As[image.Exporter](s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	path := filepath.Join(t.TempDir(), "out.wim")
	err := e.Export(ctx, path, image.ExportOptions{Progress: func(int64, int64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was left: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "no", "such", "out.wim")
	if err := e.Export(t.Context(), missing, image.ExportOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a missing folder: %v", err)
	}
	must(t, e.Export(t.Context(), path, image.ExportOptions{}))
}
