// Package winpackage is the kind "package": an update or another package of Component Based
// Servicing, which DISM installs from a .cab or .msu file.
//
// Begin with resolve, which reads the file; dism.go installs now, firstboot.go at the first boot.
// What it shares with language packs and capabilities is in package packagefile.
package winpackage

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

const doc = "A Windows package: a cumulative update, an update of the servicing stack or of .NET, a feature on\n" +
	"demand, any `.cab` or `.msu` file that DISM installs.\n\n" +
	"gild reads the file: it finds the package's identity, its type and so its place in the order of\n" +
	"servicing, and its architecture and build of Windows. A file that is no package, or is for\n" +
	"another Windows than the image's, is an error of the plan. If the image has the package already, or\n" +
	"a newer version of it, nothing is done. What is installed after a cumulative update misses its\n" +
	"fixes: if a language, a capability or a feature is added to an image that has the update already,\n" +
	"the update is installed again after it.\n\n" +
	"Only Windows writes its component store. With the backend `dism` the package is installed now;\n" +
	"otherwise it is copied into the image, and DISM installs it when the image is deployed, before the\n" +
	"machine is used ([how](../../first-boot.md)).\n\n" +
	"With `ensure = \"absent\"` the package that `identity` or `kb` names is removed. Packages that are\n" +
	"staged or superseded count as removed. `gild inspect -json` lists what there is; packages that\n" +
	"Windows never removes are an error.\n\n" +
	"Since Windows 11 24H2 a cumulative update can build on earlier ones, its checkpoint cumulative\n" +
	"updates. gild gives them to DISM with the update; those that the image has already are left out."

// pkg is the resource.
type pkg struct {
	Source      *string  `cty:"source"`
	Identity    *string  `cty:"identity"`
	KB          *string  `cty:"kb"`
	Checkpoints []string `cty:"checkpoints"`

	Kind              *string  `cty:"kind"`
	Arch              *string  `cty:"arch"`
	Version           *string  `cty:"version"`
	Release           *string  `cty:"release"`
	Builds            []int    `cty:"builds"`
	For               []string `cty:"for"`
	Requires          *string  `cty:"requires"`
	Contains          []string `cty:"contains"`
	Digest            *string  `cty:"digest"`
	CheckpointFiles   []string `cty:"checkpoint_files"`
	CheckpointDigests []string `cty:"checkpoint_digests"`

	Installed   *string            `cty:"installed"`
	Applies     *providers.Applies `cty:"applies"`
	State       *string            `cty:"state"`
	StateCode   *int64             `cty:"state_code"`
	Visible     *bool              `cty:"visible"`
	ReleaseType *string            `cty:"release_type"`
	InstallTime *string            `cty:"install_time"`
	Client      *string            `cty:"client"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[pkg]{
		Kind: "package", Doc: doc, Phase: providers.PhasePackage,
		Schema: schema(), Check: check, Claims: claims, Makes: makes, Facts: facts, Resolve: resolve, Details: details, PhaseOf: phaseOf, Again: again, Read: read, List: list,
		Ways: []providers.TypedWay[pkg]{byDISM(), {
			Name: providers.FirstBoot, Effect: providers.AtFirstBoot(), Needs: bootjob.Needs(),
			Check: runnable, EffectIn: effectIn(providers.AtFirstBoot()), QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func makes(of any) *pkg {
	f, ok := of.(providers.PackageFile)
	if !ok {
		return nil
	}
	return &pkg{Source: &f.Source}
}

func schema() dsl.Schema {
	text, texts := cty.String, cty.List(cty.String)
	return append(dsl.Schema{
		{Name: "source", Type: text, Key: true, Payload: dsl.PayloadPackage,
			Doc: "The package, relative to the folder of the configuration: a `.msu` or `.cab` file, or a folder with the files of one package. It must not be at the root of a partition or in a folder synchronised with a cloud. Required unless `ensure = \"absent\"`."},
		{Name: "identity", Type: text, Key: true, Fold: true, Column: 1,
			Doc: "Identity of the package, as in `Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.10`. The default is that of `source`; otherwise `source` must contain it."},
		{Name: "kb", Type: text, Key: true, Fold: true,
			Doc: "Number of the article on the package, as in `KB5058411`. The default is that of `source`; otherwise `source` must be of it."},
		{Name: "checkpoints", Type: texts, Hint: true, Payload: dsl.PayloadPackage,
			Doc: "Cumulative updates that this one builds on, relative to the folder of the configuration. If left out, those in the folder of `source`: all earlier `.msu` files for the same build, of Windows 11 24H2 or later. `[]` for none."},
	}, computed()...)
}

