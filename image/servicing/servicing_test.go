package servicing_test

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

const (
	cbs   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	token = "31bf3856ad364e35"
)

// key returns .reg text of a key below that of servicing.
func key(path string, values ...string) string {
	return fmt.Sprintf("[%s\\%s]\n%s\n\n", cbs, path, strings.Join(values, "\n"))
}

func dword(name string, n uint32) string { return fmt.Sprintf("%q=dword:%08x", name, n) }

func id(name, version string) string { return name + "~" + token + "~amd64~~" + version }

// states are all known states, with DISM's words for packages and features.
func states() map[uint32][2]string {
	return map[uint32][2]string{
		0x00: {"not_present", "not_present"},
		0x05: {"uninstall_pending", "disable_pending"},
		0x10: {"resolving", "resolving"},
		0x20: {"resolved", "disabled_with_payload_removed"},
		0x30: {"staging", "staging"},
		0x40: {"staged", "disabled"},
		0x50: {"superseded", "superseded"},
		0x60: {"install_pending", "enable_pending"},
		0x65: {"partially_installed", "partially_installed"},
		0x70: {"installed", "enabled"},
		0x80: {"installed", "enabled"},
	}
}

// TestStates reads packages and features in every state that fits into a byte, and some
// that CBS uses in requests and for invalid states.
func TestStates(t *testing.T) {
	var text strings.Builder
	numbers := []uint32{0x1000, 0x1004, 0x1005, 0x20070, 0xffffffe0, 0xffffff90}
	for n := range uint32(256) {
		numbers = append(numbers, n)
	}
	updates := make([]string, 0, len(numbers))
	for _, n := range numbers {
		text.WriteString(key(`Packages\`+id(fmt.Sprintf("P%08x", n), "1.0.0.0"), dword("CurrentState", n)))
		updates = append(updates, dword(fmt.Sprintf("F%08x", n), n))
	}
	text.WriteString(key(`Packages\`+id("Features", "1.0.0.0"), dword("CurrentState", 0x70)))
	text.WriteString(key(`Packages\`+id("Features", "1.0.0.0")+`\Updates`, updates...))
	s := regimage.Open(t, text.String(), nil)
	packages, notes, err := servicing.Packages(t.Context(), s)
	if err != nil || len(packages) != len(numbers)+1 {
		t.Fatalf("%d packages, %v", len(packages), err)
	}
	if want := len(numbers) - len(states()); len(notes) != want {
		t.Errorf("%d notes, not %d", len(notes), want)
	}
	features, _, err := servicing.Features(t.Context(), s)
	if err != nil || len(features) != len(numbers) {
		t.Fatalf("%d features, %v", len(features), err)
	}
	for _, n := range numbers {
		want, known := states()[n]
		if !known {
			want = [2]string{"unknown", "unknown"}
		}
		i := slices.IndexFunc(packages, func(p servicing.Package) bool { return strings.HasPrefix(p.Identity, fmt.Sprintf("P%08x~", n)) })
		if p := packages[i]; p.State.String() != want[0] || uint32(p.State) != n {
			t.Errorf("state %#x of a package is %q, %#x", n, p.State, uint32(p.State))
		}
		i = slices.IndexFunc(features, func(f servicing.Feature) bool { return f.Name == fmt.Sprintf("F%08x", n) })
		if f := features[i]; f.Status != want[1] || uint32(f.State) != n || f.Package != id("Features", "1.0.0.0") {
			t.Errorf("state %#x of a feature is %+v", n, f)
		}
	}
}

func TestPackages(t *testing.T) {
	update, pack, odd := id("Package_for_KB1", "1.2.3.4"), id("Pack", "10.0.1.2"), id("Odd", "1.0.0.0")
	s := regimage.Open(t, key(`Packages\`+update,
		dword("CurrentState", 0x70), dword("Visibility", 1), `"InstallClient"="WindowsUpdateAgent"`,
		dword("InstallTimeHigh", 0x01d3c98f), dword("InstallTimeLow", 0x21c48000))+
		key(`Packages\`+pack, dword("CurrentState", 0x40), dword("Visibility", 2), `"InstallClient"=dword:1`)+
		key(`Packages\`+odd, `"CurrentState"="112"`, dword("Visibility", 1))+
		key(`Packages\..\..\x`, dword("CurrentState", 0x70), dword("Visibility", 1)),
		map[string][]byte{
			"Windows/servicing/Packages/" + update + ".mum": []byte("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<assembly><assemblyIdentity name=\"x\"/><package identifier=\"KB1\" releaseType=\"Security Update\"/></assembly>"),
			"Windows/servicing/Packages/" + odd + ".mum":    []byte("DCM\x01 compressed"),
		})
	packages, notes, err := servicing.Packages(t.Context(), s)
	if err != nil || len(packages) != 4 {
		t.Fatal(packages, err)
	}
	by := map[string]servicing.Package{}
	for _, p := range packages {
		by[p.Identity] = p
	}
	p := by[update]
	if p.ReleaseType != "security_update" || !*p.Visible || p.Client != "WindowsUpdateAgent" ||
		p.InstallTime.Truncate(time.Hour) != time.Date(2018, 4, 1, 7, 0, 0, 0, time.UTC) {
		t.Errorf("the update is %+v, %v", p, p.InstallTime)
	}
	if p := by[pack]; *p.Visible || p.ReleaseType != "" || p.Client != "" || !p.InstallTime.IsZero() {
		t.Errorf("the package is %+v", p)
	}
	if p := by[odd]; p.State != servicing.NoState || p.State.String() != "unknown" || p.ReleaseType != "unknown" {
		t.Errorf("the odd one is %+v", p)
	}
	for _, want := range []string{"InstallClient", odd + ": its state", odd + ".mum", "CurrentState"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, want) }) {
			t.Errorf("no note has %q: %q", want, notes)
		}
	}
}

func TestFeatures(t *testing.T) {
	old, current := id("Foundation", "10.0.9.1"), id("Foundation", "10.0.10.1")
	notify := func(name string, values ...string) string {
		return key(`Notifications\OptionalFeatures\`+name, values...)
	}
	s := regimage.Open(t,
		key(`Packages\`+old, dword("CurrentState", 0x50))+
			key(`Packages\`+old+`\Updates`, dword("Plain", 0x70), dword("Gone", 0x70))+
			key(`Packages\`+current, dword("CurrentState", 0x70))+
			key(`Packages\`+current+`\Updates`, dword("plain", 0x40), dword("Removed", 0x20), dword("RemovedStaged", 0x40),
				dword("On", 0x70), dword("Contradiction", 0x70), dword("Undone", 0x40), dword("OnRemoved", 0x70), `"Text"="x"`, dword("Pending", 0x60))+
			key(`Packages\Package_for_KB1~`+token+`~amd64~~1.0.0.0\Updates`, dword("KB1-1_neutral_GDR", 0x70))+
			key(`Packages\Package_12_for_KB1~`+token+`~amd64~~1.0.0.0\Updates`, dword("KB1-12_neutral_GDR", 0x70))+
			notify("Removed", dword("Selection", 0), dword("Removed", 1))+
			notify("RemovedStaged", dword("Selection", 0), dword("Removed", 1))+
			notify("on", dword("Selection", 1))+
			notify("Contradiction", dword("Selection", 0))+
			notify("Undone", dword("Selection", 1))+
			notify("OnRemoved", dword("Selection", 1), dword("Removed", 1))+
			notify("Pending", dword("Selection", 0))+
			notify("AloneOn", dword("Selection", 1))+
			notify("AloneOff", dword("Selection", 0))+
			notify("AloneRemoved", dword("Selection", 0), dword("Removed", 1))+
			notify("AloneOdd", dword("Selection", 5)), nil)
	features, notes, err := servicing.Features(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range features {
		version := ""
		if f.Package != "" {
			version = f.Package[strings.LastIndex(f.Package, "~")+1:]
		}
		got = append(got, f.Name+" "+f.Status+" "+version)
	}
	want := []string{
		"AloneOdd unknown ", "AloneOff disabled ", "AloneOn enabled ", "AloneRemoved disabled_with_payload_removed ",
		"Contradiction unknown 10.0.10.1", "Gone enabled 10.0.9.1", "On enabled 10.0.10.1", "OnRemoved unknown 10.0.10.1",
		"Pending enable_pending 10.0.10.1", "plain disabled 10.0.10.1",
		"Removed disabled_with_payload_removed 10.0.10.1", "RemovedStaged disabled_with_payload_removed 10.0.10.1",
		"Text unknown 10.0.10.1", "Undone unknown 10.0.10.1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("features:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, name := range []string{"AloneOdd", "Contradiction", "OnRemoved", "Text", "Undone"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, "feature "+name+":") }) {
			t.Errorf("no note mentions %s: %q", name, notes)
		}
	}
}

func TestCapabilities(t *testing.T) {
	v1, v2 := id("A-Package", "10.0.1.1"), id("A-Package", "10.0.1.20")
	s := regimage.Open(t,
		key(`Packages\`+v1, dword("CurrentState", 0x70))+
			key(`Packages\`+v2, dword("CurrentState", 0x70))+
			key(`Packages\`+id("B-Package", "1.0.0.0"), dword("CurrentState", 0x40))+
			key(`Packages\`+id("C-Package", "1.0.0.0"), dword("CurrentState", 0x60))+
			key(`Packages\`+id("U-Package", "1.0.0.0"), dword("CurrentState", 0x33))+
			key(`CapabilityIndex\A~~~~0.0.1.0`, fmt.Sprintf("%q=%q", id("A-Package", "0.0.0.0"), ""))+
			key(`PackageIndex\`+id("A-Package", "0.0.0.0"), fmt.Sprintf("%q=%q", v1, ""), fmt.Sprintf("%q=%q", v2, ""), fmt.Sprintf("%q=%q", id("Other", "1.0.0.0"), ""))+
			key(`CapabilityIndex\B~~~en-US~0.0.1.0`, fmt.Sprintf("\"x\"=%q", id("b-package", "1.0.0.0")))+
			key(`CapabilityIndex\C~~~~0.0.1.0\`+id("C-Package", "1.0.0.0"))+
			key(`CapabilityIndex\D~~~~0.0.1.0`, fmt.Sprintf("%q=dword:1", id("D-Package", "1.0.0.0")))+
			key(`CapabilityIndex\E~~~~0.0.1.0`, `"x"=dword:1`)+
			key(`CapabilityIndex\U~~~~0.0.1.0`, fmt.Sprintf("%q=dword:1", id("U-Package", "1.0.0.0"))), nil)
	list, notes, err := servicing.Capabilities(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := []servicing.Capability{
		{"A~~~~0.0.1.0", "installed", v2},
		{"B~~~en-US~0.0.1.0", "staged", id("B-Package", "1.0.0.0")},
		{"C~~~~0.0.1.0", "install_pending", id("C-Package", "1.0.0.0")},
		{"D~~~~0.0.1.0", "not_present", ""},
		{"E~~~~0.0.1.0", "unknown", ""},
		{"U~~~~0.0.1.0", "unknown", id("U-Package", "1.0.0.0")},
	}
	if !slices.Equal(list, want) {
		t.Errorf("capabilities %v\nwant %v", list, want)
	}
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, "capability E") }) {
		t.Errorf("no note mentions E: %q", notes)
	}
}

func TestStatus(t *testing.T) {
	s := regimage.Open(t,
		key("", `"LastResetBase_UTC"="2024/04/01:07:12:05.000"`)+
			key("Version", `"10.0.26100.9"="a"`, `"10.0.26100.1742"="b"`, `"x"="c"`)+
			key("SessionsPending", dword("Exclusive", 0))+
			key("PackagesPending"), nil)
	st, notes, err := servicing.ReadStatus(t.Context(), s)
	if err != nil || len(notes) > 0 || len(st.Pending) > 0 || st.StackVersion != "10.0.26100.1742" ||
		st.LastResetBase != "2024/04/01:07:12:05.000" || st.Unserviceable {
		t.Errorf("status %+v, %q, %v", st, notes, err)
	}
	s = regimage.Open(t,
		key("SessionsPending", dword("Exclusive", 3))+key(`SessionsPending\30000000_1`)+key(`PackagesPending\x`)+
			key("RebootPending")+key("RebootInProgress")+key("Unserviceable")+
			"[HKLM\\COMPONENTS]\n\"PendingXmlIdentifier\"=hex:01\n",
		map[string][]byte{"Windows/WinSxS/pending.xml": {'x'}})
	st, _, err = servicing.ReadStatus(t.Context(), s)
	want := []string{
		"PackagesPending (1)", "SessionsPending (1)", `SessionsPending\Exclusive`, "RebootPending", "RebootInProgress",
		`COMPONENTS\PendingXmlIdentifier`, "Windows/WinSxS/pending.xml",
	}
	if err != nil || !slices.Equal(st.Pending, want) || !st.Unserviceable {
		t.Errorf("status %+v, %v", st, err)
	}
}

// TestNothing reads an image without these hives, and one whose hive is not a hive.
func TestNothing(t *testing.T) {
	for name, files := range map[string]map[string][]byte{
		"none":   nil,
		"broken": {"Windows/System32/config/SOFTWARE": []byte("x")},
	} {
		s := regimage.Open(t, "", files)
		packages, _, errP := servicing.Packages(t.Context(), s)
		features, _, errF := servicing.Features(t.Context(), s)
		capabilities, _, errC := servicing.Capabilities(t.Context(), s)
		if len(packages)+len(features)+len(capabilities) > 0 {
			t.Errorf("%s: things of nothing", name)
		}
		for _, err := range []error{errP, errF, errC} {
			if (err != nil) != (files != nil) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestNoServicing reads a real SOFTWARE without keys of servicing.
func TestNoServicing(t *testing.T) {
	text := strings.NewReplacer("HKEY_LOCAL_MACHINE", "HKLM", `C:\`, `C:\\`).Replace(string(testenv.ReadShared(t, "hives/reg-text/win10-software.reg")))
	s := regimage.Open(t, text, nil)
	packages, notesP, errP := servicing.Packages(t.Context(), s)
	st, notesS, errS := servicing.ReadStatus(t.Context(), s)
	if len(packages) > 0 || len(st.Pending) > 0 || st.StackVersion != "" || len(notesP)+len(notesS) > 0 || errP != nil || errS != nil {
		t.Errorf("%v %+v %q %q %v %v", packages, st, notesP, notesS, errP, errS)
	}
}

// TestRealManifests finds the release types of real manifests.
func TestRealManifests(t *testing.T) {
	const folder = "cbs/Windows6.1-KB2999226-x64"
	dir := testenv.Shared(t, folder)
	names, err := fs.Glob(os.DirFS(dir), "*.mum")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	var text strings.Builder
	files := map[string][]byte{}
	for _, name := range names {
		text.WriteString(key(`Packages\`+strings.TrimSuffix(name, ".mum"), dword("CurrentState", 0x70), dword("Visibility", 1)))
		files["Windows/servicing/Packages/"+name] = testenv.ReadShared(t, folder+"/"+name)
	}
	packages, notes, err := servicing.Packages(t.Context(), regimage.Open(t, text.String(), files))
	if err != nil || len(notes) > 0 || len(packages) != len(names) {
		t.Fatalf("%d packages of %d, %q, %v", len(packages), len(names), notes, err)
	}
	for _, p := range packages {
		raw := string(files["Windows/servicing/Packages/"+p.Identity+".mum"])
		_, after, found := strings.Cut(raw, `releaseType="`)
		want, _, _ := strings.Cut(after, `"`)
		if !found || p.ReleaseType != strings.ReplaceAll(strings.ToLower(want), " ", "_") {
			t.Errorf("%s is %q, its manifest says %q", p.Identity, p.ReleaseType, want)
		}
	}
}

// BenchmarkAll reads as many packages as a Windows image has after some years.
func BenchmarkAll(b *testing.B) {
	var text strings.Builder
	for i := range 4000 {
		name := id(fmt.Sprintf("Microsoft-Windows-Sample-%04d-Package", i), "10.0.26100.1")
		text.WriteString(key(`Packages\`+name, dword("CurrentState", 0x70), dword("Visibility", 2), `"InstallClient"="x"`, dword("InstallTimeHigh", 1), dword("InstallTimeLow", 1)))
		text.WriteString(key(`Packages\`+name+`\Updates`, dword(fmt.Sprintf("Feature%d", i/20), 0x70)))
		text.WriteString(key(fmt.Sprintf(`CapabilityIndex\Sample.%d~~~~0.0.1.0`, i/20), fmt.Sprintf("%q=dword:70", name)))
	}
	files := regimage.Hives(b, text.String())
	for b.Loop() {
		b.StopTimer()
		s := regimage.Open(b, "", files)
		b.StartTimer()
		packages, _, errP := servicing.Packages(b.Context(), s)
		features, _, errF := servicing.Features(b.Context(), s)
		capabilities, _, errC := servicing.Capabilities(b.Context(), s)
		if len(packages) != 4000 || len(features) != 200 || len(capabilities) != 200 {
			b.Fatal(len(packages), len(features), len(capabilities), errP, errF, errC)
		}
	}
}
