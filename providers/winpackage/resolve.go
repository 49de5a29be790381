package winpackage

import (
	"context"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// resolve reads the packages in the file.
func resolve(ctx context.Context, host providers.Host, p *pkg) error {
	packages, err := packagefile.Inspect(host, "source", *p.Source)
	if err != nil {
		return err
	}
	main := mainOf(packages)
	sum, err := packagefile.Digest(ctx, host, "source", *p.Source)
	if err != nil {
		return err
	}
	p.Digest = &sum
	if err := p.describe(main, packages); err != nil {
		return err
	}
	if main.Kind != msu.Cumulative {
		if len(p.Checkpoints) > 0 {
			return providers.Problemf("checkpoints", "No use for checkpoints", "%s is a %s; only a cumulative update builds on checkpoint cumulative updates. Leave out checkpoints.", *p.Source, main.Kind)
		}
		return nil
	}
	return p.findCheckpoints(ctx, host, main)
}

// mainOf is the package that a file is named after: not the servicing stack in it, and a cumulative
// update rather than any other.
func mainOf(packages []*msu.Package) *msu.Package {
	main := packages[0]
	for _, p := range packages {
		if p.Kind == msu.Cumulative || main.Kind == msu.ServicingStack {
			main = p
		}
		if p.Kind == msu.Cumulative {
			break
		}
	}
	return main
}

// describe fills in what the packages say of themselves.
func (p *pkg) describe(main *msu.Package, all []*msu.Package) error {
	identity, kb := main.Identity.String(), main.KB()
	if p.Identity != nil && !nt.Equal(*p.Identity, identity) {
		return providers.Problemf("identity", "Another package", "%s holds %s. Correct identity, or leave it out.", *p.Source, identity)
	}
	if p.KB != nil && !nt.Equal(*p.KB, kb) {
		return providers.Problemf("kb", "Another package", "%s is of %s. Correct kb, or leave it out.", *p.Source, orNone(kb))
	}
	kind := kindNames[main.Kind]
	p.Identity, p.Kind = &identity, &kind
	if kb != "" {
		p.KB = &kb
	}
	arch, version := strings.ToLower(main.Identity.Architecture), main.Identity.Version
	p.Arch, p.Version, p.Builds = &arch, &version, main.Builds()
	if release := main.Release(); release != "" {
		p.Release = &release
	}
	p.parents(main)
	if len(all) > 1 {
		for _, one := range all {
			p.Contains = append(p.Contains, one.Identity.String())
		}
	}
	return nil
}

// details are those of the package itself, not of the updates that it builds on.
func details(p pkg, attr, _ string) []providers.Detail {
	if attr != "source" {
		return nil
	}
	build := providers.DetailOf("build", p.Release)
	if p.Release == nil {
		build = packagefile.BuildDetail(p.Builds)
	}
	return []providers.Detail{providers.DetailOf("kb", p.KB), build, providers.DetailOf("needs", p.Requires), providers.DetailOf("arch", p.Arch)}
}

func orNone(kb string) string {
	if kb == "" {
		return "no article"
	}
	return "the article " + kb
}

// parents fills in what the image has to hold.
func (p *pkg) parents(main *msu.Package) {
	p.For = packagefile.Parents(main)
	if main.Kind != msu.Cumulative {
		return
	}
	if least := packagefile.Demanded(main); least != "" {
		p.Requires = &least
	}
}
