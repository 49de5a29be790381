package winpackage

import (
	"context"
	"slices"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// readAbsent returns the package to be removed; nil if the image does not hold it, or its removal
// is queued.
func readAbsent(ctx context.Context, s image.Session, want pkg) (*pkg, error) {
	adds, err := queuedAdds(s, want)
	if err != nil {
		return nil, err
	}
	if len(adds) > 0 {
		return want.as(adds[0].Data[dataIdentity], providers.Queued), nil
	}
	held, err := matching(ctx, s, want)
	if err != nil {
		return nil, err
	}
	for _, p := range held {
		job, queued, err := queuedJob(s, p.Identity)
		if err != nil {
			return nil, err
		}
		if queued && job.Absent {
			continue
		}
		if p.Permanent {
			return nil, want.permanent(p.Identity)
		}
		if err := want.removable(ctx, s, p.Identity); err != nil {
			return nil, err
		}
		return want.as(p.Identity, providers.Applied), nil
	}
	return nil, nil
}

// removable refuses to remove the language pack that Windows needs.
func (p pkg) removable(ctx context.Context, s image.Session, identity string) error {
	l := packagefile.LanguageOf(identity)
	if l == "" {
		return nil
	}
	settings, _, err := international.Read(ctx, s)
	if err != nil {
		return err
	}
	return packagefile.CheckRemoval(settings, p.namedBy(), l)
}

// namedBy is the attribute that names the package.
func (p pkg) namedBy() string {
	if p.Identity != nil {
		return "identity"
	}
	return "kb"
}

func (p pkg) permanent(identity string) error {
	return providers.Problemf(p.namedBy(), "Package can't be removed", "The image holds %s for good: it is marked as permanent, and Windows refuses to remove it (error 0x800F0825). Start from an image without it.", identity)
}

// matching are the packages in the image that the keys name. For an article these are the ones that
// DISM lists; the servicing stack that came with an update stays.
func matching(ctx context.Context, s image.Session, want pkg) ([]servicing.Package, error) {
	list, _, err := servicing.Packages(ctx, s)
	if err != nil {
		return nil, err
	}
	var found []servicing.Package
	for _, p := range list {
		if !p.State.Held() || want.Identity != nil && !nt.Equal(p.Identity, *want.Identity) {
			continue
		}
		if want.KB != nil && (!nt.Equal(p.KB, *want.KB) || p.Visible != nil && !*p.Visible) {
			continue
		}
		found = append(found, p)
	}
	removable := func(p servicing.Package) bool { return !p.Permanent }
	if slices.ContainsFunc(found, removable) {
		found = slices.DeleteFunc(found, func(p servicing.Package) bool { return p.Permanent })
	}
	return found, nil
}

// queuedAdds are the jobs that would install the package to be removed.
func queuedAdds(s image.Session, want pkg) ([]bootjob.Job, error) {
	if _, ok := image.As[image.FirstBoot](s); !ok {
		return nil, nil
	}
	jobs, err := bootjob.Jobs(s)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(jobs), func(j bootjob.Job) bool {
		return j.Kind != jobKind || j.Absent ||
			want.Identity != nil && !nt.Equal(j.Data[dataIdentity], *want.Identity) ||
			want.KB != nil && !nt.Equal(j.Data[dataKB], *want.KB)
	}), nil
}
