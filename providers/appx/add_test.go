package appx

import (
	"archive/zip"
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

const microsoft = "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"

// zipped is a file that holds one other.
func zipped(t testing.TB, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func packageXML(name, version, arch string) string {
	return `<?xml version="1.0" encoding="utf-8"?><Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"><Identity Name="` +
		name + `" Publisher="` + microsoft + `" Version="` + version + `" ProcessorArchitecture="` + arch + `"/></Package>`
}

func bundleXML(name, version string, archs ...string) string {
	text := `<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="` + name + `" Publisher="` + microsoft + `" Version="` + version + `"/><Packages><Package Type="resource" ResourceId="split.language-de"/>`
	for _, a := range archs {
		text += `<Package Type="application" Architecture="` + a + `"/>`
	}
	return text + `</Packages></Bundle>`
}

// long is as long as a name may be in a payload by itself.
var long = strings.Repeat("l", 175)

func payloads(t testing.TB) map[string]string {
	return map[string]string{
		"notepad.msixbundle": zipped(t, bundleManifest, bundleXML("Microsoft.WindowsNotepad", "11.2.3.4", "x64", "arm64")),
		"calc.msixbundle":    zipped(t, bundleManifest, bundleXML("Microsoft.WindowsCalculator", "2022.1.0.0", "x64")),
		"same.appxbundle":    zipped(t, bundleManifest, bundleXML("Microsoft.WindowsCalculator", "2021.2311.0.0", "x64")),
		"old.msixbundle":     zipped(t, bundleManifest, bundleXML("Microsoft.WindowsCalculator", "2020.1.0.0", "x64")),
		"arm.msix":           zipped(t, packageManifest, packageXML("Contoso.Arm", "1.0.0.0", "arm64")),
		"libs/x64/l.appx":    zipped(t, packageManifest, packageXML("Microsoft.VCLibs", "1.0.0.0", "x64")),
		"libs/x86/l.appx":    zipped(t, packageManifest, packageXML("Microsoft.VCLibs", "1.0.0.0", "x86")),
		"license.xml":        "<License/>",
		"zip.appx":           zipped(t, "readme.txt", ""),
		"text.appx":          "no zip",
		"version.appx":       zipped(t, packageManifest, packageXML("Contoso.App", "1.0", "x64")),
		"xml.appx":           zipped(t, packageManifest, "<Package>"),
		long + ".appx":       zipped(t, packageManifest, packageXML("Contoso.Lib", "1.0.0.0", "x64")),
		long[:100] + ".appx": zipped(t, packageManifest, packageXML("Contoso.Lib", "1.0.0.0", "x64")),
		"large.appx":         zipped(t, packageManifest, "<Package>"+strings.Repeat(" ", maxManifest)),
		"other.appx":         zipped(t, packageManifest, "<Other/>"),
	}
}

func from(name, source string) object {
	return object{"name": cty.StringVal(name), "source": cty.StringVal(source)}
}

func with(o object, more object) object {
	o = maps.Clone(o)
	maps.Copy(o, more)
	return o
}

func strs(list ...string) cty.Value {
	var vs []cty.Value
	for _, s := range list {
		vs = append(vs, cty.StringVal(s))
	}
	return cty.TupleVal(vs)
}

// commands are those of the only job in the queue, with the payload's folder as P.
func commands(t *testing.T, m *providertest.Image) string {
	t.Helper()
	list, err := bootjob.Jobs(m)
	if err != nil || len(list) != 1 || len(list[0].Payloads) != 1 {
		t.Fatalf("queue %v, %v", list, err)
	}
	for _, f := range list[0].Payloads[0].Files {
		if _, err := m.Stat(list[0].Payloads[0].Folder() + "/" + f.Name); err != nil {
			t.Error(err)
		}
	}
	var lines []string
	for _, c := range list[0].Commands {
		lines = append(lines, strings.ReplaceAll(strings.Join(c.Args, " "), list[0].Payloads[0].Path(""), "P"))
	}
	return strings.Join(lines, "\n")
}

func TestAddition(t *testing.T) {
	img := small(t)
	says := func(want string) func(*testing.T, *providertest.Image) {
		return func(t *testing.T, m *providertest.Image) {
			if got := commands(t, m); got != want {
				t.Errorf("commands\n%s\nwant\n%s", got, want)
			}
		}
	}
	cases := []providertest.Case{
		{Name: "new", Set: from("microsoft.windowsnotepad", "notepad.msixbundle"),
			After: says(`/Add-ProvisionedAppxPackage /PackagePath:P\notepad.msixbundle /SkipLicense /Region:all`)},
		{Name: "all", Set: with(from("Microsoft.WindowsNotepad", "notepad.msixbundle"), object{
			"dependencies": strs("libs/x64/l.appx", "libs/x86/l.appx"), "license": cty.StringVal("license.xml"), "regions": strs("US", "DE"),
		}), After: says(`/Add-ProvisionedAppxPackage /PackagePath:P\notepad.msixbundle /DependencyPackagePath:P\dependencies\1\l.appx /DependencyPackagePath:P\dependencies\2\l.appx /LicensePath:P\license.xml /Region:DE;US`)},
		{Name: "newer", Set: from("Microsoft.WindowsCalculator", "calc.msixbundle")},
		{Name: "same", Set: from("Microsoft.WindowsCalculator", "same.appxbundle"), Unchanged: true, Keep: true},
		{Name: "older, asked for", Set: with(from("Microsoft.WindowsCalculator", "old.msixbundle"), object{"allow_older": cty.True}),
			After: says("/Remove-ProvisionedAppxPackage /PackageName:" + calc + "\n" + `/Add-ProvisionedAppxPackage /PackagePath:P\old.msixbundle /SkipLicense /Region:all`)},
	}
	for i := range cases {
		cases[i].Image, cases[i].Payloads = img, payloads(t)
	}
	providertest.Run(t, Provider(), cases)
}

func TestRefusedAdditions(t *testing.T) {
	notepad := from("Microsoft.WindowsNotepad", "notepad.msixbundle")
	refusals := []providertest.Refusal{
		{Name: "not a package by name", Set: from("Contoso.App", "a.exe"), Attr: "source", Says: ".msixbundle"},
		{Name: "no file", Set: from("Contoso.App", "none.appx"), Attr: "source", Says: "no file"},
		{Name: "no zip", Set: from("Contoso.App", "text.appx"), Attr: "source", Says: "no ZIP file"},
		{Name: "another zip", Set: from("Contoso.App", "zip.appx"), Attr: "source", Says: packageManifest},
		{Name: "XML cut off", Set: from("Contoso.App", "xml.appx"), Attr: "source", Says: packageManifest},
		{Name: "other XML", Set: from("Contoso.App", "other.appx"), Attr: "source", Says: "Other"},
		{Name: "version", Set: from("Contoso.App", "version.appx"), Attr: "source", Says: "four numbers"},
		{Name: "another app", Set: from("Contoso.App", "notepad.msixbundle"), Attr: "name", Says: `name = "Microsoft.WindowsNotepad"`},
		{Name: "older", Set: from("Microsoft.WindowsCalculator", "old.msixbundle"), Attr: "source", Says: "allow_older"},
		{Name: "dependency", Set: with(notepad, object{"dependencies": strs("text.appx")}), Attr: "dependencies", Says: "text.appx"},
		{Name: "no dependency", Set: with(notepad, object{"dependencies": strs("x.appx")}), Attr: "dependencies", Says: "no file"},
		{Name: "name too long", Set: with(notepad, object{"dependencies": strs(long + ".appx")}), Says: "more than 180"},
		{Name: "too many dependencies", Set: with(notepad, object{"dependencies": strs(slices.Repeat([]string{long[:100] + ".appx"}, 60)...)}), Says: "cmd.exe"},
		{Name: "large manifest", Set: from("Contoso.App", "large.appx"), Attr: "source", Says: "more than any manifest"},
		{Name: "no license", Set: with(notepad, object{"license": cty.StringVal("x.xml")}), Attr: "license", Says: "no file"},
		{Name: "region", Set: with(notepad, object{"regions": strs("Germany")}), Attr: "regions", Says: "two capital letters"},
		{Name: "regions", Set: with(notepad, object{"regions": strs("all", "US")}), Attr: "regions", Says: `"all"`},
		{Name: "license alone", Set: object{"name": cty.StringVal("A"), "license": cty.StringVal("l.xml")}, Attr: "license", Says: "source"},
		{Name: "dependencies alone", Set: object{"name": cty.StringVal("A"), "dependencies": strs("l.appx")}, Attr: "dependencies", Says: "source"},
	}
	for i := range refusals {
		refusals[i].Payloads, refusals[i].Image = payloads(t), small(t)
	}
	providertest.Refuse(t, Provider(), refusals)
}

func TestArchitectures(t *testing.T) {
	for _, c := range []struct {
		image string
		archs []string
		want  bool
	}{
		{"amd64", []string{"x64"}, true}, {"amd64", []string{"x86"}, true}, {"amd64", []string{"arm64"}, false},
		{"amd64", []string{"arm64", "x64"}, true}, {"x86", []string{"x64"}, false}, {"arm64", []string{"x64"}, true},
		{"arm", []string{"arm64"}, false}, {"x86", []string{"neutral"}, true}, {"", []string{"arm"}, true},
	} {
		if got := runsOn(c.image, c.archs); got != c.want {
			t.Errorf("%v on %s: %v", c.archs, c.image, got)
		}
	}
}

func TestPublisherID(t *testing.T) {
	for publisher, want := range map[string]string{
		microsoft: "8wekyb3d8bbwe",
		"CN=Microsoft Windows, O=Microsoft Corporation, L=Redmond, S=Washington, C=US": "cw5n1h2txyewy",
	} {
		if got := publisherID(publisher); got != want {
			t.Errorf("%s is %s, want %s", publisher, got, want)
		}
	}
}

// TestAgain checks that a bundle that is there is added again after a language,
// and that it being there is no proof then.
func TestAgain(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, payloads(t))
	want, err := p.Checked(providertest.Value(t, p, from("Microsoft.WindowsCalculator", "same.appxbundle")), false)
	if err == nil {
		want, err = p.Resolved(t.Context(), host, want)
	}
	if err != nil {
		t.Fatal(err)
	}
	language := providers.Earlier{Facts: []providers.Fact{providers.Language{Tag: "de-DE"}}}
	if p.Again(want, []providers.Earlier{{Facts: []providers.Fact{providers.Drivers{}}}}) != "" || p.Again(want, []providers.Earlier{language}) == "" {
		t.Error("after a file, or not after a language")
	}
	m := providertest.NewImage(t, small(t), true)
	if err := p.Way("offline").Apply(t.Context(), m, host, []providers.Change{{Action: providers.Update, Want: want}}); err != nil {
		t.Fatal(err)
	}
	if list, err := bootjob.Jobs(m); err != nil || len(list) != 1 || len(list[0].Test.Ask) > 0 {
		t.Errorf("queue %+v, %v", list, err)
	}
}

// TestUnqueued checks that an app that is only queued is taken from the queue.
func TestUnqueued(t *testing.T) {
	p, host, m := Provider(), providertest.NewHost(t, payloads(t)), providertest.NewImage(t, small(t), true)
	want, err := p.Checked(providertest.Value(t, p, from("Microsoft.WindowsNotepad", "notepad.msixbundle")), false)
	if err == nil {
		want, err = p.Resolved(t.Context(), host, want)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []providers.Action{providers.Create, providers.Delete} {
		if err := p.Way("offline").Apply(t.Context(), m, host, []providers.Change{{Action: action, Want: want}}); err != nil {
			t.Fatal(err)
		}
		have, err := p.Found(t.Context(), m, want)
		if err != nil || have.IsNull() != (action == providers.Delete) {
			t.Errorf("%s: %#v, %v", action, have, err)
		}
	}
	m.Flush(t)
	if _, err := m.Stat(image.FirstBootFolder); err == nil {
		t.Error("the queue is not empty")
	}
}

// TestSourceChanged refuses files that were changed since the plan.
func TestSourceChanged(t *testing.T) {
	for _, name := range []string{"notepad.msixbundle", "libs/x64/l.appx", "license.xml"} {
		p, m, host := Provider(), providertest.NewImage(t, small(t), true), providertest.NewHost(t, payloads(t))
		set := with(from("Microsoft.WindowsNotepad", "notepad.msixbundle"), object{"dependencies": strs("libs/x64/l.appx"), "license": cty.StringVal("license.xml")})
		want, err := p.Checked(providertest.Value(t, p, set), false)
		if err == nil {
			want, err = p.Resolved(t.Context(), host, want)
		}
		if err != nil {
			t.Fatal(err)
		}
		host.Put(t, name, "another")
		err = p.Way("offline").Apply(t.Context(), m, host, []providers.Change{{Action: providers.Create, Want: want}})
		if err == nil || !strings.Contains(err.Error(), "plan again") {
			t.Errorf("%s was changed since the plan: %v", name, err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(packageXML("A.B", "1.2.3.4", "x64")))
	f.Add([]byte(bundleXML("A.B", "1.2.3.4", "x64", "arm")))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(bytes.NewReader(data))
		if err != nil {
			return
		}
		p, err := m.packed()
		if err != nil {
			return
		}
		for _, d := range p.demands {
			if back, err := parseDemand(d.text()); err != nil || back.name != d.name || back.arch != d.arch {
				t.Errorf("%+v is %q, read as %+v, %v", d, d.text(), back, err)
			}
		}
		if i, ok := parseIdentity(p.full); !ok || i != p.identity && slices.Contains(p.architectures, p.arch) && i.name != p.name {
			t.Errorf("full name %q of %+v", p.full, p)
		}
	})
}
