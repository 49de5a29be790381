package driverstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

const (
	systemFile = "Windows/System32/config/SYSTEM"
	classRoot  = `\ControlSet001\Control\Class`
	net        = "{4d36e972-e325-11ce-bfc1-08002be10318}"
	classKey   = `[HKLM\SYSTEM\ControlSet001\Control\Class\` + net + "]\n\"Class\"=\"Net\"\n\n"
)

// blob is a Version value of the class Net.
func blob(prefix string, arch byte) string {
	return "\"Version\"=hex:" + prefix + fmt.Sprintf(",%02x,00,00,00,00,00,", arch) +
		"72,e9,36,4d,25,e3,ce,11,bf,c1,08,00,2b,e1,03,18," + // class
		"00,80,5e,b7,8d,bc,d2,01," + // 2017-04-24
		"38,4a,68,00,53,00,64,00," + // 100.83.104.19000
		"00,40,00,00,00,00,00,00\n"
}

func read(t *testing.T, text string, files map[string][]byte) ([]driverstore.Package, []string) {
	t.Helper()
	list, notes, err := driverstore.Packages(t.Context(), regimage.Open(t, text, files))
	if err != nil {
		t.Fatal(err)
	}
	return list, notes
}

func TestMerge(t *testing.T) {
	const a, b, c = `\DriverDatabase\DriverPackages\a.inf_amd64_1`, `\DriverDatabase\DriverPackages\b.inf_amd64_2`, `\DriverDatabase\DriverPackages\c.inf_arm64_3`
	list, notes := read(t, classKey+
		"[HKLM\\SYSTEM"+a+"]\n@=\"oem12.inf\"\n\"InfName\"=\"A.inf\"\n\"Provider\"=\"Vendor\"\n\"SignerName\"=\"Signer\"\n\"BootCritical\"=dword:1\n"+blob("00,ff", 9)+
		"\n[HKLM\\SYSTEM"+a+"\\Descriptors\\PCI\\VEN_1&DEV_2]\n\"Configuration\"=\"x\"\n"+
		"\n[HKLM\\SYSTEM"+a+"\\Descriptors\\*PNP0C08]\n\"Configuration\"=\"x\"\n"+
		"\n[HKLM\\DRIVERS"+a+"]\n@=\"other.inf\"\n"+
		"\n[HKLM\\DRIVERS"+b+"]\n\"BootCritical\"=dword:0\n"+blob("ff,ff", 0)+
		"\n[HKLM\\DRIVERS\\DriverDatabase\\DriverInfFiles\\b.inf]\n@=hex(7):42,00,2e,00,69,00,6e,00,66,00,5f,00,61,00,6d,00,64,00,36,00,34,00,5f,00,32,00,00,00,00,00\n"+
		"\n[HKLM\\DRIVERS"+c+"]\n@=\"oem3.inf\"\n"+blob("00,ff", 12),
		map[string][]byte{driverstore.Repository + "/a.inf_amd64_1/A.inf": {'x'}})
	if len(list) != 3 || len(notes) > 0 {
		t.Fatalf("%d packages, notes %q", len(list), notes)
	}
	date := time.Date(2017, 4, 24, 0, 0, 0, 0, time.UTC)
	p := list[1]
	if p.Key != "a.inf_amd64_1" || p.Hive != "SYSTEM" || p.PublishedName != "oem12.inf" || p.OriginalName != "A.inf" ||
		p.Provider != "Vendor" || p.Signer != "Signer" || p.Inbox || !*p.BootCritical || p.Class != "Net" || p.ClassGUID != net ||
		p.Arch != "amd64" || p.Version != "100.83.104.19000" || !p.Date.Equal(date) ||
		p.Folder != driverstore.Repository+"/a.inf_amd64_1" || !slices.Equal(p.HardwareIDs, []string{"*PNP0C08", `PCI\VEN_1&DEV_2`}) {
		t.Errorf("the added package is %+v", p)
	}
	if p := list[2]; p.Hive != "DRIVERS" || p.PublishedName != "b.inf" || p.OriginalName != "b.inf" || !p.Inbox || *p.BootCritical || p.Arch != "x86" || p.Folder != "" {
		t.Errorf("the inbox package is %+v", p)
	}
	if p := list[0]; p.PublishedName != "oem3.inf" || p.OriginalName != "" || p.BootCritical != nil || p.Arch != "arm64" || p.Inbox {
		t.Errorf("the arm64 package is %+v", p)
	}
}

func TestUnknownLayouts(t *testing.T) {
	const packages = `[HKLM\SYSTEM\DriverDatabase\DriverPackages\`
	list, notes := read(t,
		packages+"short]\n@=\"short.inf\"\n\"Version\"=hex:00,ff,09\n\n"+
			packages+"layout]\n@=\"layout.inf\"\n"+blob("01,ff", 9)+"\n"+
			packages+"arch]\n@=\"arch.inf\"\n"+blob("00,ff", 7)+"\n"+
			packages+"none]\n@=dword:1\n\"Provider\"=hex:00\n\n"+
			packages+"good]\n@=\"good.inf\"\n"+blob("00,ff", 9), nil)
	if len(list) != 5 {
		t.Fatalf("%d packages", len(list))
	}
	for _, p := range list {
		version, arch := "unknown", "unknown"
		switch p.Key {
		case "good":
			version, arch = "100.83.104.19000", "amd64"
		case "arch":
			version = "100.83.104.19000"
		}
		if p.Version != version || p.Arch != arch {
			t.Errorf("%s: version %s, architecture %s", p.Key, p.Version, p.Arch)
		}
		told := slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, fmt.Sprintf("driver package %q:", p.Key)) })
		if told == (p.Key == "good") {
			t.Errorf("%s: notes %q", p.Key, notes)
		}
	}
}

// TestBeforeWindows8 reads the SYSTEM of a Windows 7, which has no database.
func TestBeforeWindows8(t *testing.T) {
	list, notes := read(t, "", map[string][]byte{systemFile: testenv.ReadShared(t, "hives/regipy/SYSTEM.xz")})
	if len(list) > 0 || len(notes) != 1 || !strings.Contains(notes[0], "no driver database") {
		t.Errorf("%d packages, %q", len(list), notes)
	}
}

// export lets hivexregedit write a key of the hive as .reg text, with readable strings.
func export(t *testing.T, hive, key string) string {
	return testenv.Run(t, "hivexregedit", "--export", "--unsafe-printable-strings", hive, key)
}

// sections maps the keys of .reg text, without the prefix, to their values.
func sections(text, prefix string) map[string]string {
	all := map[string]string{}
	for part := range strings.SplitSeq(text, "\n[") {
		key, values, _ := strings.Cut(part, "]\n")
		if name, ok := strings.CutPrefix(key, prefix); ok {
			all[name] = values
		}
	}
	return all
}

var stringValue = regexp.MustCompile(`(?m)^(@|"[^"]*")=str\(1\):"(.*)"$`)

func stringsOf(values string) map[string]string {
	all := map[string]string{}
	for _, m := range stringValue.FindAllStringSubmatch(values, -1) {
		all[strings.Trim(m[1], `"`)] = strings.ReplaceAll(m[2], `\\`, `\`)
	}
	return all
}

// TestRealHive compares the drivers of a real Windows 10 with hivexregedit's export of
// the same keys, and with reglookup's list.
func TestRealHive(t *testing.T) {
	data := testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")
	hive := filepath.Join(t.TempDir(), "SYSTEM")
	if err := os.WriteFile(hive, data, 0o600); err != nil {
		t.Fatal(err)
	}
	const root = `\DriverDatabase\DriverPackages\`
	keys := sections(export(t, hive, root[:len(root)-1]), root)
	classes := sections(export(t, hive, classRoot), classRoot+`\`)
	list, notes := read(t, "", map[string][]byte{systemFile: data})
	if len(notes) > 0 {
		t.Errorf("notes: %q", notes)
	}
	var want int
	for name := range keys {
		if !strings.Contains(name, `\`) {
			want++
		}
	}
	if len(list) != want || want < 200 {
		t.Errorf("%d packages, hivexregedit has %d", len(list), want)
	}
	compareKeys(t, list, hive)
	ids := 0
	for _, p := range list {
		ids += len(p.HardwareIDs)
		fields := stringsOf(keys[p.Key])
		if p.PublishedName != fields["@"] || p.Provider != fields["Provider"] || p.Signer != fields["SignerName"] ||
			!p.Inbox && p.OriginalName != fields["InfName"] {
			t.Errorf("%+v is exported as %q", p, fields)
		}
		compareIDs(t, p, keys)
		class := stringsOf(classes[p.ClassGUID])
		if p.Class == "" || p.Class != class["Class"] {
			t.Errorf("%s: class %s is %q, exported as %q", p.Key, p.ClassGUID, p.Class, class["Class"])
		}
	}
	if ids != 4703 {
		t.Errorf("%d hardware IDs", ids)
	}
	if n := compareDevices(t, list, classes); n < 30 {
		t.Errorf("only %d packages are compared with devices", n)
	}
	var added []string
	for _, p := range list[:6] {
		added = append(added, p.PublishedName)
	}
	if want := []string{"oem0.inf", "oem2.inf", "oem4.inf", "oem6.inf", "oem11.inf", "1394.inf"}; !slices.Equal(added, want) {
		t.Errorf("the list begins with %q", added)
	}
}

// compareDevices compares versions and dates with those that Windows wrote as text for
// the devices that use a driver, and returns how many it compared.
func compareDevices(t *testing.T, list []driverstore.Package, classes map[string]string) int {
	t.Helper()
	compared := map[string]bool{}
	for _, values := range classes {
		device := stringsOf(values)
		i := slices.IndexFunc(list, func(p driverstore.Package) bool { return strings.EqualFold(p.PublishedName, device["InfPath"]) })
		if i < 0 {
			continue
		}
		p := list[i]
		if !slices.ContainsFunc(p.HardwareIDs, func(id string) bool { return strings.EqualFold(id, device["MatchingDeviceId"]) }) {
			continue // the device has an earlier package with that name
		}
		if p.Version != device["DriverVersion"] || p.Date.Format("1-2-2006") != device["DriverDate"] || p.Provider != device["ProviderName"] {
			t.Errorf("%s is %s of %v by %s, its device has %q", p.PublishedName, p.Version, p.Date, p.Provider, device)
		}
		compared[p.Key] = true
	}
	return len(compared)
}

// compareIDs checks a package's hardware IDs against its keys.
func compareIDs(t *testing.T, p driverstore.Package, keys map[string]string) {
	t.Helper()
	var want []string
	for name, values := range keys {
		if id, ok := strings.CutPrefix(name, p.Key+`\Descriptors\`); ok && strings.Contains(values, `"Configuration"=`) {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(p.HardwareIDs)); !slices.Equal(got, want) {
		t.Errorf("%s has the hardware IDs %q, not %q", p.Key, got, want)
	}
}

// compareKeys compares the packages with those that reglookup lists.
func compareKeys(t *testing.T, list []driverstore.Package, hive string) {
	t.Helper()
	out := testenv.Run(t, "reglookup", "-p", "/DriverDatabase/DriverPackages", "-t", "KEY", "-H", hive)
	var got, want []string
	for line := range strings.Lines(out) {
		name, ok := strings.CutPrefix(strings.Split(line, ",")[0], "/DriverDatabase/DriverPackages/")
		if ok && !strings.Contains(name, "/") {
			want = append(want, name)
		}
	}
	for _, p := range list {
		got = append(got, p.Key)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d packages, reglookup sees %d", len(got), len(want))
	}
}

func BenchmarkPackages(b *testing.B) {
	files := map[string][]byte{systemFile: testenv.ReadShared(b, "hives/regipy/SYSTEM_WIN_10_1709.xz")}
	for b.Loop() {
		b.StopTimer()
		s := regimage.Open(b, "", files)
		b.StartTimer()
		if list, _, err := driverstore.Packages(b.Context(), s); err != nil || len(list) < 200 {
			b.Fatal(len(list), err)
		}
	}
}
