package document

import (
	"cmp"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/planner"
)

// New makes the document of a plan.
func New(p *planner.Plan) *Plan {
	doc := &Plan{
		FormatVersion: Version, GildVersion: p.Gild, Revision: p.Revision, Digest: p.Digest(), Complete: !p.Incomplete,
		Applyable: !p.Empty(), Changes: p.Counts(), Holds: p.Holding(), Images: []*Image{}, Waiting: list(p.Waiting),
	}
	for _, img := range p.Images {
		doc.Images = append(doc.Images, newImage(img))
	}
	return doc
}

func newImage(img *planner.Image) *Image {
	d := &Image{
		Name: img.Name, Output: img.Output, Target: img.Target, Backend: img.Backend, Clock: img.Clock, Export: img.Export,
		Source: Source{
			Path: img.Source.Path, Words: img.SourceWords(), From: img.From, Within: (*Within)(img.Within), Index: img.Info.Index, Fingerprint: img.Fingerprint, Name: img.Info.Name,
			Product: img.Info.Product, Edition: img.Info.Edition, Arch: img.Info.Arch, Version: img.Info.Version,
		},
		Warnings: list(img.Info.Warnings), UpToDate: img.UpToDate, Reasons: list(img.Reasons), Dropped: list(img.Dropped), Drift: img.Drift,
		Changes: img.Counts(), Holds: img.Holding(),
		ResourceChanges: []*ResourceChange{}, Steps: []*Step{}, Order: list(img.Explain()), Start: img.Start, Head: img.Head,
	}
	for _, it := range img.Items {
		d.ResourceChanges = append(d.ResourceChanges, newResourceChange(it))
	}
	for n, s := range img.Steps {
		step := &Step{ID: s.ID, Address: img.StepAddr(n).String(), Action: s.Action, Way: s.Way, Effect: s.Text, Waits: s.Waits, Irreversible: s.Irreversible, Again: s.Again}
		for _, i := range s.Items() {
			c := d.ResourceChanges[i]
			c.Steps, c.Effect = append(c.Steps, n+1), cmp.Or(img.Items[i].Effect, s.Text)
			if s.Part != "" || len(s.Also) > 0 {
				step.Resources = append(step.Resources, c.Address)
			}
		}
		d.Steps = append(d.Steps, step)
	}
	return d
}

func newResourceChange(item *planner.Item) *ResourceChange {
	it := item.Withheld()
	after := it.After()
	c := &ResourceChange{
		Address: it.Addr.String(), Module: it.Addr.Module, Kind: it.Addr.Kind, Name: it.Addr.Name, Index: it.Addr.Key, Action: it.Action,
		Before: Value{Value: it.Have}, After: Value{Value: after}, BeforeSensitive: masked(it, it.Have), AfterSensitive: masked(it, after),
		Wanted: list(item.Wanted()), Differences: []Difference{}, DependsOn: []string{}, Needs: list(it.Needs), Phase: it.Phase, Steps: []int{}, Waits: it.Waits, OnError: "stop",
		Lacks: []Lack{}, Range: it.Place,
	}
	if parent, ok := it.Addr.Parent(); ok {
		c.Parent = parent.String()
		for ; ok; parent, ok = parent.Parent() {
			c.Module = parent.Module
		}
	}
	if it.Skip {
		c.OnError = "skip"
	}
	for _, d := range it.Differences {
		c.Differences = append(c.Differences, Difference{d.Attr, Value{Value: d.Have}, Value{Value: d.Want}, slices.Contains(it.Sensitive, d.Attr)})
	}
	for _, on := range it.DependsOn {
		c.DependsOn = append(c.DependsOn, on.String())
	}
	for _, l := range it.Lacks {
		c.Lacks = append(c.Lacks, Lack{l.Addr.String(), l.Why})
	}
	return c
}

// masked lists the sensitive attributes of a value.
func masked(it *planner.Item, v cty.Value) []string {
	if v.IsNull() {
		return []string{}
	}
	return list(it.Sensitive)
}

// list replaces nil with an empty list, for JSON.
func list[E any](es []E) []E {
	if es == nil {
		return []E{}
	}
	return es
}
