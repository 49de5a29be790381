package driverstore_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
)

// TestSiblings: packages of one vendor with one name, for different devices, that set
// up one service: its program is always that of an existing package, and removing a
// package leaves the others as they would be without it.
func TestSiblings(t *testing.T) {
	for name, place := range map[string][]string{
		"in the store":      {`%12%\x.sys`, `%13%\x.sys`, "DefaultDestDir=12", "DefaultDestDir=13"},
		"outside the store": nil,
	} {
		t.Run(name, func(t *testing.T) {
			sibling := func(content string, pairs ...string) driverstore.Import {
				return parsed(t, "x.inf", []byte(change(append(pairs, place...)...)), map[string][]byte{"x.sys": []byte(content)})
			}
			first := sibling("first")
			equal := sibling("equal", "DEV_2", "DEV_3")
			newer := sibling("newer", "DEV_2", "DEV_4", "1.2.3.4", "1.2.4.0", "StartType=3", "StartType=0", "LoadOrderGroup=Base\n", "", "Dependencies=Other,+Group\n", "")
			s := session(t, registryText(), nil)
			before := snapshot(t, s)
			store := open(t, s)
			mustImport(t, store, first)
			alone := snapshot(t, s)
			mustImport(t, store, equal)
			program(t, s, "first")
			two := snapshot(t, s)
			mustImport(t, store, newer)
			program(t, s, "newer")
			remove := func(published string) {
				t.Helper()
				for _, p := range store.Packages() {
					if p.PublishedName == published {
						if err := store.Remove(t.Context(), p); err != nil {
							t.Fatal(err)
						}
						return
					}
				}
				t.Fatalf("no %s", published)
			}
			remove("oem2.inf")
			only(t, two, snapshot(t, s))
			remove("oem0.inf")
			program(t, s, "equal")
			mustImport(t, store, first) // as oem0.inf again; equal was added before it
			program(t, s, "equal")
			remove("oem1.inf")
			program(t, s, "first")
			only(t, alone, snapshot(t, s))
			remove("oem0.inf")
			only(t, before, snapshot(t, s))

			other := func(pairs ...string) driverstore.Import {
				text := change(append(append(pairs, "1.2.3.4", "9.0.0.0"), place...)...)
				return parsed(t, "y.inf", []byte(text), map[string][]byte{"x.sys": []byte("other")})
			}
			mustImport(t, store, first)
			if _, err := store.Import(t.Context(), other("StartType=3", "StartType=0")); !errors.Is(err, driverstore.ErrUnsuited) {
				t.Errorf("a package of another name took the service: %v", err)
			}
			mustImport(t, store, other()) // staged only
			program(t, s, "first")
		})
	}
}

// program checks that the service has a program with some content.
func program(t *testing.T, s image.Session, want string) {
	t.Helper()
	registry, _ := image.As[image.Registry](s)
	files, _ := image.As[image.Files](s)
	v, err := registry.Value(`HKLM\SYSTEM\CurrentControlSet\Services\Svc`, "ImagePath")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(hive.DecodeString(v.Data), `\SystemRoot\`)
	data, err := fs.ReadFile(files, "Windows/"+strings.ReplaceAll(path, `\`, "/"))
	if err != nil || string(data) != want {
		t.Errorf("the program %s is %q, not %q (%v)", path, data, want, err)
	}
	_, err = registry.Value(`HKLM\SYSTEM\CurrentControlSet\Services\Svc`, "Tag")
	if grouped := want != "newer"; (err == nil) != grouped {
		t.Errorf("the service has a tag: %t, in a group: %t", err == nil, grouped)
	}
}
