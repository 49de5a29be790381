package bootjob

// Stage is where in the order of servicing a job runs. The value is the order of
// the first job of the stage in the queue, below the 500 that scripts have unless
// they say otherwise.
//
// The order is Microsoft's, in "Update Windows installation media with Dynamic
// Update" (install.wim) and "Understanding servicing strategies"; it is the same
// as that of the phases in package providers.
type Stage int

const (
	StageEdition    Stage = 50
	StageRemoval    Stage = 100 // of packages, languages, capabilities, features and apps
	StageDriver     Stage = 130
	StageServicing  Stage = 150 // servicing stack updates
	StageLanguage   Stage = 200
	StageCapability Stage = 250
	StageFeature    Stage = 300
	StagePackage    Stage = 350 // cumulative and other updates
	StageCleanup    Stage = 400
	StageDotNet     Stage = 430 // .NET Framework 3.5 and updates of .NET
	StageApp        Stage = 460
)

// maxPlace is the largest place of a job in its stage.
const maxPlace = 29

func (s Stage) known() bool {
	switch s {
	case StageEdition, StageRemoval, StageDriver, StageServicing, StageLanguage, StageCapability, StageFeature, StagePackage, StageCleanup, StageDotNet, StageApp:
		return true
	}
	return false
}

// beside tells whether a job of the stage may run while jobs before it wait for a
// restart. Removals, languages, capabilities, features and packages share one,
// unless they are to run alone; a servicing stack must be in use before what needs
// it, cleanup refuses to run while work is pending, .NET leaves some, and apps take
// the languages that are active.
func (s Stage) beside() bool {
	return s == StageRemoval || s == StageLanguage || s == StageCapability || s == StageFeature || s == StagePackage
}

// limit is how many minutes a job of the stage may take: several times what it takes on
// a slow machine. A cumulative update may take more than an hour on a hard disk.
func (s Stage) limit() int {
	switch s {
	case StageEdition, StageDriver:
		return 60
	case StagePackage, StageCleanup, StageDotNet:
		return 360
	}
	return 180
}
