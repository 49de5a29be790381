package capability

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image/online"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func of(name string) object { return object{"name": str(name)} }

const cbs = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`

// windows is an image with capabilities, by the states of their packages.
func windows(t testing.TB) map[string][]byte {
	t.Helper()
	text := ""
	for name, state := range map[string]uint32{
		"OpenSSH.Client~~~~0.0.1.0": 0x70, "OpenSSH.Server~~~~0.0.1.0": 0, "Language.Basic~~~en-US~0.0.1.0": 0x80,
		"Print.Fax.Scan~~~~0.0.1.0": 0x40, "Media.Coming~~~~0.0.1.0": 0x60, "Media.Going~~~~0.0.1.0": 5, "Odd~~~~0.0.1.0": 0x1004,
	} {
		id := strings.ReplaceAll(name[:strings.Index(name, "~")], ".", "-") + "-Package~31bf3856ad364e35~amd64~~10.0.26100.1"
		text += fmt.Sprintf("[%s\\CapabilityIndex\\%s]\n%q=dword:70\n\n[%s\\Packages\\%s]\n\"CurrentState\"=dword:%x\n\n", cbs, name, id, cbs, id, state)
	}
	return regimage.Hives(t, text)
}

func queue(lines ...string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		list, err := online.Jobs(m)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, j := range list {
			got = append(got, strings.Join(j.Commands[0].Args, " "))
		}
		if !slices.Equal(got, lines) {
			t.Errorf("queue\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
		}
	}
}

const repository = "LanguagesAndOptionalFeatures"

func media() map[string]string {
	files := map[string]string{}
	for _, name := range []string{
		"Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~.cab",
		"Microsoft-Windows-LanguageFeatures-Basic-de-at-Package~31bf3856ad364e35~amd64~~.cab",
		"Microsoft-Windows-LanguageFeatures-OCR-de-de-Package~31bf3856ad364e35~amd64~~.cab",
		"Microsoft-Windows-LanguageFeatures-Fonts-Jpan-Package~31bf3856ad364e35~amd64~~.cab",
		"OpenSSH-Server-Package~31bf3856ad364e35~amd64~~.cab", "OpenSSH-Server-Package~31bf3856ad364e35~amd64~en-us~.cab",
		"OpenSSH-Client-Package~31bf3856ad364e35~amd64~~.cab", "metadata/DesktopTargetCompDB.xml.cab", "FoDMetadata_Client.cab",
	} {
		files[repository+"/"+name] = name
	}
	return files
}

func TestSuite(t *testing.T) {
	cases := []providertest.Case{
		{Name: "installed", Set: of("openssh.client~~~~0.0.1.0"), Unchanged: true},
		{Name: "permanent", Set: of("Language.Basic~~~en-US~0.0.1.0"), Unchanged: true},
		{Name: "coming", Set: of("Media.Coming~~~~0.0.1.0"), Unchanged: true},
		{Name: "not present", Set: of("OpenSSH.Server~~~~0.0.1.0"), After: queue("/Add-Capability /CapabilityName:OpenSSH.Server~~~~0.0.1.0")},
		{Name: "staged", Set: of("Print.Fax.Scan~~~~0.0.1.0"), After: queue("/Add-Capability /CapabilityName:Print.Fax.Scan~~~~0.0.1.0")},
		{Name: "other language", Set: of("Language.Basic~~~de-DE~0.0.1.0"), After: queue("/Add-Capability /CapabilityName:Language.Basic~~~de-DE~0.0.1.0")},
		{Name: "not in the index", Set: of("Rsat.Dns.Tools~~~~0.0.1.0"), After: queue("/Add-Capability /CapabilityName:Rsat.Dns.Tools~~~~0.0.1.0")},
		{Name: "unknown state", Set: of("Odd~~~~0.0.1.0"), After: queue("/Add-Capability /CapabilityName:Odd~~~~0.0.1.0")},
		{Name: "with source", Set: object{"name": str("Language.Basic~~~de-DE~0.0.1.0"), "source": str(repository)}, Payloads: media(),
			After: func(t *testing.T, m *providertest.Image) {
				list, err := online.Jobs(m)
				if err != nil || len(list) != 1 || len(list[0].Payloads) != 1 || len(list[0].Payloads[0].Files) != 3 {
					t.Fatalf("queue %+v, %v", list, err)
				}
				if got := list[0].Commands[0].Args[2:]; !slices.Equal(got, []string{"/Source:" + list[0].Payloads[0].Path(""), "/LimitAccess"}) {
					t.Errorf("source %s", got)
				}
			}},
		{Name: "remove", Set: of("OpenSSH.Client~~~~0.0.1.0"), Absent: true, After: queue("/Remove-Capability /CapabilityName:OpenSSH.Client~~~~0.0.1.0")},
		{Name: "remove what is coming", Set: of("Media.Coming~~~~0.0.1.0"), Absent: true, After: queue("/Remove-Capability /CapabilityName:Media.Coming~~~~0.0.1.0")},
		{Name: "going", Set: of("Media.Going~~~~0.0.1.0"), Absent: true, Unchanged: true},
		{Name: "absent", Set: of("Rsat.Dns.Tools~~~~0.0.1.0"), Absent: true, Unchanged: true},
	}
	for i := range cases {
		cases[i].Image = windows(t)
	}
	cases = append(cases, providertest.Case{Name: "no record", Set: of("OpenSSH.Server~~~~0.0.1.0")})
	providertest.Run(t, Provider(), cases)
}

func TestRefusals(t *testing.T) {
	refusals := []providertest.Refusal{
		{Name: "empty", Set: of(""), Attr: "name", Says: "empty"},
		{Name: "short", Set: of("OpenSSH.Client"), Attr: "name", Says: `"OpenSSH.Client~~~~0.0.1.0"`},
		{Name: "package", Set: of("OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.1.1"), Attr: "name", Says: "three tildes"},
		{Name: "two tildes", Set: of("OpenSSH.Client~~0.0.1.0"), Attr: "name", Says: "three tildes"},
		{Name: "slip", Set: of("OpenSHS.Client~~~~0.0.1.0"), Attr: "name", Says: `did you mean "OpenSSH.Client~~~~0.0.1.0"`},
		{Name: "slip, absent", Set: of("OpenSHS.Client~~~~0.0.1.0"), Absent: true, Attr: "name", Says: "did you mean"},
		{Name: "no folder", Set: object{"name": str("OpenSSH.Server~~~~0.0.1.0"), "source": str("x")}, Attr: "source", Says: "no folder"},
		{Name: "empty source", Set: object{"name": str("OpenSSH.Server~~~~0.0.1.0"), "source": str("")}, Attr: "source", Says: "empty"},
	}
	for i := range refusals {
		refusals[i].Image = windows(t)
	}
	providertest.Refuse(t, Provider(), refusals)
}

func TestBelongs(t *testing.T) {
	for name, want := range map[string][]string{
		"Language.Basic~~~de-DE~0.0.1.0":         {"Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~.cab"},
		"Language.Fonts.Jpan~~~und-JPAN~0.0.1.0": {"Microsoft-Windows-LanguageFeatures-Fonts-Jpan-Package~31bf3856ad364e35~amd64~~.cab"},
		"OpenSSH.Server~~~~0.0.1.0":              {"OpenSSH-Server-Package~31bf3856ad364e35~amd64~en-us~.cab", "OpenSSH-Server-Package~31bf3856ad364e35~amd64~~.cab"},
		"Browser.InternetExplorer~~~~0.0.11.0":   nil,
	} {
		var got []string
		for file, content := range media() {
			if belongs(file[strings.LastIndexByte(file, '/')+1:], name) {
				got = append(got, content)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func change(t *testing.T, name string, action providers.Action) providers.Change {
	t.Helper()
	p := Provider()
	want, err := p.Check(providertest.Value(t, p, of(name)), action == providers.Delete)
	if err != nil {
		t.Fatal(err)
	}
	return providers.Change{Action: action, Want: want, Have: cty.NullVal(want.Type())}
}

// TestSourceChanged refuses files that were changed since the plan.
func TestSourceChanged(t *testing.T) {
	p, m, host := Provider(), providertest.NewImage(t, windows(t), true), providertest.NewHost(t, media())
	set := of("Language.OCR~~~de-DE~0.0.1.0")
	set["source"] = str(repository)
	want, err := p.Check(providertest.Value(t, p, set), false)
	if err == nil {
		want, err = p.Resolve(t.Context(), host, want)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := providers.Change{Action: providers.Create, Want: want, Have: cty.NullVal(want.Type())}
	host.Put(t, repository+"/Microsoft-Windows-LanguageFeatures-OCR-de-de-Package~31bf3856ad364e35~amd64~~.cab", "another")
	if err := p.Way("first-boot").Apply(t.Context(), m, host, []providers.Change{c}); err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("files that were changed since the plan: %v", err)
	}
}

// TestLaterWins checks that the contrary of what is queued replaces it.
func TestLaterWins(t *testing.T) {
	m, p := providertest.NewImage(t, windows(t), true), Provider()
	const absent, present = "OpenSSH.Server~~~~0.0.1.0", "OpenSSH.Client~~~~0.0.1.0"
	for _, step := range []struct {
		name   string
		action providers.Action
		queue  []string
	}{
		{absent, providers.Create, []string{"/Add-Capability /CapabilityName:" + absent}}, {absent, providers.Delete, nil},
		{present, providers.Delete, []string{"/Remove-Capability /CapabilityName:" + present}}, {present, providers.Create, nil},
	} {
		if err := p.Way("first-boot").Apply(t.Context(), m, providertest.NewHost(t, nil), []providers.Change{change(t, step.name, step.action)}); err != nil {
			t.Fatal(err)
		}
		queue(step.queue...)(t, m)
	}
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, windows(t), false))
	if err != nil || len(all) != 7 {
		t.Fatal(all, err)
	}
	for _, v := range all {
		if name := v.GetAttr("name").AsString(); name == "OpenSSH.Client~~~~0.0.1.0" && v.GetAttr("state").AsString() != "installed" {
			t.Errorf("%s is %s", name, v.GetAttr("state").AsString())
		}
	}
}

// TestNamesOfDISM takes names that DISM printed.
func TestNamesOfDISM(t *testing.T) {
	n := 0
	for line := range strings.Lines(string(testenv.ReadShared(t, "dism-outputs/get-capabilities.txt"))) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "Capability Identity : "); ok {
			n++
			if err := check(&capability{Name: name}, true); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if n == 0 {
		t.Error("no names")
	}
}
