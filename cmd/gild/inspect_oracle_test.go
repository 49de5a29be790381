package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/internal/testenv"
)

// inspected is what is compared of the output of inspect -json.
type inspected struct {
	Image *struct {
		Warnings []string `json:"warnings"`
	} `json:"image"`
	Package []struct {
		Identity string `json:"identity"`
		State    string `json:"state"`
		Visible  *bool  `json:"visible"`
	} `json:"package"`
	Feature []struct {
		Name  string `json:"name"`
		State string `json:"state"`
	} `json:"feature"`
	Capability []struct {
		Name  string `json:"name"`
		State string `json:"state"`
	} `json:"capability"`
	Driver []struct {
		PublishedName string  `json:"published_name"`
		OriginalName  string  `json:"original_name"`
		Provider      string  `json:"provider"`
		Class         string  `json:"class"`
		ClassGUID     string  `json:"class_guid"`
		Version       string  `json:"version"`
		Date          *string `json:"date"`
		Arch          string  `json:"arch"`
		BootCritical  *bool   `json:"boot_critical"`
	} `json:"driver"`
	Service []struct {
		Name    string `json:"name"`
		Start   string `json:"start"`
		Account string `json:"account"`
	} `json:"service"`
	International map[string]any `json:"international"`
}

// keys are those below a key as hivexregedit exports them, by their path, with
// the data of their values by name in lower case.
type keys map[string]map[string]string

var (
	exportedKey   = regexp.MustCompile(`^\[(.*)\]$`)
	exportedValue = regexp.MustCompile(`^(?:@|"((?:[^"\\]|\\.)*)")=(.*)$`)
	exportedText  = regexp.MustCompile(`^str\([0-9]+\):"(.*)"$`)
)

