package planner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// compare reads every selected resource out of the source, and out of the output
// where there is one, and fills in items and steps.
func (m *maker) compare(ctx context.Context, source, output image.Session) {
	inSource, diags := observe(ctx, source, m.selected)
	m.report(diags)
	m.report(m.warn(ctx, source))
	shown := inSource
	if output != nil {
		shown, diags = observe(ctx, output, m.selected)
		m.report(diags)
	}
	if m.diags.HasErrors() {
		return
	}
	inSource, shown = m.divide(ctx, source, output, inSource, shown)
	if m.diags.HasErrors() {
		return
	}
	for i, r := range m.selected {
		r.adopt(inSource[i])
		m.img.Items = append(m.img.Items, r.item(shown[i]))
	}
	m.steps(ctx, source, inSource)
	if m.img.Target != "" {
		m.img.Found = FoundTarget(m.img.Items, inSource)
		m.img.UpToDate = len(m.img.Steps) == 0
	} else {
		judgement{m}.judge(ctx, output)
		m.protect()
	}
	m.postconditions(inSource, shown)
}

// observe reads the resources out of an image. What is not there is null.
func observe(ctx context.Context, s image.Session, rs []*resource) ([]cty.Value, hcl.Diagnostics) {
	have := make([]cty.Value, len(rs))
	diags := each(ctx, rs, func(ctx context.Context, i int, r *resource) hcl.Diagnostics {
		v, err := Read(ctx, r.kind, s, r.want)
		var left hcl.Diagnostics
		if parts, ok := providers.PartsOf(err); ok && r.Skip && r.kind.HasParts() {
			left, r.want = leftOut(r, err), r.kind.Without(r.want, parts)
			v, err = Read(ctx, r.kind, s, r.want)
		}
		if err != nil {
			return diagnose(r.Resource, "Can't read %s out of the image", err)
		}
		have[i] = v
		return left
	})
	return have, diags
}

// Read reads what an image holds in place of want.
func Read(ctx context.Context, kind *providers.Provider, s image.Session, want cty.Value) (cty.Value, error) {
	have, err := kind.Found(ctx, s, want)
	if err == nil && !have.IsNull() {
		err = conform(kind.Schema, have)
	}
	return have, err
}

func (r *resource) item(have cty.Value) *Item {
	it := &Item{
		Addr: r.Addr, Absent: r.Absent, Want: r.want, Have: have, Thing: r.thing,
		Phase: r.phase(), DependsOn: r.DependsOn, Needs: r.Needs, Skip: r.Skip, Place: placeOf(r.Range), Own: r.own(), Sensitive: r.sensitive(), Lacks: r.lacks,
	}
	if r.after != (dsl.Addr{}) {
		it.DependsOn = []dsl.Addr{r.after}
	}
	it.Action, it.Differences = Diff(r.kind.Schema, r.want, have, r.Absent)
	return it
}

// sensitive lists the attributes of a resource that must not be shown. A computed
// attribute may be made from a sensitive value, such as the digest of a text: none
// is shown if there is or was a sensitive value.
func (r *resource) sensitive() []string {
	var names, computed []string
	hides := false
	for _, a := range r.kind.Schema {
		switch {
		case a.Sensitive || slices.Contains(r.Sensitive, a.Name):
			names = append(names, a.Name)
			hides = hides || r.Absent || !attribute(r.want, a).IsNull()
		case a.Computed:
			computed = append(computed, a.Name)
		}
	}
	if hides {
		names = append(names, computed...)
	}
	return names
}

