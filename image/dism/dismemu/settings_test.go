package dismemu_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/sample"
)

func TestEdition(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	b.dism(50, img, "/Set-Edition:Core")
	b.dism(0, img, "/Set-Edition:enterprise")
	if got := b.dism(0, img, "/Get-CurrentEdition").Get("Current Edition"); got != "Enterprise" {
		t.Error(got)
	}
	b.dism(50, img, "/Set-Edition:EnterpriseS")
	b.dism(0xc004000f, img, "/Set-ProductKey:12345")
	b.dism(0, img, "/Set-ProductKey:AAAAA-BBBBB-CCCCC-DDDDD-EEEEE")
	b.edit(func(files image.Files, _ image.Registry) error {
		return errors.Join(files.MkdirAll("Windows/servicing/Editions", image.Meta{}),
			files.WriteFile("Windows/servicing/Editions/EditionMatrix.xml", strings.NewReader(`<TmiMatrix><Edition ID="Enterprise"><Target ID="EnterpriseS"/></Edition></TmiMatrix>`), image.Meta{}))
	})
	b.dism(0, img, "/Set-Edition:EnterpriseS")
	b.dism(0, "/Commit-Image", "/MountDir:"+b.dir)
	info := b.dism(0, "/Get-ImageInfo", "/ImageFile:"+b.image, "/Index:1").With("Edition")
	if info[0].Get("Edition") != "EnterpriseS" || info[0].Get("Name") != "Windows 11 Pro" {
		t.Errorf("the file says %+v", info)
	}
}

