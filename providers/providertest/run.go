// Package providertest is the test suite for all kinds: Read changes nothing, Apply is
// idempotent and results in the wanted state, absent things stay absent, and null
// attributes cause no panic. [Run] is the place to begin.
package providertest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/providers"
)

// Case is one resource and the image it is for.
type Case struct {
	Name     string
	Image    map[string][]byte    // files of the image, hives among them
	Payloads map[string]string    // files in the folder of the configuration
	Set      map[string]cty.Value // what the author writes
	Absent   bool                 // ensure = "absent"

	// Unchanged: the image is in the wanted state from the start. Otherwise there must be a
	// change to make.
	Unchanged bool
	// Keep: the thing can't be removed, so the suite does not try.
	Keep bool
	// After checks the image after the resource is applied. Optional.
	After func(t *testing.T, m *Image)
}

// Run puts a kind through the suite.
func Run(t *testing.T, p *providers.Provider, cases []Case) {
	if err := Validate([]*providers.Provider{p}); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			r := &run{T: t, p: p, c: c, host: NewHost(t, c.Payloads)}
			want := r.prepare(c.Set, c.Absent)
			r.readIsPure(want)
			for _, w := range r.ways() {
				r.applyConverges(w, want)
			}
			r.nullsAreHandled()
		})
	}
}

type run struct {
	*testing.T
	p    *providers.Provider
	c    Case
	host Host
}

func (r *run) image(write bool) *Image { return NewImage(r, r.c.Image, write) }

// ways returns those that the backend memory supports; there must be one.
func (r *run) ways() []providers.Way {
	ways := slices.DeleteFunc(slices.Clone(r.p.Ways), func(w providers.Way) bool {
		return slices.ContainsFunc(w.Needs, func(c image.Capability) bool { return !slices.Contains((*memory.Backend)(nil).Offers(), c) })
	})
	if len(ways) == 0 {
		r.Fatal("no way can be gone without DISM")
	}
	return ways
}

// Value returns a value of a kind's schema with some attributes set.
func Value(t testing.TB, p *providers.Provider, set map[string]cty.Value) cty.Value {
	t.Helper()
	values := map[string]cty.Value{}
	for _, a := range p.Schema {
		values[a.Name] = cty.NullVal(a.ValueType())
		if a.Default != cty.NilVal {
			values[a.Name] = a.Default
		}
	}
	for name, v := range set {
		a := p.Schema.Attr(name)
		if a == nil {
			t.Fatalf("the kind %s has no attribute %q", p.Kind, name)
		}
		v, err := convert.Convert(v, a.ValueType())
		if err != nil {
			t.Fatalf("attribute %q: %v", name, err)
		}
		values[name] = v
	}
	return cty.ObjectVal(values)
}

// prepare checks and resolves a value as the planner does.
func (r *run) prepare(set map[string]cty.Value, absent bool) cty.Value {
	r.Helper()
	want := checked(r, r.p, Value(r, r.p, set), absent)
	r.conforms("Check", want)
	claims := r.claims(want, absent)
	if r.p.Resolve != nil && !absent {
		resolved, err := r.p.Resolved(r.Context(), r.host, want)
		if err != nil {
			r.Fatalf("Resolve: %v", err)
		}
		want = resolved
		r.conforms("Resolve", want)
		resolvedClaims := r.claims(want, absent)
		for _, claim := range claims {
			if !slices.Contains(resolvedClaims, claim) {
				r.Errorf("claims %q before Resolve and only %q after it", claims, resolvedClaims)
			}
		}
	}
	return want
}

func (r *run) claims(want cty.Value, absent bool) []providers.Claim {
	if r.p.Claims == nil {
		return nil
	}
	claims := r.p.Claims(want, absent)
	if len(claims) == 0 {
		r.Error("Claims returns none")
	}
	return claims
}

func (r *run) conforms(what string, v cty.Value) {
	r.Helper()
	if errs := v.Type().TestConformance(r.p.Schema.ObjectType()); len(errs) > 0 {
		r.Errorf("%s: the value does not conform to the schema: %v", what, errors.Join(errs...))
	}
}

func (r *run) readIsPure(want cty.Value) {
	m := r.image(true)
	before := m.dump(r)
	have := r.read(m, want)
	if got := m.dump(r); got != before {
		r.Errorf("Read changes the image from\n%sto\n%s", before, got)
	}
	if settled := r.settled(want, have, r.c.Absent); settled != r.c.Unchanged {
		r.Errorf("is as wanted from the start: %v, should be %v\nwant %#v\nhave %#v", settled, r.c.Unchanged, want, have)
	}
	if _, err := r.p.Read(r.Context(), bare{m}, want); err == nil {
		r.Error("Read has no error for an image without capabilities")
	}
}

// bare hides the capabilities of a session.
type bare struct{ image.Session }

func (r *run) read(m *Image, want cty.Value) cty.Value {
	r.Helper()
	have, err := r.p.Found(r.Context(), m, want)
	if err != nil {
		r.Fatalf("Read: %v", err)
	}
	if !have.IsNull() {
		r.conforms("Read", have)
	}
	return have
}

// settled reports whether the image is in the wanted state, by the planner's rules.
func (r *run) settled(want, have cty.Value, absent bool) bool {
	if absent || have.IsNull() {
		return absent && have.IsNull()
	}
	for _, a := range r.p.Schema {
		w, h := want.GetAttr(a.Name), have.GetAttr(a.Name)
		if a.Hint || w.IsNull() || w.RawEquals(h) {
			continue
		}
		if a.Fold && !h.IsNull() && foldEqual(w, h) {
			continue
		}
		return false
	}
	return true
}

