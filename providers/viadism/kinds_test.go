package viadism_test

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

const (
	german = "payloads/languages/Microsoft-Windows-Client-Language-Pack_x64_de-de.cab"
	basic  = "payloads/languages/Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~.cab"
	update = "payloads/updates/windows11.0-kb5058411-x64.cab"
)

func TestFeature(t *testing.T) {
	b := newBench(t, sample.Options{})
	telnet, netfx := attrs{"name": str("telnetclient")}, attrs{"name": str("NetFx3"), "all": cty.True}
	b.apply("feature", false, telnet, netfx, attrs{"name": str("WorkFolders-Client"), "all": cty.True})
	b.told("/Enable-Feature /FeatureName:TelnetClient", "/Enable-Feature /FeatureName:NetFx3 /FeatureName:WorkFolders-Client /All")
	b.apply("feature", true, telnet, netfx)
	b.told("/Disable-Feature /FeatureName:TelnetClient /FeatureName:NetFx3")
	b.apply("feature", true, attrs{"name": str("TelnetClient"), "remove_payload": cty.True})
	b.told("/Disable-Feature /FeatureName:TelnetClient /Remove")
	b.host.Put(t, "sxs/some.cab", "files")
	b.apply("feature", false, attrs{"name": str("TelnetClient"), "source": str("sxs")})
	b.told("/Enable-Feature /FeatureName:TelnetClient /Source:DIR/sxs /LimitAccess")
}

// TestUnknownFeature judges names by what earlier changes of the plan may bring.
func TestUnknownFeature(t *testing.T) {
	b := newBench(t, sample.Options{})
	p, c := b.change("feature", attrs{"name": str("TelnetClyent")}, false)
	check := p.Way(providers.ByDISM).Check
	var problem *providers.Problem
	if err := check(t.Context(), b, c); !errors.As(err, &problem) || !strings.Contains(problem.Detail, "TelnetClient") {
		t.Error(err)
	}
	c.Earlier = b.earlier("package", attrs{"source": str(basic)}, providers.AtFirstBoot())
	if err := check(t.Context(), b, c); err == nil {
		t.Error("a package of the first boot brings a feature now")
	}
	for kind, set := range map[string]attrs{
		"package": {"source": str(basic)}, "capability": {"name": str("OpenSSH.Server~~~~0.0.1.0")}, "edition": {"name": str("Enterprise")},
	} {
		c.Earlier = b.earlier(kind, set, viadism.Effect())
		if err := check(t.Context(), b, c); err != nil {
			t.Error(kind, err)
		}
	}
	c.Earlier = b.earlier("package", attrs{"source": str(update)}, viadism.Effect())
	if err := check(t.Context(), b, c); err == nil {
		t.Error("a cumulative update brings features")
	}
}

func TestPackages(t *testing.T) {
	b := newBench(t, sample.Options{})
	b.apply("language_pack", false, attrs{"source": str(german)})
	b.apply("package", false, attrs{"source": str(basic)}, attrs{"source": str(update)})
	b.told("/Add-Package /PackagePath:DIR/"+german, "/Add-Package /PackagePath:DIR/"+basic, "/Add-Package /PackagePath:DIR/"+update)
	b.apply("international", false, attrs{"ui_language": str("de-DE"), "time_zone": str("W. Europe Standard Time"), "location": cty.NumberIntVal(94)})
	b.told("/Set-UILang:de-DE /Set-TimeZone:W. Europe Standard Time")
	b.apply("package", true, attrs{"identity": str("Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~10.0.26100.1")})
	b.told("/Remove-Package /PackageName:Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~10.0.26100.1")
	b.apply("international", false, attrs{"ui_language": str("en-US")})
	b.apply("language_pack", true, attrs{"language": str("de-DE")})
	b.told("/Set-UILang:en-US", "/Remove-Package /PackageName:Microsoft-Windows-Client-LanguagePack-Package~31bf3856ad364e35~amd64~de-DE~10.0.26100.1")
}

// TestLanguageOfThePlan takes a language of the user interface that an earlier
// change installs now, and none that is installed at the first boot.
func TestLanguageOfThePlan(t *testing.T) {
	b := newBench(t, sample.Options{})
	p, c := b.change("international", attrs{"ui_language": str("de-DE")}, false)
	check := p.Way(providers.ByDISM).Check
	if err := check(t.Context(), b, c); err == nil {
		t.Error("the image speaks German")
	}
	for _, kind := range []string{"language_pack", "package"} {
		c.Earlier = b.earlier(kind, attrs{"source": str(german)}, viadism.Effect())
		if err := check(t.Context(), b, c); err != nil {
			t.Error(kind, err)
		}
	}
	c.Earlier[0].Waits = true
	if err := check(t.Context(), b, c); err == nil {
		t.Error("the image speaks German before its first boot")
	}
}

// TestNotApplicable takes a package for installed that was refused because a newer
// one is there, and no other.
func TestNotApplicable(t *testing.T) {
	b := newBench(t, sample.Options{})
	p, c := b.change("package", attrs{"source": str(update)}, false)
	apply := p.Way(providers.ByDISM).Apply
	b.machine.Fault = "Add-Package@1:code=0x800f081e"
	if err := apply(t.Context(), b, b.host, []providers.Change{c}); viadism.Code(err) != viadism.NotApplicable {
		t.Error(err)
	}
	b.machine.Fault = ""
	if err := apply(t.Context(), b, b.host, []providers.Change{c}); err != nil {
		t.Fatal(err)
	}
	b.machine.Fault = "Add-Package@2:code=0x800f081e"
	if err := apply(t.Context(), b, b.host, []providers.Change{c}); err != nil {
		t.Error(err)
	}
}

func TestCapability(t *testing.T) {
	b := newBench(t, sample.Options{})
	server := attrs{"name": str("OpenSSH.Server~~~~0.0.1.0")}
	b.apply("capability", false, server)
	b.told("/Add-Capability /CapabilityName:OpenSSH.Server~~~~0.0.1.0")
	b.apply("capability", true, server, attrs{"name": str("OpenSSH.Client~~~~0.0.1.0")})
	b.told("/Remove-Capability /CapabilityName:OpenSSH.Server~~~~0.0.1.0", "/Remove-Capability /CapabilityName:OpenSSH.Client~~~~0.0.1.0")
	b.apply("language_pack", false, attrs{"source": str(german)})
	b.lines = nil
	b.apply("capability", false, attrs{"name": str("Language.Basic~~~de-DE~0.0.1.0"), "source": str("payloads/languages")})
	b.told("/Add-Capability /CapabilityName:Language.Basic~~~de-DE~0.0.1.0 /Source:DIR/payloads/languages /LimitAccess")
}

// TestCapabilityOfWindowsUpdate waits for the first boot.
func TestCapabilityOfWindowsUpdate(t *testing.T) {
	b := newBench(t, sample.Options{})
	set := attrs{"name": str("Tools.Graphics.DirectX~~~~0.0.1.0")}
	p, c := b.change("capability", set, false)
	effect, err := p.Way(providers.ByDISM).EffectIn(t.Context(), b, b.host, c)
	if err != nil || !effect.Waits || !strings.HasPrefix(effect.Text, "at first boot, because ") {
		t.Errorf("%+v, %v", effect, err)
	}
	later := []providers.Earlier{p.Earlier(c.Addr, c.Action, c.Want, effect)}
	feature, unknown := b.change("feature", attrs{"name": str("Graphics-Of-The-Future")}, false)
	if unknown.Earlier = later; feature.Way(providers.ByDISM).Check(t.Context(), b, unknown) == nil {
		t.Error("it brings a feature before the first start")
	}
	cleanup, want := b.wanted("cleanup", attrs{}, false)
	if again := cleanup.Again(want, later); again != "" {
		t.Errorf("the cleanup before it is made again, because %s", again)
	}
	b.apply("capability", false, set)
	b.told()
}

