package planner

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Check returns what is wrong with the configuration as far as that can be told
// without opening an image: values the kinds refuse, payloads that are not
// there, resources that claim the same thing, circular dependencies, unknown
// backends.
func Check(ctx context.Context, in Input) hcl.Diagnostics {
	_, diags := Outline(ctx, in)
	return diags
}

// Outline is Check, and returns the configuration as a plan that compares nothing, nil if there are
// errors: every resource is created, as far as possible in the order of a real plan. The plan can
// be shown, but not applied.
func Outline(ctx context.Context, in Input) (*Plan, hcl.Diagnostics) {
	diags := in.crossings()
	p := &Plan{Gild: in.Version, Dir: in.Config.Dir}
	for _, cfg := range in.Config.Images {
		_, ds := in.chooseBackend(cfg)
		diags = append(diags, ds...)
		all, ds := in.check(cfg)
		diags = append(diags, ds...)
		diags = append(diags, in.resolve(ctx, independent(all))...)
		if !diags.HasErrors() {
			p.Images = append(p.Images, in.outline(cfg, all))
		}
	}
	if diags.HasErrors() {
		p = nil
	}
	return p, together(diags)
}

// outline is an image of an outline. Its source has the path that the author knows it by.
func (in *Input) outline(cfg *dsl.Image, all []*resource) *Image {
	img := &Image{
		Name: cfg.Name, Source: image.Ref{Path: in.sourceName(cfg), Index: cfg.Index}, Info: Info{Index: cfg.Index}, From: cfg.From, Within: cfg.Inner,
		Output: cfg.Output, Target: cfg.Target, Backend: cfg.Backend,
	}
	for _, r := range all {
		img.Items = append(img.Items, r.item(cty.NullVal(r.kind.Schema.ObjectType())))
	}
	ordered, _ := order(all) // circles are reported by check
	for _, r := range ordered {
		img.Steps = append(img.Steps, Step{Item: slices.Index(all, r), Action: providers.Create})
	}
	return img
}

// sourceName names what an image starts from; of a file in a source also which one.
func (in *Input) sourceName(cfg *dsl.Image) string {
	if cfg.Inner == nil {
		return cmp.Or(cfg.Source, cfg.Target)
	}
	if outer := in.image(cfg.Inner.Image); outer != nil {
		return in.sourceName(outer) + "/" + cfg.Inner.Path
	}
	return cfg.Inner.Path
}

// Make plans every image of the configuration that can be planned now: see [Waiting].
// Images are opened for reading only. The diagnostics are all there are, and the plan is nil if one of them is
// an error.
func Make(ctx context.Context, in Input) (*Plan, hcl.Diagnostics) {
	p := &Plan{Gild: in.Version, Dir: in.Config.Dir, Incomplete: in.Match != nil, CheckpointRoom: in.Config.Layers.MaxSize,
		DISMTimeout: in.Config.DISM.Timeout, CleanupMountpoints: in.Config.DISM.CleanupMountpoints, ScratchDirs: in.Config.Scratch.Dirs, ScratchReserve: in.Config.Scratch.Reserve}
	r := newRound(&in)
	defer r.close(0)
	for _, cfg := range in.inOrder() {
		r.plan(ctx, cfg)
		r.close(kept)
	}
	diags := append(in.crossings(), r.collect(p)...)
	if diags.HasErrors() {
		return nil, diags
	}
	return p, diags
}

// crossings reports two images with one output, and an image whose source is
// another one's output without a reference to that image.
func (in *Input) crossings() hcl.Diagnostics {
	type place struct{ source, output file }
	places := make([]place, len(in.Config.Images))
	for i, img := range in.Config.Images {
		if places[i].output = fileAt(in.below(img.Output)); img.From == "" {
			places[i].source = fileAt(in.below(img.Source))
		}
	}
	var diags hcl.Diagnostics
	for i, a := range in.Config.Images {
		for j, b := range in.Config.Images {
			if i == j {
				continue
			}
			if places[i].output.same(places[j].source) {
				diags = append(diags, problem(b.AttrRange("source"), "Source is made by the same configuration", fmt.Sprintf(
					"%s is the output of image %q. Write source = image.%s.output: so gild knows which one has to be made first.",
					b.Source, a.Name, a.Name)))
			}
			if j > i && places[i].output.same(places[j].output) {
				diags = append(diags, problem(b.AttrRange("output"), "Two images with one output", fmt.Sprintf(
					"The image %q (%s) writes %s, too.", a.Name, at(a.Range), b.Output)))
			}
		}
	}
	return diags
}

