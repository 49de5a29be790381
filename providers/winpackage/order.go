package winpackage

import (
	"context"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// place is the position of packages of a kind in the order of servicing.
type place struct {
	phase providers.Phase
	stage bootjob.Stage
}

func placeOf(p pkg, absent bool) place {
	switch {
	case absent:
		return place{providers.PhaseRemoval, bootjob.StageRemoval}
	case providers.Is(p.Kind, stack):
		return place{providers.PhaseServicing, bootjob.StageServicing}
	case providers.Is(p.Kind, language):
		return place{providers.PhaseLanguage, bootjob.StageLanguage}
	case providers.Is(p.Kind, onDemand), providers.Is(p.Kind, featurePack):
		return place{providers.PhaseCapability, bootjob.StageCapability}
	case providers.Is(p.Kind, part):
		return place{providers.PhaseComponentLanguage, bootjob.StageCapability}
	case providers.Is(p.Kind, dotNet):
		return place{providers.PhaseDotNet, bootjob.StageDotNet}
	}
	return place{providers.PhasePackage, bootjob.StagePackage}
}

func phaseOf(p pkg, absent bool) providers.Phase { return placeOf(p, absent).phase }

// satellites are the capabilities of a language in the order in which they are installed ("Language
// and region Features on Demand"): the others depend on the first.
func satellites() []string {
	return []string{"Basic", "Fonts", "OCR", "Handwriting", "TextToSpeech", "Speech"}
}

// placeAmong is the position of a package among those of its phase: language resources of
// components come after all components.
func placeAmong(p pkg) int {
	if providers.Is(p.Kind, part) {
		return len(satellites())
	}
	identity := *p.Identity
	for i, name := range satellites() {
		if strings.HasPrefix(strings.ToLower(identity), strings.ToLower("Microsoft-Windows-LanguageFeatures-"+name+"-")) {
			return i
		}
	}
	return 0
}

// again says which earlier change requires that a cumulative update in the image is installed again
// ("Add languages to a Windows image": reinstall the update after adding languages and features on
// demand).
func again(p pkg, earlier []providers.Earlier) string {
	if !providers.Is(p.Kind, cumulative) {
		return ""
	}
	for e, s := range providers.Told[providers.Serviced](earlier) {
		if s.Components && !e.Gone {
			return "what " + e.Addr.Local() + " brings along misses the fixes of the update until it is installed after it"
		}
	}
	return ""
}

// effectIn is the effect of a change; for a language pack it says what has to follow.
func effectIn(when providers.Effect) func(context.Context, image.Session, providers.Host, providers.TypedChange[pkg]) (providers.Effect, error) {
	return func(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[pkg]) (providers.Effect, error) {
		if c.Action == providers.Delete || !providers.Is(c.Want.Kind, language) {
			return when, nil
		}
		return packagefile.LanguageEffect(ctx, s, when)
	}
}

// facts depend on the kind of the package, as far as it is known. A package to be removed has no
// known kind.
func facts(p pkg) []providers.Fact {
	serviced, updates := providers.Serviced{}, providers.Updates{Cumulative: p.Identity == nil || servicing.IsCumulative(*p.Identity)}
	if p.Release != nil {
		updates.Release = *p.Release
	}
	list := []providers.Fact{updates}
	if p.Identity != nil {
		list = append(list, providers.Package{Identity: *p.Identity})
	}
	switch {
	case providers.Is(p.Kind, language):
		i, _ := msu.ParseIdentity(*p.Identity) // without a known language, no later change depends on it
		serviced.Components, list = true, append(list, providers.Language{Tag: i.Language})
	case providers.Is(p.Kind, part):
		serviced.Components = true
	case providers.Is(p.Kind, onDemand), providers.Is(p.Kind, featurePack):
		serviced.Components, list = true, append(list, providers.Features{})
	case p.Kind == nil, providers.Is(p.Kind, other):
		list = append(list, providers.Features{})
	}
	return append(list, serviced)
}
