package planner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/sync/errgroup"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/providers"
)

// resource is a resource while its plan is made.
type resource struct {
	*dsl.Resource
	kind  *providers.Provider
	want  cty.Value // the author's value in canonical form; then with what the host resolved
	thing string
	index int // line of the configuration

	lacks    []Lack              // parts that are left out
	division *providers.Division // of the change to the source
	after    dsl.Addr            // of a removal: the part that displaces the thing
}

// check lets the kinds check the resources of an image, and compares their claims.
func (in *Input) check(img *dsl.Image) ([]*resource, hcl.Diagnostics) {
	var all []*resource
	diags := checkHives(img)
	for i, r := range img.Resources {
		kind := in.provider(r.Addr.Kind)
		if kind == nil {
			diags = append(diags, problem(r.Range, "Unknown kind", fmt.Sprintf("There is no kind of resource %q.", r.Addr.Kind)))
			continue
		}
		want, err := kind.Checked(r.Want, r.Absent)
		if err == nil {
			err = conform(kind.Schema, want)
		}
		if err != nil {
			diags = append(diags, diagnose(r, "Invalid resource", err)...)
			continue
		}
		one := &resource{Resource: r, kind: kind, want: want, thing: thing(kind, want), index: i}
		diags = append(diags, one.lifecycle()...)
		all = append(all, one)
	}
	diags = append(diags, conflicts(all)...)
	diags = append(diags, uselessSkips(all)...)
	ordered, cycle := order(all)
	if cycle == nil {
		diags = append(diags, undone(ordered)...)
	}
	return all, append(diags, cycle...)
}

// resolve lets the kinds ask the host about payloads, and compares claims again:
// now a folder's files are known.
func (in *Input) resolve(ctx context.Context, rs []*resource) hcl.Diagnostics {
	before := conflicts(rs)
	diags := each(ctx, rs, func(ctx context.Context, i int, r *resource) hcl.Diagnostics {
		if r.Absent {
			return nil
		}
		if err := in.fetch(ctx, r); err != nil {
			return diagnose(r.Resource, "Can't fetch %s", err)
		}
		if r.kind.Resolve == nil {
			return nil
		}
		want, err := r.kind.Resolved(ctx, in.Host, r.want)
		var left hcl.Diagnostics
		if _, parts := providers.PartsOf(err); parts && r.Skip {
			left, err = leftOut(r, err), nil
		}
		if err == nil {
			err = conform(r.kind.Schema, want)
		}
		if err != nil {
			return diagnose(r.Resource, "Can't find out about %s", err)
		}
		r.want = want
		return left
	})
	if len(before) == 0 && !diags.HasErrors() {
		diags = append(diags, conflicts(rs)...)
		diags = append(diags, in.together(rs)...)
	}
	return diags
}

// fetch brings the payloads of a resource to this machine that are addresses.
func (in *Input) fetch(ctx context.Context, r *resource) error {
	var errs []error
	for _, p := range r.kind.Payloads(r.want) {
		if !address.Is(p.Path) {
			continue
		}
		if err := in.Host.Fetch(ctx, p.Path); err != nil && ctx.Err() == nil {
			errs = append(errs, &providers.Problem{Attr: p.Attr, Summary: "Can't fetch the payload", Detail: providers.Sentence(err)})
		}
	}
	return errors.Join(errs...)
}

// each calls do for every resource, several at once, and returns the diagnostics
// in the order of the resources.
func each(ctx context.Context, rs []*resource, do func(context.Context, int, *resource) hcl.Diagnostics) hcl.Diagnostics {
	found := make([]hcl.Diagnostics, len(rs))
	var g errgroup.Group
	g.SetLimit(max(4, runtime.GOMAXPROCS(0)))
	for i, r := range rs {
		g.Go(func() error {
			if ctx.Err() == nil {
				found[i] = do(ctx, i, r)
			}
			return nil
		})
	}
	g.Wait() // the functions return no errors
	var diags hcl.Diagnostics
	for _, ds := range found {
		diags = append(diags, ds...)
	}
	if err := ctx.Err(); err != nil {
		diags = append(diags, problem(hcl.Range{}, "Interrupted", err.Error()+"."))
	}
	return diags
}

// conflicts finds resources that decide on the same thing in the image.
func conflicts(all []*resource) hcl.Diagnostics {
	var diags hcl.Diagnostics
	var held providers.Claims[*resource]
	for _, r := range all {
		claims := r.claims()
		for _, c := range claims {
			if first, what, found := held.Conflict(c); found {
				if r.hasSensitiveKey() || first.hasSensitiveKey() {
					what = "same thing"
				}
				diags = append(diags, problem(r.Range, "Conflicting resources", fmt.Sprintf(
					"%s and %s (%s) both decide on the %s. Remove one of them.", r.Addr.Local(), first.Addr.Local(), at(first.Range), what)))
				break
			}
		}
		for _, c := range claims {
			held.Add(c, r)
		}
	}
	return diags
}

// hasSensitiveKey reports whether what the resource claims must not be shown.
func (r *resource) hasSensitiveKey() bool {
	return slices.ContainsFunc(r.kind.Schema, func(a dsl.Attr) bool { return a.Key && slices.Contains(r.Sensitive, a.Name) })
}

// phase is the phase of the resource. It may change when the payload was resolved.
func (r *resource) phase() providers.Phase {
	if r.kind.PhaseOf != nil {
		return r.kind.PhaseOf(r.want, r.Absent)
	}
	return r.kind.Phase
}

func (r *resource) claims() []providers.Claim {
	if r.kind.Claims == nil {
		return []providers.Claim{providers.ClaimThing(r.kind.Kind, r.thing)}
	}
	return r.kind.Claims(r.want, r.Absent)
}

func (r *resource) resets() []providers.Reset {
	if r.kind.Resets == nil {
		return nil
	}
	return r.kind.Resets(r.want, r.Absent)
}

// conform returns an error if a kind returned a value that does not fit its schema:
// a mistake of the kind, not of the author.
func conform(schema dsl.Schema, v cty.Value) error {
	switch {
	case v == cty.NilVal || v.IsNull():
		return errors.New("mistake in gild: the kind returned no value")
	case v.ContainsMarked() || !v.IsWhollyKnown():
		return errors.New("mistake in gild: the kind returned a value that is marked or not known")
	case !v.Type().IsObjectType():
		return errors.New("mistake in gild: the kind returned a value that is not an object")
	}
	for name := range v.Type().AttributeTypes() {
		if schema.Attr(name) == nil {
			return fmt.Errorf("mistake in gild: the kind returned an attribute %q that its schema does not have", name)
		}
	}
	return nil
}

// withhold returns the text, or a replacement if it quotes one of the sensitive
// attributes of the value, in upper or lower case.
func withhold(sensitive []string, want cty.Value, text string) string {
	upper := strings.ToUpper(text)
	for _, name := range sensitive {
		quoted := false
		_ = cty.Walk(valueOf(want, name), func(_ cty.Path, v cty.Value) (bool, error) {
			if v.Type() == cty.String && v.IsKnown() && !v.IsNull() && v.AsString() != "" {
				quoted = quoted || slices.ContainsFunc(Forms(v.AsString()), func(form string) bool {
					return form != "" && strings.Contains(upper, strings.ToUpper(form))
				})
			}
			return true, nil
		})
		if quoted {
			return fmt.Sprintf("The message is hidden, because it quotes the sensitive argument %q.", name)
		}
	}
	return text
}

func problem(rng hcl.Range, summary, detail string) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
	if rng != (hcl.Range{}) {
		d.Subject = &rng
	}
	return d
}

func at(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }
