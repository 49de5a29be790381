package appx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

// fullNames lists the packages of a list by another reader, EndOfLife by family.
func fullNames(t *testing.T, data []byte) (provisioned, ended []string) {
	t.Helper()
	var doc struct {
		Ended []struct {
			Family string `xml:"FamilyName,attr"`
		} `xml:"EndOfLife>Package"`
		Packages []struct {
			Full string `xml:"FullName,attr"`
		} `xml:"Provisioned>Package"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.Packages {
		provisioned = append(provisioned, p.Full)
	}
	for _, p := range doc.Ended {
		ended = append(ended, p.Family)
	}
	return provisioned, ended
}

// TestRealLists takes each family off real lists, and looks that nothing else went,
// and that taking all off leaves just the rest of the text.
func TestRealLists(t *testing.T) {
	for _, name := range []string{"AppxProvisioning-1.xml", "AppxProvisioning-2.xml", "AppxProvisioning-23H2-excerpt.xml"} {
		data := testenv.ReadShared(t, "appx/"+name)
		whole, ended := fullNames(t, data)
		for _, full := range whole {
			gone, ok := parseIdentity(full)
			l, err := parseProvisioning(data)
			if err != nil || !ok || !l.remove([]string{strings.ToUpper(gone.family())}) {
				t.Fatalf("%s: %s is not taken off: %v", name, full, err)
			}
			want := slices.DeleteFunc(slices.Clone(whole), func(f string) bool {
				return strings.HasPrefix(f, gone.name+"_") && strings.HasSuffix(f, "_"+gone.publisher)
			})
			got, left := fullNames(t, l.bytes())
			if !slices.Equal(got, want) || !slices.Equal(left, ended) {
				t.Errorf("%s without %s: %v, want %v", name, full, got, want)
			}
			if before, after, _ := strings.Cut(string(data), "<Provisioned>"); !strings.HasPrefix(string(l.bytes()), before) || len(after) == 0 {
				t.Errorf("%s without %s: what is before the packages has changed", name, full)
			}
		}
		l, err := parseProvisioning(data)
		if err != nil || l.remove([]string{"Contoso.None_8wekyb3d8bbwe"}) || !bytes.Equal(l.bytes(), data) {
			t.Errorf("%s without another family has changed, %v", name, err)
		}
	}
}

// TestEncodings checks that a list is written as it was.
func TestEncodings(t *testing.T) {
	wide := func(s string) []byte { return nt.AppendUTF16(nil, strings.Replace(s, "utf-8", "UTF-16", 1)) }
	for name, encode := range map[string]func(string) []byte{
		"utf-8": func(s string) []byte { return []byte(s) }, "mark": func(s string) []byte { return []byte(mark8 + s) },
		"utf-16":  func(s string) []byte { return append([]byte(mark16), wide(s)...) },
		"swapped": func(s string) []byte { return append([]byte(swapped16), swapped(wide(s), swapped16)...) },
	} {
		l, err := parseProvisioning(encode(listed))
		if err != nil || !l.remove([]string{"microsoft.vclibs.140.00_8wekyb3d8bbwe"}) {
			t.Fatalf("%s: %v", name, err)
		}
		if want := encode(withoutLines(listed, libs64)); !bytes.Equal(l.bytes(), want) {
			t.Errorf("%s\n%q\nwant\n%q", name, l.bytes(), want)
		}
	}
}

func TestDamagedLists(t *testing.T) {
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, of("Microsoft.WindowsCalculator")), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{"", "no xml", "<a>", mark16 + "<", `<?xml version="1.0" encoding="windows-1252"?><a/>`, "<a>\xff</a>"} {
		img := small(t)
		img[provisioning] = []byte(data)
		m := providertest.NewImage(t, img, true)
		err := p.Way("offline").Check(t.Context(), m, providers.Change{Action: providers.Delete, Want: want})
		var problem *providers.Problem
		if !errors.As(err, &problem) || !strings.Contains(problem.Detail, provisioning) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// TestOriginalList checks that the list that Windows came with stays, and what is
// taken off it is written where Windows writes it.
func TestOriginalList(t *testing.T) {
	img := small(t)
	img[originalProvisioning] = img[provisioning]
	delete(img, provisioning)
	original := slices.Clone(img[originalProvisioning])
	m := remove(t, img, "Microsoft.WindowsCalculator")
	if got, err := fs.ReadFile(m, originalProvisioning); err != nil || !bytes.Equal(got, original) {
		t.Errorf("the original list has changed: %v", err)
	}
	got, err := fs.ReadFile(m, provisioning)
	if err != nil || strings.Contains(string(got), `"`+calc+`"`) || !strings.Contains(string(got), `"`+other+`"`) {
		t.Errorf("the list, %v\n%s", err, got)
	}
}

// TestLeftover checks that what is nowhere but on the list is taken off it.
func TestLeftover(t *testing.T) {
	const gone = "Contoso.Gone_1.0.0.0_x64__8wekyb3d8bbwe"
	for _, way := range []string{"offline", "dism"} {
		img := small(t)
		img[provisioning] = []byte(strings.Replace(listed, "<!-- kept -->", `<Package FullName="`+gone+`"/>`, 1))
		p, m := Provider(), providertest.NewImage(t, img, true)
		want, err := p.Checked(providertest.Value(t, p, of("Contoso.Gone")), true)
		if err != nil {
			t.Fatal(err)
		}
		if have, err := p.Found(t.Context(), m, want); err != nil || have.IsNull() {
			t.Fatalf("on the list alone, it is %#v, %v", have, err)
		}
		if list, err := p.Warn(t.Context(), m, providers.Around{}, want, true); err != nil || len(list) > 0 {
			t.Errorf("warnings %v, %v", list, err)
		}
		if err := p.Way(way).Apply(t.Context(), m, nil, []providers.Change{{Action: providers.Delete, Want: want}}); err != nil {
			t.Fatal(err)
		}
		if have, err := p.Found(t.Context(), m, want); err != nil || !have.IsNull() {
			t.Errorf("%s: taken off the list, it is %#v, %v", way, have, err)
		}
		if got, err := fs.ReadFile(m, provisioning); err != nil || strings.Contains(string(got), gone) || !strings.Contains(string(got), calc) {
			t.Errorf("%s: the list, %v\n%s", way, err, got)
		}
		present, err := p.Checked(providertest.Value(t, p, of("Contoso.Gone")), false)
		if err != nil {
			t.Fatal(err)
		}
		if have, err := p.Found(t.Context(), providertest.NewImage(t, img, false), present); err != nil || !have.IsNull() {
			t.Errorf("wanted, it is there: %#v, %v", have, err)
		}
	}
}

// remove removes an app from an image.
func remove(t *testing.T, img map[string][]byte, name string) *providertest.Image {
	t.Helper()
	p, m := Provider(), providertest.NewImage(t, img, true)
	want, err := p.Checked(providertest.Value(t, p, of(name)), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Way("offline").Apply(t.Context(), m, nil, []providers.Change{{Action: providers.Delete, Want: want}}); err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	skin      = "Contoso.Skin_1.0.0.0_x64__" + contoso
	notSkin   = "Contoso.NoSkin_1.0.0.0_x64__" + contoso
	contoso   = "h91ms92gdsmmt" // CN=Contoso
	mainOfIt  = `<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10" xmlns:uap3="http://schemas.microsoft.com/appx/manifest/uap/windows10/3"><Dependencies><uap3:MainPackageDependency Name="Microsoft.WindowsCalculator" %/></Dependencies></Package>`
	publisher = `Publisher="` + microsoft + `"`
)

// TestOptionalPackages checks that what adds to an app is shown and goes with it.
func TestOptionalPackages(t *testing.T) {
	img := small(t)
	img[packages+"/"+skin+"/"+packageManifest] = []byte(strings.Replace(mainOfIt, "%", publisher, 1))
	img[packages+"/"+notSkin+"/"+packageManifest] = []byte(strings.Replace(mainOfIt, "%", "", 1)) // adds to one of its own publisher
	img[provisioning] = []byte(strings.Replace(listed, "<!-- kept -->", `<Package FullName="`+skin+`"/><Package FullName="`+notSkin+`"/>`, 1))
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, of("Microsoft.WindowsCalculator")), true)
	if err != nil {
		t.Fatal(err)
	}
	have, err := p.Found(t.Context(), providertest.NewImage(t, img, false), want)
	if err != nil || !have.GetAttr("optional_packages").RawEquals(cty.ListVal([]cty.Value{cty.StringVal(skin)})) {
		t.Errorf("the plan shows %#v, %v", have, err)
	}
	m := remove(t, img, "Microsoft.WindowsCalculator")
	if got := names(t, m, packages); strings.Contains(got, skin) || !strings.Contains(got, notSkin) {
		t.Errorf("packages\n%s", got)
	}
	got, err := fs.ReadFile(m, provisioning)
	if err != nil || strings.Contains(string(got), skin) || !strings.Contains(string(got), notSkin) {
		t.Errorf("the list, %v\n%s", err, got)
	}
	if got := hivexsh(t, m, "Deprovisioned"); !strings.Contains(got, "Contoso.Skin_"+contoso) {
		t.Errorf("hivexsh sees as deprovisioned\n%s", got)
	}
}

