package feature

import (
	"context"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM enable and disable features: several at a time, if they are in one package and
// need the same options.
func byDISM() providers.TypedWay[feature] {
	return providers.TypedWay[feature]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles, image.CanRegistry),
		Check: enableableNow, Batch: true, Apply: applyByDISM, Confirm: confirm,
	}
}

// order is one command for DISM.
type order struct {
	command string
	owner   string // the package of the features; empty: DISM's default
	with    string // other arguments, separated by line feeds
}

func applyByDISM(ctx context.Context, s image.Session, host providers.Host, cs []providers.TypedChange[feature]) error {
	all, _, err := servicing.Features(ctx, s)
	if err != nil {
		return err
	}
	var now order
	var names []string
	for _, c := range cs {
		if err := viadism.Unqueue(s, jobKind, c.Want.Name); err != nil {
			return err
		}
		o, name, err := orderFor(ctx, host, all, c)
		if err != nil {
			return err
		}
		if o != now {
			if err := now.run(ctx, s, names); err != nil {
				return err
			}
			now, names = o, nil
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return now.run(ctx, s, names)
}

// orderFor returns DISM's options for a feature, and its name; no name if there is nothing to do.
func orderFor(ctx context.Context, host providers.Host, all []servicing.Feature, c providers.TypedChange[feature]) (order, string, error) {
	absent := c.Action == providers.Delete
	f, err := find(all, c.Want.Name, absent)
	if err != nil || f == nil {
		return order{}, "", err
	}
	o := order{command: "/Enable-Feature", owner: f.Package}
	if strings.HasPrefix(f.Package, defaultOwner) {
		o.owner = ""
	}
	if absent {
		o.command = "/Disable-Feature"
		if c.Want.RemovePayload != nil {
			o.with = "/Remove"
		}
		if off(f.Status, c.Want.RemovePayload != nil) {
			return o, "", nil
		}
		return o, f.Name, nil
	}
	o.with, err = enabling(ctx, host, c.Want)
	if err != nil || on(f.Status) {
		return o, "", err
	}
	return o, f.Name, nil
}

// defaultOwner is how the identity of the package begins in which DISM looks for features by
// default.
const defaultOwner = "Microsoft-Windows-Foundation-Package~"

// enabling are the arguments that enable a feature.
func enabling(ctx context.Context, host providers.Host, want feature) (string, error) {
	var with []string
	if *want.All {
		with = append(with, "/All")
	}
	if want.Source != nil {
		p, err := payload.Folder(ctx, host, "source", *want.Source, nil)
		if err == nil {
			found := want
			found.setDigest(p.ID())
			err = payload.Planned(*want.Source, *want.Digest, *found.Digest)
		}
		if err != nil {
			return "", err
		}
		source, err := viadism.Path(host, *want.Source)
		if err != nil {
			return "", err
		}
		with = append(with, "/Source:"+source, "/LimitAccess")
	}
	return strings.Join(with, "\n"), nil
}

// unknownUpdate is the code with which DISM says that the package has no such
// feature (CBS_E_UNKNOWN_UPDATE).
const unknownUpdate = 0x800f080c

// run runs the command. If a feature is in several packages, DISM may know it in another one than
// the one that decides on its state.
func (o order) run(ctx context.Context, s image.Session, names []string) error {
	var with []string
	if o.with != "" {
		with = strings.Split(o.with, "\n")
	}
	if o.owner == "" {
		return viadism.RunEach(ctx, s, o.command, "/FeatureName", names, with...)
	}
	err := viadism.RunEach(ctx, s, o.command, "/FeatureName", names, append([]string{"/PackageName:" + o.owner}, with...)...)
	if viadism.Code(err) == unknownUpdate {
		return viadism.RunEach(ctx, s, o.command, "/FeatureName", names, with...)
	}
	return err
}