// pack writes the file of an app.
func (b *bench) pack(name, manifest, content string) string {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for file, text := range map[string]string{manifest: content, "assets/logo%20x.png": "png"} {
		w, err := z.Create(file)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	return b.file(name, out.String())
}

func TestApps(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	const publisher = `Publisher="CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"`
	old := b.pack("a.msix", "AppxManifest.xml", `<Package><Identity Name="Test.App" Version="1.0.0.0" ProcessorArchitecture="x64" `+publisher+`/></Package>`)
	bundle := b.pack("a.msixbundle", "AppxMetadata/AppxBundleManifest.xml", `<Bundle><Identity Name="Test.App" Version="2.0.0.0" `+publisher+`/></Bundle>`)
	arm := b.pack("arm.appx", "AppxManifest.xml", `<Package><Identity Name="Test.Arm" Version="1.0.0.0" ProcessorArchitecture="arm64" `+publisher+`/></Package>`)
	b.dism(87, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+old)
	b.dism(87, img, "/Add-ProvisionedAppxPackage", "/SkipLicense")
	b.dism(2, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+old+"x", "/SkipLicense")
	b.dism(0x80073cf0, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+b.image, "/SkipLicense")
	b.dism(0x80073d10, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+arm, "/SkipLicense")
	b.dism(0, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+old, "/SkipLicense")
	license := b.file("license.xml", "<License/>")
	b.dism(0, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+bundle, "/LicensePath:"+license, "/Region:all", "/DependencyPackagePath:"+old)
	found := 0
	for _, a := range b.dism(0, img, "/Get-ProvisionedAppxPackages").With("DisplayName") {
		if a.Get("DisplayName") == "Test.App" {
			found++
			if a.Get("PackageName") != "Test.App_2.0.0.0_neutral_~_8wekyb3d8bbwe" || a.Get("ResourceId") != "~" || a.Get("Regions") != "all" {
				t.Errorf("%+v", a)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d packages of the app", found)
	}
	folder := filepath.Join(b.dir, "Program Files/WindowsApps/Test.App_2.0.0.0_neutral_~_8wekyb3d8bbwe")
	if _, err := os.Stat(filepath.Join(folder, "assets", "logo x.png")); err != nil {
		t.Error(err)
	}
	list := filepath.Join(b.dir, "ProgramData/Microsoft/Windows/AppxProvisioning.xml")
	if text := read(t, list); !strings.Contains(text, `<Package FullName="Test.App_2.0.0.0_neutral_~_8wekyb3d8bbwe" PackageType="bundle"/>`) || strings.Contains(text, "Test.App_1") {
		t.Errorf("the list of provisioned apps\n%s", text)
	}
	b.dism(0, img, "/Remove-ProvisionedAppxPackage", "/PackageName:Test.App_2.0.0.0_neutral_~_8wekyb3d8bbwe")
	if text := read(t, list); strings.Contains(text, "Test.App") || !strings.Contains(text, "</AppxProvisionList>") {
		t.Errorf("the list of provisioned apps without it\n%s", text)
	}
	needy := b.pack("needy.msix", "AppxManifest.xml", `<Package><Identity Name="Test.Needy" Version="1.0.0.0" ProcessorArchitecture="x64" `+publisher+`/><Dependencies><PackageDependency Name="Test.Lib" MinVersion="2.0.0.0"/></Dependencies></Package>`)
	library := func(version string) string {
		return b.pack(version+".appx", "AppxManifest.xml", `<Package><Identity Name="Test.Lib" Version="`+version+`" ProcessorArchitecture="x64" `+publisher+`/></Package>`)
	}
	b.dism(0x80073cf3, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+needy, "/SkipLicense")
	b.dism(0x80073cf3, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+needy, "/SkipLicense", "/DependencyPackagePath:"+library("1.0.0.0"))
	b.dism(0, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+needy, "/SkipLicense", "/DependencyPackagePath:"+library("2.0.0.0"))
	if _, err := os.Stat(folder); err == nil {
		t.Error("its files are there still")
	}
	b.dism(2, img, "/Remove-ProvisionedAppxPackage", "/PackageName:Test.App_2.0.0.0_neutral_~_8wekyb3d8bbwe")
	protected := b.pack("p.appx", "AppxManifest.xml", `<Package><Identity Name="Microsoft.SecHealthUI" Version="1.0.0.0" ProcessorArchitecture="neutral" `+publisher+`/></Package>`)
	b.dism(0, img, "/Add-ProvisionedAppxPackage", "/PackagePath:"+protected, "/SkipLicense")
	b.dism(0x80073cfa, img, "/Remove-ProvisionedAppxPackage", "/PackageName:Microsoft.SecHealthUI_1.0.0.0_neutral__8wekyb3d8bbwe")
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWindowsPE(t *testing.T) {
	b := newBench(t)
	b.image = filepath.Join(b.root(), "boot.wim")
	if err := sample.Write(t.Context(), b.image, sample.Options{PE: true}); err != nil {
		t.Fatal(err)
	}
	b.mount()
	img := "/Image:" + b.dir
	oc := pkg{identity: "WinPE-WMI-Package" + token + "~10.0.26100.1", release: "Feature Pack"}
	b.dism(0, img, "/Add-Package", "/PackagePath:"+b.cabinet("wmi.cab", oc))
	b.wantState("Install Pending", "/Get-Packages", "Package Identity", oc.identity)
	b.dism(50, img, "/Set-Edition:Enterprise")
	b.dism(0, img, "/Cleanup-Image", "/StartComponentCleanup", "/ResetBase", "/Defer")
}

func TestDefaultApps(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	file := b.file("apps.xml", `<?xml version="1.0"?><DefaultAssociations><Association Identifier=".pdf" ProgId="x" ApplicationName="y"/></DefaultAssociations>`)
	b.dism(13, img, "/Import-DefaultAppAssociations:"+b.file("bad.xml", "<Other/>"))
	b.dism(0, img, "/Import-DefaultAppAssociations:"+file)
	imported := filepath.Join(b.dir, "Windows/System32/OEMDefaultAssociations.xml")
	if got := read(t, imported); got != read(t, file) {
		t.Error(got)
	}
	b.dism(0, img, "/Remove-DefaultAppAssociations")
	if _, err := os.Stat(imported); err == nil {
		t.Error("it is there still")
	}
}

func TestHealth(t *testing.T) {
	b := newBench(t)
	b.mount()
	img := "/Image:" + b.dir
	source := t.TempDir()
	b.dism(0, "/Mount-Image", "/ImageFile:"+b.image, "/Index:1", "/MountDir:"+source, "/ReadOnly")
	for _, from := range []string{filepath.Join(source, "Windows"), source, "wim:" + b.image + ":1"} {
		missing := b.damage()
		if got := b.dism(0, img, "/Cleanup-Image", "/ScanHealth"); !got.Says("The component store is repairable.") {
			t.Errorf("%v", got.Text)
		}
		b.dism(0x800f0906, img, "/Cleanup-Image", "/RestoreHealth")
		b.dism(0x800f081f, img, "/Cleanup-Image", "/RestoreHealth", "/Source:"+t.TempDir(), "/LimitAccess")
		b.dism(0, img, "/Cleanup-Image", "/RestoreHealth", "/Source:"+t.TempDir(), "/Source:"+from)
		if got := b.dism(0, img, "/Cleanup-Image", "/CheckHealth"); !got.Says("No component store corruption detected.") {
			t.Errorf("%v", got.Text)
		}
		if st, err := os.Stat(missing); err != nil || st.Size() == 0 {
			t.Error(err)
		}
	}
	b.dism(87, img, "/Cleanup-Image", "/RestoreHealth", "/Source:wim:x")
	b.dism(87, img, "/Cleanup-Image")
	b.dism(87, img, "/Cleanup-Image", "/CheckHealth", "/ScanHealth")
	b.dism(87, img, "/Cleanup-Image", "/CheckHealth", "/ResetBase")
	beyondRepair(b, nil)
	b.dism(0x800f0830, img, "/Disable-Feature", "/FeatureName:TelnetClient")
	b.dism(0x800f0830, img, "/Cleanup-Image", "/RestoreHealth")
}

func TestLocales(t *testing.T) {
	b := newBench(t)
	for tag, want := range map[string][2]string{"": {",", "4/1/2024 - 7:12:05 AM"}, "de-DE": {".", "01.04.2024 - 07:12:05"}, "es-ES": {".", "01/04/2024 - 07:12:05"}} {
		b.m.Locale = tag
		got := b.dism(0, "/Get-ImageInfo", "/ImageFile:"+b.image, "/Index:1")
		if !strings.Contains(got.Get("Size"), want[0]) || got.Get("Created") != want[1] {
			t.Errorf("%s: %s, %s", tag, got.Get("Size"), got.Get("Created"))
		}
	}
	b.m.Locale = "xx"
	b.dism(31, "/Get-MountedImageInfo")
}

// TestRedirected has each step of a bar on a line of its own, with an empty one between.
func TestRedirected(t *testing.T) {
	b := newBench(t)
	var out bytes.Buffer
	b.m.Run(t.Context(), []string{"/Mount-Image", "/ImageFile:" + b.image, "/Index:1", "/MountDir:" + b.dir}, &out)
	if n := strings.Count(out.String(), "] \r\n\r\n["); n < 2 {
		t.Errorf("%q", out.String())
	}
}
