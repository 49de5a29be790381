package operation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/dism/dismemu/sfc"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

// emulated is an emulated dism.exe.
type emulated struct{ *dismemu.Machine }

// Run implements [dism.Program].
func (e emulated) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return e.Machine.Run(ctx, args, out), ctx.Err()
}

// SFC implements [dism.SystemFileChecker].
func (e emulated) SFC(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return sfc.Run(ctx, args, out), ctx.Err()
}

// Rehearse carries out everything in a temporary folder, with an emulated DISM. It keeps nothing,
// except DISM's logs if something failed. Existing outputs do not matter: all images are made
// from the sources.
func (w *Workspace) Rehearse(ctx context.Context, r Request, front Front) (skipped bool, err error) {
	w.sweep(ctx)
	a := &applying{Workspace: w, Request: r, front: front}
	err = a.rehearse(ctx)
	return a.skipped, err
}

func (a *applying) rehearse(ctx context.Context) (err error) {
	if a.File != "" {
		return Explain("A rehearsal makes its own plan", "-rehearse can't be used with a plan file: it plans for an emulated DISM and for outputs that gild does not keep.")
	}
	temp, err := tempdir.New(rehearsalFolder)
	if err != nil {
		return err
	}
	dir, logs := temp.Path(), filepath.Join(temp.Path(), logsFolder)
	defer func() {
		if err == nil {
			err = temp.Remove()
		} else {
			err = errors.Join(err, temp.Remove(logsFolder)) // errors name its files
		}
	}()
	m, diags, err := a.Open(ctx, Reading{Vars: a.Vars, elsewhere: elsewhere(dir)})
	if err != nil {
		return err
	}
	defer m.Close()
	for _, img := range m.Config.Images {
		if img.Target != "" {
			return Explain("Can't rehearse", "The image %s is serviced in place, in the folder %s: a rehearsal would change it. To rehearse, use its WIM file as source.", img.Name, img.Target)
		}
	}
	store := filepath.Join(dir, "store")
	m.unpackTo(filepath.Join(store, innerFolder), a.Workspace)
	machine := &dismemu.Machine{State: filepath.Join(dir, "machine"), Fault: a.Getenv("GILD_DISMEMU_FAULT")}
	for _, img := range m.Config.Images {
		machine.AllowDirtyHives = append(machine.AllowDirtyHives, img.AllowDirtyHives...)
	}
	m.Input.Backends = []image.Backend{dism.Backend{Program: emulated{machine}}, offline.Backend{}}
	r := rounds{
		applying: a, module: m,
		review: func(ctx context.Context, plan *planner.Plan) error {
			doc := document.New(plan)
			a.front.Plan(doc, Language(m.Input.Providers))
			if err := a.Decide(ctx, doc, m, a.Policies, a.front); err != nil {
				return err
			}
			return a.confirmable(plan)
		},
		apply: func(ctx context.Context, plan *planner.Plan) (executor.Result, error) {
			return a.execute(ctx, plan, a.front.Progress(plan, &history.History{}), executor.Options{
				Host: m.host, Backends: m.Input.Backends, Store: store, LogDir: logs,
			})
		},
	}
	if err := r.run(ctx, diags); err != nil {
		return err
	}
	a.front.Rehearsed(rehearsed(r.plans))
	return nil
}

// logsFolder is the folder for DISM's logs in a temporary folder.
const logsFolder = "logs"

// rehearsed joins all plans of the rehearsal into one.
func rehearsed(plans []*planner.Plan) *planner.Plan {
	var all planner.Plan
	for _, p := range plans {
		for _, img := range p.Images {
			if !img.UpToDate || all.Image(img.Name) == nil {
				all.Images = append(all.Images, img)
			}
		}
	}
	return &all
}

// elsewhere moves each output into a folder of its own in dir.
func elsewhere(dir string) func(image, output string) string {
	n := 0
	return func(_, output string) string {
		n++
		return filepath.ToSlash(filepath.Join(dir, fmt.Sprint(n), filepath.Base(filepath.FromSlash(output))))
	}
}
