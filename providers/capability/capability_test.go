package capability

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
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
	text := fmt.Sprintf("[%s\\Packages\\Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.26100.1]\n\"CurrentState\"=dword:70\n\n", cbs)
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
		list, err := bootjob.Jobs(m)
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

// cabinet is the cabinet of a feature on demand: identity and, with blanks between
// them, name, version and language of its capability.
func cabinet(identity, capability string) string {
	id := strings.Split(identity, "~")
	c := append(strings.Fields(capability), "", "", "")
	text := func(name, value string) string {
		if value == "" {
			return ""
		}
		return fmt.Sprintf(" %s=%q", name, value)
	}
	return string(cabtest.Stored(map[string]string{"update.mum": fmt.Sprintf(`<assembly xmlns="urn:schemas-microsoft-com:asm.v3"><assemblyIdentity name=%q publicKeyToken=%q processorArchitecture=%q language=%q version=%q/>`+
		`<package identifier="KB777778" releaseType="OnDemand Pack"><declareCapability><capability><capabilityIdentity%s%s%s/></capability>%s</declareCapability></package></assembly>`,
		id[0], id[1], id[2], id[3], id[4], text("name", c[0]), text("version", c[1]), text("language", c[2]), need(c[3]))}))
}

func need(capability string) string {
	if capability == "" {
		return ""
	}
	name, language, _ := strings.Cut(capability, "/")
	return fmt.Sprintf(`<dependency><capabilityIdentity name=%q version="1.0" language=%q/></dependency>`, name, language)
}

func media() map[string]string {
	const token, v = "~31bf3856ad364e35~", "10.0.26100.1"
	files := map[string]string{
		repository + "/metadata/DesktopTargetCompDB.xml.cab": "x", repository + "/FoDMetadata_Client.cab": string(cabtest.Stored(map[string]string{"a.xml": "<a/>"})),
		repository + "/renamed.cab": cabinet("Microsoft-Windows-Xps-Xps-Viewer-Opt-Package"+token+"amd64~~"+v, "XPS.Viewer 1.0"),
	}
	for name, capability := range map[string]string{
		"Microsoft-Windows-LanguageFeatures-Basic-de-de-Package" + token + "amd64~~": "Language.Basic 1.0 de-DE",
		"Microsoft-Windows-LanguageFeatures-Basic-de-at-Package" + token + "amd64~~": "Language.Basic 1.0 de-AT",
		"Microsoft-Windows-LanguageFeatures-OCR-de-de-Package" + token + "amd64~~":   "Language.OCR 1.0 de-DE Language.Basic/de-DE",
		"Microsoft-Windows-LanguageFeatures-Fonts-Jpan-Package" + token + "amd64~~":  "Language.Fonts.Jpan 1.0 und-Jpan",
		"OpenSSH-Server-Package" + token + "amd64~~":                                 "OpenSSH.Server 1.0",
		"OpenSSH-Server-Package" + token + "wow64~~":                                 "OpenSSH.Server 1.0",
		"OpenSSH-Server-Package" + token + "amd64~en-US~":                            "OpenSSH.Server 1.0 en-US",
		"OpenSSH-Client-Package" + token + "amd64~~":                                 "OpenSSH.Client 1.0",
		"Microsoft-OneCore-DirectX-Database-FOD-Package" + token + "amd64~~":         "DirectX.Configuration.Database 1.0",
		"Microsoft-Windows-WMIC-FoD-Package" + token + "amd64~~":                     "WMIC",
		"Microsoft-Windows-WMIC-FoD-Package" + token + "wow64~~":                     "WMIC",
	} {
		files[repository+"/"+name+".cab"] = cabinet(name+v, capability)
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
				list, err := bootjob.Jobs(m)
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
		{Name: "no cabinets", Set: object{"name": str("OpenSSH.Server~~~~0.0.1.0"), "source": str("empty")}, Payloads: map[string]string{"empty/readme.txt": ""}, Attr: "source", Says: "holds no cabinets"},
		{Name: "not on the medium", Set: object{"name": str("Rsat.Dns.Tools~~~~0.0.1.0"), "source": str(repository)}, Payloads: media(), Attr: "source", Says: "None of the 14 cabinets"},
		{Name: "slip in a source", Set: object{"name": str("OpenSSH.Servr~~~~0.0.1.0"), "source": str(repository)}, Payloads: media(), Attr: "source", Says: `did you mean "OpenSSH.Server~~~~0.0.1.0"`},
		{Name: "without its version, in a source", Set: object{"name": str("OpenSSH.Server~~~~"), "source": str(repository)}, Payloads: media(), Attr: "source", Says: `did you mean "OpenSSH.Server~~~~0.0.1.0"`},
		{Name: "with a version that it has not, in a source", Set: object{"name": str("WMIC~~~~0.0.1.0"), "source": str(repository)}, Payloads: media(), Attr: "source", Says: `did you mean "WMIC~~~~"`},
		{Name: "without its version", Set: of("OpenSSH.Server~~~~"), Attr: "name", Says: `did you mean "OpenSSH.Server~~~~0.0.1.0"`},
		{Name: "damaged", Set: object{"name": str("App.Support~~~~0.0.1.0"), "source": str("d")}, Attr: "source", Says: "can't be read",
			Payloads: map[string]string{"d/App-Support-Package~31bf3856ad364e35~amd64~~.cab": "MSCF\x00\x00\x00\x00 cut"}},
		{Name: "of another build", Set: object{"name": str("OpenSSH.Server~~~~0.0.1.0"), "source": str("d")}, Attr: "source", Says: "is for build 22621, and the image holds build 26100",
			Payloads: map[string]string{"d/a.cab": cabinet("OpenSSH-Server-Package~31bf3856ad364e35~amd64~~10.0.22621.1", "OpenSSH.Server 1.0")}},
		{Name: "of another architecture", Set: object{"name": str("OpenSSH.Server~~~~0.0.1.0"), "source": str("d")}, Attr: "source", Says: "is for arm64",
			Payloads: map[string]string{"d/a.cab": cabinet("OpenSSH-Server-Package~31bf3856ad364e35~arm64~~10.0.26100.1", "OpenSSH.Server 1.0")}},
		{Name: "a cabinet", Set: object{"name": str("OpenSSH.Server~~~~0.0.1.0"), "source": str("d/a.cab")}, Payloads: map[string]string{"d/a.cab": "x"}, Attr: "source", Says: "Name the folder it is in"},
		{Name: "empty source", Set: object{"name": str("OpenSSH.Server~~~~0.0.1.0"), "source": str("")}, Attr: "source", Says: "empty"},
	}
	for i := range refusals {
		refusals[i].Image = windows(t)
	}
	providertest.Refuse(t, Provider(), refusals)
}