func TestDriver(t *testing.T) {
	b := newBench(t, sample.Options{})
	nic := attrs{"source": str("payloads/drivers/nic"), "force_unsigned": cty.True}
	b.apply("driver", false, nic)
	b.told("/Add-Driver /Driver:DIR/payloads/drivers/nic/contosonic.inf /ForceUnsigned")
	b.apply("driver", true, attrs{"original_name": str("contosonic.inf")})
	b.told("/Remove-Driver /Driver:oem0.inf")
}

func TestCleanup(t *testing.T) {
	b := newBench(t, sample.Options{})
	set := attrs{"reset_base": cty.True}
	b.apply("cleanup", false, set)
	b.told("/Cleanup-Image /StartComponentCleanup /ResetBase")
	b.apply("cleanup", true, set)
	b.told()
	b.machine.Fault = "Cleanup-Image@1:code=0x800f0806"
	b.apply("cleanup", false, set)
	if len(b.warnings) != 1 || !strings.Contains(b.warnings[0], "CBS_E_PENDING") {
		t.Errorf("warned of %q", b.warnings)
	}
	p, want := b.wanted("cleanup", set, false)
	if again := p.Again(want, nil); again != "" {
		t.Errorf("again %s", again)
	}
	for kind, set := range map[string]attrs{
		"package": {"source": str(update)}, "language_pack": {"source": str(german)},
		"capability": {"name": str("OpenSSH.Server~~~~0.0.1.0")}, "feature": {"name": str("TelnetClient")},
	} {
		if again := p.Again(want, b.earlier(kind, set, viadism.Effect())); again == "" {
			t.Errorf("not again after a %s", kind)
		}
		if again := p.Again(want, b.earlier(kind, set, providers.AtFirstBoot())); again != "" {
			t.Errorf("after a %s of the first boot again %s", kind, again)
		}
	}
}

func TestEdition(t *testing.T) {
	b := newBench(t, sample.Options{})
	b.apply("edition", false, attrs{"name": str("enterprise")})
	b.told("/Set-Edition:enterprise")
	b = newBench(t, sample.Options{})
	b.apply("edition", false, attrs{"name": str("Education"), "product_key": str("NPPR9-FWDCP-D2C8J-H872K-2YT43")})
	b.told("/Set-Edition:Education", "/Set-ProductKey:NPPR9-FWDCP-D2C8J-H872K-2YT43")
}

func TestAppx(t *testing.T) {
	b := newBench(t, sample.Options{})
	b.apply("appx", true, attrs{"name": str("Microsoft.WindowsCalculator")})
	b.told("/Remove-ProvisionedAppxPackage /PackageName:Microsoft.WindowsCalculator_2021.2311.0.0_neutral_~_8wekyb3d8bbwe")
	app(t, b.host.Path("reader.msix"), "Contoso.Reader", "2.0.0.0")
	app(t, b.host.Path("old.msix"), "Contoso.Reader", "1.0.0.0")
	app(t, b.host.Path("runtime.msix"), "Contoso.Runtime", "1.0.0.0")
	b.apply("appx", false, attrs{"name": str("Contoso.Reader"), "source": str("reader.msix"),
		"dependencies": cty.ListVal([]cty.Value{str("runtime.msix")}), "regions": cty.SetVal([]cty.Value{str("DE"), str("US")})})
	b.told("/Add-ProvisionedAppxPackage /PackagePath:DIR/reader.msix /DependencyPackagePath:DIR/runtime.msix /SkipLicense /Region:DE;US")
	b.apply("appx", false, attrs{"name": str("Contoso.Reader"), "source": str("old.msix"), "allow_older": cty.True})
	b.apply("appx", true, attrs{"name": str("Contoso.Reader")})
	if len(b.lines) != 3 {
		t.Errorf("DISM was told %q", b.lines)
	}
}

