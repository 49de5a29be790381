package environment

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

func read(_ context.Context, s image.Session, want variable) (*variable, error) {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	value, err := reg.Value(want.key(), want.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	have := decode(value, *want.Scope)
	have.Name = want.Name
	if want.entries() == nil {
		return have, nil
	}
	if have.Value == nil {
		return nil, providers.Problemf("name", "Not a list", "In the image the variable %s is of the type %v, which holds no list.", want.Name, value.Type)
	}
	if !have.hold(want) {
		return nil, nil
	}
	return have, nil
}

// decode returns the variable of a registry value. Windows makes no variable from a
// value that is no string: it has no value.
func decode(v image.Value, scope string) *variable {
	have := &variable{Name: strings.ToValidUTF8(v.Name, "\uFFFD"), Scope: &scope}
	if v.Type != hive.RegSZ && v.Type != hive.RegExpandSZ {
		return have
	}
	text, expand := textOf(v), v.Type == hive.RegExpandSZ
	have.Value, have.Expand = &text, &expand
	return have
}

func textOf(v image.Value) string {
	return strings.ToValidUTF8(hive.DecodeString(v.Data), "\uFFFD")
}

// hold reduces the value to the wanted entries that it contains, and reports whether there are any.
func (v *variable) hold(want variable) bool {
	list := *v.Value
	v.Value = nil
	if want.Prepend != nil {
		v.Prepend = present(want.Prepend, list)
	}
	if want.Append != nil {
		v.Append = present(want.Append, list)
	}
	return len(v.entries()) > 0
}

// list returns all variables of both scopes.
func list(_ context.Context, s image.Session) ([]variable, error) {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	var all []variable
	for _, scope := range []string{machine, defaultUser} {
		values, err := reg.Values((&variable{Scope: &scope}).key())
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, v := range values {
			if have := decode(v, scope); have.Value != nil && v.Name != "" {
				all = append(all, *have)
			}
		}
	}
	return all, nil
}

func writable(_ context.Context, s image.Session, c providers.TypedChange[variable]) error {
	return providers.WritableKey(s, c.Want.key())
}

func apply(_ context.Context, s image.Session, _ providers.Host, c providers.TypedChange[variable]) error {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	want := c.Want
	old, err := reg.Value(want.key(), want.Name)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	if c.Action == providers.Delete && missing {
		return nil
	}
	if missing {
		old = image.Value{Name: want.Name, Type: hive.RegSZ}
	}
	text := ""
	switch {
	case want.Value != nil:
		text, old.Type = *want.Value, hive.RegSZ
	case c.Action == providers.Delete && want.entries() != nil:
		text = without(hive.DecodeString(old.Data), want.entries())
	case want.entries() != nil:
		text = with(hive.DecodeString(old.Data), want.Prepend, want.Append)
	}
	if c.Action == providers.Delete && text == "" {
		return reg.DeleteValue(want.key(), want.Name)
	}
	if providers.Is(want.Expand, true) {
		old.Type = hive.RegExpandSZ
	}
	old.Data = hive.EncodeString(text)
	return reg.SetValue(want.key(), old)
}
