package language

import (
	"context"
	"fmt"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
	"github.com/gildhq/gild/providers/payload"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM lets DISM add and remove language packs, several at a time.
func byDISM() providers.TypedWay[pack] {
	return providers.TypedWay[pack]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles, image.CanRegistry),
		EffectIn: effect(viadism.Effect()), Batch: true, Apply: applyByDISM, Confirm: confirm,
	}
}

func applyByDISM(ctx context.Context, s image.Session, host providers.Host, cs []providers.TypedChange[pack]) error {
	for _, c := range cs {
		if err := viadism.Unqueue(s, jobKind, *c.Want.Language); err != nil {
			return err
		}
	}
	if cs[0].Action == providers.Delete {
		return removeByDISM(ctx, s, cs)
	}
	stage := packagefile.NewStage(host)
	defer stage.Remove()
	var packages []viadism.Package
	for _, c := range cs {
		now, err := packagefile.Digest(ctx, host, "source", *c.Want.Source)
		if err == nil {
			err = payload.Planned(*c.Want.Source, *c.Want.Digest, now)
		}
		if err != nil {
			return err
		}
		path, err := stage.File(ctx, *c.Want.Source)
		if err != nil {
			return err
		}
		packages = append(packages, viadism.Package{Path: path, Identity: *c.Want.Identity})
	}
	return viadism.AddPackages(ctx, s, packages, func(i int) (bool, error) {
		f, err := look(ctx, s)
		if err != nil {
			return false, err
		}
		have := f.has(*cs[i].Want.Language)
		return have != nil && have.Installed != nil, nil
	})
}

func removeByDISM(ctx context.Context, s image.Session, cs []providers.TypedChange[pack]) error {
	f, err := look(ctx, s)
	if err != nil {
		return err
	}
	var identities []string
	for _, c := range cs {
		have := f.has(*c.Want.Language)
		switch {
		case have == nil:
		case have.Installed == nil:
			return fmt.Errorf("the image has the language %s but no language pack to remove", *c.Want.Language)
		default:
			identities = append(identities, *have.Installed)
		}
	}
	return viadism.RunEach(ctx, s, "/Remove-Package", "/PackageName", identities)
}