// exported has hivexregedit write what is below a key.
func exported(t *testing.T, hive, key string) keys {
	t.Helper()
	t.Setenv("PERL_UNICODE", "S")
	all, values := keys{}, map[string]string{}
	for line := range strings.Lines(testenv.Run(t, "hivexregedit", "--export", "--unsafe-printable-strings", hive, key)) {
		line = strings.TrimSuffix(line, "\n")
		if m := exportedKey.FindStringSubmatch(line); m != nil {
			values = map[string]string{}
			if prefix := len(key) + 1; len(m[1]) > prefix && strings.EqualFold(m[1][:prefix], key+`\`) {
				all[m[1][prefix:]] = values
			}
		} else if m := exportedValue.FindStringSubmatch(line); m != nil {
			data := m[2]
			if text := exportedText.FindStringSubmatch(data); text != nil {
				data = strings.ReplaceAll(text[1], `\"`, `"`)
			}
			values[strings.ToLower(m[1])] = data
		}
	}
	return all
}

// direct returns the names of the keys right below.
func (k keys) direct() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(k)), func(name string) bool { return strings.Contains(name, `\`) })
}

// number is the data of a REG_DWORD.
func number(data string) (uint64, bool) {
	text, ok := strings.CutPrefix(data, "dword:")
	n, err := strconv.ParseUint(text, 16, 32)
	return n, ok && err == nil
}

// looked counts the keys right below one as reglookup lists them.
func looked(t *testing.T, hive, key string) int {
	t.Helper()
	path := strings.ReplaceAll(key, `\`, "/")
	n := 0
	for line := range strings.Lines(testenv.Run(t, "reglookup", "-p", path, "-t", "KEY", "-H", hive)) {
		name, _, _ := strings.Cut(line, ",")
		if strings.Count(name, "/") == strings.Count(path, "/")+1 {
			n++
		}
	}
	return n
}

// TestInspectAgainstTools compares what inspect tells of images around real and
// made hives with what other programs read in the same hives.
func TestInspectAgainstTools(t *testing.T) {
	for _, c := range []struct {
		system     string
		hasDrivers bool // Windows 7 has no database of them
	}{{"SYSTEM.xz", false}, {"SYSTEM_WIN_10_1709.xz", true}} {
		t.Run(strings.TrimSuffix(c.system, ".xz"), func(t *testing.T) {
			tree := realTree(t, c.system)
			config := filepath.Join(tree, "Windows", "System32", "config")
			mergeServicing(t, filepath.Join(config, "SOFTWARE"))
			t.Chdir(t.TempDir())
			testenv.Run(t, "wimlib-imagex", "capture", tree, "real.wim", "Real", "--compress=XPRESS")
			var got, folder inspected
			for path, into := range map[string]*inspected{"real.wim": &got, tree: &folder} {
				if err := json.Unmarshal([]byte(expect(t, exitOK, "inspect", "-json", path)), into); err != nil {
					t.Fatal(err)
				}
			}
			got.Image, folder.Image = nil, nil
			if a, b := fmt.Sprintf("%+v", plain(t, got)), fmt.Sprintf("%+v", plain(t, folder)); a != b {
				t.Errorf("the file holds\n%s\nand the folder\n%s", a, b)
			}
			compareServicing(t, got, filepath.Join(config, "SOFTWARE"))
			compareServices(t, got, filepath.Join(config, "SYSTEM"))
			if c.hasDrivers {
				compareDrivers(t, got, filepath.Join(config, "SYSTEM"))
			} else if len(got.Driver) > 0 {
				t.Errorf("%d drivers of an image without a database", len(got.Driver))
			}
			compareInternational(t, got, filepath.Join(config, "SYSTEM"), filepath.Join(tree, "Users", "Default", "NTUSER.DAT"))
		})
	}
}

// plain returns a value as JSON has it.
func plain(t *testing.T, v any) (out any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const cbsKey = `\Microsoft\Windows\CurrentVersion\Component Based Servicing`

// states are DISM's words for the numbers that the registry has of packages and
// of features.
var states = []struct {
	code         uint64
	pkg, feature string
}{
	{0x05, "uninstall_pending", "disable_pending"},
	{0x20, "resolved", "disabled_with_payload_removed"},
	{0x40, "staged", "disabled"},
	{0x50, "superseded", "superseded"},
	{0x60, "install_pending", "enable_pending"},
	{0x65, "partially_installed", "partially_installed"},
	{0x70, "installed", "enabled"},
	{0x80, "installed", "enabled"},
}

// mergeServicing has hivexregedit put packages, features and capabilities into a hive.
func mergeServicing(t *testing.T, hive string) {
	t.Helper()
	const root = `[HKEY_LOCAL_MACHINE\SOFTWARE` + cbsKey
	identity := func(name string) string { return name + "~31bf3856ad364e35~amd64~~10.0.17763.1" }
	var b strings.Builder
	b.WriteString("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows]\n\n" +
		"[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion]\n\n" + root + "]\n\n" + root + "\\Packages]\n\n" + root + "\\CapabilityIndex]\n\n")
	for i := range 120 {
		s := states[i%len(states)]
		id := identity(fmt.Sprintf("Sample-%03d-Package", i))
		fmt.Fprintf(&b, "%s\\Packages\\%s]\n\"CurrentState\"=dword:%08x\n\"Visibility\"=dword:%08x\n\n", root, id, s.code, 1+i%3/2)
		fmt.Fprintf(&b, "%s\\CapabilityIndex\\Sample.%03d~~~~0.0.1.0]\n\"%s\"=\"\"\n\n", root, i, id)
	}
	fmt.Fprintf(&b, "%s\\Packages\\%s]\n\"CurrentState\"=dword:00000080\n\"Visibility\"=dword:00000001\n\n", root, identity("Foundation-Package"))
	fmt.Fprintf(&b, "%s\\Packages\\%s\\Updates]\n", root, identity("Foundation-Package"))
	for i := range 80 {
		fmt.Fprintf(&b, "\"Feature-%02d\"=dword:%08x\n", i, states[i%len(states)].code)
	}
	text := filepath.Join(t.TempDir(), "servicing.reg")
	if err := os.WriteFile(text, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	testenv.Run(t, "hivexregedit", "--merge", "--prefix", `HKEY_LOCAL_MACHINE\SOFTWARE`, hive, text)
}

func compareServicing(t *testing.T, got inspected, hive string) {
	t.Helper()
	words := map[uint64][2]string{}
	for _, s := range states {
		words[s.code] = [2]string{s.pkg, s.feature}
	}
	packages := exported(t, hive, cbsKey+`\Packages`)
	if n := looked(t, hive, cbsKey+`\Packages`); len(got.Package) != n || n != len(packages.direct()) || n < 100 {
		t.Errorf("%d packages; hivexregedit exports %d, reglookup lists %d", len(got.Package), len(packages.direct()), n)
	}
	for _, p := range got.Package {
		values := packages[p.Identity]
		state, _ := number(values["currentstate"])
		visibility, _ := number(values["visibility"])
		if p.State != words[state][0] || p.Visible == nil || *p.Visible != (visibility == 1) {
			t.Errorf("package %+v is exported as %q", p, values)
		}
	}
	features := packages["Foundation-Package~31bf3856ad364e35~amd64~~10.0.17763.1\\Updates"]
	if len(got.Feature) != len(features) || len(features) < 50 {
		t.Errorf("%d features, hivexregedit exports %d", len(got.Feature), len(features))
	}
	for _, f := range got.Feature {
		if state, ok := number(features[strings.ToLower(f.Name)]); !ok || f.State != words[state][1] {
			t.Errorf("feature %+v is exported as %q", f, features[strings.ToLower(f.Name)])
		}
	}
	index := exported(t, hive, cbsKey+`\CapabilityIndex`)
	if n := len(index.direct()); len(got.Capability) != n || n < 100 {
		t.Errorf("%d capabilities, hivexregedit exports %d", len(got.Capability), n)
	}
	for _, c := range got.Capability {
		for lower := range index[c.Name] {
			for _, id := range packages.direct() {
				state, _ := number(packages[id]["currentstate"])
				if strings.EqualFold(id, lower) && c.State != words[state][0] {
					t.Errorf("capability %+v is of package %s, exported as %#x", c, id, state)
				}
			}
		}
	}
}

func compareServices(t *testing.T, got inspected, hive string) {
	t.Helper()
	const root = `\ControlSet001\Services`
	all := exported(t, hive, root)
	if n := looked(t, hive, root); n != len(all.direct()) {
		t.Errorf("hivexregedit exports %d services, reglookup lists %d", len(all.direct()), n)
	}
	starts := []string{"boot", "system", "auto", "manual", "disabled"}
	want := map[string][2]string{} // start and account
	for _, name := range all.direct() {
		start, ok := number(all[name]["start"])
		_, typed := number(all[name]["type"])
		if !ok || !typed {
			continue // no service, but what one left
		}
		text := starts[start]
		if n, _ := number(all[name]["delayedautostart"]); n != 0 && text == "auto" {
			text = "delayed_auto"
		}
		want[name] = [2]string{text, all[name]["objectname"]}
	}
	if len(got.Service) != len(want) || len(want) < 100 {
		t.Errorf("%d services, hivexregedit exports %d", len(got.Service), len(want))
	}
	for _, s := range got.Service {
		if w, ok := want[s.Name]; !ok || s.Start != w[0] || s.Account != w[1] {
			t.Errorf("service %+v is exported as %q", s, w)
		}
	}
}

// bootCritical is where a device class says that Windows may need its drivers to
// start: DEVPKEY_DeviceClass_BootCritical.
const bootCritical = `\Properties\{6a3433f4-5626-40e8-a9b9-dbd9ecd2884b}\0003`

func compareDrivers(t *testing.T, got inspected, hive string) {
	t.Helper()
	const root, classes = `\DriverDatabase\DriverPackages`, `\ControlSet001\Control\Class`
	packages, class := exported(t, hive, root), exported(t, hive, classes)
	if n := looked(t, hive, root); len(got.Driver) != n || n != len(packages.direct()) || n < 200 {
		t.Errorf("%d drivers; hivexregedit exports %d, reglookup lists %d", len(got.Driver), len(packages.direct()), n)
	}
	var want, have []string
	for _, key := range packages.direct() {
		values := packages[key]
		original := values["infname"]
		if original == "" {
			original = values[""]
		}
		guid, version, date, arch := driverVersion(t, values["version"])
		critical := strconv.FormatBool(class[guid+bootCritical][""] == "hex(ffff0011):ff")
		if n, ok := number(values["bootcritical"]); ok {
			critical = strconv.FormatBool(n != 0)
		}
		want = append(want, strings.Join([]string{values[""], original, values["provider"], class[guid]["class"], guid, version, date, arch, critical}, "|"))
	}
	for _, d := range got.Driver {
		date, critical := "-", "-"
		if d.Date != nil {
			date = *d.Date
		}
		if d.BootCritical != nil {
			critical = strconv.FormatBool(*d.BootCritical)
		}
		have = append(have, strings.Join([]string{d.PublishedName, d.OriginalName, d.Provider, d.Class, d.ClassGUID, d.Version, date, d.Arch, critical}, "|"))
	}
	slices.Sort(want)
	slices.Sort(have)
	for i := range min(len(want), len(have)) {
		if want[i] != have[i] {
			t.Fatalf("driver\n%s\nis exported as\n%s", have[i], want[i])
		}
	}
}

// driverVersion takes the value Version of a driver package apart.
func driverVersion(t *testing.T, data string) (guid, version, date, arch string) {
	t.Helper()
	_, digits, _ := strings.Cut(data, ":")
	b, err := hex.DecodeString(strings.ReplaceAll(digits, ",", ""))
	if err != nil || len(b) != 48 {
		t.Fatalf("version %s: %v", data, err)
	}
	word := func(at int) int { return int(b[at]) | int(b[at+1])<<8 }
	guid = fmt.Sprintf("{%04x%04x-%04x-%04x-%x-%x}", word(10), word(8), word(12), word(14), b[16:18], b[18:24])
	version = fmt.Sprintf("%d.%d.%d.%d", word(38), word(36), word(34), word(32))
	var ticks int64
	for i := range 8 {
		ticks |= int64(b[24+i]) << (8 * i)
	}
	date = "-"
	if ticks != 0 {
		date = time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(ticks/864e9)).Format(time.DateOnly)
	}
	return guid, version, date, map[int]string{0: "x86", 5: "arm", 9: "amd64", 12: "arm64"}[word(2)]
}

func compareInternational(t *testing.T, got inspected, system, user string) {
	t.Helper()
	control := exported(t, system, `\ControlSet001\Control`)
	zone, _, _ := strings.Cut(control["TimeZoneInformation"]["timezonekeyname"], "\x00") // behind it is what the memory held
	want := map[string]any{
		"time_zone":      zone,
		"ansi_code_page": control[`Nls\CodePage`]["acp"],
		"oem_code_page":  control[`Nls\CodePage`]["oemcp"],
		"system_locale":  map[string]string{"00000409": "en-US"}[control[`Nls\Locale`][""]],
		"user_locale":    exported(t, user, `\Control Panel`)["International"]["localename"],
	}
	for name, value := range want {
		if value == "" || got.International[name] != value {
			t.Errorf("%s is %v, exported is %v", name, got.International[name], value)
		}
	}
	var tags []string
	languages, _ := got.International["ui_languages"].([]any)
	for _, l := range languages {
		if fields, ok := l.(map[string]any); ok {
			tags = append(tags, fmt.Sprint(fields["tag"]))
		}
	}
	if names := exported(t, system, `\ControlSet001\Control\MUI\UILanguages`).direct(); !slices.Equal(tags, names) || len(names) == 0 {
		t.Errorf("languages %q, exported are %q", tags, names)
	}
}
