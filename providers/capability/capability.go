// Package capability is the kind "capability": a feature on demand of Windows. What its files are
// is in package packagefile; what an image records of capabilities is in image/servicing.
package capability

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

const doc = "A capability of Windows, which Microsoft also calls a feature on demand: parts of a language,\n" +
	"`OpenSSH.Client~~~~0.0.1.0`, the tools for administering servers.\n\n" +
	"DISM adds it, or removes it with `ensure = \"absent\"`: now with the backend `dism`, otherwise at the\n" +
	"first boot of the deployed machine. A capability that is queued counts as done. Its files come from\n" +
	"`source`, or from Windows Update if there is none. For an image DISM gets nothing from Windows\n" +
	"Update, so without `source` the capability waits for the first boot with the backend `dism`, too.\n" +
	"There it waits until Windows Setup has ended and the machine has a network, and everything queued\n" +
	"after it waits with it; the plan warns of that. `gild inspect -kind=capability IMAGE` lists those\n" +
	"that the image has or had; an image does not record what only Windows Update offers. The [page on the first\n" +
	"boot](../../first-boot.md) says what the machine does."

// capability is the resource.
type capability struct {
	Name   string  `cty:"name"`
	Source *string `cty:"source"`

	Digest  *string            `cty:"digest"`
	File    *string            `cty:"file"`
	Files   []string           `cty:"files"`
	Arch    *string            `cty:"arch"`
	Builds  []int              `cty:"builds"`
	For     []string           `cty:"for"`
	State   *string            `cty:"state"`
	Package *string            `cty:"package"`
	Applies *providers.Applies `cty:"applies"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[capability]{
		Kind: "capability", Doc: doc, Phase: providers.PhaseCapability, PhaseOf: phaseOf,
		Schema: schema(), Check: check, Claims: claims, Facts: facts, Resolve: resolve, Details: details, Read: read, Warn: warn, List: list,
		Ways: []providers.TypedWay[capability]{byDISM(), {
			Name: providers.FirstBoot, Effect: providers.AtFirstBoot(), Needs: bootjob.Needs(),
			Check: passable, QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Key: true, Required: true, Fold: true, Column: 1,
			Doc: "Identity of the capability as DISM lists it: name, three tildes, language if it has one, a tilde and the version if it has one, as in `Language.Basic~~~de-DE~0.0.1.0` or `WMIC~~~~`."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadPackage,
			Doc: "Folder with the capability's packages, relative to the folder of the configuration: `LanguagesAndOptionalFeatures` of Microsoft's media with languages and optional features, of the release of the image. The cabinets of this capability are found by what they declare (gild looks into each once, and notes what it found), and copied into the image with those for other languages, those of capabilities that it depends on, and the media's metadata. With `source`, Windows Update is not used."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "Digest of the files from `source`."},
		{Name: "file", Type: cty.String, Computed: true,
			Doc: "The cabinet that declares the capability."},
		{Name: "files", Type: cty.List(cty.String), Computed: true, FilesOf: "source",
			Doc: "The files from `source` that are copied into the image."},
		{Name: "arch", Type: cty.String, Computed: true,
			Doc: "Architecture of the cabinet."},
		{Name: "builds", Type: cty.List(cty.Number), Computed: true,
			Doc: "Builds of Windows it is for. A build that shares its files with others covers them, too: 19041 covers 19045."},
		{Name: "for", Type: cty.List(cty.String), Computed: true,
			Doc: "Packages of which the image must hold one, with conditions on their build and revision."},
		{Name: "state", Type: cty.String, Computed: true, Column: 2,
			Doc: "State in the image: `installed`, `install_pending`, `uninstall_pending`, `staged`, `not_present` …, or `unknown`."},
		{Name: "package", Type: cty.String, Computed: true,
			Doc: "Identity of the capability's package."},
		{Name: "applies", Type: cty.String, Computed: true, Applies: true,
			Doc: "`now` if it is so in the image, `at first boot` if that is queued."},
	}
}

// details are those of the cabinet that declares the capability.
func details(c capability, _, name string) []providers.Detail {
	if c.File == nil || *c.File != name {
		return nil
	}
	return []providers.Detail{providers.DetailOf("capability", &c.Name), packagefile.BuildDetail(c.Builds), providers.DetailOf("arch", c.Arch)}
}

func facts(capability) []providers.Fact {
	return []providers.Fact{providers.Serviced{Components: true}, providers.Features{}}
}

func claims(c capability, _ bool) []providers.Claim {
	return []providers.Claim{providers.ClaimThing("capability", nt.Fold(c.Name))}
}

func phaseOf(_ capability, absent bool) providers.Phase {
	if absent {
		return providers.PhaseRemoval
	}
	return providers.PhaseCapability
}
