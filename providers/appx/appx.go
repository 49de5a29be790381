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
	"It is added from the file in `source`: now with the backend `dism`, otherwise at the first boot of\n" +
	"the deployed machine. Without `source` it must be in the image already. An older version of the app\n" +
	"is updated. The file says what the app needs: if it needs a later Windows than the image has, or a\n" +
	"framework that neither the image nor `dependencies` has in that version and architecture, that is an\n" +
	"error of the plan.\n\n" +
	"With `ensure = \"absent\"` it is removed from the image at once, with all its packages and the\n" +
	"optional packages that belong to it. It is taken off Windows' list of provisioned apps\n" +
	"(`AppxProvisioning.xml`) and marked, so that an upgrade of Windows does not bring it back. The plan\n" +
	"warns if the image has never had an app of that name. System apps, which are part of Windows itself,\n" +
	"are not provisioned and stay. gild does not check whether other apps need it, as they need\n" +
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
			Doc: "Name of the app's packages, such as `Microsoft.WindowsCalculator`: what DISM calls their display name, without version and publisher."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "File with the app, relative to the folder of the configuration: `.appx`, `.msix`, `.appxbundle` or `.msixbundle`. It is copied into the image, and removed on the machine when the app was added."},
		{Name: "dependencies", Type: cty.List(cty.String), Hint: true, Payload: dsl.PayloadFile,
			Doc: "Files with the frameworks that the app needs and that are not in the image, for all architectures that it can run in."},
		{Name: "license", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "File with the licence of an app out of the store (`.xml`). Without, the app is added without one, as is right for apps from elsewhere."},
		{Name: "regions", Type: cty.Set(cty.String), Hint: true,
			Doc: "Regions in which the app is installed for users: codes like `US`, or `all`, as it is when left out."},
		{Name: "allow_older", Type: cty.Bool, Default: cty.False, Hint: true,
			Doc: "`true`: a newer version in the image is replaced by that of `source`. Otherwise that is an error."},
		{Name: "architectures", Type: cty.List(cty.String), Computed: true,
			Doc: "Architectures that the app in `source` is for."},
		{Name: "identity", Type: cty.String, Computed: true,
			Doc: "Full name of the package in `source`."},
		{Name: "requires", Type: cty.List(cty.String), Computed: true,
			Doc: "What the app and its dependencies need: version of Windows or package, least version, architecture, and which dependency needs it."},
		{Name: "provides", Type: cty.List(cty.String), Computed: true,
			Doc: "Full names of the packages in `dependencies`."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "Digest of the files that are added, and of how."},
		{Name: "applies", Type: cty.String, Computed: true, Applies: true,
			Doc: "`now` if the app is in the image, `at first boot` if it is queued."},
		{Name: "package_name", Type: cty.String, Computed: true,
			Doc: "Full name of the provisioned package; of several, all of them."},
		{Name: "display_name", Type: cty.String, Computed: true,
			Doc: "What DISM calls the display name: the name as the image has it."},
		{Name: "version", Type: cty.String, Computed: true,
			Doc: "Version of the package."},
		{Name: "arch", Type: cty.String, Computed: true,
			Doc: "Architecture: `neutral`, which bundles are, too, `x64`, `x86`, `arm64` …"},
		{Name: "publisher_id", Type: cty.String, Computed: true,
			Doc: "What stands for the publisher in names of packages."},
		{Name: "family_name", Type: cty.String, Computed: true,
			Doc: "Name and publisher, which all versions have in common."},
		{Name: "optional_packages", Type: cty.List(cty.String), Computed: true,
			Doc: "Full names of the packages that add to the app, and are removed with it."},
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
