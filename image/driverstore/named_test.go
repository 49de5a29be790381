package driverstore_test

import (
	"reflect"
	"testing"

	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

// TestNamed compares look-ups by name with the list of all packages.
func TestNamed(t *testing.T) {
	s := regimage.Open(t, "", map[string][]byte{systemFile: testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")})
	all, _, err := driverstore.Packages(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string][]driverstore.Package{}
	for _, p := range all {
		byName[p.OriginalName] = append(byName[p.OriginalName], p)
	}
	for name, want := range byName {
		if got, err := driverstore.Named(t.Context(), s, name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	if got, err := driverstore.Named(t.Context(), s, "not.inf", "ACPI.INF"); err != nil || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestINFName(t *testing.T) {
	for key, want := range map[string]string{
		"ftdibus.inf_amd64_0123456789abcdef": "ftdibus.inf", "my_driver.inf_arm64_0123456789abcdef": "my_driver.inf",
		"a.inf_b.inf_x86_0123456789abcdef": "a.inf_b.inf", "odd": "odd", "_": "_", "": "",
	} {
		if got := (driverstore.Package{Key: key}).INFName(); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
