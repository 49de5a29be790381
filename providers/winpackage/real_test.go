package winpackage

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

const winPE = "Microsoft-Windows-WinPE-Package~" + token + "~x86~~6.2.9200.16384"

// plan reads a package in an image and, if it has to be installed, checks the way.
func plan(t *testing.T, s image.Session, payloads map[string]string, set object, earlier ...providers.Earlier) (cty.Value, error) {
	t.Helper()
	p := Provider()
	want, err := p.Resolved(t.Context(), providertest.NewHost(t, payloads), checked(t, p, set))
	if err != nil {
		return want, err
	}
	have, err := p.Found(t.Context(), s, want)
	if err != nil {
		return want, err
	}
	action := providers.Create
	if !have.IsNull() {
		action = providers.Update
	}
	return want, p.Way("dism").Check(t.Context(), s, providers.Change{Action: action, Want: want, Have: providers.There(have), Earlier: earlier})
}

// TestWinPEComponents plans real optional components of Windows PE.
func TestWinPEComponents(t *testing.T) {
	payloads := map[string]string{}
	for _, name := range []string{"WinPE-Scripting.cab", "WinPE-Scripting_en-us.cab", "WinPE-MDAC_en-us.cab"} {
		payloads["oc/"+name] = string(testenv.ReadShared(t, "winpe-oc/"+name))
	}
	of := func(name string) object { return object{"source": str("oc/" + name)} }
	pe := func(more ...string) image.Session {
		return providertest.NewImage(t, regimage.Hives(t, recorded(winPE, installed, 1)+strings.Join(more, "")), false)
	}
	component, err := plan(t, pe(), payloads, of("WinPE-Scripting.cab"))
	if err != nil {
		t.Fatal(err)
	}
	before := Provider().Earlier(dsl.Addr{}, providers.Create, component, providers.Effect{})
	language, err := plan(t, pe(), payloads, of("WinPE-Scripting_en-us.cab"), before)
	if err != nil || language.GetAttr("kind").AsString() != "component_language" || !language.GetAttr("kb").IsNull() {
		t.Errorf("%#v, %v", language, err)
	}
	p := Provider()
	if first, then := p.PhaseOf(component, false), p.PhaseOf(language, false); first >= then {
		t.Errorf("the component is of phase %d, its language of %d", first, then)
	}
	held := recorded(component.GetAttr("identity").AsString(), pending, 1)
	amd64 := strings.ReplaceAll(winPE, "x86", "amd64")
	for name, c := range map[string]struct {
		in   image.Session
		file string
		says string
	}{
		"language with its component":    {pe(held), "WinPE-Scripting_en-us.cab", ""},
		"language without its component": {pe(), "WinPE-Scripting_en-us.cab", "WinPE-Scripting-Package"},
		"language of another one":        {pe(held), "WinPE-MDAC_en-us.cab", "WinPE-MDAC-Package"},
		"into amd64":                     {in{pe().(*providertest.Image), image.Info{Arch: "amd64", InstallationType: "WindowsPE"}}, "WinPE-Scripting.cab", "is for x86, and the image is one for amd64"},
		"into amd64 by its packages":     {providertest.NewImage(t, regimage.Hives(t, recorded(amd64, installed, 1)), false), "WinPE-Scripting.cab", "is for x86"},
		"into Windows":                   {providertest.NewImage(t, regimage.Hives(t, recorded("Microsoft-Windows-Foundation-Package~"+token+"~x86~~6.2.9200.16384", installed, 1)), false), "WinPE-Scripting.cab", "Microsoft-Windows-WinPE-Package"},
	} {
		_, err := plan(t, c.in, payloads, of(c.file))
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestVista refuses an update for Windows Vista, whose parents say nothing of how
// their builds compare, in a newer Windows.
func TestVista(t *testing.T) {
	payloads := map[string]string{"u/v.msu": string(testenv.ReadShared(t, "msu/Windows6.0-KB2999226-x64.msu"))}
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "26100", Image: windows(t), Payloads: payloads, Set: object{"source": str("u/v.msu")}, Attr: "source", Says: "build 6000 or 6001"},
	})
	vista := regimage.Hives(t, recorded("Microsoft-Windows-Foundation-Package~"+token+"~amd64~~6.0.6001.18000", installed, 2))
	if _, err := plan(t, in{providertest.NewImage(t, vista, false), image.Info{Arch: "amd64", Version: "6.0.6002.18005"}}, payloads, object{"source": str("u/v.msu")}); err != nil {
		t.Errorf("Vista itself: %v", err)
	}
}