func change(t *testing.T, name string, action providers.Action) providers.Change {
	t.Helper()
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, of(name)), action == providers.Delete)
	if err != nil {
		t.Fatal(err)
	}
	return providers.Change{Action: action, Want: want}
}

// TestSourceChanged refuses files that were changed since the plan.
func TestSourceChanged(t *testing.T) {
	p, m, host := Provider(), providertest.NewImage(t, windows(t), true), providertest.NewHost(t, media())
	set := of("Language.OCR~~~de-DE~0.0.1.0")
	set["source"] = str(repository)
	want, err := p.Checked(providertest.Value(t, p, set), false)
	if err == nil {
		want, err = p.Resolved(t.Context(), host, want)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := providers.Change{Action: providers.Create, Want: want}
	name := "Microsoft-Windows-LanguageFeatures-OCR-de-de-Package~31bf3856ad364e35~amd64~~"
	host.Put(t, repository+"/"+name+".cab", cabinet(name+"10.0.26100.2", "Language.OCR 1.0 de-DE"))
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

// TestFromWindowsUpdate checks that work whose files only Windows Update has waits for a
// network, and that the author is told.
func TestFromWindowsUpdate(t *testing.T) {
	p := Provider()
	for _, c := range []struct {
		name, source string
		when         image.When
	}{
		{"OpenSSH.Server~~~~0.0.1.0", "", image.WithNetwork}, {"Rsat.Dns.Tools~~~~0.0.1.0", "", image.WithNetwork},
		{"Print.Fax.Scan~~~~0.0.1.0", "", image.AtOnce}, {"Language.Basic~~~de-DE~0.0.1.0", repository, image.AtOnce},
	} {
		m, host := providertest.NewImage(t, windows(t), true), providertest.NewHost(t, media())
		set := of(c.name)
		if c.source != "" {
			set["source"] = str(c.source)
		}
		want, err := p.Checked(providertest.Value(t, p, set), false)
		if err == nil {
			want, err = p.Resolved(t.Context(), host, want)
		}
		if err != nil {
			t.Fatal(err)
		}
		warnings, err := p.Warn(t.Context(), m, providers.Around{}, want, false)
		if err != nil || len(warnings) > 0 != (c.when == image.WithNetwork) {
			t.Errorf("%s: warnings %v, %v", c.name, warnings, err)
		}
		if err := p.Way("first-boot").Apply(t.Context(), m, host, []providers.Change{{Action: providers.Create, Want: want}}); err != nil {
			t.Fatal(err)
		}
		list, err := bootjob.Jobs(m)
		if err != nil || len(list) != 1 || list[0].When != c.when {
			t.Errorf("%s: %+v, %v", c.name, list, err)
		}
	}
	want, err := p.Checked(providertest.Value(t, p, of("OpenSSH.Server~~~~0.0.1.0")), true)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := p.Warn(t.Context(), providertest.NewImage(t, windows(t), true), providers.Around{}, want, true); len(w) > 0 || err != nil {
		t.Errorf("absent: %v, %v", w, err)
	}
}
