package operation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Diagnose checks the machine and, in a folder with a configuration, its images and payloads.
func (w *Workspace) Diagnose(ctx context.Context, vars []dsl.VariableArg) ([]preflight.Finding, error) {
	in, err := w.checked()
	if err != nil {
		return nil, err
	}
	wrong, err := diagnosis{w}.addModule(ctx, &in, vars)
	if err != nil {
		return nil, err
	}
	findings := append(wrong, preflight.Run(ctx, in, preflight.Doctor)...)
	return findings, ctx.Err()
}

// diagnosis finds out what there is to check in a configuration.
type diagnosis struct{ *Workspace }

// addModule adds the images and payloads of the configuration in the current folder, if there is
// one, and returns its errors as findings.
func (d diagnosis) addModule(ctx context.Context, in *preflight.Input, vars []dsl.VariableArg) ([]preflight.Finding, error) {
	var files []string
	for _, pattern := range []string{"*.gild.hcl", "*.gild.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, nil
	}
	m, diags, err := d.Open(ctx, Reading{Vars: vars})
	var wrong *Misconfigured
	switch {
	case errors.As(err, &wrong):
		return misconfigured(wrong.Diags), nil
	case err != nil:
		return nil, err
	}
	defer m.Close()
	in.Scratch, in.Reserve = scratchDirs(m.Config.Scratch.Dirs), m.Config.Scratch.Reserve
	for _, img := range m.Config.Images {
		in.Images = append(in.Images, d.examined(ctx, img, m))
		for _, r := range img.Resources {
			if !r.Absent {
				kind := kindNamed(m.Input.Providers, r.Addr.Kind)
				addPayloads(in, kind, m.item(ctx, kind, r), r)
			}
		}
	}
	return misconfigured(diags), nil
}

// item returns a resource with its payloads, as far as they are known without a plan. If the
// resource uses only some files of a folder, item finds these, so that only their size counts;
// the plan reports errors in them.
func (m *Module) item(ctx context.Context, kind *providers.Provider, r *dsl.Resource) *planner.Item {
	it := &planner.Item{Addr: r.Addr, Want: r.Want, Sensitive: r.Sensitive}
	if kind.TakesFiles() {
		if want, err := kind.Resolved(ctx, m.host, r.Want); err == nil {
			it.Want = want
		}
	}
	if it.Phase = kind.Phase; kind.PhaseOf != nil {
		it.Phase = kind.PhaseOf(it.Want, r.Absent)
	}
	return it
}

// misconfigured returns the errors of a configuration as findings.
func misconfigured(diags hcl.Diagnostics) []preflight.Finding {
	var out []preflight.Finding
	for _, d := range diags {
		f := preflight.Finding{
			ID: "configuration", Title: "Configuration", Severity: preflight.Error, Found: d.Summary + ": " + strings.TrimSuffix(d.Detail, "."),
			Why:    "gild makes the images from it.",
			Remedy: "Correct it; gild validate shows the lines.",
			At:     d.Subject,
		}
		if d.Severity == hcl.DiagWarning {
			f.Severity = preflight.Warning
		}
		out = append(out, f)
	}
	return out
}

// examined describes an image of a configuration, as far as it can be opened. If it can't, its
// check reports that.
func (d diagnosis) examined(ctx context.Context, cfg *dsl.Image, m *Module) preflight.Image {
	img := preflight.Image{
		Name: cfg.Name, Source: Absolute(cfg.Source), Output: Absolute(cfg.Output),
		AtSource: attrRange(cfg.AttrRange("source")), AtOutput: attrRange(cfg.AttrRange("output")),
	}
	ref := image.Ref{Path: img.Source, Index: cfg.Index, Name: cfg.SourceName}
	if cfg.Target != "" {
		img.Target, img.Source = true, Absolute(cfg.Target)
		img.AtSource, ref = attrRange(cfg.AttrRange("target")), image.Ref{Path: img.Source}
	}
	if img.Unknown = comesLater(cfg); img.Unknown != "" {
		img.Source = ""
	}
	img.DISM, img.Recompressed = m.services(cfg), cfg.Export.Compression != ""
	if img.Source == "" {
		return img
	}
	s, err := d.OpenImage(ctx, ref)
	if err != nil {
		img.Unknown = err.Error()
		return img
	}
	defer s.Close()
	if info, err := s.Info(ctx); err == nil {
		img.Version, img.Bytes, img.Files = info.Version, info.Bytes, info.Files+info.Dirs
		img.Parts, img.FileBytes = info.Parts, info.FileBytes
	}
	newestUpdate(ctx, s, &img)
	if img.Concerns, err = health.Concerns(ctx, s); err != nil {
		img.Concerns = []string{"it is unknown whether the image can be serviced: " + err.Error() + ". Look at the image with gild inspect."}
	}
	return img
}

// services reports whether Windows' own tools service the images of a backend, on this machine or
// another.
func (m *Module) services(cfg *dsl.Image) bool {
	for _, b := range slices.Concat(m.Input.Backends, m.Input.Elsewhere) {
		if cfg.Backend == "" || b.Name() == cfg.Backend {
			return slices.Contains(b.Offers(), image.CanService)
		}
	}
	return false
}

// comesLater says why the source of an image does not exist yet, if it is made, or extracted from
// another image, when this one is planned.
func comesLater(cfg *dsl.Image) string {
	if cfg.Inner != nil {
		return fmt.Sprintf("%s is extracted from the source of image %s when it is planned", cfg.Inner.Path, cfg.Inner.Image)
	}
	if _, err := os.Stat(Absolute(cfg.Source)); cfg.From != "" && errors.Is(err, os.ErrNotExist) {
		return fmt.Sprintf("image %s, which it starts from, is not made yet", cfg.From)
	}
	return ""
}

// newestUpdate looks for the newest cumulative update in an image.
func newestUpdate(ctx context.Context, s image.Session, img *preflight.Image) {
	newest, err := servicing.NewestCumulative(ctx, s)
	switch {
	case err != nil:
		img.Unknown = err.Error()
	case newest == nil:
		img.Unknown = "the image has no record of a cumulative update"
	default:
		img.Updated, img.UpdateInstalled, img.Update = newest.Since, newest.Installed, newest.Identity
		if i, err := msu.ParseIdentity(newest.Identity); err == nil {
			img.Update = i.Name + " " + i.Version
		}
	}
}

// OpenImage opens an image for reading with the backend offline, which needs nothing else.
func (w *Workspace) OpenImage(ctx context.Context, ref image.Ref) (image.Session, error) {
	return offline.Backend{}.Open(ctx, ref, image.OpenOptions{Log: w.Log})
}
