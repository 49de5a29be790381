package winpackage

import (
	"context"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// read looks for the package in the image, then in the queue.
func read(ctx context.Context, s image.Session, want pkg) (*pkg, error) {
	if want.Source == nil {
		return readAbsent(ctx, s, want)
	}
	list, _, err := servicing.Recorded(ctx, s)
	if err != nil {
		return nil, err
	}
	// An update for another build is not an older version of one in the image.
	if err := packagefile.Fits(ctx, s, list, "source", *want.Source, *want.Arch, want.Builds); err != nil {
		return nil, err
	}
	if providers.Is(want.Kind, language) {
		name, _, _ := strings.Cut(*want.Identity, "~")
		if err := packagefile.FitsLanguage(ctx, s, "source", *want.Source, name); err != nil {
			return nil, err
		}
	}
	job, queued, err := queuedJob(s, *want.Identity)
	if err != nil {
		return nil, err
	}
	removal := queued && job.Absent
	if held := holds(list, want); held != "" && !removal {
		return want.as(held, providers.Applied), nil
	}
	if queued && !removal {
		have := want.as(job.Data[dataIdentity], providers.Queued)
		have.Digest, have.CheckpointDigests = new(job.Data[dataDigest]), fields(job.Data[dataCheckpoints], want.CheckpointDigests)
		return have.otherVersion(want), nil
	}
	if older := older(list, want); older != nil && !removal {
		have := want.as(older.Identity, providers.Applied)
		have.Digest, have.CheckpointDigests, have.CheckpointFiles = nil, nil, nil
		return have.otherVersion(want), nil
	}
	return nil, nil
}

// as is the wanted package, held by the image under an identity.
func (p pkg) as(identity string, applies providers.Applies) *pkg {
	p.Checkpoints = nil
	p.Installed, p.Applies = &identity, &applies
	return &p
}

// otherVersion is the wanted package changed to the one in the image.
func (p *pkg) otherVersion(want pkg) *pkg {
	if nt.Equal(*p.Installed, *want.Identity) {
		return p
	}
	p.Identity, p.Version = p.Installed, nil
	if i, err := msu.ParseIdentity(*p.Installed); err == nil {
		p.Version = &i.Version
	}
	p.Release, p.Contains, p.KB = nil, nil, nil
	return p
}

// fields are digests with blanks between them; if there are none, the list is like the wanted one:
// null or empty.
func fields(s string, like []string) []string {
	if list := strings.Fields(s); len(list) > 0 || len(like) > 0 {
		return list
	}
	return like
}

// holds returns the identity under which the image holds the package, or a newer version of it. A
// superseded package is held by the one that supersedes it.
func holds(list []servicing.Package, want pkg) string {
	for _, identity := range want.alternatives() {
		wanted, err := msu.ParseIdentity(identity)
		if err != nil {
			continue
		}
		of := wanted
		if providers.Is(want.Kind, stack) {
			of = newestStack(list, of)
		}
		if p := servicing.Newest(list, of); p != nil && msu.CompareVersions(p.ID.Version, wanted.Version) >= 0 {
			return p.Identity
		}
		for _, p := range list {
			if p.State == servicing.Superseded && nt.Equal(p.Identity, identity) {
				return p.Identity
			}
		}
	}
	return ""
}

// newestStack is the identity of the newest servicing stack update that is named after its
// revision, as those of Windows 10 and later are, so that each has another name; if there is none,
// the wanted identity.
func newestStack(list []servicing.Package, of msu.Identity) msu.Identity {
	newest := of
	for _, p := range list {
		if p.State.Held() && msu.KindOf(p.ID.Name, "") == msu.ServicingStack && msu.KindOf(of.Name, "") == msu.ServicingStack &&
			nt.Equal(p.ID.Architecture, of.Architecture) && msu.CompareVersions(p.ID.Version, newest.Version) > 0 {
			newest = p.ID
		}
	}
	return newest
}

// alternatives are packages any of which stands for the whole: from a file with updates for several
// versions of .NET the image installs those that apply.
func (p pkg) alternatives() []string {
	if !providers.Is(p.Kind, dotNet) || len(p.Contains) == 0 {
		return []string{*p.Identity}
	}
	return p.Contains
}

func versionIn(identity string) string {
	return identity[strings.LastIndexByte(identity, '~')+1:]
}

// older returns an older version of the package that the image holds.
func older(list []servicing.Package, want pkg) *servicing.Package {
	of, err := msu.ParseIdentity(*want.Identity)
	if err != nil {
		return nil
	}
	return servicing.Newest(list, of)
}

// installable returns a problem if neither the image nor earlier changes have what the package is
// for.
func installable(ctx context.Context, s image.Session, c providers.TypedChange[pkg]) error {
	list, _, err := servicing.Recorded(ctx, s)
	if err != nil || len(list) == 0 {
		return err
	}
	for e, p := range providers.Told[providers.Package](c.Earlier) {
		if !e.Gone {
			list = append(list, servicing.Named(p.Identity, servicing.Installed))
		}
	}
	return applicable(ctx, s, list, c.Want)
}

// applicable returns a problem if the image lacks what the package is for. An image records the
// packages with the names of its parents, except those of Windows itself, which are not in every
// list.
func applicable(ctx context.Context, s image.Session, list []servicing.Package, want pkg) error {
	known := providers.Is(want.Kind, "update") || providers.Is(want.Kind, part) || providers.Is(want.Kind, featurePack)
	if err := packagefile.CheckParents(list, "source", *want.Source, want.For, known); err != nil || want.Requires == nil {
		return err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	has := servicing.Release(list)
	if v, ok := strings.CutPrefix(info.Version, "10.0."); ok && msu.CompareVersions(v, has) > 0 {
		has = v
	}
	if msu.CompareVersions(has, *want.Requires) < 0 {
		return providers.Problemf("checkpoints", "Checkpoint missing", "%s needs Windows with the cumulative update %s or a later one, which the image does not hold (it has %s). Name the .msu file of one in checkpoints, or put it into the folder of source.", *want.Source, *want.Requires, orNo(has))
	}
	return nil
}

func orNo(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

// queuedJob is the job for the package, if there is one.
func queuedJob(s image.Session, identity string) (bootjob.Job, bool, error) {
	if _, ok := image.As[image.FirstBoot](s); !ok {
		return bootjob.Job{}, false, nil // the image has no queue
	}
	return bootjob.Queued(s, jobKind, thing(identity))
}
