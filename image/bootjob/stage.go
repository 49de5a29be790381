package bootjob

// Stage is the position of a job in the order of servicing. The value is the queue
// order of the stage's first job, below 500, the default of scripts.
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

// maxPlace is the largest [Job].Place.
const maxPlace = 29

func (s Stage) known() bool {
	switch s {
	case StageEdition, StageRemoval, StageDriver, StageServicing, StageLanguage, StageCapability, StageFeature, StagePackage, StageCleanup, StageDotNet, StageApp:
		return true
	}
	return false
}

// beside reports whether a job of the stage may run while earlier jobs wait for a
// restart. Removals, languages, capabilities, features and packages share one restart,
// unless they run alone. A servicing stack must be in use before jobs that need it,
// cleanup refuses to run while work is pending, .NET leaves pending work, and apps use
// the active languages.
func (s Stage) beside() bool {
	return s == StageRemoval || s == StageLanguage || s == StageCapability || s == StageFeature || s == StagePackage
}

// limit is the time limit for a job of the stage, in minutes: several times the
// duration on a slow machine. A cumulative update may take more than an hour on a hard
// disk.
func (s Stage) limit() int {
	switch s {
	case StageEdition, StageDriver:
		return 60
	case StagePackage, StageCleanup, StageDotNet:
		return 360
	}
	return 180
}
