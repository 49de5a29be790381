// Package unattend is the kind "unattend": settings of one component in one pass
// of an answer file for Windows Setup.
package unattend

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/unattend/catalogue"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/answerfile"
	"github.com/gildhq/gild/providers"
)

const doc = "Settings of one component in one pass of an answer file for Windows Setup.\n\n" +
	"gild merges the settings into the file, and creates the file if it does not exist. It changes only\n" +
	"the settings named here: other settings, components and passes, comments and the encoding stay.\n" +
	"With `ensure = \"absent\"` it removes the component from the pass, and then the pass and the file\n" +
	"if they are empty. `null` removes a single setting.\n\n" +
	"Write the elements as they are in the file:\n\n" +
	"* An object is an element with child elements; a string, number or bool is an element with text; an\n" +
	"  empty string is an empty element. `null` removes an element, and its parents if they become empty.\n" +
	"* A list is all elements of that name, in that order. An item is matched with one in the file\n" +
	"  by the first of `@wcm:keyValue`, `Order`, `Name`, `Identifier`, `DiskID`, `PartitionID`, `Key`,\n" +
	"  `Domain` and `Path` that all items here have, or by position. It keeps the settings that are not named.\n" +
	"  Items that are not in the list are removed. New items get `wcm:action=\"add\"`; items that are plain\n" +
	"  text also get their number as `wcm:keyValue`.\n" +
	"* A name that begins with `@` is an attribute; `\"#text\"` is the text of an element with attributes.\n" +
	"* New elements follow the existing ones, sorted by name: Windows finds settings by name,\n" +
	"  and the items of lists by `Order` if they have one.\n\n" +
	"Passwords and product keys belong in `secrets`, which is never shown; in `settings` they are\n" +
	"refused. A password is plain text or, with `PlainText = false`, in the encoded form that\n" +
	"Windows System Image Manager writes. gild writes it unchanged, so anyone who has the image can\n" +
	"read it.\n\n" +
	"Windows Setup marks the passes of an answer file that it has carried out, and skips them later. If\n" +
	"a resource changes a setting in such a pass, gild removes the mark, so Windows carries out the whole\n" +
	"pass again; the plan says so. Setup refuses a file that contains a pass or a component twice. gild\n" +
	"merges the two; if they differ in a setting, a resource must set it.\n\n" +
	"A deployed Windows reads each pass from the first of these answer files that has settings for it:\n" +
	"the file named by the value UnattendFile of `HKLM\\SYSTEM\\Setup`; `Windows\\Panther\\Unattend`;\n" +
	"`Windows\\Panther`; the root of removable drives, writable ones first; `Windows\\System32\\Sysprep`;\n" +
	"the root of the system drive. The name is `Unattend.xml`, on removable drives `Autounattend.xml`, and\n" +
	"in `Panther\\Unattend` and at the root of the system drive either.\n" +
	"Setup that starts from Windows PE does not search `Windows\\Panther\\Unattend`; for the passes\n" +
	"windowsPE and offlineServicing it uses `Autounattend.xml` on a removable drive or in `\\Sources`.\n" +
	"So the default path serves the passes generalize, specialize and oobeSystem of the image, and those of\n" +
	"audit mode, unless Setup is given another answer file, which it copies to `Windows\\Panther`. The plan\n" +
	"warns of settings that Windows will not read, and names the file that it reads instead, even if another\n" +
	"resource creates that file or sets UnattendFile in the registry.\n" +
	"`gild inspect -kind=answer_file` lists the answer files of an image and the passes each one serves.\n\n" +
	"gild compares components, settings and values with Microsoft's reference of answer files. The plan\n" +
	"warns of names that are not in it, and of settings in a pass in which Windows ignores them.\n" +
	"Values that would make Setup fail are refused."

// defaultPath is where Windows keeps the answer file of an installation.
const defaultPath = answerfile.Panther

// resource is the resource.
type resource struct {
	Pass      string             `cty:"pass"`
	Component string             `cty:"component"`
	Path      *string            `cty:"path"`
	Arch      *string            `cty:"arch"`
	Settings  cty.Value          `cty:"settings"`
	Secrets   map[string]*string `cty:"secrets"`
	State     *string            `cty:"state"`
}

// What Windows does with the settings.
const (
	ready     = "ready"
	processed = "processed"
	twice     = "twice"
	notRead   = "not read"
)

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[resource]{
		Kind: "unattend", Doc: doc, Phase: providers.PhaseFile,
		Schema: schema(), Check: check, Claims: claims, Makes: makes, Read: read, Warn: warn, List: list,
		Ways: []providers.TypedWay[resource]{{
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanFiles},
			Apply: providers.Each(apply),
		}},
	}.Provider()
}

func archs() []string { return []string{"amd64", "arm64", "x86", "arm", "wow64", "ia64"} }

func makes(of any) *resource {
	a, ok := of.(providers.Answers)
	if !ok {
		return nil
	}
	return &resource{Pass: a.Pass, Component: a.Component, Path: &a.Path, Settings: a.Settings}
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "pass", Type: cty.String, Key: true, Required: true, Column: 2, Values: catalogue.Passes(),
			Doc: "Configuration pass in which the settings take effect."},
		{Name: "component", Type: cty.String, Key: true, Required: true, Column: 3,
			Doc: "Name of the component, such as `Microsoft-Windows-Shell-Setup`."},
		{Name: "path", Type: cty.String, Key: true, Fold: true, Default: cty.StringVal(defaultPath), Column: 1,
			Doc: "The answer file in the image."},
		{Name: "arch", Type: cty.String, Key: true, Column: 4, Values: archs(),
			Doc: "Processor architecture of the component. Default: that of the image."},
		{Name: "settings", Type: cty.DynamicPseudoType,
			Doc: "The settings: an object of elements, as explained above."},
		{Name: "secrets", Type: cty.Map(cty.String), Sensitive: true,
			Doc: "Settings that must not be shown, by path: names separated by slashes. An item of a list is followed by an element in brackets that identifies it, as in `UserAccounts/LocalAccounts/LocalAccount[Name=admin]/Password/Value`. `null` removes the element."},
		{Name: "state", Type: cty.String, Computed: true, Column: 5,
			Doc: "What Windows does with the settings. `ready`: it carries them out. `processed`: it skips the pass, which is marked as carried out (`wasPassProcessed`); gild removes the mark. `twice`: Windows Setup refuses the file because it contains the pass or the component twice; gild merges the two. `not read`: it reads the pass from another file."},
	}
}

// claims names the component as a part of the file; without an architecture
// those of all.
func claims(r resource, _ bool) []providers.Claim {
	all := archs()
	if r.Arch != nil {
		all = []string{*r.Arch}
	}
	list := make([]providers.Claim, len(all))
	for i, arch := range all {
		list[i] = providers.ClaimPart(providers.ClaimFile(r.path()), r.Pass+"/"+r.Component+"/"+arch)
	}
	return list
}

func (r *resource) path() string {
	if r.Path == nil {
		return defaultPath
	}
	return *r.Path
}
