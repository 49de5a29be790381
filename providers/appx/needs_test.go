package appx

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

// needing is the manifest of a package with what it needs.
func needing(name, version, arch, needs string) string {
	return fmt.Sprintf(`<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10" xmlns:uap6="http://schemas.microsoft.com/appx/manifest/uap/windows10/6"><Identity Name=%q Publisher=%q Version=%q ProcessorArchitecture=%q/><Dependencies>%s</Dependencies></Package>`,
		name, microsoft, version, arch, needs)
}

func lib(name, least string, more ...string) string {
	return fmt.Sprintf(`<PackageDependency Name=%q MinVersion=%q Publisher=%q %s/>`, name, least, microsoft, strings.Join(more, " "))
}

func family1(name, least string) string {
	return fmt.Sprintf(`<TargetDeviceFamily Name=%q MinVersion=%q MaxVersionTested="10.0.99999.0"/>`, name, least)
}

// zipOf is a ZIP file of several; the method is that of packages in a bundle.
func zipOf(t testing.TB, method uint16, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const bundleOfTwo = `<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="Contoso.App" Publisher="CN=Contoso" Version="1.0.0.0"/><Packages>` +
	`<Package Type="application" Architecture="x64" FileName="x64.appx"/><Package Type="application" Architecture="x86" FileName="x86.appx"/></Packages></Bundle>`

// withVersion is an image of a version of Windows.
type withVersion struct {
	image.Session
	info image.Info
}

func (v withVersion) Unwrap() image.Session { return v.Session }

func (v withVersion) Info(context.Context) (image.Info, error) { return v.info, nil }

func TestNeeds(t *testing.T) {
	vclibs, xaml := "Microsoft.VCLibs.140.00", "Microsoft.UI.Xaml.2.8"
	pack := func(name, version, arch, needs string) string {
		return zipped(t, packageManifest, needing(name, version, arch, needs))
	}
	bundle := func(method uint16) string {
		return zipOf(t, method, map[string]string{bundleManifest: bundleOfTwo,
			"x64.appx": pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.0.0.0")), "x86.appx": pack("Contoso.App", "1.0.0.0", "x86", lib("Contoso.None", "1.0.0.0"))})
	}
	files := map[string]string{
		"x64.appx": pack(xaml, "8.2310.0.0", "x64", ""), "x86.appx": pack(xaml, "8.2310.0.0", "x86", ""),
		"old.appx": pack(xaml, "8.1.0.0", "x64", ""), "new.appx": pack(xaml, "8.2310.0.0", "x64", family1("Windows.Universal", "10.0.30000.0")),
		"chain.appx": pack(xaml, "8.2310.0.0", "x64", lib("Contoso.None", "1.0.0.0")),
	}
	for _, tt := range []struct {
		name, app string
		given     []string
		earlier   []providers.Earlier
		attr      string
		says      string // empty: nothing is wrong
	}{
		{name: "framework of the image", app: pack("Contoso.App", "1.0.0.0", "x64", lib(vclibs, "14.0.30035.0"))},
		{name: "framework of the image for x86", app: pack("Contoso.App", "1.0.0.0", "x86", lib(vclibs, "14.0.30035.0"))},
		{name: "framework of the image is too old", app: pack("Contoso.App", "1.0.0.0", "x64", lib(vclibs, "14.0.40000.0")), says: "14.0.33519.0"},
		{name: "for arm64", app: pack("Contoso.App", "1.0.0.0", "neutral", lib(vclibs, "14.0.0.0"))},
		{name: "another publisher", app: pack("Contoso.App", "1.0.0.0", "x64", `<PackageDependency Name="Microsoft.VCLibs.140.00" MinVersion="14.0.0.0" Publisher="CN=Contoso"/>`), says: vclibs},
		{name: "missing", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.0.0.0")), says: "add it to dependencies"},
		{name: "optional", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.0.0.0", `uap6:Optional="true"`))},
		{name: "given", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.0.0.0")), given: []string{"x86.appx", "x64.appx"}},
		{name: "given for x86 only", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.0.0.0")), given: []string{"x86.appx"}, says: "for x86"},
		{name: "given, too old", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.2.0.0")), given: []string{"old.appx"}, says: "8.1.0.0"},
		{name: "given needs a later Windows", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.2.0.0")), given: []string{"new.appx"}, attr: "dependencies", says: "30000"},
		{name: "given needs another", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.2.0.0")), given: []string{"chain.appx"}, attr: "dependencies", says: "Contoso.None"},
		{name: "bundle", app: bundle(zip.Store), says: xaml},
		{name: "bundle, compressed", app: bundle(zip.Deflate), says: xaml},
		{name: "bundle says less than what is in it", app: zipOf(t, zip.Store, map[string]string{
			bundleManifest: strings.Replace(bundleOfTwo, `FileName="x64.appx"/>`, `FileName="x64.appx"><Dependencies>`+family1("Windows.Desktop", "10.0.0.0")+`</Dependencies></Package>`, 1),
			"x64.appx":     pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Desktop", "10.0.30000.0"))}), says: "30000"},
		{name: "flat bundle", app: zipOf(t, zip.Store, map[string]string{
			bundleManifest: strings.Replace(bundleOfTwo, `FileName="x64.appx"/>`, `FileName="x64.appx"><Dependencies>`+family1("Windows.Desktop", "10.0.30000.0")+`</Dependencies></Package>`, 1)}), says: "30000"},
		{name: "bundle with all", app: bundle(zip.Store), given: []string{"x64.appx"}},
		{name: "later Windows", app: pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Desktop", "10.0.26100.3000")), says: "10.0.26100.3000"},
		{name: "this Windows", app: pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Desktop", "10.0.26100.2000"))},
		{name: "one of several", app: pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Xbox", "10.0.0.0")+family1("Windows.Universal", "10.0.0.0"))},
		{name: "another device", app: pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Xbox", "10.0.0.0")), says: "Windows.Xbox"},
		{name: "a server", app: pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Server", "10.0.0.0")), says: "Windows.Server"},
		{name: "update before it", app: pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Desktop", "10.0.26100.3000")), earlier: []providers.Earlier{{Facts: []providers.Fact{providers.Updates{Release: "26100.4061"}}}}},
		{name: "update taken out before it", app: pack("Contoso.App", "1.0.0.0", "x64", family1("Windows.Desktop", "10.0.26100.3000")), says: "10.0.26100.3000", earlier: []providers.Earlier{
			{Gone: true, Facts: []providers.Fact{providers.Updates{Release: "26100.4061"}}}}},
		{name: "removed before it", app: pack("Contoso.App", "1.0.0.0", "x64", lib(vclibs, "14.0.0.0")), says: vclibs, earlier: []providers.Earlier{
			{Gone: true, Facts: facts(app{Name: vclibs})}}},
		{name: "added before it", app: pack("Contoso.App", "1.0.0.0", "x64", lib(xaml, "8.0.0.0")), earlier: []providers.Earlier{
			{Facts: facts(app{Name: "X", Identity: new("X_1.0.0.0_x64__a"), Provides: []string{xaml + "_8.1.0.0_x64__8wekyb3d8bbwe"}})}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := map[string]string{"app.msixbundle": tt.app}
			for name, content := range files {
				all[name] = content
			}
			set := from("Contoso.App", "app.msixbundle")
			if tt.given != nil {
				set["dependencies"] = strs(tt.given...)
			}
			p := Provider()
			want, err := p.Checked(providertest.Value(t, p, set), false)
			if err == nil {
				want, err = p.Resolved(t.Context(), providertest.NewHost(t, all), want)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := withVersion{providertest.NewImage(t, small(t), false), image.Info{Arch: "amd64", InstallationType: "Client", Version: "10.0.26100.2096"}}
			for _, way := range []string{"offline", "dism"} {
				err := p.Way(way).Check(t.Context(), s, providers.Change{Action: providers.Create, Want: want, Earlier: tt.earlier})
				if tt.says == "" && err != nil {
					t.Errorf("%s: %v", way, err)
				}
				attr := tt.attr
				if attr == "" {
					attr = "source"
				}
				var problem *providers.Problem
				if tt.says != "" && (!errors.As(err, &problem) || problem.Attr != attr || !strings.Contains(problem.Detail, tt.says)) {
					t.Errorf("%s: %#v, want %q of %s", way, err, tt.says, attr)
				}
			}
		})
	}
}
