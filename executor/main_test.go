package executor_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
)

const baseImage = `{"name": "Base", "modified": "2024-05-06T07:08:09Z", "settings": {
  "color": {"value": "red"}, "size": {"value": "12"}, "junk": {"value": "x"}}}`

// module makes a folder with a source and the configuration.
func module(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	plantest.Write(t, filepath.Join(dir, "base.wim"), baseImage)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), config)
	return dir
}

// kiosk is an image block that holds these resources.
func kiosk(resources ...string) string {
	return "image \"kiosk\" {\n  source = \"base.wim\"\n  output = \"kiosk.wim\"\n" + strings.Join(resources, "") + "}\n"
}

func block(kind, label, name, value string) string {
	return "  " + kind + " \"" + label + "\" {\n    name = \"" + name + "\"\n    value = \"" + value + "\"\n  }\n"
}

func setting(label, value string) string { return block("setting", label, label, value) }

const junkAbsent = "  setting \"junk\" {\n    ensure = \"absent\"\n    name = \"junk\"\n  }\n"

// job is a plan with all that is needed to carry it out.
type job struct {
	dir  string
	plan *planner.Plan
	opts executor.Options
}

func newJob(t *testing.T, dir string) *job {
	t.Helper()
	return &job{dir: dir, plan: plantest.MustPlan(t, dir), opts: executor.Options{
		Providers: plantest.Kinds(), Backends: []image.Backend{plantest.Backend{}},
		Host: plantest.Host(dir), Store: filepath.Join(dir, "store"),
	}}
}

func (j *job) apply(ctx context.Context) (executor.Result, error) {
	return executor.Apply(ctx, j.plan, j.opts)
}

func mustApply(t *testing.T, dir string) executor.Result {
	t.Helper()
	r, err := newJob(t, dir).apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The test program is its own victim: started with this variable set, it carries
// out the plan of the folder named first and dies at the operation numbered second.
const victimVar = "GILD_TEST_VICTIM"

func TestMain(m *testing.M) {
	if dir, at, ok := strings.Cut(os.Getenv(victimVar), "|"); ok {
		n, err := strconv.Atoi(at)
		if err != nil {
			panic(err)
		}
		os.Exit(victim(dir, n))
	}
	os.Exit(m.Run())
}

// victim returns 0 when it lives to the end.
func victim(dir string, at int) int {
	plan, err := planner.Load(filepath.Join(dir, "plan"), nil)
	if err != nil {
		return 2
	}
	backend := &faulty{Backend: plantest.Backend{}}
	backend.at(at, func() error { os.Exit(9); return nil })
	_, err = executor.Apply(context.Background(), plan, executor.Options{
		Providers: plantest.Kinds(), Backends: []image.Backend{backend},
		Host: plantest.Host(dir), Store: filepath.Join(dir, "store"),
		Events: func(record.Event) { backend.count(); backend.count() },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// checkpoints has a plan make a checkpoint after so many steps.
func checkpoints(plan *planner.Plan, steps int) {
	for _, img := range plan.Images {
		img.Checkpoint.Steps = steps
	}
}
