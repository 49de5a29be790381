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
	"The settings are merged into the file, which is made if it is not there. Only what is named\n" +
	"here is changed: other settings, components and passes, comments and the file's encoding stay.\n" +
	"With `ensure = \"absent\"` the component is removed from the pass, then the pass and the file\n" +
	"if nothing else is in them; a single setting is removed with `null`.\n\n" +
	"Elements are written as they are in the file:\n\n" +
	"* An object is an element with elements, a string, number or bool one with text; an empty\n" +
	"  string is an empty element. `null` removes an element, and those around it that are empty then.\n" +
	"* A list is all elements of that name, in that order. Items that the file has already are found\n" +
	"  by the first of `@wcm:keyValue`, `Order`, `Name`, `Identifier`, `DiskID`, `PartitionID`, `Key`,\n" +
	"  `Domain` and `Path` that all items here have, or by their place, and keep what is not named;\n" +
	"  items that are not here are removed. New ones get `wcm:action=\"add\"`, and those that are plain\n" +
	"  text their number as `wcm:keyValue`.\n" +
	"* A name that begins with `@` is an attribute, `\"#text\"` the text of an element with attributes.\n" +
	"* New elements come after those that are there, sorted by name: Windows finds settings by name,\n" +
	"  and the items of lists by `Order` where they have one.\n\n" +
	"Passwords and product keys belong into `secrets`, which is never shown; in `settings` they are\n" +
	"refused. Passwords may be plain text, or with `PlainText = false` in the encoded form that\n" +
	"Windows System Image Manager writes; they are written as they are given, so everybody who has\n" +
	"the image can read them.\n\n" +
	"Windows Setup notes in an answer file which passes it has carried out, and skips these. Where\n" +
	"a resource sets something in such a pass, the mark is removed, so Windows carries out all of\n" +
	"that pass again; the plan says so. A pass or a component that stands twice, which Setup\n" +
	"refuses, becomes one; where the two differ in a setting, a resource must say which it is.\n\n" +
	"A deployed Windows takes the first answer file with settings for the pass that is due out of:\n" +
	"the file named by the value UnattendFile of `HKLM\\SYSTEM\\Setup`; `Windows\\Panther\\Unattend`;\n" +
	"`Windows\\Panther`; the root of removable drives, writable ones first; `Windows\\System32\\Sysprep`;\n" +
	"the root of the system drive. The name is `Unattend.xml`, on removable drives `Autounattend.xml`, and\n" +
	"in `Panther\\Unattend` and at the root of the system drive either.\n" +
	"Setup that starts from Windows PE does not look into `Windows\\Panther\\Unattend`; for the passes\n" +
	"windowsPE and offlineServicing it takes `Autounattend.xml` on a removable drive, or in `\\Sources`.\n" +
	"So the default path serves the passes generalize, specialize and oobeSystem of the image, and those of\n" +
	"audit mode, unless Setup is given a file of its own, which it copies to `Windows\\Panther`. The plan\n" +
	"warns of settings that Windows will not read, with the file it takes instead, also if another\n" +
	"resource writes that file or makes the registry name it;\n" +
	"`gild inspect -kind=answer_file` lists the answer files of an image and what each serves.\n\n" +
	"Components, settings and values are compared with Microsoft's reference of answer files. The plan\n" +
	"warns of what is not in it, and of settings in a pass in which Windows does not carry them out;\n" +
	"values that Setup would end with an error at are refused."

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
			Doc: "Configuration pass: when the settings take effect."},
		{Name: "component", Type: cty.String, Key: true, Required: true, Column: 3,
			Doc: "Name of the component, such as `Microsoft-Windows-Shell-Setup`."},
		{Name: "path", Type: cty.String, Key: true, Fold: true, Default: cty.StringVal(defaultPath), Column: 1,
			Doc: "The answer file in the image."},
		{Name: "arch", Type: cty.String, Key: true, Column: 4, Values: archs(),
			Doc: "Processor architecture of the component. If left out, it is that of the image."},
		{Name: "settings", Type: cty.DynamicPseudoType,
			Doc: "The settings: an object of elements, as explained above."},
		{Name: "secrets", Type: cty.Map(cty.String), Sensitive: true,
			Doc: "Settings that are not to be shown, by their path: names with slashes between them, and in brackets behind an item of a list an element that tells which it is, as in `UserAccounts/LocalAccounts/LocalAccount[Name=admin]/Password/Value`. `null` removes the element."},
		{Name: "state", Type: cty.String, Computed: true, Column: 5,
			Doc: "What Windows makes of the settings: `ready`, it carries them out; `processed`, it skips the pass, which is marked as carried out (`wasPassProcessed`); `twice`, Windows Setup refuses the file, because the pass or the component stands in it twice; `not read`, it takes the pass from another file. gild removes the mark, and makes one of what stands twice."},
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