// file is where a path leads to. It exists so that the disk is asked once for each path, not for
// each pair.
type file struct {
	path string      // absolute; empty: there is none
	info fs.FileInfo // nil: it is not there
}

var stat = os.Stat // tests count its calls

func fileAt(path string) (f file) {
	if path != "" {
		f.path, _ = filepath.Abs(path)
		f.info, _ = stat(path)
	}
	return f
}

// same reports whether two paths lead to one file, also if it is not there yet.
func (f file) same(other file) bool {
	return f.path != "" && f.path == other.path || f.info != nil && other.info != nil && os.SameFile(f.info, other.info)
}

// checkHives reports names in allow_dirty_hives that are no hives.
func checkHives(cfg *dsl.Image) hcl.Diagnostics {
	var diags hcl.Diagnostics
	var names []string
	for _, h := range image.Hives() {
		names = append(names, h.Name)
	}
	for _, name := range cfg.AllowDirtyHives {
		if !slices.ContainsFunc(names, func(h string) bool { return strings.EqualFold(h, name) }) {
			diags = append(diags, problem(cfg.AttrRange("allow_dirty_hives"), "Unknown hive",
				fmt.Sprintf("There is no hive %q. The hives of an image are %s.", name, strings.Join(names, ", "))))
		}
	}
	return diags
}

// concerns reports whether the plan is about this image.
func (in *Input) concerns(cfg *dsl.Image) bool {
	if in.Match == nil {
		return true
	}
	for _, r := range cfg.Resources {
		if in.Match(r.Addr) {
			return true
		}
	}
	return false
}

// chooseBackend returns the backend the image asks for.
func (in *Input) chooseBackend(cfg *dsl.Image) (image.Backend, hcl.Diagnostics) {
	if b := in.backendNamed(cfg.Backend); b != nil {
		return b, nil
	}
	return nil, hcl.Diagnostics{problem(cfg.AttrRange("backend"), "Backend not available", fmt.Sprintf(
		"The backend %q can't be used on this machine. There is: %s.", cfg.Backend, in.backendNames()))}
}

func (in *Input) clock(info image.Info) time.Time {
	switch {
	case in.Epoch != nil:
		return in.Epoch.UTC()
	case !info.Modified.IsZero():
		return info.Modified.UTC()
	}
	return info.Created.UTC()
}

// maker makes the plan of one image. Its methods report errors and go on as far as
// possible.
type maker struct {
	opener
	whole    bool           // all resources are meant, whatever Match says: other images are made from this one
	all      []*resource    // every resource of the image
	selected []*resource    // those the plan is about
	parts    map[string]int // steps by the ID of the part that they make
	queued   queue

	takesFromQueue bool // some step changes what the source has queued for its first boot
}

func (o *opener) report(diags hcl.Diagnostics) { o.diags = append(o.diags, diags...) }

// errorAt reports a mistake at an argument of the image's block.
func (o *opener) errorAt(attr, summary, detail string) {
	o.report(hcl.Diagnostics{problem(o.cfg.AttrRange(attr), summary, detail)})
}

func (m *maker) plan(ctx context.Context) {
	var diags hcl.Diagnostics
	m.backend, diags = m.chooseBackend(m.cfg)
	m.report(diags)
	m.all, diags = m.check(m.cfg)
	m.report(diags)
	var source, output image.Session
	if m.backend != nil {
		source = m.openSource(ctx)
		output = m.openOutput(ctx)
	}
	m.selectResources()
	m.report(m.resolve(ctx, m.selected))
	if source == nil || m.diags.HasErrors() {
		return
	}
	if m.img.Clock.IsZero() {
		m.errorAt("source", "Source without a time", fmt.Sprintf(
			"%s does not say when it was made, and what gild writes into an image carries that time. Set SOURCE_DATE_EPOCH to the time that it is to carry, in seconds since 1970.", m.img.Source.Path))
		return
	}
	m.compare(ctx, source, output)
}

// selectResources limits the plan to what Match accepts and what that depends on.
// An output is rebuilt from the source, so resources it was made with are selected,
// too; otherwise they would be lost.
func (m *maker) selectResources() {
	m.selected = m.all
	if m.Match == nil || m.whole {
		return
	}
	held := map[string]bool{}
	if m.receipt != nil {
		for _, s := range m.receipt.Steps {
			held[s.Thing] = true
		}
	}
	m.selected = closure(m.all, func(r *resource) bool { return held[r.thing] || m.Match(r.Addr) })
}