// steps fills in the steps, in order, and the chain.
func (m *maker) steps(ctx context.Context, source image.Session, have []cty.Value) {
	ordered, _ := order(m.selected) // checked for circles before
	m.img.Start = chainStart(m.img.Fingerprint, m.img.Clock, m.img.Backend)
	m.img.Key = m.Key
	at := ids{m.img.Start, m.img.Start}
	var earlier []providers.Earlier
	var reset providers.Claims[string]
	m.parts, m.queued = map[string]int{}, queue{}
	places := placesOf(m.selected)
	for _, r := range ordered {
		i := places[r]
		step := Step{Item: i}
		change := providers.Change{Addr: r.Addr, Want: r.want, Have: providers.There(have[i])}
		step.Action, _ = Diff(r.kind.Schema, r.want, have[i], r.Absent)
		if step.Action == NoChange && !r.Absent && !r.IgnoreAll {
			if step.Again = r.again(earlier, &reset); step.Again != "" {
				step.Action = providers.Update
			}
		}
		if step.Action == NoChange {
			m.settle(r, m.img.Items[i], nil, nil, change)
			continue
		}
		change.Action = step.Action
		way := m.way(r)
		if way == nil {
			continue
		}
		change.Earlier = earlier
		if r.division != nil && step.Again == "" && len(r.division.Parts) > 0 {
			var steps []Step
			var made []providers.Earlier
			steps, made, at = m.divided(source, r, i, at, way, change)
			m.img.Steps, earlier = append(m.img.Steps, steps...), append(earlier, made...)
			continue
		}
		if !m.passable(ctx, source, r, way, change) {
			continue
		}
		at = at.next(m.Key, r.kind, m.img.Items[i], step.Action, way.Name)
		step.Way, step.Serviced, step.Irreversible, step.Effect = way.Name, serviced(way), way.Irreversible, m.effect(ctx, source, r, way, change)
		step.identify(at)
		change.Effect = step.Effect
		m.report(m.queued.add(r, way, change))
		m.report(m.queued.possible(source, r))
		m.settle(r, m.img.Items[i], way, &step, change)
		m.img.Steps = append(m.img.Steps, step)
		earlier = append(earlier, r.kind.Earlier(r.Addr, step.Action, r.want, step.Effect))
		for _, c := range r.resets() {
			reset.Add(c.Claim, c.Why)
		}
	}
	m.img.Head = chainHead(at.published, m.img.Export)
	m.undeclared(source)
}

// placesOf returns the indexes of resources in a list.
func placesOf(rs []*resource) map[*resource]int {
	places := make(map[*resource]int, len(rs))
	for i, r := range rs {
		places[r] = i
	}
	return places
}

// again says why a resource is applied again although the image holds it: because of earlier
// changes, or of what these reset.
func (r *resource) again(earlier []providers.Earlier, reset *providers.Claims[string]) string {
	if r.kind.Again != nil {
		if why := r.kind.Again(r.want, earlier); why != "" {
			return why
		}
	}
	for _, c := range r.claims() {
		if why, _, found := reset.Conflict(c); found {
			return why
		}
	}
	return ""
}

// way returns the first way for which the backend offers everything, or reports what is missing.
func (m *maker) way(r *resource) *providers.Way {
	offers := m.backend.Offers()
	var missing []image.Capability
	for i, w := range r.kind.Ways {
		lacks := lacking(w.Needs, offers)
		if len(lacks) == 0 {
			return &r.kind.Ways[i]
		}
		missing = append(missing, lacks...)
	}
	var detail string
	if len(missing) == 0 {
		detail = fmt.Sprintf("gild can read %s out of an image but not change it.", r.kind.Kind)
	} else {
		slices.Sort(missing)
		detail = fmt.Sprintf("With the backend %q the image can't be changed this way: that needs %s. %s",
			m.backend.Name(), join(slices.Compact(missing)), cmp.Or(m.offered("offers it", r.kind.Ways...), "No backend offers it."))
	}
	m.report(hcl.Diagnostics{problem(r.Range, "Can't change "+r.Addr.Local(), detail)})
	return nil
}

// serviced reports whether a way uses Windows' own tools.
func serviced(way *providers.Way) bool { return slices.Contains(way.Needs, image.CanService) }

// passable asks the way whether it can make the change in this image, and reports why not.
func (m *maker) passable(ctx context.Context, source image.Session, r *resource, way *providers.Way, c providers.Change) bool {
	if way.Check == nil {
		return true
	}
	err := way.Check(ctx, source, c)
	if err != nil {
		m.report(diagnose(r.Resource, "Can't change %s", err))
	}
	return err == nil
}

// effect returns the effect of the change, or reports why the change can't be made.
func (m *maker) effect(ctx context.Context, source image.Session, r *resource, way *providers.Way, c providers.Change) providers.Effect {
	effect, err := way.Effect, error(nil)
	if way.EffectIn != nil {
		effect, err = way.EffectIn(ctx, source, m.Host, c)
	}
	if err != nil {
		m.report(diagnose(r.Resource, "Can't change %s", err))
	}
	if c.Action == providers.Delete && effect.Waits && r.kind.Waiting(c.Have) {
		return providers.Now("taken from the queue of the first boot")
	}
	return effect
}

