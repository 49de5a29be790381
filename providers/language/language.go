// Package language is the kind "language_pack": a display language of Windows. Its optional parts
// ("features") expand to packages. What it shares with other packages is in package packagefile;
// what an image has of languages is in image/international and image/servicing.
package language

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

const doc = "A display language of Windows.\n\n" +
	"The language pack must be for the build and the architecture of the image; it is on the media *Languages and Optional\n" +
	"Features* of that release. gild reads from the file what it is for; one for another Windows is an error of the plan.\n" +
	"Local Experience Packs, apps of the Microsoft Store, are not language packs.\n\n" +
	"`features` also installs capabilities of the language: their files, in the folder of the language pack, become\n" +
	"[packages](package.md), in Microsoft's order: basic typing first.\n\n" +
	"Only Windows writes its component store. With the backend `dism` the language pack is installed now; otherwise it is copied\n" +
	"into the image, and DISM installs it when the image is deployed ([how](../../first-boot.md)).\n\n" +
	"A cumulative update in the image lacks the new language: it must be installed again after the language pack.\n" +
	"If the configuration has the update as a [package](package.md), gild plans that; otherwise the effect in the plan says\n" +
	"that it is needed. [international](international.md) sets what the language is used for.\n\n" +
	"Windows 11 removes languages that no user uses some time after its first boot; `keep_languages` of\n" +
	"[international](international.md) keeps them. The plan warns of a language added without it.\n\n" +
	"With `ensure = \"absent\"` the language that `language` names is removed. The one that Windows was installed in stays."

// pack is the resource.
type pack struct {
	Source   *string  `cty:"source"`
	Language *string  `cty:"language"`
	Features []string `cty:"features"`

	Identity  *string            `cty:"identity"`
	Flavor    *string            `cty:"flavor"`
	Arch      *string            `cty:"arch"`
	Version   *string            `cty:"version"`
	Builds    []int              `cty:"builds"`
	For       []string           `cty:"for"`
	Digest    *string            `cty:"digest"`
	Installed *string            `cty:"installed"`
	State     *string            `cty:"state"`
	Localized *string            `cty:"localized"`
	Applies   *providers.Applies `cty:"applies"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[pack]{
		Kind: "language_pack", Doc: doc, Phase: providers.PhaseLanguage,
		Schema: schema(), Check: check, Claims: claims, Facts: facts, Expand: expand, Resolve: resolve, Details: details, PhaseOf: phaseOf, Read: read, Warn: warn, List: list,
		Ways: []providers.TypedWay[pack]{byDISM(), {
			Name: providers.FirstBoot, Effect: providers.AtFirstBoot(), Needs: bootjob.Needs(),
			Check: runnable, EffectIn: effect(providers.AtFirstBoot()), QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	computed := dsl.Schema{
		{Name: "identity", Type: cty.String, Doc: "Identity of the package."},
		{Name: "flavor", Type: cty.String, Doc: "The Windows it is for: `client`, `server` or `windows_pe`; null if it does not say."},
		{Name: "arch", Type: cty.String, Doc: "Architecture: `amd64`, `arm64`, `x86`."},
		{Name: "version", Type: cty.String, Column: 4, Doc: "Version of the package."},
		{Name: "builds", Type: cty.List(cty.Number), Doc: "Builds of Windows it is for. A build that shares its files with others covers them, too: 19041 covers 19045."},
		{Name: "for", Type: cty.List(cty.String), Doc: "Packages of which the image must hold one, with conditions on their build and revision."},
		{Name: "digest", Type: cty.String, Doc: "SHA-256 of the file; of a folder, of the list of its files with their SHA-256."},
		{Name: "installed", Type: cty.String, Doc: "Identity of the language pack that the image holds."},
		{Name: "state", Type: cty.String, Column: 2, Doc: "State of that package in DISM's words."},
		{Name: "localized", Type: cty.String, Column: 3, Doc: "How much of Windows is in the language: `fully`, `partially` or `interface_pack`."},
		{Name: "applies", Type: cty.String, Applies: true, Doc: "`now` if the image holds it, `at first boot` if that is queued."},
	}
	for i := range computed {
		computed[i].Computed = true
	}
	return append(dsl.Schema{
		{Name: "source", Type: cty.String, Key: true, Payload: dsl.PayloadPackage,
			Doc: "The language pack, relative to the folder of the configuration: a `.cab` file such as `Microsoft-Windows-Client-Language-Pack_x64_de-de.cab`, or a folder with its files. Required unless `ensure = \"absent\"`."},
		{Name: "language", Type: cty.String, Key: true, Fold: true, Column: 1,
			Doc: "Tag of the language, as in `de-DE`. The default is that of `source`; otherwise `source` must be of it."},
		{Name: "features", Type: cty.Set(cty.String), Hint: true, Values: featureNames(),
			Doc: "Capabilities of the language to install with it: `basic` (typing, spelling), `fonts`, `ocr`, `handwriting`, `text_to_speech` and `speech`. Their `.cab` files must be in the folder of `source`, with the names they have on Microsoft's media."},
	}, computed...)
}

func phaseOf(_ pack, absent bool) providers.Phase {
	if absent {
		return providers.PhaseRemoval
	}
	return providers.PhaseLanguage
}

func details(p pack, _, _ string) []providers.Detail {
	return []providers.Detail{providers.DetailOf("language", p.Language), packagefile.BuildDetail(p.Builds), providers.DetailOf("arch", p.Arch)}
}

func facts(p pack) []providers.Fact {
	list := []providers.Fact{providers.Serviced{Components: true}, providers.Language{Tag: *p.Language}}
	if p.Identity != nil {
		list = append(list, providers.Package{Identity: *p.Identity})
	}
	return list
}

// claims are on the file and on the language.
func claims(p pack, _ bool) []providers.Claim {
	var list []providers.Claim
	if p.Source != nil {
		list = append(list, providers.ClaimThing("package in the file", nt.Fold(*p.Source)))
	}
	if p.Language != nil {
		list = append(list, providers.ClaimThing("language pack for", nt.Fold(*p.Language)))
	}
	return list
}
