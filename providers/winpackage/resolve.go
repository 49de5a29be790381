package winpackage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

// resolve looks into the file.
func resolve(ctx context.Context, host providers.Host, p *pkg) error {
	packages, err := inspect(host, "source", *p.Source)
	if err != nil {
		return err
	}
	main := mainOf(packages)
	if p.Digest, err = digest(ctx, host, "source", *p.Source); err != nil {
		return err
	}
	if err := p.describe(main, packages); err != nil {
		return err
	}
	if main.Kind != msu.Cumulative {
		if len(p.Checkpoints) > 0 {
			return problem("checkpoints", "No use for checkpoints", "%s is a %s; only a cumulative update builds on others.", *p.Source, main.Kind)
		}
		return nil
	}
	return p.findCheckpoints(ctx, host, main)
}

// inspect looks into the file or folder that an attribute names.
func inspect(host providers.Host, attr, name string) ([]*msu.Package, error) {
	path := host.Path(name)
	if full, err := filepath.Abs(path); err == nil {
		if err := checkPlace(attr, full); err != nil {
			return nil, err
		}
	}
	packages, err := msu.Inspect(path)
	var refused *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, problem(attr, "Package not found", "There is no file or folder %q (%s).", name, path)
	case errors.As(err, &refused):
		return nil, err
	case err != nil:
		return nil, problem(attr, "Not a usable package", "%v.", err)
	}
	return packages, nil
}

// mainOf is the package that a file is called after: what comes beside the
// servicing stack it brings along, a cumulative update before all others.
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
		return problem("identity", "Another package", "%s holds %s. Correct identity, or leave it out.", *p.Source, identity)
	}
	if p.KB != nil && !nt.Equal(*p.KB, kb) {
		return problem("kb", "Another package", "%s tells %s. Correct kb, or leave it out.", *p.Source, orNone(kb))
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
	for _, one := range all {
		p.Contains = append(p.Contains, one.Identity.String())
	}
	return nil
}

func orNone(kb string) string {
	if kb == "" {
		return "no article"
	}
	return "the article " + kb
}

// parents fills in what has to be in the image. Cumulative updates list every
// edition of Windows there is, which tells no more than the build.
func (p *pkg) parents(main *msu.Package) {
	least, others := "", []string{}
	for _, parent := range main.Parents {
		if msu.KindOf(parent.Name, "") == msu.Cumulative {
			if least == "" || msu.CompareVersions(parent.Version, least) < 0 {
				least = parent.Version
			}
		} else if !slices.Contains(others, parent.Name) {
			others = append(others, parent.Name)
		}
	}
	switch main.Kind {
	case msu.Fix, msu.OnDemand, msu.FeaturePack:
		p.For = others
	case msu.Cumulative:
		if len(others) == 0 && least != "" {
			p.Requires = &least
		}
	}
}

// namedDigest is a name as the Microsoft Update Catalog gives it, with the SHA-1
// of the file.
var namedDigest = regexp.MustCompile(`(?i)_([0-9a-f]{40})\.(?:msu|cab)$`)

// digest identifies the content of a file, which must be what its name tells.
func digest(ctx context.Context, host providers.Host, attr, name string) (*string, error) {
	info, err := os.Stat(host.Path(name))
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		files, err := folderFiles(ctx, host, name)
		if err != nil {
			return nil, err
		}
		sum := listDigest(files)
		return &sum, nil
	}
	d, err := host.Digest(ctx, name)
	if err != nil {
		return nil, err
	}
	if m := namedDigest.FindStringSubmatch(name); m != nil && !strings.EqualFold(m[1], d.SHA1) {
		return nil, problem(attr, "Damaged package", "By its name the SHA-1 of %s is %s, but it is %s. The file is damaged or incomplete, or has got the name of another one; download it again.", name, strings.ToLower(m[1]), d.SHA1)
	}
	return &d.SHA256, nil
}