func computed() dsl.Schema {
	text, texts := cty.String, cty.List(cty.String)
	list := dsl.Schema{
		{Name: "kind", Type: text, Doc: "What it is: `servicing_stack`, `cumulative`, `dotnet`, `update`, `language_pack`, `component_language` (language resources of a single component), `feature_on_demand`, `feature_pack` or `other`."},
		{Name: "arch", Type: text, Doc: "Architecture: `amd64`, `arm64`, `x86` …"},
		{Name: "version", Type: text, Doc: "Version of the package."},
		{Name: "release", Type: text, Doc: "Build and revision that Windows has with it, of a cumulative update: `26100.4061`."},
		{Name: "builds", Type: cty.List(cty.Number), Doc: "Builds of Windows it is for, if the package says so. A build that shares its files with others covers them, too: 19041 covers 19045."},
		{Name: "for", Type: texts, Doc: "Packages of which the image must hold one: its name, the condition on its build and, if that matters, the one on its revision, as in `Microsoft-Windows-Client-Features-Package >= 10.0.19041 >= 1`."},
		{Name: "requires", Type: text, Doc: "Of a cumulative update: the lowest build and revision that Windows must have before it, as in `26100.1742`; none if one of `checkpoints` provides it."},
		{Name: "contains", Type: texts, Doc: "Identities of the packages in a file that holds several, in the order in which they are installed."},
		{Name: "digest", Type: text, Doc: "SHA-256 of the file; of a folder, of the list of its files with their SHA-256."},
		{Name: "checkpoint_files", Type: texts, FilesOf: "checkpoints", Doc: "Cumulative updates that it builds on, lowest first."},
		{Name: "checkpoint_digests", Type: texts, Doc: "SHA-256 of these files."},
		{Name: "installed", Type: text, Doc: "Identity of the package that the image holds in its place, of the same or a newer version."},
		{Name: "applies", Type: text, Applies: true, Doc: "`now` if the image holds it, `at first boot` if that is queued."},
		{Name: "state", Type: text, Column: 2, Doc: "State in DISM's words: `installed`, `install_pending`, `superseded`, `staged` …; `unknown` for one that gild does not know."},
		{Name: "state_code", Type: cty.Number, Doc: "State as the image records it."},
		{Name: "visible", Type: cty.Bool, Doc: "Whether DISM lists it."},
		{Name: "release_type", Type: text, Column: 3, Doc: "Release type in DISM's words: `update`, `security_update`, `language_pack` …; of visible packages."},
		{Name: "install_time", Type: text, Column: 4, Doc: "When the package got into this state."},
		{Name: "client", Type: text, Doc: "What installed it."},
	}
	for i := range list {
		list[i].Computed = true
	}
	return list
}

// claims are on the file, on the package in it, whatever its version, and on the article.
func claims(p pkg, _ bool) []providers.Claim {
	var list []providers.Claim
	if p.Source != nil {
		list = append(list, providers.ClaimThing("package in the file", nt.Fold(*p.Source)))
	}
	if p.Identity != nil {
		if l := packagefile.LanguageOf(*p.Identity); l != "" {
			list = append(list, providers.ClaimThing("language pack for", nt.Fold(l)))
		}
		list = append(list, providers.ClaimThing("package", nt.Fold(thing(*p.Identity))))
	}
	if p.KB != nil {
		list = append(list, providers.ClaimThing("package of article", nt.Fold(*p.KB)))
	}
	return list
}

// thing is an identity without its version: the queue has one job for it.
func thing(identity string) string {
	return identity[:max(strings.LastIndexByte(identity, '~'), 0)]
}

// The kinds as the attribute has them.
var kindNames = map[msu.Kind]string{
	msu.Other: other, msu.ServicingStack: stack, msu.Cumulative: cumulative, msu.DotNet: dotNet, msu.Fix: "update",
	msu.LanguagePack: language, msu.ComponentLanguage: part, msu.OnDemand: onDemand, msu.FeaturePack: featurePack,
}

const (
	other       = "other"
	stack       = "servicing_stack"
	cumulative  = "cumulative"
	dotNet      = "dotnet"
	language    = "language_pack"
	part        = "component_language"
	onDemand    = "feature_on_demand"
	featurePack = "feature_pack"
)
