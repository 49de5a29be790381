package edition

import (
	"cmp"
	"context"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM change the edition. For an image that needs no product key; if one is given, DISM
// sets it in the image.
func byDISM() providers.TypedWay[edition] {
	return providers.TypedWay[edition]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles, image.CanRegistry),
		Check: serviceable, Apply: providers.Each(applyByDISM), Confirm: confirm,
		Irreversible: true, // editions only go up
	}
}

func serviceable(ctx context.Context, s image.Session, c providers.TypedChange[edition]) error {
	if c.Action == providers.Delete {
		return providers.Problemf("", "An edition can't be absent", "Name the edition it shall be of.")
	}
	info, err := infoOf(ctx, s)
	if err != nil || strings.EqualFold(info.Edition, *c.Want.Name) {
		return err
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	return cmp.Or(possible(files, info.Edition, *c.Want.Name), otherWindows(info, *c.Want.Name))
}

func applyByDISM(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[edition]) error {
	if err := viadism.Unqueue(s, jobKind, jobName); err != nil {
		return err
	}
	info, err := infoOf(ctx, s)
	if err != nil || strings.EqualFold(info.Edition, *c.Want.Name) {
		return err
	}
	if err := serviceable(ctx, s, c); err != nil {
		return err
	}
	if err := viadism.Run(ctx, s, "/Set-Edition:"+*c.Want.Name); err != nil || c.Want.ProductKey == nil {
		return err
	}
	return viadism.Run(ctx, s, "/Set-ProductKey:"+*c.Want.ProductKey)
}
