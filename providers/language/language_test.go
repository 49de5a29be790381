package language

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

const (
	token  = "31bf3856ad364e35"
	german = "Microsoft-Windows-Client-LanguagePack-Package~" + token + "~amd64~de-DE~10.0.26100.1"
	file   = "Microsoft-Windows-Client-Language-Pack_x64_de-de.cab"

	installed, pending, staged, uninstalling = 0x70, 0x60, 0x40, 0x05
)

// cab is the cabinet of a package.
func cab(name, arch, language, version, release string) string {
	return string(cabtest.Stored(map[string]string{"update.mum": fmt.Sprintf(`<assembly xmlns="urn:schemas-microsoft-com:asm.v3">`+
		`<assemblyIdentity name=%q version=%q language=%q processorArchitecture=%q publicKeyToken=%q/>`+
		`<package identifier="x" releaseType=%q/></assembly>`, name, version, language, arch, token, release)}))
}

func germanCab() string {
	return cab("Microsoft-Windows-Client-LanguagePack-Package", "amd64", "de-DE", "10.0.26100.1", "Language Pack")
}

func recorded(identity string, state int) string {
	return fmt.Sprintf("[HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\\%s]\n"+
		"\"CurrentState\"=dword:%08x\n\n", identity, state)
}

const control = `HKLM\SYSTEM\ControlSet001\Control\`

// windows is an image of build 26100 in English, with more.
func windows(t testing.TB, more ...string) map[string][]byte {
	return regimage.Hives(t, recorded("Microsoft-Windows-Foundation-Package~"+token+"~amd64~~10.0.26100.1", installed)+
		recorded(strings.Replace(german, "de-DE", "en-US", 1), installed)+
		"["+control+`MUI\UILanguages\en-US]`+"\n\"LCID\"=dword:409\n\"Type\"=dword:91\n\n["+control+"Nls\\Language]\n\"InstallLanguage\"=\"0409\"\n\n"+
		strings.Join(more, ""))
}

func uiLanguage(tag string) string {
	return "[" + control + `MUI\UILanguages\` + tag + "]\n\"Type\"=dword:92\n\n"
}

func queues(want ...string) func(t *testing.T, m *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		all, err := bootjob.Jobs(m)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, j := range all {
			arg := strings.Join(j.Commands[0].Args, " ")
			for _, p := range j.Payloads {
				arg = strings.ReplaceAll(arg, p.Path(""), "*")
			}
			got = append(got, fmt.Sprintf("%d %s", j.Stage, arg))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("queued is %q, want %q", got, want)
		}
	}
}

func TestSuite(t *testing.T) {
	payloads := map[string]string{"lp/" + file: germanCab(), "lp/update.mum": ""}
	set := object{"source": str("lp/" + file), "language": str("de-de")}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "language", Image: windows(t), Payloads: payloads, Set: set, After: queues(`200 /Add-Package /PackagePath:*\` + file)},
		{Name: "language of the file", Image: windows(t), Payloads: payloads, Set: object{"source": str("lp/" + file)}, Keep: true},
		{Name: "there", Image: windows(t, recorded(german, installed), uiLanguage("de-DE")), Payloads: payloads, Set: set, Unchanged: true},
		{Name: "pending", Image: windows(t, recorded(german, pending)), Payloads: payloads, Set: set, Unchanged: true},
		{Name: "staged", Image: windows(t, recorded(german, staged)), Payloads: payloads, Set: set, After: queues(`200 /Add-Package /PackagePath:*\` + file)},
		{Name: "listed alone", Image: windows(t, uiLanguage("de-DE")), Payloads: payloads, Set: set, Unchanged: true, Keep: true},
		{Name: "another one there", Image: windows(t, recorded(strings.Replace(german, "de-DE", "de-AT", 1), installed)), Payloads: payloads, Set: set},
		{Name: "absent", Image: windows(t, recorded(german, installed), uiLanguage("de-DE")), Set: object{"language": str("DE-de")}, Absent: true,
			After: queues("100 /Remove-Package /PackageName:" + german)},
		{Name: "absent, not there", Image: windows(t), Set: object{"language": str("de-DE")}, Absent: true, Unchanged: true},
		{Name: "absent, going", Image: windows(t, recorded(german, uninstalling), uiLanguage("de-DE")), Set: object{"language": str("de-DE")}, Absent: true, Unchanged: true},
		{Name: "absent, no hive", Set: object{"language": str("de-DE")}, Absent: true, Unchanged: true},
	})
}

func TestRefusals(t *testing.T) {
	const name = "Microsoft-Windows-Client-LanguagePack-Package"
	payloads := map[string]string{
		"lp/de.cab":  germanCab(),
		"lp/22.cab":  cab(name, "amd64", "de-DE", "10.0.22621.1", "Language Pack"),
		"lp/fod.cab": cab("Microsoft-Windows-LanguageFeatures-Basic-de-de-Package", "amd64", "neutral", "10.0.26100.1", "OnDemand Pack"),
		"lp/fix.cab": cab("Package_for_KB5001234", "amd64", "neutral", "10.0.1.2", "Update"),
		"lp/non.cab": cab(name, "amd64", "neutral", "10.0.26100.1", "Language Pack"),
		"lp/web.cab": "<html>", "lp/de.appx": "PK\x03\x04",
	}
	img := windows(t, uiLanguage("fr-FR"))
	var all []providertest.Refusal
	for _, r := range []providertest.Refusal{
		{Name: "nothing", Set: object{}, Attr: "source", Says: "must name"},
		{Name: "missing", Set: object{"source": str("lp/none.cab")}, Attr: "source", Says: "no file"},
		{Name: "web page", Set: object{"source": str("lp/web.cab")}, Attr: "source", Says: "web page"},
		{Name: "experience pack", Set: object{"source": str("lp/de.appx")}, Attr: "source", Says: "Local Experience Pack"},
		{Name: "feature", Set: object{"source": str("lp/fod.cab")}, Attr: "source", Says: "feature on demand"},
		{Name: "update", Set: object{"source": str("lp/fix.cab")}, Attr: "source", Says: "make it a package"},
		{Name: "no language", Set: object{"source": str("lp/non.cab")}, Attr: "source", Says: "has no language"},
		{Name: "root", Set: object{"source": str(`D:\de.cab`)}, Attr: "source", Says: "root of a partition"},
		{Name: "other language", Set: object{"source": str("lp/de.cab"), "language": str("fr-FR")}, Attr: "language", Says: "for de-DE"},
		{Name: "bad language", Set: object{"source": str("lp/de.cab"), "language": str("German")}, Attr: "language", Says: "tag"},
		{Name: "other build", Set: object{"source": str("lp/22.cab")}, Attr: "source", Says: "build 22621, and the image holds build 26100"},
		{Name: "features of an unknown file", Set: object{"source": str("lp/de.cab"), "features": cty.SetVal([]cty.Value{str("basic")})}, Attr: "features", Says: "contains no architecture"},
		{Name: "no fonts", Set: object{"source": str("lp/" + file), "features": cty.SetVal([]cty.Value{str("fonts")})}, Attr: "features", Says: "no package of fonts"},
		{Name: "nothing to remove", Set: object{"source": str("lp/de.cab")}, Absent: true, Attr: "language", Says: "tag"},
		{Name: "language of Windows", Set: object{"language": str("en-us")}, Absent: true, Attr: "language", Says: "installed in en-us"},
		{Name: "no package", Set: object{"language": str("fr-FR")}, Absent: true, Attr: "language", Says: "records no language pack"},
	} {
		r.Payloads, r.Image = payloads, img
		all = append(all, r)
	}
	providertest.Refuse(t, Provider(), all)
}

// in is an image that says something of itself.
type in struct {
	*providertest.Image
	info image.Info
}

func (i in) Info(context.Context) (image.Info, error) { return i.info, nil }

func resolved(t *testing.T, host providers.Host, set object) cty.Value {
	t.Helper()
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, set), false)
	if err == nil {
		want, err = p.Resolved(t.Context(), host, want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func TestInfo(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"lp/" + file: germanCab()})
	want := resolved(t, host, object{"source": str("lp/" + file)})
	m := providertest.NewImage(t, nil, false)
	for _, tt := range []struct {
		info image.Info
		says string
	}{
		{image.Info{Arch: "arm64"}, "is for amd64"},
		{image.Info{InstallationType: "Server Core"}, "is for Windows, and the image is one of Windows Server"},
		{image.Info{InstallationType: "WindowsPE"}, "Windows PE"},
		{image.Info{InstallationType: "Client", Arch: "amd64", Version: "10.0.26100.1"}, ""},
	} {
		_, err := p.Found(t.Context(), in{m, tt.info}, want)
		var problem *providers.Problem
		if tt.says == "" && err != nil || tt.says != "" && (!errors.As(err, &problem) || problem.Attr != "source" || !strings.Contains(problem.Detail, tt.says)) {
			t.Errorf("%+v: %v, want %q", tt.info, err, tt.says)
		}
	}
	c := providers.Change{Action: providers.Create, Want: want}
	if err := p.Way("first-boot").Check(t.Context(), in{m, image.Info{InstallationType: "WindowsPE"}}, c); err == nil {
		t.Error("Windows PE has a first boot")
	}
	if got := p.PhaseOf(want, false); got != providers.PhaseLanguage {
		t.Errorf("phase %d", got)
	}
	if got := p.PhaseOf(want, true); got != providers.PhaseRemoval {
		t.Errorf("phase of the removal %d", got)
	}
}

// TestEffect says that an update must follow where there is one.
func TestEffect(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"lp/" + file: germanCab()})
	want := resolved(t, host, object{"source": str("lp/" + file)})
	rollup := recorded("Package_for_RollupFix~"+token+"~amd64~~26100.4061.1.10", installed)
	for _, tt := range []struct {
		image  map[string][]byte
		action providers.Action
		want   string
	}{
		{windows(t), providers.Create, "at first boot"},
		{windows(t, rollup), providers.Create, "at first boot; a cumulative update must come after it"},
		{windows(t, rollup), providers.Delete, "at first boot"},
	} {
		c := providers.Change{Action: tt.action, Want: want}
		if got, err := p.Way("first-boot").EffectIn(t.Context(), providertest.NewImage(t, tt.image, false), host, c); got.Text != tt.want || !got.Waits || err != nil {
			t.Errorf("effect is %+v, %v, want %q", got, err, tt.want)
		}
	}
}

func TestFeatures(t *testing.T) {
	p := Provider()
	expand := func(source string, absent bool, features ...string) string {
		var values []cty.Value
		for _, f := range features {
			values = append(values, str(f))
		}
		want, err := p.Checked(providertest.Value(t, p, object{"source": str(source), "language": str("ja-JP"), "features": cty.SetVal(values)}), absent)
		if err != nil {
			t.Fatal(err)
		}
		children, err := p.Expand(want, absent)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range children {
			file, ok := c.Of.(providers.PackageFile)
			if !ok || c.Attr != "features" {
				t.Errorf("%+v", c)
			}
			got = append(got, c.Name+" "+file.Source)
		}
		return strings.Join(got, "\n")
	}
	const prefix, suffix = "l p/Microsoft-Windows-LanguageFeatures-", "-Package~31bf3856ad364e35~arm64~~.cab"
	want := "basic " + prefix + "Basic-ja-jp" + suffix + "\nfonts " + prefix + "Fonts-Jpan" + suffix + "\nocr " + prefix + "OCR-ja-jp" + suffix +
		"\nhandwriting " + prefix + "Handwriting-ja-jp" + suffix + "\ntext_to_speech " + prefix + "TextToSpeech-ja-jp" + suffix + "\nspeech " + prefix + "Speech-ja-jp" + suffix
	if got := expand("l p/Microsoft-Windows-Client-Language-Pack_arm64_ja-jp.cab", false, "speech", "ocr", "basic", "handwriting", "fonts", "text_to_speech"); got != want {
		t.Errorf("features are\n%s\nwant\n%s", got, want)
	}
	if got := expand(file, true, "basic"); got != "" {
		t.Errorf("absent it has features\n%s", got)
	}
}

func TestList(t *testing.T) {
	m := providertest.NewImage(t, windows(t, recorded(german, pending), uiLanguage("fr-FR")), false)
	all, err := Provider().List(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		line := ""
		for _, name := range []string{"language", "state", "localized", "flavor", "arch", "version"} {
			if a := v.GetAttr(name); a.IsNull() {
				line += "- "
			} else {
				line += a.AsString() + " "
			}
		}
		got = append(got, line)
	}
	want := "de-DE install_pending - client amd64 10.0.26100.1 |en-US installed fully client amd64 10.0.26100.1 |fr-FR - partially - - - "
	if strings.Join(got, "|") != want {
		t.Errorf("languages are\n%s\nwant\n%s", strings.Join(got, "|"), want)
	}
}

// TestUnusedLanguages warns of a language that Windows 11 will remove, unless a resource or
// the image decides on that.
func TestUnusedLanguages(t *testing.T) {
	key, name := international.CleanupPolicy()
	policy := "[" + key + "]\n\"" + name + "\"=dword:00000000\n\n"
	decided := providers.Around{Others: []providers.Decided{{Addr: dsl.Addr{Kind: "international"}, Claim: providers.ClaimValue(key, name)}}}
	server := cab("Microsoft-Windows-Server-LanguagePack-Package", "amd64", "de-DE", "10.0.26100.1", "Language Pack")
	ten := cab("Microsoft-Windows-Client-LanguagePack-Package", "amd64", "de-DE", "10.0.19041.1", "Language Pack")
	for _, c := range []struct {
		what   string
		file   string
		image  []string
		around providers.Around
		warns  bool
	}{
		{"client", germanCab(), nil, providers.Around{}, true}, {"decided", germanCab(), nil, decided, false},
		{"the image says", germanCab(), []string{policy}, providers.Around{}, false},
		{"server", server, nil, providers.Around{}, false}, {"Windows 10", ten, nil, providers.Around{}, false},
	} {
		p, host := Provider(), providertest.NewHost(t, map[string]string{"lp.cab": c.file})
		want, err := p.Checked(providertest.Value(t, p, object{"source": str("lp.cab")}), false)
		if err == nil {
			want, err = p.Resolved(t.Context(), host, want)
		}
		if err != nil {
			t.Fatal(err)
		}
		w, err := p.Warn(t.Context(), providertest.NewImage(t, windows(t, c.image...), true), c.around, want, false)
		if err != nil || len(w) > 0 != c.warns {
			t.Errorf("%s: %v, %v", c.what, w, err)
		}
	}
}
