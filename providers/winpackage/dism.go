package winpackage

import (
	"context"
	"errors"
	"slices"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
	"github.com/gildhq/gild/providers/payload"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM add and remove packages, several at a time, in the order in which they are named.
// A package that others need to be installed is added in a command of its own: DISM loads the
// servicing stack when it starts.
func byDISM() providers.TypedWay[pkg] {
	return providers.TypedWay[pkg]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles, image.CanRegistry),
		Check: serviceable, EffectIn: effectIn(viadism.Effect()), Batch: true, Apply: applyByDISM, Confirm: confirm,
	}
}

func serviceable(ctx context.Context, s image.Session, c providers.TypedChange[pkg]) error {
	if c.Action == providers.Delete {
		return nil
	}
	if err := current(c); err != nil {
		return err
	}
	return installable(ctx, s, c)
}

func applyByDISM(ctx context.Context, s image.Session, host providers.Host, cs []providers.TypedChange[pkg]) error {
	if cs[0].Action == providers.Delete {
		return removeByDISM(ctx, s, cs)
	}
	done := 0
	for some := range sessions(cs) {
		err := addByDISM(ctx, s, host, some)
		if failed, ok := errors.AsType[*providers.BatchError](err); ok {
			return failed.Behind(done)
		}
		if err != nil {
			return err
		}
		done += len(some)
	}
	return nil
}

// sessions yields the changes that DISM makes together: consecutive ones, except that servicing
// stacks, and cumulative updates, which contain one, are alone.
func sessions(cs []providers.TypedChange[pkg]) func(yield func([]providers.TypedChange[pkg]) bool) {
	alone := func(c providers.TypedChange[pkg]) bool {
		return providers.Is(c.Want.Kind, stack) || providers.Is(c.Want.Kind, cumulative)
	}
	return func(yield func([]providers.TypedChange[pkg]) bool) {
		for len(cs) > 0 {
			n := 1
			for n < len(cs) && !alone(cs[0]) && !alone(cs[n]) {
				n++
			}
			if !yield(cs[:n:n]) {
				return
			}
			cs = cs[n:]
		}
	}
}

// addByDISM adds packages together. If a package is not applicable because the image has a newer
// version, that is no error.
func addByDISM(ctx context.Context, s image.Session, host providers.Host, cs []providers.TypedChange[pkg]) error {
	list, _, err := servicing.Recorded(ctx, s)
	if err != nil {
		return err
	}
	stage := packagefile.NewStage(host)
	defer stage.Remove()
	var packages []viadism.Package
	for _, c := range cs {
		path, err := c.Want.place(ctx, host, stage, servicing.Release(list))
		if err != nil {
			return err
		}
		if err := viadism.Unqueue(s, jobKind, thing(*c.Want.Identity)); err != nil {
			return err
		}
		packages = append(packages, viadism.Package{Path: path, Identity: *c.Want.Identity})
	}
	return viadism.AddPackages(ctx, s, packages, func(i int) (bool, error) {
		list, _, err := servicing.Recorded(ctx, s)
		return err == nil && holds(list, cs[i].Want) != "", err
	})
}

// place returns the path under which DISM gets the package: its own, or one in a temporary folder
// if its folder must hold nothing but its checkpoint cumulative updates. Of these it leaves out the
// ones that the image has, whose cumulative update is of the given version.
func (p *pkg) place(ctx context.Context, host providers.Host, stage *packagefile.HostStage, held string) (string, error) {
	if err := unchanged(ctx, host, *p.Source, *p.Digest); err != nil {
		return "", err
	}
	if !p.takesCheckpoints() {
		return stage.File(ctx, *p.Source)
	}
	names := []string{*p.Source}
	for i, name := range p.CheckpointFiles {
		packages, err := msu.Inspect(host.Path(name))
		if err != nil {
			return "", err
		}
		if held != "" && msu.CompareVersions(mainOf(packages).Identity.Version, held) <= 0 {
			continue
		}
		if err := unchanged(ctx, host, name, p.CheckpointDigests[i]); err != nil {
			return "", err
		}
		names = append(names, name)
	}
	return stage.Together(ctx, names)
}

// takesCheckpoints reports whether DISM looks for checkpoint cumulative updates in the folder of
// the file.
func (p *pkg) takesCheckpoints() bool {
	return isMSU(*p.Source) && providers.Is(p.Kind, cumulative) &&
		slices.ContainsFunc(p.Builds, func(b int) bool { return b >= firstCheckpointed })
}

func unchanged(ctx context.Context, host providers.Host, name, digest string) error {
	now, err := packagefile.Digest(ctx, host, "source", name)
	if err != nil {
		return err
	}
	return payload.Planned(name, digest, now)
}

// removeByDISM removes the jobs that would install the packages from the queue of the first boot,
// and the packages from the image.
func removeByDISM(ctx context.Context, s image.Session, cs []providers.TypedChange[pkg]) error {
	var identities []string
	for _, c := range cs {
		adds, err := queuedAdds(s, c.Want)
		if err != nil {
			return err
		}
		for _, j := range adds {
			if err := viadism.Unqueue(s, j.Kind, j.Name); err != nil {
				return err
			}
		}
		held, err := matching(ctx, s, c.Want)
		if err != nil {
			return err
		}
		for _, p := range held {
			if p.Permanent {
				return c.Want.permanent(p.Identity)
			}
			if err := viadism.Unqueue(s, jobKind, thing(p.Identity)); err != nil {
				return err
			}
			if !slices.Contains(identities, p.Identity) {
				identities = append(identities, p.Identity)
			}
		}
	}
	return viadism.RunEach(ctx, s, "/Remove-Package", "/PackageName", identities)
}
