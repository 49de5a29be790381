package providers

// Phase is the position of a resource in the order of servicing. Steps of a lower
// phase come first; depends_on may move single steps.
//
// The order is Microsoft's: "Update Windows installation media with Dynamic
// Update" (order of the steps for install.wim), "Add languages to a Windows image"
// and "Understanding servicing strategies".
type Phase int

const (
	PhaseExamination       Phase = 5  // of the image as it came
	PhaseEdition           Phase = 10 // what the image is
	PhaseRemoval           Phase = 15 // features, capabilities, languages and packages that are removed
	PhaseDriver            Phase = 20
	PhaseServicing         Phase = 25 // servicing stack updates
	PhaseLanguage          Phase = 30
	PhaseCapability        Phase = 35
	PhaseComponentLanguage Phase = 37 // language parts of single components
	PhaseFeature           Phase = 40
	PhasePackage           Phase = 50 // cumulative and other updates
	PhaseCleanup           Phase = 55 // of the component store
	PhaseDotNet            Phase = 58 // .NET Framework: leaves work pending, and cleanup refuses to run then
	PhaseApp               Phase = 60
	PhaseFile              Phase = 70
	PhaseLocale            Phase = 75 // languages and locales of the image
	PhaseSetting           Phase = 80 // registry, services
	PhaseVerification      Phase = 90
)

// Rule says in a sentence why resources of the phase come after those of lower
// phases.
func (p Phase) Rule() string { return rules[p] }

var rules = map[Phase]string{
	PhaseExamination:       "an image is examined before anything is done to it, as work on a damaged one is lost",
	PhaseEdition:           "the edition decides which packages and features there are, so it is changed first",
	PhaseRemoval:           "what goes is taken out before anything is added, so that updates do not have to service it",
	PhaseDriver:            "drivers come before the updates, which do not change them",
	PhaseServicing:         "a newer servicing stack is needed to install what comes after it",
	PhaseLanguage:          "languages come before capabilities, features and updates, whose language resources are installed with them",
	PhaseCapability:        "capabilities come after the languages they belong to, and before the update that services them",
	PhaseComponentLanguage: "what a component has in a language comes after the component itself",
	PhaseFeature:           "features are enabled before the update that services them",
	PhasePackage:           "a cumulative update comes after all it has to update: languages, capabilities and features",
	PhaseCleanup:           "the component store is cleaned up after the update that supersedes what is in it",
	PhaseDotNet:            ".NET Framework and its updates come after the cleanup, which refuses to run while the work is pending that they leave",
	PhaseApp:               "apps come after the languages, whose resources are installed with them",
	PhaseFile:              "files come after servicing, which may replace them",
	PhaseLocale:            "locales come after the languages, and before settings, of which they remove those for formats of other locales",
	PhaseSetting:           "settings come after servicing, which may reset them",
	PhaseVerification:      "what verifies the image comes after all that changes it",
}
