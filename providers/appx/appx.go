// Package appx is the kind "appx": an app that Windows installs for each new user.
package appx

import (
	"context"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
)

const doc = "A provisioned app: one that Windows installs for each new user.\n\n" +
	"gild adds the app from the file in `source`: now with the backend `dism`, otherwise at the first boot\n" +
	"of the deployed machine. Without `source` the app must already be in the image. An older version of\n" +
	"the app is updated. The plan reads the requirements of the app from the file. It fails if the app\n" +
	"requires a later Windows than the image has, or a framework that neither the image nor `dependencies`\n" +
	"has in that version and architecture.\n\n" +
	"With `ensure = \"absent\"` gild removes the app from the image at once, with all its packages and its\n" +
	"optional packages. It removes the app from Windows' list of provisioned apps (`AppxProvisioning.xml`)\n" +
	"and marks it as deprovisioned, so that an upgrade of Windows does not reinstall it. The plan warns if\n" +
	"the image has never had an app of that name. System apps are part of Windows itself: they are not\n" +
	"provisioned and stay. gild does not check whether other apps require this one, as many require\n" +
	"`Microsoft.VCLibs.140.00`. `gild inspect -json` lists the names."

// app is the resource.
type app struct {
	Name        string  `cty:"name"`
	PackageName *string `cty:"package_name"`
	DisplayName *string `cty:"display_name"`
	Version     *string `cty:"version"`
	Arch        *string `cty:"arch"`
	PublisherID *string `cty:"publisher_id"`
	FamilyName  *string `cty:"family_name"`

	Source        *string            `cty:"source"`
	Dependencies  []string           `cty:"dependencies"`
	License       *string            `cty:"license"`
	Regions       []string           `cty:"regions"`
	AllowOlder    *bool              `cty:"allow_older"`
	Architectures []string           `cty:"architectures"`
	Identity      *string            `cty:"identity"`
	Requires      []string           `cty:"requires"`
	Provides      []string           `cty:"provides"`
	Digest        *string            `cty:"digest"`
	Applies       *providers.Applies `cty:"applies"`

	OptionalPackages []string `cty:"optional_packages"`
}

// absent reports whether the app is to be absent: only its key is filled in then.
func (a app) absent() bool { return a.AllowOlder == nil }

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[app]{
		Kind: "appx", Doc: doc, Phase: providers.PhaseApp, PhaseOf: phaseOf, Revision: 2,
		Schema: schema(), Check: check, Claims: claims, Resolve: resolve, Details: details, Read: read, Warn: warn, Facts: facts, Again: again, List: list,
		Ways: []providers.TypedWay[app]{byDISM(), {
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanFiles, image.CanRegistry},
			Check: passable, EffectIn: effect, QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Name of the app's packages without version and publisher, such as `Microsoft.WindowsCalculator`. DISM calls it the display name."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "File with the app, relative to the folder of the configuration: `.appx`, `.msix`, `.appxbundle` or `.msixbundle`. gild copies it into the image. The machine deletes it after adding the app."},
		{Name: "dependencies", Type: cty.List(cty.String), Hint: true, Payload: dsl.PayloadFile,
			Doc: "Files with the frameworks that the app requires and the image lacks, for all architectures that the app supports."},
		{Name: "license", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "License file (`.xml`) of an app from the Microsoft Store. If not set, the app is added without a license; apps from elsewhere need none."},
		{Name: "regions", Type: cty.Set(cty.String), Hint: true,
			Doc: "Regions in which Windows installs the app for users: codes such as `US`, or `all`. Default: `all`."},
		{Name: "allow_older", Type: cty.Bool, Default: cty.False, Hint: true,
			Doc: "`true`: the version in `source` replaces a newer version in the image. Otherwise a newer version is an error."},
		{Name: "architectures", Type: cty.List(cty.String), Computed: true,
			Doc: "Architectures that the app in `source` supports."},
		{Name: "identity", Type: cty.String, Computed: true,
			Doc: "Full name of the package in `source`."},
		{Name: "requires", Type: cty.List(cty.String), Computed: true,
			Doc: "Requirements of the app and its dependencies: Windows or a package, its minimum version, the architecture, and the dependency that requires it."},
		{Name: "provides", Type: cty.List(cty.String), Computed: true,
			Doc: "Full names of the packages in `dependencies`."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "Digest of the added files and of the options for adding them."},
		{Name: "applies", Type: cty.String, Computed: true, Applies: true,
			Doc: "`now` if the app is in the image, `at first boot` if it is queued."},
		{Name: "package_name", Type: cty.String, Computed: true,
			Doc: "Full name of the provisioned package, or of each one if there are several."},
		{Name: "display_name", Type: cty.String, Computed: true,
			Doc: "Name in the spelling of the image. DISM calls it the display name."},
		{Name: "version", Type: cty.String, Computed: true,
			Doc: "Version of the package."},
		{Name: "arch", Type: cty.String, Computed: true,
			Doc: "Architecture: `x64`, `x86`, `arm64`, or `neutral`, as for bundles."},
		{Name: "publisher_id", Type: cty.String, Computed: true,
			Doc: "Publisher ID: the part of package names that identifies the publisher."},
		{Name: "family_name", Type: cty.String, Computed: true,
			Doc: "Package family name: name and publisher ID, which all versions share."},
		{Name: "optional_packages", Type: cty.List(cty.String), Computed: true,
			Doc: "Full names of the optional packages of the app, which are removed with it."},
	}
}

func phaseOf(_ app, absent bool) providers.Phase {
	if absent {
		return providers.PhaseRemoval
	}
	return providers.PhaseApp
}

// effect is the effect of a change; only a removal does not need Windows.
func effect(_ context.Context, _ image.Session, _ providers.Host, c providers.TypedChange[app]) (providers.Effect, error) {
	if c.Action == providers.Delete {
		return providers.Now(providers.Offline), nil
	}
	return providers.AtFirstBoot(), nil
}

func queuedAt(c providers.TypedChange[app]) (providers.QueuePlace, bool) {
	return providers.QueuePlace{Order: bootjob.Order(bootjob.StageApp, 0), ID: bootjob.ID(jobKind, strings.ToLower(c.Want.Name))}, c.Effect.Waits
}

// details are those of the app, not of its dependencies or licence.
func details(a app, attr, _ string) []providers.Detail {
	if attr != "source" || a.Identity == nil {
		return nil
	}
	id, ok := parseIdentity(*a.Identity)
	if !ok {
		return nil
	}
	return []providers.Detail{{Name: "app", Values: []string{id.family()}}, {Name: "app_version", Values: []string{id.version}}, {Name: "arch", Values: a.Architectures}}
}

// facts are only for other apps.
func facts(a app) []providers.Fact { return []providers.Fact{a} }

func claims(a app, _ bool) []providers.Claim {
	return []providers.Claim{providers.ClaimThing("appx", nt.Fold(a.Name))}
}
