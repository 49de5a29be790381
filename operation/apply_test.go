package operation_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// front notes what it is shown.
type front struct {
	shown []string
	steps int
}

func (f *front) note(what string)                                      { f.shown = append(f.shown, what) }
func (f *front) Diagnostics(d hcl.Diagnostics, _ map[string]*hcl.File) {}
func (f *front) Plan(*document.Plan, dsl.Kinds)                        { f.note("plan") }
func (f *front) Progress(*planner.Plan, *history.History) operation.Progress {
	f.note("progress")
	return f
}
func (f *front) Applied(*planner.Plan, *record.Run, string) { f.note("applied") }
func (f *front) Round([]planner.Waiting)                    { f.note("round") }
func (f *front) Rounds([]*record.Run)                       { f.note("rounds") }
func (f *front) Left([]planner.Waiting)                     { f.note("left") }
func (f *front) Rehearsed(*planner.Plan)                    { f.note("rehearsed") }
func (f *front) Close()                                     {}
func (f *front) Event(e record.Event) {
	if e.Type == record.StepDone {
		f.steps++
	}
}

func workspace(t testing.TB) *operation.Workspace {
	return &operation.Workspace{
		Getenv:  func(name string) string { return map[string]string{"GILD_DISM": dism.None}[name] },
		Environ: func() []string { return nil }, Machine: preflight.This{}, Version: "test",
		Log:        hclog.NewInterceptLogger(&hclog.LoggerOptions{Level: hclog.Off}),
		Configured: func(*dsl.Log) {}, Warn: func(text string) { t.Error(text) }, AtOnce: t.Context(),
	}
}

// TestApply conducts runs as a program without a terminal does.
func TestApply(t *testing.T) {
	t.Chdir(t.TempDir())
	const config = "image \"kiosk\" {\n  source = \"base.wim\"\n  output = \"out.wim\"\n  file \"note\" {\n    path    = \"Windows/note.txt\"\n    content = \"x\"\n  }\n}\n"
	if err := errors.Join(os.WriteFile("main.gild.hcl", []byte(config), 0o666), sample.Write(t.Context(), "base.wim", sample.Options{})); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("no")
	for _, run := range []struct {
		name    string
		do      func(*operation.Workspace) func(context.Context, operation.Request, operation.Front) (bool, error)
		request operation.Request
		err     error
		shown   []string
		steps   int
		made    bool
	}{
		{"rehearsed", rehearse, operation.Request{}, nil, []string{"plan", "progress", "rounds", "rehearsed"}, 1, false},
		{"refused", apply, operation.Request{Consent: func(context.Context) error { return refused }}, refused, []string{"plan", "rounds"}, 0, false},
		{"applied", apply, operation.Request{}, nil, []string{"plan", "progress", "applied", "rounds"}, 1, true},
		{"applied again", apply, operation.Request{}, nil, []string{"plan", "progress", "applied", "rounds"}, 0, true},
	} {
		f := &front{}
		skipped, err := run.do(workspace(t))(t.Context(), run.request, f)
		if !errors.Is(err, run.err) || skipped || !slices.Equal(f.shown, run.shown) || f.steps != run.steps {
			t.Errorf("%s: %t, %v, %d steps, shown %q", run.name, skipped, err, f.steps, f.shown)
		}
		if _, err := os.Stat("out.wim"); (err == nil) != run.made {
			t.Errorf("%s: the output: %v", run.name, err)
		}
	}
}

// TestDocument: what a store tells of a plan is in its document, also of one with kinds that
// only another gild knows.
func TestDocument(t *testing.T) {
	t.Chdir(t.TempDir())
	none := cty.NullVal(cty.EmptyObject)
	item := &planner.Item{Addr: dsl.Addr{Image: "kiosk", Kind: "mystery", Name: "x"}, Action: providers.Create, Want: cty.EmptyObjectVal, Have: none}
	img := &planner.Image{Name: "kiosk", Output: "out.wim", Backend: "offline", Info: planner.Info{FileBytes: 1000}, Items: []*planner.Item{item}, Steps: []planner.Step{{Way: "odd", ID: "1"}}}
	doc := workspace(t).Document(&planner.Plan{Images: []*planner.Image{img}})
	e := doc.Expected
	if e == nil || e.Seconds != nil || e.Complete || e.Checkpoints != 1 || e.WorstLoss != nil || e.OutputBytes < 1000 || e.RoomBytes != e.OutputBytes || doc.Images[0].Cached != 0 {
		t.Errorf("expected: %+v", e)
	}
	img.UpToDate = true
	if doc := workspace(t).Document(&planner.Plan{Images: []*planner.Image{img}}); doc.Expected != nil || doc.Applyable {
		t.Errorf("with nothing to do: %+v", doc.Expected)
	}
}

func apply(w *operation.Workspace) func(context.Context, operation.Request, operation.Front) (bool, error) {
	return w.Apply
}

func rehearse(w *operation.Workspace) func(context.Context, operation.Request, operation.Front) (bool, error) {
	return w.Rehearse
}