func foldEqual(a, b cty.Value) bool {
	if a.Type() == cty.String && b.Type() == cty.String {
		return strings.EqualFold(a.AsString(), b.AsString())
	}
	if !a.CanIterateElements() || !b.CanIterateElements() {
		return false
	}
	return slices.EqualFunc(a.AsValueSlice(), b.AsValueSlice(), foldEqual)
}

func (r *run) applyConverges(w providers.Way, want cty.Value) {
	m := r.image(true)
	r.apply(w, m, want, r.c.Absent)
	first := m.dump(r)
	r.mustBeSettled(w, m, want, r.c.Absent)
	if r.c.After != nil {
		r.c.After(r.T, m)
	}

	r.apply(w, m, want, r.c.Absent)
	if again := m.dump(r); again != first {
		r.Errorf("%s: applied twice the image changes from\n%sto\n%s", w.Name, first, again)
	}
	other := r.image(true)
	r.apply(w, other, want, r.c.Absent)
	if got := other.dump(r); got != first {
		r.Errorf("%s: applied to an equal image it makes\n%sand not\n%s", w.Name, got, first)
	}
	if !r.c.Unchanged {
		r.mustRefuse(w, want)
	}
	if !r.c.Absent && !r.c.Keep {
		gone := r.prepare(r.c.Set, true)
		for range 2 {
			r.apply(w, m, gone, true)
			r.mustBeSettled(w, m, gone, true)
		}
	}
}

// apply makes the change that the planner would plan, even if there is nothing to change, as
// after a crash.
func (r *run) apply(w providers.Way, m *Image, want cty.Value, absent bool) {
	r.Helper()
	if err := r.try(w, m, want, absent); err != nil {
		r.Fatalf("%s: %v", w.Name, err)
	}
}

func (r *run) try(w providers.Way, m *Image, want cty.Value, absent bool) error {
	have := r.read(m, want)
	c := providers.Change{Action: providers.Update, Want: want, Have: providers.There(have)}
	switch {
	case absent:
		c.Action = providers.Delete
	case have.IsNull():
		c.Action = providers.Create
	}
	place, queued := r.place(w, m, c)
	err := w.Apply(r.Context(), m, r.host, []providers.Change{c})
	if err == nil && queued && !r.settled(want, have, absent) {
		r.mustBeQueued(w, m, place)
	}
	return err
}

// place is the position of a change in the queue.
func (r *run) place(w providers.Way, m *Image, c providers.Change) (providers.QueuePlace, bool) {
	if w.QueuedAt == nil {
		return providers.QueuePlace{}, false
	}
	if c.Effect = w.Effect; w.EffectIn != nil {
		var err error
		if c.Effect, err = w.EffectIn(r.Context(), m, r.host, c); err != nil {
			return providers.QueuePlace{}, false
		}
	}
	return w.QueuedAt(c)
}

func (r *run) mustBeQueued(w providers.Way, m *Image, place providers.QueuePlace) {
	queue, ok := image.As[image.FirstBoot](m)
	if !ok {
		r.Errorf("%s: work has a place in a queue that the image has not", w.Name)
		return
	}
	actions, err := queue.QueuedActions()
	if err != nil || !slices.ContainsFunc(actions, func(a image.Action) bool {
		return a.Order == place.Order && (place.ID == "" || strings.EqualFold(a.ID, place.ID))
	}) {
		r.Errorf("%s: nothing stands at %+v in the queue (%v)", w.Name, place, err)
	}
}

func (r *run) mustBeSettled(w providers.Way, m *Image, want cty.Value, absent bool) {
	r.Helper()
	if have := r.read(m, want); !r.settled(want, have, absent) {
		r.Errorf("%s: applied, it reads\n%#v, want (absent: %v)\n%#v", w.Name, have, absent, want)
	}
}

func (r *run) mustRefuse(w providers.Way, want cty.Value) {
	m := r.image(false)
	if err := r.try(w, m, want, r.c.Absent); !errors.Is(err, image.ErrReadOnly) {
		r.Errorf("%s: applied to an image open for reading only: %v", w.Name, err)
	}
}

// nullsAreHandled omits each optional attribute in turn. The kind may refuse this but must
// not panic.
func (r *run) nullsAreHandled() {
	for name := range r.c.Set {
		if a := r.p.Schema.Attr(name); a.Required {
			continue
		}
		set := maps.Clone(r.c.Set)
		delete(set, name)
		for _, absent := range []bool{false, true} {
			want, err := r.p.Checked(Value(r, r.p, set), absent)
			if err == nil && !absent {
				want, err = r.p.Resolved(r.Context(), r.host, want)
			}
			if err == nil {
				r.claims(want, absent)
				_, err = r.p.Found(r.Context(), r.image(false), want)
			}
			if err != nil {
				r.mustBeProblem("without "+name, err)
			}
		}
	}
}

func (r *run) mustBeProblem(what string, err error) {
	r.Helper()
	for _, e := range providers.Problems(err) {
		var p *providers.Problem
		if !errors.As(e, &p) || p.Summary == "" || p.Detail == "" {
			r.Errorf("%s: %v is no Problem with summary and detail", what, e)
		}
	}
}
