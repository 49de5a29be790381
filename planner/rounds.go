package planner

import (
	"context"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
)

// Waiting is an image that can't be planned before the images it is made from are
// made.
type Waiting struct {
	Image     string   `json:"image"`
	For       []string `json:"for"`       // images it is directly made from that are not made yet or wait themselves
	Resources int      `json:"resources"` // number of its resources that the plan is about
}

// round makes the plans of the images that can be planned now, each after those it is made
// from.
type round struct {
	*Input
	*sessions
	about    map[string]bool // images the plan is about; true: with all their resources
	finished map[string]bool // images others can be made of now
	plans    map[string]*Image
	waiting  map[string]*Waiting
	diags    map[string]hcl.Diagnostics
}

// about returns the images the plan is about: those with a resource that Match
// accepts, and all they are made from. True: all of the image, because others need
// it.
func (in *Input) about() map[string]bool {
	about := map[string]bool{}
	for _, cfg := range in.Config.Images {
		if in.concerns(cfg) {
			about[cfg.Name] = false
		}
	}
	var add func(names []string)
	add = func(names []string) {
		for _, name := range names {
			if _, known := about[name]; known {
				continue
			}
			if cfg := in.image(name); cfg != nil {
				about[name] = true
				add(cfg.Needs)
			}
		}
	}
	for _, cfg := range in.Config.Images {
		if whole, known := about[cfg.Name]; known && !whole {
			add(cfg.Needs)
		}
	}
	return about
}

// lost reports whether an image can't be made in this run: it failed, or is made from
// one that is lost.
func (in *Input) lost(name string) bool {
	cfg := in.image(name)
	return slices.Contains(in.Failed, name) || cfg != nil && slices.ContainsFunc(cfg.Needs, in.lost)
}

// Lost returns the images that can't be made because images they are made from
// failed, directly or not; For names those.
func (in *Input) Lost() []Waiting {
	var all []Waiting
	for _, cfg := range in.Config.Images {
		if gone := in.culprits(cfg); len(gone) > 0 && !slices.Contains(in.Failed, cfg.Name) {
			all = append(all, Waiting{Image: cfg.Name, For: gone, Resources: len(cfg.Resources)})
		}
	}
	return all
}

// culprits returns the failed images among those that an image is made from,
// sorted.
func (in *Input) culprits(cfg *dsl.Image) []string {
	var all []string
	for _, name := range cfg.Needs {
		need := in.image(name)
		switch {
		case slices.Contains(in.Failed, name):
			all = append(all, name)
		case need != nil:
			all = append(all, in.culprits(need)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// inOrder returns the images in topological order: each after those it is made
// from.
func (in *Input) inOrder() []*dsl.Image {
	var ordered []*dsl.Image
	seen := map[string]bool{}
	var add func(cfg *dsl.Image)
	add = func(cfg *dsl.Image) {
		if cfg == nil || seen[cfg.Name] {
			return
		}
		seen[cfg.Name] = true
		for _, name := range cfg.Needs {
			add(in.image(name))
		}
		ordered = append(ordered, cfg)
	}
	for _, cfg := range in.Config.Images {
		add(cfg)
	}
	return ordered
}

func (r *round) plan(ctx context.Context, cfg *dsl.Image) {
	whole, concerned := r.about[cfg.Name]
	if !concerned || r.lost(cfg.Name) {
		return
	}
	m := maker{opener: opener{Input: r.Input, sessions: r.sessions, cfg: cfg, img: &Image{Name: cfg.Name}}, whole: whole}
	open := slices.DeleteFunc(slices.Clone(cfg.Needs), func(name string) bool { return r.finished[name] })
	if len(open) > 0 {
		m.wait(ctx)
		r.waiting[cfg.Name] = &Waiting{Image: cfg.Name, For: open, Resources: len(m.selected)}
	} else {
		m.plan(ctx)
		r.finished[cfg.Name] = m.img.UpToDate || slices.Contains(r.Made, cfg.Name)
		r.plans[cfg.Name] = m.img
	}
	r.diags[cfg.Name] = together(m.diags)
}

// collect puts what was planned into a plan, in the order of the configuration.
func (r *round) collect(p *Plan) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, cfg := range r.Config.Images {
		diags = append(diags, r.diags[cfg.Name]...)
		if w := r.waiting[cfg.Name]; w != nil {
			p.Waiting = append(p.Waiting, *w)
		}
		img := r.plans[cfg.Name]
		switch {
		case r.lost(cfg.Name), img != nil && !img.UpToDate && slices.Contains(r.Made, cfg.Name):
			p.LeftOut = append(p.LeftOut, cfg.Name) // closing twice does no harm
		case img != nil:
			p.Images = append(p.Images, img)
		}
	}
	return diags
}

// wait checks what can be checked now of an image that waits.
func (m *maker) wait(ctx context.Context) {
	_, diags := m.chooseBackend(m.cfg)
	m.report(diags)
	m.all, diags = m.check(m.cfg)
	m.report(diags)
	m.selectResources()
	m.report(m.resolve(ctx, independent(m.selected)))
}

// independent returns the resources whose payloads are there already.
func independent(rs []*resource) []*resource {
	return slices.DeleteFunc(slices.Clone(rs), func(r *resource) bool { return len(r.Needs) > 0 })
}

func newRound(in *Input) *round {
	return &round{
		Input: in, sessions: &sessions{log: in.log()}, about: in.about(),
		finished: map[string]bool{}, plans: map[string]*Image{}, waiting: map[string]*Waiting{}, diags: map[string]hcl.Diagnostics{},
	}
}
