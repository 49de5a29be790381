// Package registry is the kind "registry": a registry value, or the existence of a key. It is the
// simplest kind with values, and a good example for others: registry.go has the kind, value.go and
// types.go turn values into data and back.
package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "One value of the registry, or a key.\n\n" +
	"With `name` the resource is that value of the key. gild creates the key and its parents if they do\n" +
	"not exist; they inherit their security from their parent key. Without `name` the resource is the key\n" +
	"itself, whatever it contains. With `ensure = \"absent\"` gild deletes the value or, without `name`, the\n" +
	"key with all its values and subkeys."

// setting is the resource.
type setting struct {
	Key   string    `cty:"key"`
	Name  *string   `cty:"name"`
	Type  *string   `cty:"type"`
	Value cty.Value `cty:"value"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[setting]{
		Kind: "registry", Doc: doc, Phase: providers.PhaseSetting,
		Schema: schema(), Check: check, Claims: claims, Makes: makes, Read: read, Value: made,
		Ways: []providers.TypedWay[setting]{{
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanRegistry},
			Check: writable, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func makes(of any) *setting {
	v, ok := of.(providers.RegistryValue)
	if !ok {
		return nil
	}
	s := setting{Key: v.Key, Name: &v.Name, Value: v.Value}
	if v.Type != "" {
		s.Type = &v.Type
	}
	return &s
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "key", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Path of the key: `HKLM/SOFTWARE/…`, `HKLM/SYSTEM/…`, `HKU/.DEFAULT/…` (the logon screen), `HKU/Default/…` (the default user, whose registry every new user gets) or `HKCR/…` (`HKLM/SOFTWARE/Classes`). Separate names by slashes or backslashes; in a path with backslashes a slash is part of a name. `HKLM/SYSTEM/CurrentControlSet` is the control set with which the image starts."},
		{Name: "name", Type: cty.String, Key: true, Fold: true,
			Doc: "Name of the value. The empty string names the default value of the key. If not set, the resource is the key itself."},
		{Name: "type", Type: cty.String,
			Doc: "Type of the value: `sz`, `expand_sz`, `multi_sz`, `dword`, `qword`, `binary`, `none`, `dword_big_endian`, `link`, `resource_list`, `full_resource_descriptor` or `resource_requirements_list`. Default: `sz` for a string, `dword` for a number, `multi_sz` for a list."},
		{Name: "value", Type: cty.DynamicPseudoType,
			Doc: "The data. A string for `sz`, `expand_sz` and `link`; a list of strings, none of them empty, for `multi_sz`; for `dword`, `dword_big_endian` and `qword` a number or a string such as `\"0x1f\"`; for the other types a string of hexadecimal digits, two for each byte, optionally separated by blanks or commas. Strings are compared exactly."},
	}
}

// check brings a setting into its canonical form: one spelling of the key, the
// type filled in, the value as read returns it.
func check(s *setting, absent bool) error {
	path, err := image.ParseKey(s.Key)
	if err != nil {
		return &providers.Problem{Attr: "key", Summary: "Invalid registry key", Detail: "This is not a key of an image: " + err.Error() + "."}
	}
	s.Key = path.String()
	if s.Name != nil && strings.EqualFold(*s.Name, hive.DefaultName) {
		*s.Name = "" // how regedit shows it
	}
	if absent {
		if s.Name == nil && len(path.Names) == 0 {
			return &providers.Problem{Attr: "key", Summary: "Invalid registry key", Detail: "A whole hive can't be removed."}
		}
		return nil
	}
	if s.Name == nil {
		return checkKeyOnly(s)
	}
	return errors.Join(checkName(*s.Name), checkValue(s))
}

func checkKeyOnly(s *setting) error {
	if s.Value.IsNull() && s.Type == nil {
		return nil
	}
	attr := "value"
	if s.Value.IsNull() {
		attr = "type"
	}
	return &providers.Problem{Attr: attr, Summary: "No name for the value",
		Detail: `A value needs a name; name = "" is the default value of the key. Without name, value and type the resource is the key itself.`}
}

func claims(s setting, absent bool) []providers.Claim {
	switch {
	case s.Name != nil:
		return []providers.Claim{providers.ClaimValue(s.Key, *s.Name)}
	case absent:
		return []providers.Claim{providers.ClaimKeyTree(s.Key)}
	}
	return []providers.Claim{providers.ClaimKey(s.Key)}
}

func read(_ context.Context, session image.Session, want setting) (*setting, error) {
	reg, err := providers.Need[image.Registry](session, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	have := setting{Key: want.Key, Name: want.Name}
	if want.Name == nil {
		_, err := reg.Values(want.Key)
		return present(&have, err)
	}
	v, err := reg.Value(want.Key, *want.Name)
	if err == nil {
		typ, value := decode(v)
		have.Type, have.Value = &typ, value
	}
	return present(&have, err)
}

// present returns what was read; nil if it does not exist.
func present(have *setting, err error) (*setting, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return have, nil
}

func writable(_ context.Context, session image.Session, c providers.TypedChange[setting]) error {
	err := providers.WritableKey(session, c.Want.Key)
	if err != nil || c.Action == providers.Delete || c.Want.Name == nil {
		return noRoom("key", err)
	}
	v, err := c.Want.value()
	if err != nil {
		return err
	}
	return noRoom("value", providers.WritableKey(session, c.Want.Key, v))
}

// noRoom makes a problem of an attribute if the value exceeds the limits of the registry.
func noRoom(attr string, err error) error {
	if errors.Is(err, hive.ErrInvalid) {
		return &providers.Problem{Attr: attr, Summary: "More than the registry holds", Detail: err.Error() + "."}
	}
	return err
}

// made returns the future value.
func made(s setting) (*image.Value, error) {
	if s.Name == nil {
		return nil, nil
	}
	v, err := s.value()
	return &v, err
}

// value returns the value as the registry keeps it.
func (s *setting) value() (image.Value, error) {
	t := typeNamed(*s.Type)
	if t == nil {
		return image.Value{}, fmt.Errorf("unknown type %q of a registry value", *s.Type)
	}
	data, err := t.form.encode(s.Value)
	return image.Value{Name: *s.Name, Type: t.number, Data: data}, err
}

func apply(_ context.Context, session image.Session, _ providers.Host, c providers.TypedChange[setting]) error {
	reg, err := providers.Need[image.Registry](session, image.CanRegistry)
	if err != nil {
		return err
	}
	s := c.Want
	switch {
	case c.Action == providers.Delete && s.Name == nil:
		return providers.Gone(reg.DeleteKey(s.Key))
	case c.Action == providers.Delete:
		return providers.Gone(reg.DeleteValue(s.Key, *s.Name))
	case s.Name == nil:
		return reg.CreateKey(s.Key)
	}
	v, err := s.value()
	if err != nil {
		return err
	}
	return reg.SetValue(s.Key, v)
}
