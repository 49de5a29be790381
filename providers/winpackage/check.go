package winpackage

import (
	"errors"
	"regexp"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

var article = regexp.MustCompile(`^[Kk][Bb][0-9]{5,8}$`)

// check refuses what can't be a package, without looking at the host.
func check(p *pkg, absent bool) error {
	var errs []error
	if p.Identity != nil {
		if _, err := msu.ParseIdentity(*p.Identity); err != nil {
			errs = append(errs, providers.Problemf("identity", "Invalid identity", "%q is not the identity of a package: name, public key token, architecture, language (mostly empty) and version with ~ between them, as in Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.10. gild inspect -json lists those of an image.", *p.Identity))
		}
	}
	if p.KB != nil {
		if !article.MatchString(*p.KB) {
			errs = append(errs, providers.Problemf("kb", "Invalid article", "%q is not the number of an article, as in KB5058411.", *p.KB))
		} else {
			upper := strings.ToUpper(*p.KB)
			p.KB = &upper
		}
	}
	switch {
	case absent && p.Identity == nil && p.KB == nil:
		errs = append(errs, providers.Problemf("", "Nothing to remove", "Name the package by identity or kb; source does not name what to remove. gild inspect -json lists the packages of an image."))
	case absent:
		p.Source = nil
	case p.Source == nil || *p.Source == "":
		errs = append(errs, providers.Problemf("source", "No package", "source must name the .msu or .cab file, or the folder of an expanded package."))
	default:
		errs = append(errs, packagefile.CheckPlace("source", *p.Source))
	}
	for _, c := range p.Checkpoints {
		errs = append(errs, packagefile.CheckPlace("checkpoints", c))
	}
	return errors.Join(errs...)
}
