package providers

// Phase is the position of a resource in the order of servicing. Steps of a lower phase come first;
// depends_on may move single steps.
//
// The order is Microsoft's: "Update Windows installation media with Dynamic Update" (the order of
// the steps for install.wim), "Add languages to a Windows image" and "Understanding servicing
// strategies".
type Phase int

const (
	PhaseExamination       Phase = 5  // checks of the source
	PhaseEdition           Phase = 10 // the edition
	PhaseRemoval           Phase = 15 // removal of features, capabilities, languages and packages
	PhaseDriver            Phase = 20
	PhaseServicing         Phase = 25 // servicing stack updates
	PhaseLanguage          Phase = 30
	PhaseCapability        Phase = 35
	PhaseComponentLanguage Phase = 37 // language resources of single components
	PhaseFeature           Phase = 40
	PhasePackage           Phase = 50 // cumulative and other updates
	PhaseCleanup           Phase = 55 // cleanup of the component store
	PhaseDotNet            Phase = 58 // .NET Framework: it leaves work pending, and cleanup refuses to run while work is pending
	PhaseApp               Phase = 60
	PhaseFile              Phase = 70
	PhaseLocale            Phase = 75 // default languages and locales
	PhaseSetting           Phase = 80 // registry, services
	PhaseVerification      Phase = 90
)

// Name is the phase in a word or two.
func (p Phase) Name() string { return names[p] }

var names = map[Phase]string{
	PhaseExamination:       "examination",
	PhaseEdition:           "edition",
	PhaseRemoval:           "removals",
	PhaseDriver:            "drivers",
	PhaseServicing:         "servicing stack",
	PhaseLanguage:          "languages",
	PhaseCapability:        "capabilities",
	PhaseComponentLanguage: "component languages",
	PhaseFeature:           "features",
	PhasePackage:           "updates",
	PhaseCleanup:           "cleanup",
	PhaseDotNet:            ".NET Framework",
	PhaseApp:               "apps",
	PhaseFile:              "files",
	PhaseLocale:            "locales",
	PhaseSetting:           "settings",
	PhaseVerification:      "verification",
}

// Rule says in a sentence why resources of the phase come after those of lower phases.
func (p Phase) Rule() string { return rules[p] }

var rules = map[Phase]string{
	PhaseExamination:       "an image is examined before anything is changed in it, as work on a damaged one is lost",
	PhaseEdition:           "the edition decides which packages and features there are, so it is changed first",
	PhaseRemoval:           "what is removed is removed before anything is added, so that updates do not have to service it",
	PhaseDriver:            "drivers come before the updates, which do not change them",
	PhaseServicing:         "a newer servicing stack is needed to install what comes after it",
	PhaseLanguage:          "languages come before capabilities, features and updates, whose language resources are installed with them",
	PhaseCapability:        "capabilities come after the languages they belong to, and before the update that services them",
	PhaseComponentLanguage: "the language resources of a component come after the component itself",
	PhaseFeature:           "features are enabled before the update that services them",
	PhasePackage:           "a cumulative update comes after everything it has to update: languages, capabilities and features",
	PhaseCleanup:           "the component store is cleaned up after the update that supersedes its content",
	PhaseDotNet:            ".NET Framework and its updates come after the cleanup, which refuses to run while their work is pending",
	PhaseApp:               "apps come after the languages, whose resources are installed with them",
	PhaseFile:              "files come after servicing, which may replace them",
	PhaseLocale:            "locales come after the languages, and before settings, since they remove the formats that settings define for other locales",
	PhaseSetting:           "settings come after servicing, which may reset them",
	PhaseVerification:      "what verifies the image comes after everything that changes it",
}
