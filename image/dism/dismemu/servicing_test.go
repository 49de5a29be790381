package dismemu_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// state returns the State of the record whose field has the value.
func state(t *transcript.Transcript, field, value string) string {
	for _, r := range t.With(field) {
		if r.Get(field) == value {
			return r.Get("State")
		}
	}
	return "not listed"
}

func (b *bench) wantState(want, list, field, name string) {
	b.Helper()
	if got := state(b.dism(0, list, "/Image:"+b.dir), field, name); got != want {
		b.Errorf("%s %s: %s, want %s", list, name, got, want)
	}
}

func TestFeatures(t *testing.T) {
	b := newBench(t)
	b.mount()
	image := "/Image:" + b.dir
	feature := func(want, name string) { t.Helper(); b.wantState(want, "/Get-Features", "Feature Name", name) }
	b.dism(0, image, "/Enable-Feature", "/FeatureName:telnetclient", "/All")
	feature("Enabled", "TelnetClient")
	b.dism(0, image, "/Disable-Feature", "/FeatureName:TelnetClient", "/FeatureName:SMB1Protocol")
	feature("Disabled", "TelnetClient")
	b.dism(0, image, "/Disable-Feature", "/FeatureName:TelnetClient", "/Remove")
	feature("Disabled with Payload Removed", "TelnetClient")
	b.dism(0x800f081f, image, "/Enable-Feature", "/FeatureName:TelnetClient")
	b.dism(0x800f081f, image, "/Enable-Feature", "/FeatureName:TelnetClient", "/Source:"+t.TempDir())
	sxs := t.TempDir()
	if err := os.WriteFile(filepath.Join(sxs, "telnet.cab"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	b.dism(0, image, "/Enable-Feature", "/FeatureName:TelnetClient", "/Source:"+t.TempDir(), "/Source:"+sxs)
	feature("Enabled", "TelnetClient")
	if got := b.dism(0x800f080c, image, "/Enable-Feature", "/FeatureName:Telnet"); got.Image == "" {
		t.Error("no version of the image")
	}
	b.dism(87, image, "/Enable-Feature")
	b.dism(87, "/Get-Features")
	b.dism(3, "/Image:"+t.TempDir(), "/Get-Features")
}

func TestCapabilities(t *testing.T) {
	b := newBench(t)
	b.mount()
	image := "/Image:" + b.dir
	list := b.dism(0, image, "/Get-Capabilities").With("Capability Identity")
	if len(list) == 0 {
		t.Fatal("the sample has no capabilities")
	}
	name := list[0].Get("Capability Identity")
	b.dism(0, image, "/Remove-Capability", "/CapabilityName:"+name)
	b.wantState("Not Present", "/Get-Capabilities", "Capability Identity", name)
	b.dism(0x800f081f, image, "/Add-Capability", "/CapabilityName:"+name)
	b.dism(0x800f081f, image, "/Add-Capability", "/CapabilityName:"+name, "/Source:"+t.TempDir())
	repository := t.TempDir()
	b.cabinet(filepath.Join(repository, "basic.cab"), pkg{identity: "Microsoft-Windows-LanguageFeatures-Basic-en-us-Package~31bf3856ad364e35~amd64~~10.0.26100.1", release: "OnDemand Pack"})
	b.cabinet(filepath.Join(repository, "wow.cab"), pkg{identity: "Microsoft-Windows-LanguageFeatures-Basic-en-us-Package~31bf3856ad364e35~wow64~~10.0.26100.1", release: "OnDemand Pack"})
	b.cabinet(filepath.Join(repository, "fr.cab"), pkg{identity: "Microsoft-Windows-LanguageFeatures-Basic-en-us-Package~31bf3856ad364e35~amd64~fr-FR~10.0.26100.1", release: "OnDemand Pack"})
	b.dism(0, image, "/Add-Capability", "/CapabilityName:"+name, "/Source:"+repository)
	b.wantState("Installed", "/Get-Packages", "Package Identity", "Microsoft-Windows-LanguageFeatures-Basic-en-us-Package~31bf3856ad364e35~wow64~~10.0.26100.1")
	b.wantState("not listed", "/Get-Packages", "Package Identity", "Microsoft-Windows-LanguageFeatures-Basic-en-us-Package~31bf3856ad364e35~amd64~fr-FR~10.0.26100.1")
	b.wantState("Installed", "/Get-Capabilities", "Capability Identity", name)
	b.dism(87, image, "/Add-Capability", "/CapabilityName:None~~~~0.0.1.0")
}

func TestPackages(t *testing.T) {
	b := newBench(t)
	b.mount()
	image := "/Image:" + b.dir
	b.dism(0x800f0805, image, "/Add-Package", "/PackagePath:"+b.image)
	b.dism(3, image, "/Add-Package", "/PackagePath:"+b.image+".none")
	files, err := filepath.Glob(filepath.Join(testenv.Shared(t, "msu"), "*.msu"))
	if err != nil || len(files) == 0 {
		t.Fatal("no packages", err)
	}
	added := false
	for _, f := range files {
		out := b.dism(0, image, "/Add-Package", "/PackagePath:"+f, "/IgnoreCheck")
		added = added || len(out.Items) == 1
	}
	if !added {
		t.Error("no package was added")
	}
	list := b.dism(0, image, "/Get-Packages").With("Package Identity")
	name := ""
	for _, p := range list {
		if id := p.Get("Package Identity"); p.Get("State") == "Installed" && len(id) > 20 && id[:20] == "Package_for_KB299922" {
			name = id
		}
	}
	if name == "" {
		t.Fatalf("%v", list)
	}
	b.dism(0, image, "/Remove-Package", "/PackageName:"+name)
	b.wantState("not listed", "/Get-Packages", "Package Identity", name)
	b.dism(0x800f0805, image, "/Remove-Package", "/PackageName:"+name)
}

func TestDrivers(t *testing.T) {
	b := newBench(t)
	b.mount()
	image := "/Image:" + b.dir
	dir := t.TempDir()
	if err := sample.Factory(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	before := len(b.dism(0, image, "/Get-Drivers").With("Published Name"))
	out := b.dism(0, append([]string{image, "/Add-Driver", "/ForceUnsigned"}, b.drivers(dir)...)...)
	good := 0
	for _, it := range out.Items {
		if strings.HasPrefix(it.Result, "The driver package was") {
			good++
		}
	}
	if good == 0 {
		t.Fatalf("%+v", out)
	}
	after := b.dism(0, image, "/Get-Drivers").With("Published Name")
	if len(after) <= before {
		t.Errorf("%d drivers before, %d after", before, len(after))
	}
	name := after[0].Get("Published Name")
	b.dism(0, image, "/Remove-Driver", "/Driver:"+name)
	b.dism(0x800f023c, image, "/Remove-Driver", "/Driver:"+name)
	b.dism(2, image, "/Add-Driver", "/Driver:"+dir+".none")
}

func TestInternational(t *testing.T) {
	b := newBench(t)
	b.mount()
	image := "/Image:" + b.dir
	b.dism(0, image, "/Set-UILang:en-US", "/Set-SysLocale:en-US", "/Set-UserLocale:de-DE", "/Set-InputLocale:0407:00000407;en-US", "/Set-TimeZone:W. Europe Standard Time")
	got := b.dism(0, image, "/Get-Intl")
	for name, want := range map[string]string{
		"System locale": "en-US", "User locale for default user": "de-DE", "Default time zone": "W. Europe Standard Time",
		"Active keyboard(s)": "0407:00000407, 0409:00000409",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %s, want %s", name, got.Get(name), want)
		}
	}
	b.dism(87, image, "/Set-UILang:sv-SE")
	b.dism(87, image, "/Set-TimeZone:Nowhere")
	b.dism(87, image, "/Set-UILang:en-US", "/Add-Driver", "/Driver:x")
}