// TestWarnings checks what is said of apps that shall be absent.
func TestWarnings(t *testing.T) {
	p, m := Provider(), providertest.NewImage(t, small(t), false)
	for name, says := range map[string]string{
		"Contoso.App": "has never had", "Contoso.Calculator": `did you mean "Microsoft.WindowsCalculator"`,
		"Microsoft.WindowsCalculator": "", "Microsoft.BingNews": "", "microsoft.vclibs.140.00": "",
		"Microsoft.Windows.Search": "", "Microsoft.WindowsCalcualtor": "",
	} {
		want, err := p.Checked(providertest.Value(t, p, of(name)), true)
		if err != nil {
			t.Fatal(err)
		}
		list, err := p.Warn(t.Context(), m, providers.Around{}, want, true)
		if err != nil || (len(list) == 0) != (says == "") || says != "" && !strings.Contains(strings.ToLower(list[0].Detail), strings.ToLower(says)) {
			t.Errorf("%s: %v, %v", name, list, err)
		}
		if list, err := p.Warn(t.Context(), m, providers.Around{}, want, false); err != nil || len(list) > 0 {
			t.Errorf("%s present: %v, %v", name, list, err)
		}
	}
}

func FuzzProvisioning(f *testing.F) {
	f.Add([]byte(listed))
	f.Add([]byte(mark16 + "<\x00a\x00/\x00>\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseProvisioning(data)
		if err != nil {
			return
		}
		var all []string
		for _, e := range l.entries {
			all = append(all, e.family())
		}
		if !l.remove(all) {
			return
		}
		again, err := parseProvisioning(l.bytes())
		if err != nil {
			t.Fatalf("what is left of %q is %q: %v", data, l.bytes(), err)
		}
		if again.remove(all) {
			t.Errorf("not all of %q is gone: %q", data, l.bytes())
		}
	})
}
