package operation

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Preflight checks machine, images and payloads before a plan is carried out, or when it is
// shown. It shows warnings; before apply, it returns errors. The module knows where the author
// wrote what; it may be nil.
func (w *Workspace) Preflight(ctx context.Context, plan *planner.Plan, m *Module, front Front, moment preflight.Moment) error {
	in, err := w.checked()
	if err != nil {
		return err
	}
	for _, img := range plan.Images {
		if !img.UpToDate {
			addPlanned(&in, img, m)
		}
	}
	if len(in.Images) == 0 {
		return nil
	}
	in.Scratch, in.Reserve = scratchDirs(plan.ScratchDirs), plan.ScratchReserve
	findings := preflight.Run(ctx, in, moment)
	if err := ctx.Err(); err != nil {
		return err
	}
	var files map[string]*hcl.File
	if m != nil {
		files = m.Config.Files
	}
	diags := findingDiagnostics(findings, moment)
	if err := Check(diags, files); err != nil {
		return err
	}
	front.Diagnostics(diags, files)
	return nil
}

// checked returns the input of the checks about the machine.
func (w *Workspace) checked() (preflight.Input, error) {
	in := preflight.Input{Machine: w.Machine, Now: time.Now()}
	exe, err := dism.Find(w.Getenv("GILD_DISM"))
	switch {
	case err == nil:
		in.DISM = &preflight.DISM{Path: string(exe), Program: exe}
	case !errors.Is(err, dism.ErrNoDISM):
		return in, err
	}
	if in.Store, err = w.Store(); err == nil {
		in.Store, err = filepath.Abs(in.Store)
	}
	if err == nil {
		in.Cache, err = environment(w.Getenv).cache()
	}
	in.Log = w.LogPath
	return in, err
}

// addPlanned adds an image of a plan and its payloads.
func addPlanned(in *preflight.Input, img *planner.Image, m *Module) {
	var written *dsl.Image
	declared := map[dsl.Addr]*dsl.Resource{}
	if m != nil {
		if i := slices.IndexFunc(m.Config.Images, func(w *dsl.Image) bool { return w.Name == img.Name }); i >= 0 {
			written = m.Config.Images[i]
			for _, r := range written.Resources {
				declared[r.Addr] = r
			}
		}
	}
	one := preflight.Image{
		Name: img.Name, Source: Absolute(img.Source.Path), Target: img.Target != "", Output: Absolute(img.Output),
		DISM: img.Serviced, Version: img.Info.Version, Bytes: img.Info.Bytes, Parts: img.Info.Parts, FileBytes: img.Info.FileBytes,
		Files: img.Info.Files, Hives: img.Info.Hives, Steps: len(img.Steps), Recompressed: img.Export.Compression != "",
	}
	if written != nil {
		one.AtSource, one.AtOutput = attrRange(written.AttrRange("source")), attrRange(written.AttrRange("output"))
		if one.Target {
			one.AtSource = attrRange(written.AttrRange("target"))
		}
	}
	in.Images = append(in.Images, one)
	kinds := Kinds()
	for _, it := range img.Items {
		if kind := kindNamed(kinds, it.Addr.Kind); kind != nil && !it.Absent {
			addPayloads(in, kind, it, declared[it.Addr])
		}
	}
}

// addPayloads adds the payloads of a resource. If the resource itself is unknown, as for a saved
// plan, r is nil, and only its place is known.
func addPayloads(in *preflight.Input, kind *providers.Provider, it *planner.Item, r *dsl.Resource) {
	for _, one := range kind.Payloads(it.Want) {
		path, err := filepath.Abs(one.Path)
		if err != nil || address.Is(one.Path) { // it is in the cache, which has a check of its own
			continue
		}
		if i := slices.IndexFunc(in.Payloads, func(p preflight.Payload) bool { return p.Path == path }); i >= 0 {
			in.Payloads[i].Brings(one.Files)
			continue
		}
		p := preflight.Payload{
			Address: it.Addr.String(), Path: path, Files: one.Files,
			Package: one.Package, Language: it.Phase == providers.PhaseLanguage,
			Hidden: slices.Contains(it.Sensitive, one.Attr),
			At:     &hcl.Range{Filename: it.Place.File, Start: hcl.Pos{Line: it.Place.Line, Column: 1}},
		}
		if r != nil {
			p.At = attrRange(r.AttrRange(one.Attr))
		}
		in.Payloads = append(in.Payloads, p)
	}
}

func attrRange(rng hcl.Range) *hcl.Range {
	if rng == (hcl.Range{}) {
		return nil
	}
	return &rng
}

// findingDiagnostics returns errors and warnings as diagnostics. While a plan is only shown, an
// error is a warning.
func findingDiagnostics(findings []preflight.Finding, moment preflight.Moment) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, f := range findings {
		d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: f.Title + ": " + f.Found, Detail: f.Why + " " + f.Remedy, Subject: f.At}
		if f.Subject != "" {
			d.Detail = f.Subject + ": " + d.Detail
		}
		switch {
		case f.Severity == preflight.Error && moment != preflight.BeforePlan:
			d.Severity = hcl.DiagError
		case f.Severity == preflight.Error:
			d.Detail += " Until then, apply refuses to begin."
		case f.Severity != preflight.Warning:
			continue
		}
		diags = append(diags, d)
	}
	return diags
}
