// Package defaultapps is the kind "default_apps": which apps open which files and
// links, for users who log on for the first time.
package defaultapps

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "Which apps open which files and links, for users who log on for the first time.\n\n" +
	"The associations are those of a file that `dism /Online /Export-DefaultAppAssociations`\n" +
	"has written, named by `source`, or are listed in `associations`. They take the place of\n" +
	"the file `Windows\\System32\\OEMDefaultAssociations.xml` as a whole, as with DISM's\n" +
	"`/Import-DefaultAppAssociations`; with `ensure = \"absent\"` it is removed, and Windows has\n" +
	"its own defaults. The backend `dism` has DISM do both. An app must be there when the user logs on, or Windows asks."

// file is the file from which Windows reads the associations.
const file = "Windows/System32/OEMDefaultAssociations.xml"

// apps is the resource.
type apps struct {
	Source       *string         `cty:"source"`
	Associations map[string]open `cty:"associations"`
	Identifiers  []string        `cty:"identifiers"`
	Digest       *string         `cty:"digest"`
}

// open is the app for files of a type or links of a protocol.
type open struct {
	ProgID      string  `cty:"prog_id"`
	Application *string `cty:"application_name"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[apps]{
		Kind: "default_apps", Doc: doc, Singleton: true, Phase: providers.PhaseSetting,
		Temporary: tempFolder, Schema: schema(), Check: check, Claims: claims, Resolve: resolve, Read: read, List: list,
		Ways: []providers.TypedWay[apps]{byDISM(), {
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanFiles},
			Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	association := cty.ObjectWithOptionalAttrs(map[string]cty.Type{"prog_id": cty.String, "application_name": cty.String}, []string{"application_name"})
	return dsl.Schema{
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "File with the associations, relative to the folder of the configuration. gild copies it unchanged."},
		{Name: "associations", Type: cty.Map(association),
			Doc: "The app for files with an extension such as `.pdf`, or for links of a protocol such as `http`: `prog_id`, as registered in `HKEY_CLASSES_ROOT`, and `application_name`, the display name of the app."},
		{Name: "identifiers", Type: cty.List(cty.String), Computed: true,
			Doc: "The extensions and protocols, sorted."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "SHA-256 of the file."},
	}
}

func claims(apps, bool) []providers.Claim { return []providers.Claim{providers.ClaimFile(file)} }

// check requires exactly one form of associations, and checks them.
func check(a *apps, absent bool) error {
	switch {
	case absent:
		return nil
	case a.Source == nil && a.Associations == nil:
		return providers.Problemf("", "No associations", `Set "source" to a file, or "associations".`)
	case a.Source != nil && a.Associations != nil:
		return providers.Problemf("associations", "Contradicting arguments", `"source" is a whole file of associations, so "associations" can't be set as well.`)
	case a.Source != nil:
		return nil
	}
	if err := checkAssociations(a.Associations); err != nil {
		return err
	}
	a.digestOf(text(a.Associations), a.Associations)
	return nil
}

// list returns the associations of the image, if it has any.
func list(ctx context.Context, s image.Session) ([]apps, error) {
	found, err := read(ctx, s, apps{})
	if found == nil || err != nil {
		return nil, err
	}
	return []apps{*found}, nil
}

// read reads the associations of the image. A file that can't be parsed has only a digest.
func read(_ context.Context, s image.Session, _ apps) (*apps, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	data, err := providers.Content(files, file, maxSize, "associations", func(is string) error {
		return providers.Problemf("", "Can't read the associations", "In the image, %s %s.", file, is)
	})
	if err != nil || data == nil {
		return nil, err
	}
	var a apps
	found, err := parse(data)
	if err == nil {
		a.Associations = found
	}
	a.digestOf(data, found)
	return &a, nil
}

func apply(_ context.Context, s image.Session, host providers.Host, c providers.TypedChange[apps]) error {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	if c.Action == providers.Delete {
		return providers.Gone(files.Remove(file))
	}
	data, err := content(host, c.Want)
	if err != nil {
		return err
	}
	return providers.WriteContent(files, file, data)
}
