package capability

import (
	"context"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM add and remove capabilities, several at a time. For an image DISM gets nothing
// from Windows Update: what has to come from there is queued for the first boot.
func byDISM() providers.TypedWay[capability] {
	return providers.TypedWay[capability]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles, image.CanRegistry),
		Check: serviceable, EffectIn: effectByDISM, Batch: true, Apply: applyByDISM, Confirm: confirm,
	}
}

// delayed reports whether a change has to wait for Windows Update: there is no source,
// and the image does not hold the files.
func delayed(ctx context.Context, s image.Session, c providers.TypedChange[capability]) (bool, error) {
	if c.Action == providers.Delete || c.Want.Source != nil {
		return false, nil
	}
	all, _, err := servicing.Capabilities(ctx, s)
	if err != nil {
		return false, err
	}
	have, err := find(all, c.Want.Name)
	return err == nil && toGet(have), err
}

// toGet reports whether the image lacks the files of a capability.
func toGet(c servicing.Capability) bool {
	return !on(c.Status) && c.Status != "staged" && c.Status != "uninstall_pending"
}

func serviceable(ctx context.Context, s image.Session, c providers.TypedChange[capability]) error {
	if late, err := delayed(ctx, s, c); !late || err != nil {
		return err
	}
	if err := bootjob.Runnable(ctx, s); err != nil {
		return providers.Problemf("source", "The files of the capability are missing",
			"The image does not hold the files of %s, and for an image DISM gets none from Windows Update. Set source to the folder LanguagesAndOptionalFeatures of the media with languages and optional features, of the release of the image.", c.Want.Name)
	}
	return nil
}

func effectByDISM(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[capability]) (providers.Effect, error) {
	late, err := delayed(ctx, s, c)
	if late {
		return providers.AtFirstBoot().With(", because there is no source, and DISM gets nothing from Windows Update for an image"), err
	}
	return viadism.Effect(), err
}

func applyByDISM(ctx context.Context, s image.Session, host providers.Host, cs []providers.TypedChange[capability]) error {
	all, _, err := servicing.Capabilities(ctx, s)
	if err != nil {
		return err
	}
	var remove []string
	add, sources := map[string][]string{}, []string{} // by the source, in order
	for _, c := range cs {
		late, err := delayed(ctx, s, c)
		if err != nil {
			return err
		}
		if late {
			if err := apply(ctx, s, host, c); err != nil {
				return err
			}
			continue
		}
		have, err := find(all, c.Want.Name)
		if err == nil {
			err = viadism.Unqueue(s, jobKind, c.Want.Name)
		}
		if err != nil {
			return err
		}
		switch absent := c.Action == providers.Delete; {
		case absent && !off(have.Status):
			remove = append(remove, have.Name)
		case absent || on(have.Status):
		default:
			source, err := sourceOf(ctx, host, c.Want)
			if err != nil {
				return err
			}
			if _, seen := add[source]; !seen {
				sources = append(sources, source)
			}
			add[source] = append(add[source], have.Name)
		}
	}
	for _, source := range sources {
		var with []string
		if source != "" {
			with = []string{"/Source:" + source, "/LimitAccess"}
		}
		if err := viadism.RunEach(ctx, s, "/Add-Capability", "/CapabilityName", add[source], with...); err != nil {
			return err
		}
	}
	return removeEach(ctx, s, remove)
}

// removeEach removes capabilities; DISM documents one for each command.
func removeEach(ctx context.Context, s image.Session, names []string) error {
	for _, name := range names {
		if err := viadism.Run(ctx, s, "/Remove-Capability", "/CapabilityName:"+name); err != nil {
			return err
		}
	}
	return nil
}

// sourceOf returns the folder with the files, if there is one, which must not have changed since
// the plan.
func sourceOf(ctx context.Context, host providers.Host, want capability) (string, error) {
	if want.Source == nil {
		return "", nil
	}
	p, _, err := files(ctx, host, *want.Source, want.Name)
	if err == nil {
		err = payload.Planned(*want.Source, *want.Digest, p.ID())
	}
	if err != nil {
		return "", err
	}
	return viadism.Path(host, *want.Source)
}
