package language

import (
	"context"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// found is what an image has of languages.
type found struct {
	all      []servicing.Package
	packs    []servicing.Package // all packages, and the language packs among them
	settings international.Settings
}

func look(ctx context.Context, s image.Session) (found, error) {
	all, _, err := servicing.Recorded(ctx, s)
	if err != nil {
		return found{}, err
	}
	f := found{all: all}
	for _, p := range all {
		if p.ID.Language != "" && msu.IsLanguagePack(p.ID.Name) {
			f.packs = append(f.packs, p)
		}
	}
	f.settings, _, err = international.Read(ctx, s)
	return f, err
}

// pack returns the record of a language pack for a language, preferably one that the image holds;
// nil if there is none.
func (f found) pack(language string) *servicing.Package {
	var best *servicing.Package
	for i := range f.packs {
		p := &f.packs[i]
		if nt.Equal(p.ID.Language, language) && (best == nil || p.State.Held() && !best.State.Held()) {
			best = p
		}
	}
	return best
}

// localized says how much of Windows is in a language; nil if the image does not have the language.
func (f found) localized(language string) *string {
	for _, l := range f.settings.UILanguages {
		if nt.Equal(l.Tag, language) {
			return &l.Localized
		}
	}
	return nil
}

// has returns the language as the image has it; nil if it does not. If servicing records no
// language pack for it, the image's list of languages counts.
func (f found) has(language string) *pack {
	p, localized := f.pack(language), f.localized(language)
	switch {
	case p != nil && !p.State.Held(), p == nil && localized == nil:
		return nil
	}
	out := &pack{Language: &language, Localized: localized, Applies: new(providers.Applied)}
	if p != nil {
		state := p.State.String()
		out.Installed, out.State = &p.Identity, &state
	}
	return out
}

func read(ctx context.Context, s image.Session, want pack) (*pack, error) {
	f, err := look(ctx, s)
	if err != nil {
		return nil, err
	}
	job, queued, err := queuedJob(s, *want.Language)
	if err != nil {
		return nil, err
	}
	have := f.has(*want.Language)
	if want.Source == nil {
		return f.readAbsent(want, have, job, queued)
	}
	if have != nil && !(queued && job.Absent) {
		return want.as(have), nil
	}
	if err := packagefile.Fits(ctx, s, f.all, "source", *want.Source, *want.Arch, want.Builds); err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(*want.Identity, "~")
	if err := packagefile.FitsLanguage(ctx, s, "source", *want.Source, name); err != nil {
		return nil, err
	}
	if err := packagefile.CheckParents(f.all, "source", *want.Source, want.For, false); err != nil {
		return nil, err
	}
	if queued && !job.Absent {
		have := want.as(&pack{Applies: new(providers.Queued)})
		have.Digest = new(job.Data[dataDigest])
		return have, nil
	}
	return nil, nil
}

// as is the wanted resource, if the image has the language or will have it.
func (p pack) as(have *pack) *pack {
	p.Features = nil
	p.Installed, p.State, p.Localized, p.Applies = have.Installed, have.State, have.Localized, have.Applies
	return &p
}

// readAbsent returns the language to be removed; nil if the image does not have it, or its removal
// is queued.
func (f found) readAbsent(want pack, have *pack, job bootjob.Job, queued bool) (*pack, error) {
	switch {
	case queued && !job.Absent:
		return want.as(&pack{Applies: new(providers.Queued)}), nil
	case have == nil || queued:
		return nil, nil
	}
	if err := packagefile.CheckRemoval(f.settings, "language", *want.Language); err != nil {
		return nil, err
	}
	if have.Installed == nil {
		return nil, providers.Problemf("language", "Language can't be removed", "The image has %s, but records no language pack for it, so DISM can't remove it.", *want.Language)
	}
	return want.as(have), nil
}

// list returns the languages of the image.
func list(ctx context.Context, s image.Session) ([]pack, error) {
	f, err := look(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []pack
	seen := map[string]bool{}
	add := func(language string) {
		if p := f.has(language); p != nil && !seen[nt.Fold(language)] {
			seen[nt.Fold(language)] = true
			if p.Installed != nil {
				p.describe()
			}
			all = append(all, *p)
		}
	}
	for _, p := range f.packs {
		add(p.ID.Language)
	}
	for _, l := range f.settings.UILanguages {
		add(l.Tag)
	}
	return all, nil
}

// describe fills in what the identity of the package says.
func (p *pack) describe() {
	id, err := msu.ParseIdentity(*p.Installed)
	if err != nil {
		return
	}
	arch := strings.ToLower(id.Architecture)
	p.Identity, p.Arch, p.Version = p.Installed, &arch, &id.Version
	p.Builds = (&msu.Package{Identity: id, Kind: msu.LanguagePack}).Builds()
	p.Flavor = providers.Known(packagefile.Flavor(id.Name))
}
