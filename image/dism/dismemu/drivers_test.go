package dismemu_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/testenv"
)

// TestStaged adds drivers that the driver store refuses, and removes them.
func TestStaged(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	unsigned := wireless()
	inf := b.file("unsigned/x.inf", strings.ReplaceAll(strings.Replace(unsigned.inf(), "CatalogFile=x.cat\n", "", 1), "\n", "\r\n"))
	b.file("unsigned/x.sys", "x")
	b.dism(0x800f022f, img, "/Add-Driver", "/Driver:"+inf)
	b.dism(0, img, "/Add-Driver", "/Driver:"+inf, "/ForceUnsigned")
	b.addDriver("second.inf", wireless())
	b.dism(0, img, "/Add-Driver", "/Driver:"+inf, "/ForceUnsigned") // is there already
	got := b.dism(0, img, "/Get-Drivers").With("Published Name")
	if len(got) != 2 || got[0].Get("Original File Name") != "x.inf" || got[0].Get("Version") != "23.60.0.10" ||
		got[0].Get("Date") != "5/17/2024" || got[0].Get("Provider Name") != "Intel Corporation" {
		t.Fatalf("%+v", got)
	}
	b.dism(0, img, "/Remove-Driver", "/Driver:oem0.inf")
	for _, place := range []string{"Windows/INF/oem0.inf", "Windows/System32/DriverStore/FileRepository/x.inf_*"} {
		if left, _ := filepath.Glob(filepath.Join(b.dir, place)); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
	b.dism(0, img, "/Add-Driver", "/Driver:"+inf, "/ForceUnsigned")
	if got := b.dism(0, img, "/Get-Drivers").With("Published Name"); len(got) != 2 || got[0].Get("Published Name") != "oem0.inf" {
		t.Errorf("the number that was free is not used: %+v", got)
	}
}

// TestBadDrivers skips what can't be added, says so, and ends with its error.
func TestBadDrivers(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	good := b.driver("good/good.inf", wireless())
	b.file("good/x.cat", "x")
	b.file("good/x.sys", "x")
	bad := b.file("bad/bad.inf", "rubbish")
	out := b.dism(0xe0000100, img, "/Add-Driver", "/Driver:"+bad, "/Driver:"+good)
	if len(out.Items) != 2 || !strings.HasPrefix(out.Items[0].Result, "Error") || !strings.HasPrefix(out.Items[1].Result, "The driver package was") {
		t.Errorf("%+v", out.Items)
	}
	b.dism(2, img, "/Add-Driver", "/Driver:"+bad+"x")
	b.dism(0xe0000100, img, "/Add-Driver", "/Driver:"+bad)
	if err := os.Remove(filepath.Join(b.tmp(), "good", "x.sys")); err != nil {
		t.Fatal(err)
	}
	b.dism(2, img, "/Add-Driver", "/Driver:"+good)
}

// TestVendors adds packages as vendors deliver them: each that is said to have been
// installed is listed.
func TestVendors(t *testing.T) {
	dir := filepath.Join(testenv.Shared(t, "drivers"), "arduino")
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	var text bytes.Buffer
	b.m.Run(t.Context(), append([]string{img, "/Add-Driver"}, b.drivers(dir)...), &text) // fails on some
	good := map[string]bool{}
	for _, it := range transcript.Parse(text.Bytes()).Items {
		if strings.HasPrefix(it.Result, "The driver package was") {
			good[strings.ToLower(filepath.Base(it.Name))] = true
		} else {
			t.Logf("%s: %s", it.Name, it.Result)
		}
	}
	for _, d := range b.dism(0, img, "/Get-Drivers").With("Published Name") {
		delete(good, d.Get("Original File Name"))
		if d.Get("Version") == "" || d.Get("Provider Name") == "" {
			t.Errorf("%+v", d)
		}
	}
	if len(good) > 0 {
		t.Errorf("not listed: %v", good)
	}
}

// TestParents enables and disables features that others are within.
func TestParents(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	identity := "Microsoft-Windows-Foundation-Package" + token + "~10.0.26100.1"
	b.edit(func(files image.Files, r image.Registry) error {
		manifest := pkg{identity: identity, release: "Foundation", inside: `<update name="NetFx3"/><update name="TelnetClient" restart="required"><applicable disposition="detect"><detectUpdate><update name="NetFx3"/></detectUpdate></applicable></update>`}.manifest()
		return files.WriteFile("Windows/servicing/Packages/"+identity+".mum", strings.NewReader(manifest), image.Meta{})
	})
	feature := func(want, name string) { t.Helper(); b.wantState(want, "/Get-Features", "Feature Name", name) }
	b.dism(50, img, "/Enable-Feature", "/FeatureName:TelnetClient")
	feature("Disabled", "TelnetClient")
	b.dism(3010, img, "/Enable-Feature", "/FeatureName:TelnetClient", "/All")
	feature("Enabled", "NetFx3")
	feature("Enable Pending", "TelnetClient")
	b.dism(0, img, "/Disable-Feature", "/FeatureName:NetFx3")
	feature("Disabled", "TelnetClient")
	if first := b.dism(0, img, "/Get-Features").Get("Feature Name"); first != "NetFx3" {
		t.Errorf("not in the order of the manifest: %s comes first", first)
	}
}

// TestIdentityOfDrivers: packages are the same one if their INF files are, byte for
// byte, whatever belongs to them; others live side by side, also of one name and
// version, and each is removed by itself.
func TestIdentityOfDrivers(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	first := wireless()
	second := wireless()
	second.models = []string{`"Intel(R) Wi-Fi 6E AX210 160MHz"=Install,PCI\VEN_8086&DEV_2725&SUBSYS_00248086`}
	b.addDriver("Netwtw08.INF", first)
	b.addDriver("Netwtw08.INF", second)
	published := func(want ...string) {
		t.Helper()
		var got []string
		for _, r := range b.dism(0, img, "/Get-Drivers").With("Published Name") {
			if r.Get("Original File Name") != "netwtw08.inf" || r.Get("Version") != "23.60.0.10" {
				t.Errorf("%+v", r)
			}
			got = append(got, r.Get("Published Name"))
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("there are %v, not %v", got, want)
		}
	}
	published("oem0.inf", "oem1.inf")
	before, _ := filepath.Glob(filepath.Join(b.dir, "Windows/System32/DriverStore/FileRepository/netwtw08.inf_amd64_*/x.sys"))
	inf := b.driver("Netwtw08.INF", first)
	b.file("x.sys", "another build")
	b.dism(0, img, "/Add-Driver", "/Driver:"+inf)
	published("oem0.inf", "oem1.inf")
	if len(before) != 2 {
		t.Fatalf("files %v", before)
	}
	for _, name := range before {
		if data, err := os.ReadFile(name); err != nil || string(data) != "Netwtw08.INF" {
			t.Errorf("%s is %q, %v", name, data, err)
		}
	}
	b.dism(0, img, "/Remove-Driver", "/Driver:oem0.inf")
	published("oem1.inf")
	b.dism(0, img, "/Add-Driver", "/Driver:"+inf)
	published("oem0.inf", "oem1.inf")
}

// TestNamesOfFolders: a driver that the driver store refuses has the folder that Windows
// gives to its INF.
func TestNamesOfFolders(t *testing.T) {
	dir := filepath.Join(testenv.Shared(t, "drivers"), "arduino/build/windows/dist/drivers")
	b := newBench(t)
	b.mount()
	data, err := os.ReadFile(filepath.Join(dir, "arduino.inf"))
	if err != nil {
		t.Fatal(err)
	}
	b.file("arduino.cat", "x")
	b.dism(0, "/Image:"+b.dir, "/Add-Driver", "/Driver:"+b.file("arduino.inf", string(data)), "/ForceUnsigned")
	if found, _ := filepath.Glob(filepath.Join(b.dir, "Windows/System32/DriverStore/FileRepository/arduino.inf_amd64_6cb1adf1bc8e1d48")); len(found) != 1 {
		all, _ := filepath.Glob(filepath.Join(b.dir, "Windows/System32/DriverStore/FileRepository/*"))
		t.Errorf("%v", all)
	}
}
