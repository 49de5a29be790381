package planner

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
)

// Reveal fills in the sensitive values that a saved plan leaves out, from the
// configuration. A value that differs from the one at planning is an error.
func (p *Plan) Reveal(ctx context.Context, in Input) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, img := range p.Images {
		img.Key = in.Key
		var sealed []*Item
		for _, it := range img.Items {
			if len(it.sealed) > 0 {
				sealed = append(sealed, it)
			}
		}
		if len(sealed) > 0 {
			diags = append(diags, together(in.reveal(ctx, img.Name, sealed))...)
		}
	}
	return diags
}

func (in *Input) reveal(ctx context.Context, name string, sealed []*Item) hcl.Diagnostics {
	cfg := in.image(name)
	if cfg == nil {
		return hcl.Diagnostics{problem(hcl.Range{}, "Plan is stale", fmt.Sprintf("The plan needs sensitive values of image %s, which is no longer declared.", name))}
	}
	items := map[dsl.Addr]*Item{}
	for _, it := range sealed {
		items[it.Addr] = it
	}
	all, diags := in.check(cfg)
	var wanted []*resource
	for _, r := range all {
		if items[r.Addr] != nil {
			wanted = append(wanted, r)
		}
	}
	if diags = append(diags, in.resolve(ctx, wanted)...); diags.HasErrors() {
		return diags
	}
	for _, r := range wanted {
		diags = append(diags, items[r.Addr].reveal(r)...)
		delete(items, r.Addr)
	}
	for _, it := range sealed {
		if items[it.Addr] != nil {
			diags = append(diags, problem(hcl.Range{}, "Plan is stale", fmt.Sprintf("The plan needs a sensitive value of %s, which is no longer declared.", it.Addr)))
		}
	}
	return diags
}

// reveal takes the item's sensitive values from the resource.
func (it *Item) reveal(r *resource) hcl.Diagnostics {
	attrs := it.Want.AsValueMap()
	for name, digest := range it.sealed {
		v := valueOf(r.want, name)
		if !isSalted(digest, it.Addr.String(), name, v) {
			return hcl.Diagnostics{problem(r.AttrRange(name), "Plan is stale", fmt.Sprintf(
				"The sensitive attribute %q of %s is not what it was when the plan was made. Make a new plan.", name, it.Addr))}
		}
		attrs[name] = v
	}
	it.Want, it.sealed = cty.ObjectVal(attrs), nil
	for i, d := range it.Differences {
		if v := valueOf(it.Want, d.Attr); !it.Absent && !v.IsNull() {
			it.Differences[i].Want = v
		}
	}
	return nil
}

func (in *Input) image(name string) *dsl.Image {
	for _, cfg := range in.Config.Images {
		if cfg.Name == name {
			return cfg
		}
	}
	return nil
}
