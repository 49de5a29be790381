// Package environment is the kind "environment": an environment variable of the
// machine or of new users, or entries of one that is a list.
package environment

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "An environment variable of the machine or of new users, or entries of one that is a list.\n\n" +
	"With `value` the resource is the whole variable. With `prepend` or `append` it is only these\n" +
	"entries of a list such as `Path`: gild adds those that are missing, and keeps all others in\n" +
	"their order. With `ensure = \"absent\"` gild removes these entries or, without `prepend` and\n" +
	"`append`, the variable."

// variable is the resource.
type variable struct {
	Name    string   `cty:"name"`
	Scope   *string  `cty:"scope"`
	Value   *string  `cty:"value"`
	Prepend []string `cty:"prepend"`
	Append  []string `cty:"append"`
	Expand  *bool    `cty:"expand"`
}

const (
	machine     = "machine"
	defaultUser = "default_user"
)

// key is where the variable is in the registry.
func (v *variable) key() string {
	if providers.Is(v.Scope, defaultUser) {
		return `HKU\Default\Environment`
	}
	return `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
}

// entries are those that the author names; none if the resource is the variable.
func (v *variable) entries() []string {
	return append(v.Prepend[:len(v.Prepend):len(v.Prepend)], v.Append...)
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[variable]{
		Kind: "environment", Doc: doc, Phase: providers.PhaseSetting,
		Schema: schema(), Check: check, Claims: claims, Read: read, List: list,
		Ways: []providers.TypedWay[variable]{{
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanRegistry},
			Check: writable, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Name of the variable."},
		{Name: "scope", Type: cty.String, Key: true, Default: cty.StringVal(machine), Values: []string{machine, defaultUser},
			Doc: "Scope of the variable: `machine`, or `default_user` for all new users."},
		{Name: "value", Type: cty.String,
			Doc: "Whole value of the variable, compared exactly."},
		{Name: "prepend", Type: cty.List(cty.String), Key: true, Fold: true,
			Doc: "Entries that must be anywhere in the list. Missing ones are added at its beginning, in this order. Case, quotation marks and a trailing backslash make no difference."},
		{Name: "append", Type: cty.List(cty.String), Key: true, Fold: true,
			Doc: "As `prepend`, but missing entries are added at the end."},
		{Name: "expand", Type: cty.Bool,
			Doc: "Whether Windows replaces variables such as `%SystemRoot%` in the value. Default: `true` if the value or an entry set here contains one."},
	}
}

func claims(v variable, _ bool) []providers.Claim {
	whole := providers.ClaimValue(v.key(), v.Name)
	var parts []providers.Claim
	for _, e := range v.entries() {
		parts = append(parts, providers.ClaimPart(whole, bare(e)))
	}
	if parts == nil {
		return []providers.Claim{whole}
	}
	return parts
}
