package servicing_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

// manifest makes the manifest of a package with updates.
func manifest(name, updates string) []byte {
	return []byte("\ufeff" + `<?xml version="1.0" encoding="utf-8" standalone="yes"?><assembly xmlns="urn:schemas-microsoft-com:asm.v3">` +
		`<assemblyIdentity name="` + name + `" version="10.0.1.1" processorArchitecture="amd64" language="neutral" publicKeyToken="` + token + `"/>` +
		`<package identifier="x" releaseType="Feature Pack">` + updates + `</package></assembly>`)
}

func TestFeatureParents(t *testing.T) {
	foundation, delegate, german := id("Foundation", "10.0.1.1"), id("Delegate", "10.0.1.1"), "Foundation~"+token+"~amd64~de-DE~10.0.1.1"
	features := []string{dword("IIS-WebServer", 0x40), dword("Other", 0x40), dword("Both", 0x40), dword("Alone", 0x70), dword("Delegated", 0x40), dword("Own", 0x40), dword("Nowhere", 0x40)}
	s := regimage.Open(t,
		key(`Packages\`+foundation, dword("CurrentState", 0x70))+key(`Packages\`+foundation+`\Updates`, features...)+
			key(`Packages\`+german, dword("CurrentState", 0x70))+key(`Packages\`+german+`\Updates`, dword("Other", 0x70))+
			key(`Packages\`+delegate, dword("CurrentState", 0x40))+key(`Packages\`+id("Gone", "1.0.0.0"), dword("CurrentState", 0)),
		map[string][]byte{
			"Windows/servicing/Packages/" + foundation + ".mum": manifest("Foundation", `<update name="IIS-WebServer" displayName="x"><selectable disposition="staged"/>`+
				`<applicable disposition="detect"><detectUpdate><update name="IIS-WebServerRole"/></detectUpdate></applicable><package><assemblyIdentity name="p"/><update name="inner"/></package></update>`+
				`<update name="Other"><applicable><detectUpdate><parent name="IIS-WebServer"/><parent name="iis-webserver"/></detectUpdate></applicable></update>`+
				`<update name="Both"><applicable><detectUpdate><update name="Alone"/></detectUpdate><detectUpdate><parent name="Other"/></detectUpdate></applicable></update>`+
				`<update name="Own"><applicable><detectUpdate><parent name="OWN"/></detectUpdate></applicable></update><update name="Alone"><parent><update name="Other"/></parent></update>`),
			"Windows/servicing/Packages/" + delegate + ".mum":                manifest("Delegate", `<update name="Delegated"><applicable><detectUpdate><update name="Alone"/></detectUpdate></applicable></update>`),
			"Windows/servicing/Packages/" + id("Gone", "1.0.0.0") + ".mum":   []byte("x"),
			"Windows/servicing/Packages/" + strings.ToLower(german) + ".mum": manifest("Foundation", `<update name="Other"><applicable><detectUpdate><parent name="Other"/></detectUpdate></applicable></update>`),
		})
	all, _, err := servicing.Features(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"IIS-WebServer": {"IIS-WebServerRole"}, "Other": {"IIS-WebServer"}, "Both": {"Alone", "Other"}, "Alone": nil, "Delegated": {"Alone"}, "Own": nil, "Nowhere": nil,
	} {
		i := slices.IndexFunc(all, func(f servicing.Feature) bool { return f.Name == name })
		if i < 0 {
			t.Fatalf("no feature %s", name)
		}
		got, err := servicing.FeatureParents(t.Context(), s, all[i])
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
		if name == "Other" && all[i].Status != "disabled" {
			t.Errorf("the state of a language's share counts: %+v", all[i])
		}
	}
	for _, text := range []string{"<assembly>", "DCM\x01"} {
		s := regimage.Open(t, key(`Packages\`+foundation, dword("CurrentState", 0x70))+key(`Packages\`+foundation+`\Updates`, dword("x", 0x40)),
			map[string][]byte{"Windows/servicing/Packages/" + foundation + ".mum": []byte(text)})
		if got, err := servicing.FeatureParents(t.Context(), s, servicing.Feature{Name: "x", Package: foundation, Listed: []string{foundation}}); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestRealFeatureParents reads the parents of Windows' own features.
func TestRealFeatureParents(t *testing.T) {
	const (
		name = "carved/mum-truncated/Microsoft-Hyper-V-ClientEdition-Package~31bf3856ad364e35~amd64~~10.0.26100.1742.mum"
		end  = "</update>"
	)
	text := string(testenv.Archive(t, "cbs/real-manifests.tar.xz")[name])
	text = text[:strings.LastIndex(text, end)] + end + "</package></assembly>" // it was cut
	foundation, hyperV := id("Microsoft-Windows-Foundation-Package", "10.0.26100.1742"), id("Microsoft-Hyper-V-ClientEdition-Package", "10.0.26100.1742")
	s := regimage.Open(t,
		key(`Packages\`+foundation, dword("CurrentState", 0x70))+
			key(`Packages\`+foundation+`\Updates`, dword("Microsoft-Hyper-V-All", 0x40), dword("Microsoft-Hyper-V", 0x40), dword("Microsoft-Hyper-V-Tools-All", 0x40), dword("Microsoft-Hyper-V-Management-PowerShell", 0x40))+
			key(`Packages\`+hyperV, dword("CurrentState", 0x40)),
		map[string][]byte{"Windows/servicing/Packages/" + hyperV + ".mum": []byte(text)})
	all, _, err := servicing.Features(t.Context(), s)
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for _, f := range all {
		want := map[string]string{"Microsoft-Hyper-V": "Microsoft-Hyper-V-All", "Microsoft-Hyper-V-Tools-All": "Microsoft-Hyper-V-All",
			"Microsoft-Hyper-V-Management-PowerShell": "Microsoft-Hyper-V-Tools-All"}[f.Name]
		if got, err := servicing.FeatureParents(t.Context(), s, f); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s has the parents %q, %v", f.Name, got, err)
		}
	}
}
