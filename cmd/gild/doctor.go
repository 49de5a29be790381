package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/internal/preflight"
	"github.com/gildhq/gild/internal/spelling"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

const doctorHelp = `Doctor looks whether this machine is as Microsoft advises for servicing images:
administrator rights, antivirus, DISM and what it has mounted, memory, room and
place of scratch and checkpoints. In a folder with a configuration it also looks
at its images and payloads. It changes nothing. What does not apply here is said
to be skipped, with the reason.

The checks that matter to a plan are also made before it is applied: their errors
stop apply before it begins, their warnings are shown.

The exit code is 1 if something must be put right before images can be serviced;
warnings alone leave it at 0.

With -self-test doctor tries instead what gild and DISM do here, on images that it
makes and on a copy of a small Windows, and writes a report that can be attached to
an issue: it names neither the user nor folders. That takes some minutes, and
administrator rights. Everything is made in one folder and removed at the end, and
nothing else is changed or unmounted. Checks for which something is missing are said
to be skipped, with the reason. The exit code is 1 if a check fails, or if DISM could
not be tried at all.`

type doctorOptions struct {
	vars     variables
	json     bool
	selfTest selfTestOptions
}

func newDoctor(a *app) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor [flags]",
		Short: "Check the machine, images and payloads",
		Long:  doctorHelp,
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.selfTest.wanted {
				return runSelfTest(cmd.Context(), o, a)
			}
			if err := o.selfTest.only(cmd.Flags()); err != nil {
				return err
			}
			return runDoctor(cmd.Context(), o, a)
		},
	}
	o.vars.register(cmd.Flags())
	o.selfTest.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runDoctor(ctx context.Context, o doctorOptions, a *app) error {
	in, err := a.checked()
	if err != nil {
		return err
	}
	wrong, err := a.addModule(ctx, &in, o.vars)
	if err != nil {
		return err
	}
	findings := append(wrong, preflight.Run(ctx, in, preflight.Doctor)...)
	if err := ctx.Err(); err != nil {
		return err
	}
	report := view.NewExamination(findings)
	if o.json {
		err = view.Document(a.streams, report)
	} else {
		a.screen().Examination(report)
	}
	if err == nil && report.Errors > 0 {
		return result(exitError)
	}
	return err
}

// addModule adds the images and payloads of the configuration in the current folder,
// if there is one, and returns what is wrong with it.
func (a *app) addModule(ctx context.Context, in *preflight.Input, vars variables) ([]preflight.Finding, error) {
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
	m, diags, err := a.open(ctx, vars)
	var wrong *diagError
	switch {
	case errors.As(err, &wrong):
		return misconfigured(wrong.diags), nil
	case err != nil:
		return nil, err
	}
	defer m.Close()
	in.Scratch, in.Reserve = scratchDirs(m.config.Scratch.Dirs), m.config.Scratch.Reserve
	for _, img := range m.config.Images {
		in.Images = append(in.Images, a.examined(ctx, img, m))
		for _, r := range img.Resources {
			if !r.Absent {
				addPayloads(in, m.item(ctx, r), r)
			}
		}
	}
	return misconfigured(diags), nil
}

// item is what a resource brings, as far as that is known without a plan. Where it takes
// only some files of a folder, these are found, so that their room is told and not that of
// the folder; what is wrong with them is told by the plan.
func (m *module) item(ctx context.Context, r *dsl.Resource) *planner.Item {
	it := &planner.Item{Addr: r.Addr, Want: r.Want, Sensitive: r.Sensitive}
	i := slices.IndexFunc(m.input.Providers, func(p *providers.Provider) bool { return p.Kind == r.Addr.Kind })
	if i < 0 {
		return it
	}
	kind := m.input.Providers[i]
	if kind.Resolve != nil && r.Want.Type().HasAttribute("files") {
		if want, err := kind.Resolve(ctx, m.host, r.Want); err == nil {
			it.Want = want
		}
	}
	if it.Phase = kind.Phase; kind.PhaseOf != nil {
		it.Phase = kind.PhaseOf(it.Want, r.Absent)
	}
	return it
}

// misconfigured returns what is wrong with a configuration as findings.
func misconfigured(diags hcl.Diagnostics) []preflight.Finding {
	var out []preflight.Finding
	for _, d := range diags {
		f := preflight.Finding{
			ID: "configuration", Title: "Configuration", Severity: preflight.Error, Found: d.Summary + ": " + strings.TrimSuffix(d.Detail, "."),
			Why:    "Images are made of it.",
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

// examined tells of an image of a configuration, as far as it can be opened; if it
// can't, its check says so.
func (a *app) examined(ctx context.Context, cfg *dsl.Image, m *module) preflight.Image {
	img := preflight.Image{
		Name: cfg.Name, Source: absolute(cfg.Source), Output: absolute(cfg.Output),
		AtSource: attrRange(cfg.AttrRange("source")), AtOutput: attrRange(cfg.AttrRange("output")),
	}
	ref := image.Ref{Path: img.Source, Index: cfg.Index, Name: cfg.SourceName}
	if cfg.Target != "" {
		img.Target, img.Source = true, absolute(cfg.Target)
		img.AtSource, ref = attrRange(cfg.AttrRange("target")), image.Ref{Path: img.Source}
	}
	if img.Unknown = comesLater(cfg); img.Unknown != "" {
		img.Source = ""
	}
	backend := cfg.Backend
	if backend == "" {
		backend = m.input.Backends[0].Name()
	}
	img.DISM, img.Recompressed = backend == dism.Backend{}.Name(), cfg.Export.Compression != ""
	if img.Source == "" {
		return img
	}
	s, err := openImage(ctx, ref, a)
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
		img.Concerns = []string{"whether the image can be serviced was not found out: " + err.Error() + ". Look at the image with gild inspect."}
	}
	return img
}

// comesLater says why the source of an image is not a file that is there by now, if it
// is made or taken out of another image when this one is planned.
func comesLater(cfg *dsl.Image) string {
	if cfg.Inner != nil {
		return fmt.Sprintf("%s is taken out of the source of image %s when it is planned", cfg.Inner.Path, cfg.Inner.Image)
	}
	if _, err := os.Stat(absolute(cfg.Source)); cfg.From != "" && errors.Is(err, os.ErrNotExist) {
		return fmt.Sprintf("image %s, which it starts from, is not made yet", cfg.From)
	}
	return ""
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	if full, err := filepath.Abs(spelling.Path(filepath.FromSlash(path))); err == nil {
		return full
	}
	return path
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
