package driverstore_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
)

// held returns a record of x.inf with its files, under a folder name in the store.
func held(folder, published string) (registry string, files map[string][]byte) {
	registry = registryText() + `[HKLM\SYSTEM\DriverDatabase\DriverPackages\` + folder + "]\n@=\"" + published + "\"\n\"InfName\"=\"x.inf\"\n\"Provider\"=\"Vendor\"\n" + blob("00,ff", 9) +
		"\n[HKLM\\SYSTEM\\DriverDatabase\\DriverInfFiles\\" + published + "]\n\"Active\"=\"" + folder + "\"\n\n"
	dir := driverstore.Repository + "/" + folder + "/"
	return registry, map[string][]byte{dir + "x.inf": []byte(driver), dir + "x.sys": []byte("x.sys"), dir + "x.cat": []byte("catalogue of x.inf")}
}

// trueName is Windows' name for the folder of the tests' driver; another program
// computed the digits.
const trueName = "x.inf_amd64_2691c52ccaa7bc78"

// TestSameINF: the store has one package for an INF file, and other files are not
// silently treated as the same.
func TestSameINF(t *testing.T) {
	same := parsed(t, "x.inf", []byte(driver), nil)
	rebuilt := parsed(t, "x.inf", []byte(driver), map[string][]byte{"x.sys": []byte("another build")})
	signed := parsed(t, "x.inf", []byte(driver), map[string][]byte{"x.cat": []byte("another signature")})
	for name, test := range map[string]struct{ folder, published, remedy string }{
		"named by Windows":      {trueName, "oem3.inf", "remove oem3.inf first, since the store has one package for an INF"},
		"named by earlier gild": {"x.inf_amd64_0123456789abcdef", "oem3.inf", "remove oem3.inf first, since the store has one package for an INF"},
		"of Windows":            {trueName, "x.inf", "that came with Windows, and stays"},
	} {
		t.Run(name, func(t *testing.T) {
			registry, files := held(test.folder, test.published)
			s := session(t, registry, files)
			before := snapshot(t, s)
			store := open(t, s)
			if got, err := store.Import(t.Context(), same); err != nil || got != test.published {
				t.Errorf("the same package: %s, %v", got, err)
			}
			for path, pkg := range map[string]driverstore.Import{"x.sys": rebuilt, "x.cat": signed} {
				want := "driver package x.inf: the store has the same INF as " + test.published + ", but not the same " + path + ": " + test.remedy
				if _, err := store.Import(t.Context(), pkg); err == nil || err.Error() != want {
					t.Errorf("%v, not %s", err, want)
				}
				if ok, why := store.Suits(pkg); ok || why != "the image has a package with the same INF, "+test.published+", which stays" {
					t.Errorf("suits %t: %s", ok, why)
				}
			}
			only(t, before, snapshot(t, s))
			if test.published == "x.inf" {
				return
			}
			there := store.Packages()[0]
			if ok, why := store.Suits(rebuilt, there); !ok {
				t.Errorf("in place of the other: %s", why)
			}
			if err := store.Remove(t.Context(), there); err != nil {
				t.Fatal(err)
			}
			mustImport(t, store, rebuilt)
			if p := store.Packages()[0]; p.Key != trueName || len(store.Packages()) != 1 {
				t.Errorf("the store has %+v", p)
			}
		})
	}
	registry, _ := held(trueName, "oem3.inf")
	if _, err := open(t, session(t, registry, nil)).Import(t.Context(), same); err == nil || !strings.Contains(err.Error(), "without its folder "+driverstore.Repository+"/"+trueName) {
		t.Errorf("a record without folder: %v", err)
	}
}

// TestFolderWithoutRecord: files in the folder of a package without a record do not
// matter.
func TestFolderWithoutRecord(t *testing.T) {
	dir := driverstore.Repository + "/" + trueName
	s := session(t, registryText(), map[string][]byte{dir + "/x.sys": []byte("old"), dir + "/y.dll": []byte("old")})
	store := open(t, s)
	mustImport(t, store, parsed(t, "x.inf", []byte(driver), nil))
	files, _ := image.As[image.Files](s)
	if data, err := fs.ReadFile(files, dir+"/x.sys"); err != nil || string(data) != "x.sys" {
		t.Errorf("x.sys is %q, %v", data, err)
	}
	if got := mustImport(t, open(t, s), parsed(t, "x.inf", []byte(driver), nil)); got != "oem0.inf" {
		t.Errorf("imported again as %s", got)
	}
}
