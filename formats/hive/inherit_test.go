package hive

import (
	"bytes"
	"testing"

	"github.com/gildhq/gild/formats/sd"
)

// TestInheritsLikeWindows compares what a new key would inherit with what keys of real
// hives have that Windows has made. Not all have inherited: owners differ, and some
// got a descriptor of their own.
func TestInheritsLikeWindows(t *testing.T) {
	for name, want := range map[string]struct{ keys, same, list int }{
		"SYSTEM_WIN_10_1709": {43210, 30200, 38850},
		"SYSTEM":             {30755, 19500, 27000},
	} {
		t.Run(name, func(t *testing.T) {
			keys, same, list := 0, 0, 0
			var walk func(*Key)
			walk = func(k *Key) {
				for _, sub := range must(k.Subkeys())(t) {
					have, inherits := must(sub.Security())(t), must(k.hive.inherited(k))(t).data
					keys++
					if bytes.Equal(have, inherits) {
						same++
					}
					if bytes.Equal(entries(t, have), entries(t, inherits)) {
						list++
					}
					walk(sub)
				}
			}
			walk(mustParse(t, realHive(t, name)).Root())
			t.Logf("of %d keys %d have the descriptor they would inherit, and %d its list", keys, same, list)
			if keys != want.keys || same < want.same || list < want.list {
				t.Errorf("want %d, %d and %d", want.keys, want.same, want.list)
			}
		})
	}
}

// entries returns the access control list of a descriptor.
func entries(t *testing.T, b []byte) []byte {
	d := must(sd.Parse(b))(t)
	list := sd.Descriptor{DACL: d.DACL}
	return must(list.Bytes())(t)
}

// TestNewKeyGrantsNoMore: below a key whose rights are its own a new key is not open
// to whom that key is open to.
func TestNewKeyGrantsNoMore(t *testing.T) {
	h := mustParse(t, realHive(t, "SYSTEM_WIN_10_1709"))
	h.dirt = "" // it is, and has no logs
	for _, path := range []string{`ControlSet001\Services\NlaSvc\Parameters`, `ControlSet001\Services\FDResPub\ServiceData`} {
		parent := must(h.Root().Lookup(path))(t)
		k := must(parent.CreateSubkey("New", 1))(t)
		above, below := must(parent.Security())(t), must(k.Security())(t)
		more := 0
		for sid, rights := range granted(t, above) {
			if rights&^granted(t, below)[sid] != 0 {
				more++
			}
		}
		if more == 0 {
			t.Errorf("%s grants all it has to the keys below it", path)
		}
	}
	again := mustParse(t, mustWrite(t, h, WriteOptions{}))
	for _, path := range []string{`ControlSet001\Services\NlaSvc\Parameters\New`, `ControlSet001\Services\FDResPub\ServiceData\New`} {
		want := must(must(h.Root().Lookup(path))(t).Security())(t)
		if got := must(must(again.Root().Lookup(path))(t).Security())(t); !bytes.Equal(got, want) {
			t.Errorf("%s: % x was written as % x", path, want, got)
		}
	}
}

// granted returns the rights that a descriptor allows, by who has them.
func granted(t *testing.T, b []byte) map[string]uint32 {
	rights := map[string]uint32{}
	for _, a := range must(sd.Parse(b))(t).DACL.ACEs {
		if a.Type == sd.AccessAllowed && a.Flags&sd.InheritOnly == 0 {
			rights[string(a.SID)] |= a.Mask
		}
	}
	return rights
}

// TestNewKeyBelowDamage: a descriptor that can't be read hands nothing down, and that
// is an error.
func TestNewKeyBelowDamage(t *testing.T) {
	root := New(NewOptions{Security: append([]byte{1, 0, 4, 0x80, 99}, make([]byte, 20)...)}).Root()
	if _, err := root.CreateSubkey("x", 1); err == nil || root.CanCreate("x") == nil || root.CanCreate() != nil {
		t.Errorf("created: %v", err)
	}
}