// offered says which other backend has what one of the ways needs, and how to use it;
// empty if none has. Does is what it does.
func (m *maker) offered(does string, ways ...providers.Way) string {
	for i, b := range slices.Concat(m.Backends, m.Elsewhere) {
		offers := func(w providers.Way) bool { return len(lacking(w.Needs, b.Offers())) == 0 }
		switch {
		case b.Name() == m.backend.Name() || !slices.ContainsFunc(ways, offers):
		case i < len(m.Backends):
			return fmt.Sprintf("The backend %q %s: set backend = %[1]q.", b.Name(), does)
		default:
			return fmt.Sprintf("The backend %q %s. This machine does not have it: plan on one that has, with backend = %[1]q.", b.Name(), does)
		}
	}
	return ""
}

func lacking(needs, offers []image.Capability) []image.Capability {
	return slices.DeleteFunc(slices.Clone(needs), func(c image.Capability) bool { return slices.Contains(offers, c) })
}

func join[S ~string](names []S) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", string(n))
	}
	return strings.Join(quoted, ", ")
}

func (in *Input) backendNames() string {
	names := make([]string, len(in.Backends))
	for i, b := range in.Backends {
		names[i] = b.Name()
	}
	if len(names) == 0 {
		return "none"
	}
	return join(names)
}

// judgement says what becomes of an output that is there.
type judgement struct{ *maker }

// judge compares the output's receipt with the plan. It decides whether the output
// is up to date, and adds reasons that the items' differences do not show.
func (j judgement) judge(ctx context.Context, output image.Session) {
	img, r := j.img, j.receipt
	if r == nil {
		img.Reasons = append(img.Reasons, j.odd)
		return
	}
	asWanted, whole := img.Counts() == Counts{}, j.vouch(ctx, output)
	if r.Head == img.Head {
		if img.UpToDate = asWanted && whole; !asWanted && whole {
			img.Reasons = append(img.Reasons, "The output has been changed since gild made it: "+j.changed()+".")
		}
		return
	}
	j.dropped()
	if r.Source != img.Fingerprint {
		img.Reasons = append(img.Reasons, "The output was made from another source image.")
	}
	if !r.Clock.Equal(img.Clock) {
		img.Reasons = append(img.Reasons, fmt.Sprintf("What is written carries the time %s, in the output it is %s.", stamp(img.Clock), stamp(r.Clock)))
	}
	if changed := settingsChanged(img.Export, r.Export); changed != "" {
		img.Reasons = append(img.Reasons, "The output was written with other settings: "+changed+".")
	}
	if len(img.Dropped) > 0 {
		img.Reasons = append(img.Reasons, fmt.Sprintf("No longer declared, so reset to the state in the source: %d of the changes in the output.", len(img.Dropped)))
	}
	if asWanted && len(img.Reasons) == 0 {
		img.Reasons = append(img.Reasons, "The output is as wanted, but was made by other steps or in another order.")
	}
}

// dropped lists the resources that the output contains and the configuration no longer declares.
func (j judgement) dropped() {
	declared := map[string]bool{}
	for _, r := range slices.Concat(j.all, j.selected) { // displaced things are only among those
		declared[r.thing] = true
	}
	changed := j.listsChanged()
	for _, s := range j.receipt.Steps {
		if !declared[s.Thing] && !changed[s.Address] {
			j.img.Dropped = append(j.img.Dropped, Dropped{Address: s.Address, Action: s.Action})
		}
	}
}

// listsChanged returns the addresses of changing items that are identified by a
// list, such as entries of an environment variable. With other entries such an item
// is another thing, but its own change says so already.
func (j judgement) listsChanged() map[string]bool {
	addrs := map[string]bool{}
	for i, it := range j.img.Items {
		for _, a := range j.selected[i].kind.Schema {
			if a.Key && a.Nested == nil && (isSequence(a.Type) || a.Type.IsSetType()) && it.Action != NoChange {
				addrs[it.Addr.String()] = true
			}
		}
	}
	return addrs
}

// changed names the items that differ although the output's receipt lists them.
func (j judgement) changed() string {
	var names []string
	for _, it := range j.img.Items {
		if it.Action != NoChange {
			names = append(names, it.Addr.Local())
		}
	}
	return strings.Join(names, ", ")
}

// blank returns the value with the named attributes set to null.
func blank(v cty.Value, names []string) cty.Value {
	if v.IsNull() || len(names) == 0 {
		return v
	}
	attrs := v.AsValueMap()
	for _, n := range names {
		if a, ok := attrs[n]; ok {
			attrs[n] = cty.NullVal(a.Type())
		}
	}
	return cty.ObjectVal(attrs)
}
