// Package appx is the kind "appx": an app that Windows installs for each new user.
package appx

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "A provisioned app: one that Windows installs for each new user.\n\n" +
	"With `ensure = \"absent\"` it is removed from the image with all its packages, and marked so\n" +
	"that an upgrade of Windows does not bring it back. Without, it must be there: apps can't be\n" +
	"added offline. System apps, which are part of Windows itself, are not provisioned and stay.\n" +
	"Whether other apps need it, as they need `Microsoft.VCLibs.140.00`, is not looked at.\n" +
	"`gild inspect -json` lists the names."

// app is the resource.
type app struct {
	Name        string  `cty:"name"`
	PackageName *string `cty:"package_name"`
	DisplayName *string `cty:"display_name"`
	Version     *string `cty:"version"`
	Arch        *string `cty:"arch"`
	PublisherID *string `cty:"publisher_id"`
	FamilyName  *string `cty:"family_name"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[app]{
		Kind: "appx", Doc: doc, Phase: providers.PhaseApp,
		Schema: schema(), Check: check, Claims: claims, Read: read, List: list,
		Ways: []providers.TypedWay[app]{{
			Name: "offline", Effect: "now, offline",
			Needs: []image.Capability{image.CanFiles, image.CanRegistry},
			Check: passable, Apply: apply,
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Name of the app's packages, such as `Microsoft.WindowsCalculator`: what DISM calls their display name, without version and publisher."},
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
	}
}

func claims(a app, _ bool) []string { return []string{"appx " + nt.Fold(a.Name)} }
