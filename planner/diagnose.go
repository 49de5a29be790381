package planner

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Affected is the Extra of a diagnostic about several resources: the detail for
// each of them.
type Affected []AffectedResource

// AffectedResource is one of them.
type AffectedResource struct {
	Address string
	Detail  string
	Range   hcl.Range
}

// cause is the Extra of a diagnostic until diagnostics with the same cause are merged.
type cause struct {
	*dsl.Resource
	summary string // with %s in place of the resource
	text    string // the common detail
}

// diagnose makes diagnostics of the error of a kind: one for each problem, at its
// attribute, and one for any other error. The summary has %s for the resource.
func diagnose(r *dsl.Resource, summary string, err error) hcl.Diagnostics {
	const told = 10 // problems with parts, such as each driver of a folder
	var diags hcl.Diagnostics
	parts := 0
	for _, e := range providers.Problems(err) {
		if p, ok := errors.AsType[*providers.Problem](e); ok {
			if p.Part != "" {
				parts++
			}
			if p.Part != "" && parts > told {
				continue
			}
			diags = append(diags, problem(r.AttrRange(p.Attr), p.Summary, withhold(r.Sensitive, r.Want, problemText(r, p))))
			continue
		}
		d := problem(r.Range, about(summary, r.Addr.Local()), withhold(r.Sensitive, r.Want, providers.Sentence(e)))
		text := d.Detail
		if h, ok := errors.AsType[*image.HiveError](e); ok {
			text = withhold(r.Sensitive, r.Want, providers.Sentence(h))
		}
		d.Extra = cause{r, summary, text}
		diags = append(diags, d)
	}
	if more := parts - told; more > 0 {
		diags = append(diags, problem(r.Range, "More problems", fmt.Sprintf("There are %d more problems with %s.", more, r.Addr.Local())))
	}
	return diags
}

// problemText is the text of a problem for the author, who may have written a resource that expands
// to the one with the problem.
func problemText(r *dsl.Resource, p *providers.Problem) string {
	if r.Addr.In == "" {
		return strings.TrimSuffix(p.Detail+" "+p.Remedy, " ")
	}
	return strings.TrimSuffix(fmt.Sprintf("%s This is about %s, which %s stands for. %s", p.Detail, r.Addr.Local(), r.Addr.In, r.Remedy), " ")
}

func about(summary, name string) string { return strings.Replace(summary, "%s", name, 1) }

// together merges diagnostics with the same cause, in place of the first.
func together(diags hcl.Diagnostics) hcl.Diagnostics {
	type key struct{ summary, text string }
	keyOf := func(d *hcl.Diagnostic) (key, bool) {
		c, ok := d.Extra.(cause)
		return key{c.summary, c.text}, ok
	}
	groups := map[key]hcl.Diagnostics{}
	for _, d := range diags {
		if k, ok := keyOf(d); ok {
			groups[k] = append(groups[k], d)
		}
	}
	var out hcl.Diagnostics
	for _, d := range diags {
		k, ok := keyOf(d)
		group := groups[k]
		switch {
		case !ok:
			out = append(out, d)
		case group[0] == d:
			out = append(out, merged(group))
		}
	}
	return out
}

// merged is one diagnostic for several with one cause. Resources that one resource
// expands to count as that one.
func merged(group hcl.Diagnostics) *hcl.Diagnostic {
	d := *group[0]
	d.Extra = nil
	if len(group) == 1 {
		return &d
	}
	first := group[0].Extra.(cause)
	var names []string
	count, places := map[string]int{}, map[string]string{}
	affected := make(Affected, len(group))
	for i, one := range group {
		r := one.Extra.(cause).Resource
		name := r.Addr.Local()
		if r.Addr.In != "" {
			name = r.Addr.In
		}
		if count[name]++; count[name] == 1 {
			names, places[name] = append(names, name), at(r.Range)
		}
		affected[i] = AffectedResource{r.Addr.String(), one.Detail, r.Range}
	}
	d.Summary = about(first.summary, names[0])
	switch n := len(names) - 1; {
	case n == 1:
		d.Summary = about(first.summary, names[0]+" and "+names[1])
	case n > 1:
		d.Summary = about(first.summary, fmt.Sprintf("%s and %d others", names[0], n))
	}
	d.Detail = first.text + " That concerns " + listed(names, count, places) + "."
	d.Extra = affected
	return &d
}

// listed names resources with their lines, and how many of the resources that one
// expands to are meant.
func listed(names []string, count map[string]int, places map[string]string) string {
	const shown = 5
	var parts []string
	for _, n := range names[:min(shown, len(names))] {
		text := fmt.Sprintf("%s (%s)", n, places[n])
		if count[n] > 1 {
			text = fmt.Sprintf("%s (%s; %d of the resources it stands for)", n, places[n], count[n])
		}
		parts = append(parts, text)
	}
	if more := len(names) - shown; more > 0 {
		parts = append(parts, fmt.Sprintf("%d others", more))
	}
	if last := len(parts) - 1; last > 0 {
		return strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	return parts[0]
}
