package language

import (
	"context"
	"errors"
	"path"
	"regexp"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// tag is a language tag as Windows names languages: language, script, region.
var tag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-[A-Za-z]{2}|-[0-9]{3})?$`)

func check(p *pack, absent bool) error {
	var errs []error
	if p.Language != nil && !tag.MatchString(*p.Language) {
		errs = append(errs, providers.Problemf("language", "Invalid language", "%q is not the tag of a language, as in de-DE.", *p.Language))
	}
	switch {
	case absent && p.Language == nil:
		errs = append(errs, providers.Problemf("language", "Nothing to remove", "Name the language by its tag; source does not name what to remove. gild inspect -json lists the languages of an image."))
	case absent:
		p.Source = nil
	case p.Source == nil || *p.Source == "":
		errs = append(errs, providers.Problemf("source", "No language pack", "source must name the .cab file of the language pack, or the folder of an expanded one."))
	default:
		errs = append(errs, checkSource(*p.Source))
	}
	if len(errs) == 0 || errors.Join(errs...) == nil {
		_, err := expand(*p, absent)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func checkSource(source string) error {
	switch strings.ToLower(path.Ext(address.Name(source))) {
	case ".appx", ".appxbundle", ".msix", ".msixbundle":
		return providers.Problemf("source", "Not a language pack", "%s is a Local Experience Pack, an app for users of a Windows that has the language already. Name the .cab file of the language pack, as in Microsoft-Windows-Client-Language-Pack_x64_de-de.cab.", source)
	}
	return packagefile.CheckPlace("source", source)
}

// resolve reads the file.
func resolve(ctx context.Context, host providers.Host, p *pack) error {
	packages, err := packagefile.Inspect(host, "source", *p.Source)
	if err != nil {
		return err
	}
	one := packages[0]
	if err := p.isPack(one); err != nil {
		return err
	}
	language := one.Identity.Language
	if p.Language != nil && !nt.Equal(*p.Language, language) {
		return providers.Problemf("language", "Another language", "%s is the language pack for %s. Correct language, or leave it out.", *p.Source, language)
	}
	sum, err := packagefile.Digest(ctx, host, "source", *p.Source)
	if err != nil {
		return err
	}
	identity, arch, version := one.Identity.String(), strings.ToLower(one.Identity.Architecture), one.Identity.Version
	p.Identity, p.Arch, p.Version, p.Builds, p.Digest = &identity, &arch, &version, one.Builds(), &sum
	if p.Language == nil {
		p.Language = &language
	}
	p.For = packagefile.Parents(one)
	if f := packagefile.Flavor(one.Identity.Name); f != "" {
		p.Flavor = &f
	}
	return nil
}

// isPack refuses packages that are not language packs.
func (p *pack) isPack(one *msu.Package) error {
	switch {
	case one.Kind == msu.OnDemand:
		return providers.Problemf("source", "Not a language pack", "%s is a feature on demand, %s. Name the language pack here, and the feature in features or in another package resource.", *p.Source, one.Identity)
	case one.Kind == msu.ComponentLanguage:
		return providers.Problemf("source", "Not a language pack", "%s has the resources of the component %s in %s; it is not a display language. Make it a package resource; it is installed after the component.", *p.Source, one.Identity.Name, one.Identity.Language)
	case one.Kind != msu.LanguagePack && !msu.IsLanguagePack(one.Identity.Name):
		return providers.Problemf("source", "Not a language pack", "%s is a %s, %s. If you want that, make it a package resource.", *p.Source, one.Kind, one.Identity)
	case one.Identity.Language == "" || nt.Equal(one.Identity.Language, "neutral"):
		return providers.Problemf("source", "Not a language pack", "%s is %s, which has no language.", *p.Source, one.Identity)
	}
	return nil
}
