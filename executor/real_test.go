package executor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/file"
	"github.com/gildhq/gild/providers/registry"
)

const realConfig = `
image "kiosk" {
  source = "base.wim"
  output = "kiosk.wim"

  file "a" {
    path   = "ProgramData/Contoso/a.txt"
    source = "a.txt"
  }
  file "b" {
    path    = "ProgramData/Contoso/b.txt"
    content = "b"
  }
  registry "one" {
    key   = "HKLM/SOFTWARE/Contoso/Kiosk"
    name  = "one"
    value = 1
  }
  registry "two" {
    key   = "HKLM/SOFTWARE/Contoso/Kiosk"
    name  = "two"
    value = "two"
  }
  registry "system" {
    key   = "HKLM/SYSTEM/CurrentControlSet/Control/Contoso"
    name  = "list"
    value = ["a", "b"]
  }
  registry "user" {
    key   = "HKU/Default/Software/Contoso"
    name  = "user"
    value = 2
  }
}
`

var realKinds = []*providers.Provider{registry.Provider(), file.Provider()}

// realJob plans the configuration in a folder with the offline backend.
func realJob(t testing.TB, dir, store string) *job {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var kinds dsl.Kinds
	for _, p := range realKinds {
		kinds = append(kinds, dsl.Kind{Name: p.Kind, Doc: p.Doc, Singleton: p.Singleton, Schema: p.Schema})
	}
	config, diags := dsl.Load(dsl.Options{FS: root.FS(), Kinds: kinds})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	config.Dir = dir
	backends := []image.Backend{offline.Backend{}}
	plan, diags := planner.Make(t.Context(), planner.Input{Config: config, Providers: realKinds, Backends: backends, Host: host.New(dir)})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return &job{dir: dir, plan: plan, opts: executor.Options{
		Providers: realKinds, Backends: backends, Host: host.New(dir), Store: filepath.Join(dir, store),
	}}
}

// However the work is cut into checkpoints and runs, the bytes are the same.
func TestOfflineBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	output := filepath.Join(dir, "kiosk.wim")
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), realConfig)
	plantest.Write(t, filepath.Join(dir, "a.txt"), "a\r\n")
	if err := sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := realJob(t, dir, "whole").apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := read(t, output)
	if j := realJob(t, dir, "whole"); !j.plan.Empty() {
		t.Fatalf("the plan after it is not empty: %+v", j.plan.Images[0].Reasons)
	}
	for _, tt := range []struct {
		name  string
		apply func(*job) error
	}{
		{"a checkpoint after each step", func(j *job) error {
			checkpoints(j.plan, 1)
			_, err := j.apply(t.Context())
			return err
		}},
		{"a run for each step", func(j *job) error { return inRuns(t.Context(), j) }},
	} {
		if err := os.Remove(output); err != nil {
			t.Fatal(err)
		}
		if err := tt.apply(realJob(t, dir, tt.name)); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if read(t, output) != want {
			t.Errorf("%s: the output is another one", tt.name)
		}
	}
}

// inRuns interrupts after each step and starts again.
func inRuns(ctx context.Context, j *job) error {
	for runs := 1; ; runs++ {
		stop := make(chan struct{})
		stopped := false
		j.opts.Stop = stop
		j.opts.Events = func(e record.Event) {
			if e.Type == record.StepDone && !stopped {
				stopped = true
				close(stop)
			}
		}
		_, err := j.apply(ctx)
		switch {
		case err == nil && runs <= len(j.plan.Images[0].Steps):
			return errors.New("was not interrupted after each step")
		case !errors.Is(err, executor.ErrInterrupted):
			return err
		}
	}
}
