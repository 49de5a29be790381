package operation

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

// Trial is a run in a folder of its own: the store and all outputs are there. It does not depend
// on the environment, and has a null log.
type Trial struct {
	Dir      string            // exists and is empty
	Vars     []dsl.VariableArg // see [Reading]
	Sources  map[string]string // files to use instead of the sources of images, by the author's paths
	Files    string            // folder with the *.gild.hcl files to read instead of those of the configuration
	PlanOnly bool
	Emulated bool   // use an emulated DISM
	Fault    string // what goes wrong in it: see [dismemu.ParseFault]
}

// Tried is what came of a trial.
type Tried struct {
	Plan    *document.Plan    // of all images that were planned
	Outputs map[string]string // files by the names of their images; none with PlanOnly
	Config  *dsl.Config
	Hide    func(string) string // removes sensitive values from a text
}

// Run makes the trial. The error is that of the run.
func (t Trial) Run(ctx context.Context, w *Workspace) (tried Tried, err error) {
	own := &Workspace{
		Getenv: func(name string) string {
			return map[string]string{"GILD_DATA_DIR": filepath.Join(t.Dir, "data"), "GILD_DISM": dism.None,
				"SOURCE_DATE_EPOCH": w.Getenv("SOURCE_DATE_EPOCH"), "GILD_CACHE_DIR": w.Getenv("GILD_CACHE_DIR")}[name]
		},
		Environ: func() []string { return nil },
		Machine: w.Machine, Version: w.Version, Log: hclog.NewInterceptLogger(&hclog.LoggerOptions{Level: hclog.Off}),
		Configured: func(*dsl.Log) {}, Warn: func(string) {}, Stop: w.Stop, AtOnce: w.AtOnce,
	}
	tried.Hide = own.Secrets.Text
	a := &applying{Workspace: own, Request: Request{Planning: Planning{Vars: t.Vars}, Parallel: 1}, front: quiet{}}
	reading := Reading{Vars: t.Vars, elsewhere: elsewhere(t.Dir)}
	if t.Files != "" {
		reading.over = func(files fs.FS) fs.FS { return overlay{files, t.Files} }
	}
	m, diags, err := a.Open(ctx, reading)
	if err != nil {
		return tried, err
	}
	defer m.Close()
	tried.Config = m.Config
	if err := t.replaceSources(m.Config); err != nil {
		return tried, err
	}
	backends := []image.Backend{offline.Backend{}}
	if t.Emulated {
		backends = emulatedBackends(filepath.Join(t.Dir, "machine"), t.Fault, m.Config)
	}
	plans, err := a.aside(ctx, aside{Module: m, dir: t.Dir, backends: backends, planOnly: t.PlanOnly}, diags)
	tried.Plan = document.New(rehearsed(plans))
	tried.Plan.GildVersion, tried.Outputs = w.Version, map[string]string{}
	for _, img := range m.Config.Images {
		if _, missing := os.Stat(filepath.FromSlash(img.Output)); missing == nil && !t.PlanOnly {
			tried.Outputs[img.Name] = filepath.FromSlash(img.Output)
		}
	}
	return tried, err
}

// replaceSources puts other files in the place of sources. Targets, which would be changed, are
// refused.
func (t Trial) replaceSources(config *dsl.Config) error {
	used := map[string]bool{}
	for _, img := range config.Images {
		file, ok := t.Sources[img.Source]
		switch {
		case img.Target != "" && !t.PlanOnly:
			return Explain("Can't be tried", "The image %s is serviced in place, in the folder %s: a trial would change it.", img.Name, img.Target)
		case ok:
			used[img.Source] = true
			img.Source, img.Index, img.SourceName = filepath.ToSlash(file), 0, ""
		}
	}
	for source := range t.Sources {
		if !used[source] {
			return Explain("No image starts from the sample", "No image has source = %q, so the sample is not used. Its label is the path that the configuration names.", source)
		}
	}
	return nil
}

// aside is a configuration that is carried out in a folder of its own.
type aside struct {
	*Module
	dir      string
	backends []image.Backend
	planOnly bool
}

// aside plans, asks the policies and carries out the plan, in rounds. It returns what was planned.
func (a *applying) aside(ctx context.Context, s aside, diags hcl.Diagnostics) ([]*planner.Plan, error) {
	store := filepath.Join(s.dir, "store")
	s.unpackTo(filepath.Join(store, innerFolder), a.Workspace)
	s.Input.Backends = s.backends
	review := func(ctx context.Context, plan *planner.Plan) error {
		doc := document.New(plan)
		a.front.Plan(doc, Language(s.Input.Providers))
		if err := (Question{doc, s.Module, a.Policies}).Ask(ctx, a.Workspace, a.front); err != nil {
			return err
		}
		return a.confirmable(plan)
	}
	if s.planOnly {
		plan, err := a.make(ctx, a.Planning, s.Module, a.front, diags)
		if err != nil {
			return nil, err
		}
		return []*planner.Plan{plan}, review(ctx, plan)
	}
	r := rounds{
		applying: a, module: s.Module, review: review,
		apply: func(ctx context.Context, plan *planner.Plan) (executor.Result, error) {
			return a.execute(ctx, plan, a.front.Progress(plan, &history.History{}), executor.Options{
				Host: s.host, Backends: s.backends, Store: store, LogDir: filepath.Join(s.dir, logsFolder), Parallel: a.Parallel,
			})
		},
	}
	err := r.run(ctx, diags)
	return r.plans, err
}

// emulatedBackends are an emulated DISM, whose state is in a folder, and the offline one.
func emulatedBackends(state, fault string, config *dsl.Config) []image.Backend {
	machine := &dismemu.Machine{State: state, Fault: fault}
	for _, img := range config.Images {
		machine.AllowDirtyHives = append(machine.AllowDirtyHives, img.AllowDirtyHives...)
	}
	return []image.Backend{dism.Backend{Program: emulated{machine}}, offline.Backend{}}
}

// overlay is the folder of a configuration with the files of another folder in place of its own
// *.gild.hcl files.
type overlay struct {
	fs.FS
	dir string
}

// ReadDir implements [fs.ReadDirFS].
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "." {
		return os.ReadDir(o.dir)
	}
	return fs.ReadDir(o.FS, name)
}

// Open implements [fs.FS].
func (o overlay) Open(name string) (fs.File, error) {
	own, err := os.ReadDir(o.dir)
	if err == nil && slices.ContainsFunc(own, func(e fs.DirEntry) bool { return e.Name() == name }) {
		return os.Open(filepath.Join(o.dir, name))
	}
	return o.FS.Open(name)
}

// quiet is a front that shows nothing.
type quiet struct{}

func (quiet) Diagnostics(hcl.Diagnostics, map[string]*hcl.File) {}
func (quiet) Plan(*document.Plan, dsl.Kinds)                    {}
func (quiet) Progress(*planner.Plan, *history.History) Progress { return silence{} }
func (quiet) Applied(*planner.Plan, *record.Run, string)        {}
func (quiet) Round([]planner.Waiting)                           {}
func (quiet) Rounds([]*record.Run)                              {}
func (quiet) Left([]planner.Waiting)                            {}
func (quiet) Rehearsed(*planner.Plan)                           {}

type silence struct{}

func (silence) Event(record.Event) {}
func (silence) Close()             {}
