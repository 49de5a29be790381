// Package feature is the kind "feature": an optional feature of Windows.
package feature

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
)

const doc = "An optional feature of Windows, such as `TelnetClient` or `Microsoft-Hyper-V-All`.\n\n" +
	"DISM enables it, or disables it with `ensure = \"absent\"`: now with the backend `dism`, otherwise at\n" +
	"the first boot of the deployed machine, with restarts if Windows asks for them. A feature that is\n" +
	"queued counts as done. gild reads the states from the image's servicing records, so a plan needs no\n" +
	"other program. `gild inspect -kind=feature IMAGE` lists the names; the [page on the first\n" +
	"boot](../../first-boot.md) says what the machine does."

// feature is the resource.
type feature struct {
	Name          string  `cty:"name"`
	RemovePayload *bool   `cty:"remove_payload"`
	All           *bool   `cty:"all"`
	Source        *string `cty:"source"`

	Digest  *string            `cty:"digest"`
	State   *string            `cty:"state"`
	Code    *int64             `cty:"state_code"`
	Package *string            `cty:"package"`
	Applies *providers.Applies `cty:"applies"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[feature]{
		Kind: "feature", Doc: doc, Phase: providers.PhaseFeature, PhaseOf: phaseOf,
		Schema: schema(), Check: check, Claims: claims, Facts: facts, Resolve: resolve, Read: read, List: list,
		Ways: []providers.TypedWay[feature]{byDISM(), {
			Name: providers.FirstBoot, Effect: providers.AtFirstBoot(), Needs: bootjob.Needs(),
			Check: passable, QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Key: true, Required: true, Fold: true, Column: 1,
			Doc: "Name of the feature, as DISM lists it."},
		{Name: "remove_payload", Type: cty.Bool, Key: true,
			Doc: "With `ensure = \"absent\"`: `true` removes the feature's files from the component store, too. Enabling it again then needs a `source`."},
		{Name: "all", Type: cty.Bool, Default: cty.False, Hint: true,
			Doc: "`true`: enable the features that it needs, its parents, too."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadPackage,
			Doc: "Folder with the files of features whose payload is not in the image, relative to the folder of the configuration: `sources\\sxs` of the installation media that the image comes from. It is copied into the image, and removed on the machine when it is no longer needed. With `source`, Windows Update is not used."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "Digest of `all` and of the files in `source`."},
		{Name: "state", Type: cty.String, Computed: true, Column: 2,
			Doc: "State in the image: `enabled`, `disabled`, `enable_pending`, `disable_pending`, `disabled_with_payload_removed`, or `unknown`."},
		{Name: "state_code", Type: cty.Number, Computed: true,
			Doc: "The state as the image records it."},
		{Name: "package", Type: cty.String, Computed: true,
			Doc: "Identity of the package that the feature is in."},
		{Name: "applies", Type: cty.String, Computed: true, Applies: true,
			Doc: "`now` if it is so in the image, `at first boot` if that is queued."},
	}
}

// facts are also for other features: this one may be their parent.
func facts(f feature) []providers.Fact {
	return []providers.Fact{providers.Serviced{Components: true}, f}
}

func claims(f feature, _ bool) []providers.Claim {
	return []providers.Claim{providers.ClaimThing("feature", nt.Fold(f.Name))}
}

// dotNet reports whether the feature is .NET Framework 3.5, which is enabled after the cleanup of
// the component store.
func dotNet(name string) bool {
	return nt.Equal(name, "NetFx3") || nt.Equal(name, "NetFx3ServerFeatures")
}

func phaseOf(f feature, absent bool) providers.Phase {
	switch {
	case absent:
		return providers.PhaseRemoval
	case dotNet(f.Name):
		return providers.PhaseDotNet
	}
	return providers.PhaseFeature
}

// isNameRune reports whether a name may hold the character. Windows has no rule; these are the
// characters of known names, and no program gives them a meaning.
func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '-' || r == '_' || r == '+'
}
