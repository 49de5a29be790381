// Package imageaccess is the kind "image_access": who owns the output's file and
// who may read and write it.
package imageaccess

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "Who owns the output's file, and who may read and write it: an access control list of NTFS on\n" +
	"Windows; owner, group and mode elsewhere, on Linux with an access control list if the mode is not\n" +
	"enough. All parts of a split image have it.\n\n" +
	"Accounts are named as on the machine on which gild runs:\n\n" +
	"* `everyone` is all users, including the members of the file's group;\n" +
	"* on Windows a name with its domain or without (`BUILTIN\\Users`, `builder`), or a SID (`S-1-5-32-545`);\n" +
	"* elsewhere a user, by name or number, or a group after `group:` (`group:builders`).\n\n" +
	"The file has its rights before it gets its name, and gild reads them back. The owner may always read\n" +
	"and write. An image that is made from one with such rights takes them over; with `ensure = \"absent\"`\n" +
	"it does not. A `target` has no output, so it can't have rights."

// access is the resource.
type access struct {
	Owner *string  `cty:"owner"`
	Group *string  `cty:"group"`
	Read  []string `cty:"read"`
	Write []string `cty:"write"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[access]{
		Kind: "image_access", Doc: doc, Singleton: true, Phase: providers.PhaseSetting,
		Schema: schema(), Check: check, Claims: claims, Makes: makes, Read: read,
		Ways: []providers.TypedWay[access]{{
			Name: "output", Effect: providers.Effect{Text: "when the output is written"},
			Needs: []image.Capability{image.CanAccess},
			Check: possible, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func makes(of any) *access {
	a, ok := of.(providers.Access)
	if !ok {
		return nil
	}
	return &access{a.Owner, a.Group, a.Read, a.Write}
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "owner", Type: cty.String,
			Doc: "Owner of the file. Default: the account that runs gild. Another owner requires root; on Windows the privilege to restore files, which administrators have."},
		{Name: "group", Type: cty.String,
			Doc: "Group of the file, without `group:`. This alone gives the group no rights: name it in `read` or `write` as well. Default: the group that the system sets."},
		{Name: "read", Type: cty.Set(cty.String),
			Doc: "Accounts that may read the file in addition to the owner. If `read` or `write` is set, no other account has rights: with only `read = []` just the owner can read the file. " +
				"If neither is set, the file has the rights that the system gives to new files."},
		{Name: "write", Type: cty.Set(cty.String),
			Doc: "Accounts that may read, write and delete the file in addition to the owner. On other systems than Windows the rights of the folder decide who may delete and replace a file."},
	}
}

func claims(access, bool) []providers.Claim {
	return []providers.Claim{providers.ClaimThing("output access", "")}
}

// check brings the lists into canonical form: both or neither, and no account in
// both.
func check(a *access, absent bool) error {
	if absent {
		return nil
	}
	if a.Owner == nil && a.Group == nil && a.Read == nil && a.Write == nil {
		return &providers.Problem{Summary: "Nothing is decided", Detail: `Give at least one of "owner", "group", "read" and "write".`}
	}
	for _, named := range []struct {
		attr string
		text *string
	}{{"owner", a.Owner}, {"group", a.Group}} {
		if named.text == nil {
			continue
		}
		if err := plain(named.attr, *named.text); err != nil {
			return err
		}
		if strings.EqualFold(*named.text, image.Everyone) {
			return &providers.Problem{Attr: named.attr, Summary: "Not an account",
				Detail: fmt.Sprintf("%q means all users, and they can't own a file.", image.Everyone)}
		}
	}
	if a.Group != nil {
		*a.Group = strings.TrimPrefix(*a.Group, "group:")
	}
	if a.Read == nil && a.Write == nil {
		return nil
	}
	for attr, list := range map[string][]string{"read": a.Read, "write": a.Write} {
		for i, name := range list {
			if err := plain(attr, name); err != nil {
				return err
			}
			if strings.EqualFold(name, image.Everyone) {
				list[i] = image.Everyone
			}
		}
	}
	a.Write = append([]string{}, a.Write...)
	a.Read = slices.DeleteFunc(append([]string{}, a.Read...), func(name string) bool {
		return slices.Contains(a.Write, name) || slices.Contains(a.Write, image.Everyone)
	})
	return nil
}

// plain refuses names that are invalid on every system.
func plain(attr, name string) error {
	if name == "" || name != strings.TrimSpace(name) || name == "group:" || strings.ContainsAny(name, "\x00\r\n") {
		return &providers.Problem{Attr: attr, Summary: "Not an account",
			Detail: fmt.Sprintf("%q is no name of an account: it is empty, or begins or ends with a space or holds a line break.", name)}
	}
	return nil
}

func (a access) rule() image.AccessRule {
	r := image.AccessRule{Read: a.Read, Write: a.Write}
	if a.Owner != nil {
		r.Owner = *a.Owner
	}
	if a.Group != nil {
		r.Group = *a.Group
	}
	return r
}

func read(_ context.Context, s image.Session, _ access) (*access, error) {
	files, err := need(s)
	if err != nil {
		return nil, err
	}
	r, err := files.Access()
	if err != nil || r.IsZero() {
		return nil, err
	}
	a := &access{}
	if r.Listed() {
		a.Read, a.Write = append([]string{}, r.Read...), append([]string{}, r.Write...)
	}
	if r.Owner != "" {
		a.Owner = &r.Owner
	}
	if r.Group != "" {
		a.Group = &r.Group
	}
	return a, nil
}

// need returns the capability, or why the image does not have it.
func need(s image.Session) (image.Access, error) {
	files, ok := image.As[image.Access](s)
	if !ok {
		return nil, &providers.Problem{Summary: "No output to decide on",
			Detail: "The image is a folder that is serviced in place; gild writes no file there. Remove the block, or give the image a source and an output."}
	}
	return files, nil
}

// possible checks whether the machine can set the wanted rights.
func possible(_ context.Context, s image.Session, c providers.TypedChange[access]) error {
	files, err := need(s)
	if err != nil || c.Action == providers.Delete {
		return err
	}
	if err := files.CheckAccess(c.Want.rule()); err != nil {
		return &providers.Problem{Summary: "The output can't be given such rights", Detail: err.Error() + "."}
	}
	return nil
}

func apply(_ context.Context, s image.Session, _ providers.Host, c providers.TypedChange[access]) error {
	files, err := need(s)
	if err != nil {
		return err
	}
	if c.Action == providers.Delete {
		return files.SetAccess(image.AccessRule{})
	}
	return files.SetAccess(c.Want.rule())
}