// TestDemands plans a real cumulative update, of which all parents demand 26100.1742
// or a later revision.
func TestDemands(t *testing.T) {
	const name = "carved/mum-truncated/Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.7171.1.16.mum"
	text := string(testenv.Archive(t, "cbs/real-manifests.tar.xz")[name])
	text = text[:strings.LastIndex(text, "</update>")] + "</update></package></assembly>" // it was cut
	payloads := map[string]string{
		"a/lcu.cab":         string(cabtest.Stored(map[string]string{"update.mum": text})),
		"b/lcu.msu":         string(cabtest.Stored(map[string]string{"lcu.cab": string(cabtest.Stored(map[string]string{"update.mum": text}))})),
		"b/checkpoint.msu":  msuOf(true, lcu(1742)),
		"b/small/small.msu": msuOf(true, lcu(1000)),
	}
	for _, c := range []struct {
		source, version, held string
		refused               bool
	}{
		{"a/lcu.cab", "10.0.26100.863", "", true},
		{"a/lcu.cab", "10.0.26100.1742", "", false},
		{"a/lcu.cab", "10.0.26100.4061", "", false},
		{"a/lcu.cab", "", lcu(1000).identity(), true},
		{"a/lcu.cab", "", lcu(2000).identity(), false},
		{"b/lcu.msu", "10.0.26100.863", "", false},
	} {
		img := providertest.NewImage(t, windows(t, recorded(lcu(1).identity(), installed, 1), recordedIf(c.held)), false)
		want, err := plan(t, in{img, image.Info{Arch: "amd64", Version: c.version}}, payloads, object{"source": str(c.source)})
		if c.refused != (err != nil && strings.Contains(err.Error(), "26100.1742")) || !c.refused && err != nil {
			t.Errorf("%s into %s, %s: %v", c.source, c.version, c.held, err)
		}
		if r := want.GetAttr("requires"); strings.HasPrefix(c.source, "a/") && (r.IsNull() || r.AsString() != "26100.1742") {
			t.Errorf("requires %#v", r)
		}
	}
}

func recordedIf(identity string) string {
	if identity == "" {
		return ""
	}
	return recorded(identity, installed, 1)
}

// TestLanguagePack holds a language pack that is declared as a package against the
// checks that the kind for them has.
func TestLanguagePack(t *testing.T) {
	pack := made{name: "Microsoft-Windows-Client-LanguagePack-Package", version: "10.0.26100.1", release: "Language Pack", language: "de-DE"}
	payloads := map[string]string{"lp.cab": pack.cab()}
	client := providertest.NewImage(t, windows(t, recorded(lcu(1).identity(), installed, 1)), false)
	if _, err := plan(t, in{client, image.Info{InstallationType: "Server"}}, payloads, object{"source": str("lp.cab")}); err == nil || !strings.Contains(err.Error(), "is for Windows, and the image is one of Windows Server") {
		t.Errorf("into a server: %v", err)
	}
	want, err := plan(t, in{client, image.Info{InstallationType: "Client"}}, payloads, object{"source": str("lp.cab")})
	if err != nil {
		t.Fatal(err)
	}
	p := Provider()
	for _, name := range []string{"dism", "first-boot"} {
		effect, err := p.Way(name).EffectIn(context.Background(), client, nil, providers.Change{Action: providers.Create, Want: want})
		if err != nil || !strings.Contains(effect.Text, "a cumulative update must come after it") {
			t.Errorf("%s: %+v, %v", name, effect, err)
		}
	}
	if claims := p.Claims(want, false); !slices.Contains(claims, providers.ClaimThing("language pack for", "DE-DE")) {
		t.Errorf("claims %q", claims)
	}
	const settings = "[HKLM\\SYSTEM\\Select]\n\"Current\"=dword:1\n\n[HKLM\\SYSTEM\\ControlSet001\\Control\\Nls\\Language]\n\"InstallLanguage\"=\"0407\"\n\n[HKLM\\SYSTEM\\ControlSet001\\Control\\MUI\\UILanguages\\de-DE]\n\"LCID\"=dword:407\n\"Type\"=dword:91\n\n"
	providertest.Refuse(t, p, []providertest.Refusal{{Name: "the language of Windows", Image: windows(t, recorded(pack.identity(), installed, 1), settings),
		Set: object{"identity": str(pack.identity())}, Absent: true, Attr: "identity", Says: "Windows was installed in de-DE"}})
}
