package operation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/dism/dismemu/sfc"
	"github.com/gildhq/gild/planner"
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
	dir := temp.Path()
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
	backends := emulatedBackends(filepath.Join(dir, "machine"), a.Getenv("GILD_DISMEMU_FAULT"), m.Config)
	plans, err := a.aside(ctx, aside{Module: m, dir: dir, backends: backends}, diags)
	if err != nil {
		return err
	}
	a.front.Rehearsed(rehearsed(plans))
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
