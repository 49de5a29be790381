package appx

import (
	"context"
	"errors"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM provision apps and remove them, one at a time.
func byDISM() providers.TypedWay[app] {
	return providers.TypedWay[app]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles, image.CanRegistry),
		Check: serviceable, Apply: providers.Each(applyByDISM), Confirm: confirm,
	}
}

func serviceable(ctx context.Context, s image.Session, c providers.TypedChange[app]) error {
	if c.Action != providers.Delete {
		return errors.Join(hasSource(c.Want), satisfied(ctx, s, c))
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	return removable(reg, c.Want.Name)
}

func applyByDISM(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[app]) error {
	if err := viadism.Unqueue(s, jobKind, strings.ToLower(c.Want.Name)); err != nil {
		return err
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	all, err := below(reg, provisioned)
	if err != nil {
		return err
	}
	found := named(all, c.Want.Name)
	if c.Action == providers.Delete {
		if len(found) == 0 {
			return unlist(reg, s, c.Want.Name)
		}
		return removeByDISM(ctx, s, found)
	}
	if c.Want.Source == nil && len(found) > 0 {
		return nil // nothing can differ
	}
	if err := hasSource(c.Want); err != nil {
		return err
	}
	newer := []identity{}
	for _, i := range found {
		if older(*c.Want.Version, i.version) {
			newer = append(newer, i)
		}
	}
	args, err := c.Want.addition(ctx, host)
	if err == nil {
		err = removeByDISM(ctx, s, newer)
	}
	if err != nil {
		return err
	}
	return viadism.Run(ctx, s, args...)
}

// unlist removes packages from the list of provisioned packages of which nothing else is left: DISM
// does not know them as apps any more, and can't remove them.
func unlist(reg image.Registry, s image.Session, name string) error {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	list, err := leftovers(reg, files, name)
	if err != nil {
		return err
	}
	for _, i := range list {
		if err := removeProvisioning(files, []string{i.family()}); err != nil {
			return err
		}
	}
	return nil
}

func removeByDISM(ctx context.Context, s image.Session, list []identity) error {
	for _, i := range list {
		if err := viadism.Run(ctx, s, "/Remove-ProvisionedAppxPackage", "/PackageName:"+i.full); err != nil {
			return err
		}
	}
	return nil
}

// addition is the command that provisions the app, whose files must not have changed since the
// plan.
func (a *app) addition(ctx context.Context, host providers.Host) ([]string, error) {
	files, err := filesOf(ctx, host, a)
	if err == nil {
		err = payload.Planned(*a.Source, *a.Digest, a.digestWith(files))
	}
	if err != nil {
		return nil, err
	}
	args := []string{"/Add-ProvisionedAppxPackage"}
	var errs []error
	file := func(option, name string) {
		path, err := viadism.Path(host, name)
		args, errs = append(args, option+":"+path), append(errs, err)
	}
	file("/PackagePath", *a.Source)
	for _, d := range a.Dependencies {
		file("/DependencyPackagePath", d)
	}
	if a.License != nil {
		file("/LicensePath", *a.License)
	} else {
		args = append(args, "/SkipLicense")
	}
	return append(args, "/Region:"+strings.Join(a.Regions, ";")), errors.Join(errs...)
}