// app writes the package of an app.
func app(t *testing.T, file, name, version string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("AppxManifest.xml")
	if err == nil {
		_, err = w.Write([]byte(`<Package><Identity Name="` + name + `" Publisher="CN=Contoso" Version="` + version + `" ProcessorArchitecture="x64"/></Package>`))
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestWindowsPE adds packages to Windows PE, where all stay pending.
func TestWindowsPE(t *testing.T) {
	b := newBench(t, sample.Options{PE: true})
	b.apply("package", false, attrs{"source": str("payloads/winpe/WinPE-WMI.cab")})
	list, _, err := servicing.Recorded(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if strings.HasPrefix(p.Identity, "WinPE-WMI-Package~") && p.State == servicing.InstallPending {
			return
		}
	}
	t.Errorf("no package is pending: %v", list)
}

// TestSpoiled takes no more changes after an error that leaves an image no one can
// trust.
func TestSpoiled(t *testing.T) {
	b := newBench(t, sample.Options{})
	b.machine.Fault = "Enable-Feature@1:half=0x800f0922"
	p, c := b.change("feature", attrs{"name": str("TelnetClient")}, false)
	err := p.Way(providers.ByDISM).Apply(t.Context(), b, b.host, []providers.Change{c})
	if !errors.Is(err, image.ErrSpoiled) {
		t.Error(err)
	}
	var failed *dism.Error
	if !errors.As(err, &failed) || failed.Name != "CBS_E_INSTALLERS_FAILED" {
		t.Error(err)
	}
	if err := viadism.Run(t.Context(), b, "/Get-Features"); !errors.Is(err, image.ErrSpoiled) {
		t.Error(err)
	}
	if err := b.Commit(t.Context(), "step"); !errors.Is(err, image.ErrSpoiled) {
		t.Error(err)
	}
}

// TestReopen runs a command again whose process died, once.
func TestReopen(t *testing.T) {
	b := newBench(t, sample.Options{})
	b.machine.Fault = "Enable-Feature@1:code=1726"
	b.apply("feature", false, attrs{"name": str("TelnetClient")})
	b.machine.Fault = "Disable-Feature@1:code=1726,Disable-Feature@2:code=1726"
	p, c := b.change("feature", attrs{"name": str("TelnetClient")}, true)
	if err := p.Way(providers.ByDISM).Apply(t.Context(), b, b.host, []providers.Change{c}); !errors.Is(err, image.ErrSpoiled) {
		t.Error(err)
	}
}

// TestPayloadChanged refuses files that are not those of the plan.
func TestPayloadChanged(t *testing.T) {
	b := newBench(t, sample.Options{})
	for kind, set := range map[string]attrs{
		"package": {"source": str(update)}, "language_pack": {"source": str(german)},
		"driver":     {"source": str("payloads/drivers/nic"), "force_unsigned": cty.True},
		"capability": {"name": str("Language.Basic~~~de-DE~0.0.1.0"), "source": str("payloads/languages")},
	} {
		p, c := b.change(kind, set, false)
		name := set["source"].AsString()
		for _, in := range []string{"contosonic.sys", filepath.Base(basic)} {
			if st, err := os.Stat(b.host.Path(filepath.Join(name, in))); err == nil && !st.IsDir() {
				name = filepath.ToSlash(filepath.Join(name, in))
				break
			}
		}
		was, err := os.ReadFile(b.host.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		b.host.Put(t, name, string(was)+" ")
		if err := p.Way(providers.ByDISM).Apply(t.Context(), b, b.host, []providers.Change{c}); err == nil || !strings.Contains(err.Error(), "changed") {
			t.Errorf("%s: %v", kind, err)
		}
		b.host.Put(t, name, string(was))
	}
	b.told()
}
