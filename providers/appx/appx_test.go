package appx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

const software = "Windows/System32/config/SOFTWARE"

type object = map[string]cty.Value

func of(name string) object { return object{"name": cty.StringVal(name)} }

const (
	family = "_8wekyb3d8bbwe"
	calc   = "Microsoft.WindowsCalculator_2021.2311.0.0_neutral_~" + family
	calc64 = "Microsoft.WindowsCalculator_2021.2311.0.0_x64_" + family
	calcDE = "Microsoft.WindowsCalculator_2021.2311.0.0_neutral_split.language-de" + family
	other  = "Microsoft.WindowsCalculator.Extra_1.0.0.0_x64_" + family
	theirs = "Microsoft.WindowsCalculator_1.0.0.0_x64__0123456789abc"
	libs64 = "Microsoft.VCLibs.140.00_14.0.33519.0_x64_" + family
	libs86 = "Microsoft.VCLibs.140.00_14.0.33519.0_x86_" + family
	health = "Microsoft.SecHealthUI_1000.1.0.0_x64_" + family
	used   = "Contoso.Used_1.0.0.0_x64__0123456789abc"
)

// small is an image with a bundle of three packages, a framework for two
// architectures, a system app and an app that a user has.
func small(t *testing.T) map[string][]byte {
	t.Helper()
	const root = `Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\`
	var keys []string
	for _, p := range []string{calc, other, libs64, libs86, health, used} {
		keys = append(keys, root+`Applications\`+p)
	}
	for _, p := range []string{calc, calc64, calcDE, other} {
		keys = append(keys, root+`Staged\`+p)
	}
	keys = append(keys,
		root+`Applications\not a package`,
		root+`InboxApplications\Microsoft.Windows.Search_1.0.0.0_neutral_neutral_cw5n1h2txyewy`,
		root+`Deprovisioned\Microsoft.BingNews_8wekyb3d8bbwe`,
		root+`S-1-5-21-1-2-3-500\`+used)
	h := hive.New(hive.NewOptions{})
	for _, k := range keys {
		if _, err := h.Root().CreateSubkey(k, nt.TimeOf(time.Unix(1e9, 0))); err != nil {
			t.Fatal(err)
		}
	}
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{software: data}
	for _, p := range []string{calc, calc64, calcDE, "MICROSOFT.WINDOWSCALCULATOR_2020.1.0.0_x86__8WEKYB3D8BBWE", other, theirs, libs64, libs86} {
		files[packages+"/"+p+"/AppxManifest.xml"] = []byte(p)
	}
	files[provisioning] = []byte(strings.ReplaceAll(listed, "\n", "\r\n"))
	for _, f := range []string{"Microsoft.WindowsCalculator_8wekyb3d8bbwe", "Microsoft.WindowsCalculator.Extra_8wekyb3d8bbwe"} {
		files[licenses+"/"+f+".xml"] = []byte(f)
	}
	files[packages+"/readme.txt"] = nil
	return files
}

// listed is what the image has as its list of provisioned packages, in lines.
const listed = `<?xml version="1.0" encoding="utf-8"?>
<AppxProvisionList xmlns="http://schemas.microsoft.com/appx/2013/appxprovisionpackage">
  <EndOfLife>
    <Package FamilyName="Microsoft.WindowsCalculator_8wekyb3d8bbwe"/>
  </EndOfLife>
  <Provisioned>
    <Package FullName="` + calc + `" PackageType="bundle"/>
    <Package FullName="` + calc64 + `" ProvisionSourceIsBundle="true"/>
    <Package FullName="` + other + `"></Package>
    <!-- kept -->
    <Package PackageType="resource" FullName="` + calcDE + `" ProvisionSourceIsBundle="true"/>
    <Package FullName="` + libs64 + `" PackageType="framework"/>
  </Provisioned>
</AppxProvisionList>
`

// names lists what is in a folder.
func names(t *testing.T, m *providertest.Image, folder string) string {
	t.Helper()
	entries, err := m.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func lines(all ...string) string {
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func TestSuite(t *testing.T) {
	img := small(t)
	bare := map[string][]byte{software: img[software]} // nothing but the registry
	calcGone := func(t *testing.T, m *providertest.Image) {
		if got := hivexsh(t, m, "Applications"); got != lines(other, libs64, libs86, health, used, "not a package") {
			t.Errorf("hivexsh sees as provisioned\n%s", got)
		}
		if got := hivexsh(t, m, "Staged"); got != other {
			t.Errorf("hivexsh sees as staged\n%s", got)
		}
		if got := hivexsh(t, m, "Deprovisioned"); got != lines("Microsoft.BingNews_8wekyb3d8bbwe", "Microsoft.WindowsCalculator_8wekyb3d8bbwe") {
			t.Errorf("hivexsh sees as deprovisioned\n%s", got)
		}
	}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "there", Image: img, Set: of("microsoft.windowscalculator"), Unchanged: true},
		{Name: "bundle absent", Image: img, Set: of("Microsoft.WindowsCalculator"), Absent: true, After: func(t *testing.T, m *providertest.Image) {
			calcGone(t, m)
			if got := names(t, m, packages); got != lines(other, theirs, libs64, libs86, "readme.txt") {
				t.Errorf("packages\n%s", got)
			}
			want := strings.ReplaceAll(withoutLines(listed, calc, calc64, calcDE), "\n", "\r\n")
			if got, err := fs.ReadFile(m, provisioning); err != nil || string(got) != want {
				t.Errorf("list of provisioned packages, %v\n%s\nwant\n%s", err, got, want)
			}
			if got := names(t, m, licenses); got != "Microsoft.WindowsCalculator.Extra_8wekyb3d8bbwe.xml" {
				t.Errorf("licenses\n%s", got)
			}
		}},
		{Name: "several packages absent", Image: img, Set: of("Microsoft.VCLibs.140.00"), Absent: true, After: func(t *testing.T, m *providertest.Image) {
			if got := names(t, m, packages); strings.Contains(got, "VCLibs") {
				t.Errorf("packages\n%s", got)
			}
		}},
		{Name: "without files", Image: bare, Set: of("MICROSOFT.WINDOWSCALCULATOR"), Absent: true, After: calcGone},
		{Name: "absent, removed before", Image: img, Set: of("Microsoft.BingNews"), Absent: true, Unchanged: true},
		{Name: "absent, never there", Image: img, Set: of("Contoso.App"), Absent: true, Unchanged: true},
		{Name: "absent, another version", Image: img, Set: of("Microsoft.VCLibs.120.00"), Absent: true, Unchanged: true},
		{Name: "absent, no hive", Set: of("Contoso.App"), Absent: true, Unchanged: true},
	})
}

func hivexsh(t *testing.T, m *providertest.Image, key string) string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(`cd \Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\`+key+"\nls\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := testenv.Run(t, "hivexsh", "-f", script, m.Save(t, software))
	return lines(strings.Split(strings.TrimSpace(out), "\n")...)
}

func TestRefusals(t *testing.T) {
	img := small(t)
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "no name", Set: of(""), Absent: true, Attr: "name", Says: "empty"},
		{Name: "wildcard", Set: of("Microsoft.Bing*"), Absent: true, Attr: "name", Says: "for_each"},
		{Name: "full name", Set: of(calc), Absent: true, Attr: "name", Says: `name is "Microsoft.WindowsCalculator"`},
		{Name: "family", Set: of("Contoso.App_0123456789abc"), Absent: true, Attr: "name", Says: `name is "Contoso.App"`},
		{Name: "blank", Set: of("Windows Calculator"), Absent: true, Attr: "name", Says: "letters"},
		{Name: "system app", Image: img, Set: of("microsoft.windows.search"), Absent: true, Attr: "name", Says: "part of Windows"},
		{Name: "slip", Image: img, Set: of("Microsoft.WindowsCalcualtor"), Absent: true, Attr: "name", Says: `did you mean "Microsoft.WindowsCalculator"?`},
		{Name: "no publisher", Image: img, Set: of("windowscalculator"), Absent: true, Attr: "name", Says: `did you mean "Microsoft.WindowsCalculator"?`},
	})
}

// TestPassable checks what can't be done in an image.
func TestPassable(t *testing.T) {
	p := Provider()
	m := providertest.NewImage(t, small(t), false)
	for _, tt := range []struct {
		name, says string
		action     providers.Action
	}{
		{"Contoso.App", "Set source", providers.Create},
		{"microsoft.sechealthui", "does not allow", providers.Delete},
		{"Contoso.Used", "S-1-5-21-1-2-3-500", providers.Delete},
		{"Microsoft.WindowsCalculator", "", providers.Delete},
	} {
		want, err := p.Checked(providertest.Value(t, p, of(tt.name)), tt.action == providers.Delete)
		if err != nil {
			t.Fatal(err)
		}
		err = p.Way("offline").Check(t.Context(), m, providers.Change{Action: tt.action, Want: want})
		var problem *providers.Problem
		if tt.says == "" && err != nil || tt.says != "" && (!errors.As(err, &problem) || !strings.Contains(problem.Detail, tt.says)) {
			t.Errorf("%s %s: %v, want %q", tt.action, tt.name, err, tt.says)
		}
	}
	want, _ := p.Checked(providertest.Value(t, p, of("Contoso.App")), false)
	if err := p.Way("offline").Apply(t.Context(), m, nil, []providers.Change{{Action: providers.Create, Want: want}}); err == nil {
		t.Error("an app was added")
	}
}

// failing fails to remove one file.
type failing struct {
	*providertest.Image
	name string
}

func (f failing) Remove(name string) error {
	if name == f.name {
		return fs.ErrPermission
	}
	return f.Image.Remove(name)
}

// TestCutShort checks that a removal that failed half-way is seen and finished.
func TestCutShort(t *testing.T) {
	p := Provider()
	m := providertest.NewImage(t, small(t), true)
	want, err := p.Checked(providertest.Value(t, p, of("Microsoft.WindowsCalculator")), true)
	if err != nil {
		t.Fatal(err)
	}
	remove := []providers.Change{{Action: providers.Delete, Want: want}}
	var session image.Session = failing{m, licenses + "/Microsoft.WindowsCalculator_8wekyb3d8bbwe.xml"}
	if err := p.Way("offline").Apply(t.Context(), session, nil, remove); !errors.Is(err, fs.ErrPermission) {
		t.Fatalf("the removal that can't be done: %v", err)
	}
	if have, err := p.Found(t.Context(), m, want); err != nil || have.IsNull() {
		t.Fatalf("half removed, it is gone: %v", err)
	}
	if err := p.Way("offline").Apply(t.Context(), m, nil, remove); err != nil {
		t.Fatal(err)
	}
	if have, err := p.Found(t.Context(), m, want); err != nil || !have.IsNull() {
		t.Errorf("removed at last: %#v, %v", have, err)
	}
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, small(t), false))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		var row []string
		for _, name := range []string{"package_name", "display_name", "version", "arch", "publisher_id", "family_name"} {
			row = append(row, v.GetAttr(name).AsString())
		}
		got = append(got, strings.Join(row, " "))
	}
	if len(got) != 6 || !slices.Contains(got, calc+" Microsoft.WindowsCalculator 2021.2311.0.0 neutral 8wekyb3d8bbwe Microsoft.WindowsCalculator_8wekyb3d8bbwe") {
		t.Errorf("apps\n%s", strings.Join(got, "\n"))
	}
	if all, err := Provider().List(t.Context(), providertest.NewImage(t, nil, false)); err != nil || len(all) != 0 {
		t.Errorf("apps without a hive: %v, %v", all, err)
	}
}

// TestListIsThatOfDISM takes the names that DISM printed apart.
func TestListIsThatOfDISM(t *testing.T) {
	var block map[string]string
	for line := range strings.Lines(string(testenv.ReadShared(t, "dism-outputs/get-provisionedappxpackages.txt"))) {
		name, value, found := strings.Cut(strings.TrimSpace(line), " : ")
		if name == "DisplayName" {
			block = map[string]string{}
		}
		if !found || block == nil {
			continue
		}
		block[name] = value
		if name != "PackageName" {
			continue
		}
		i, ok := parseIdentity(value)
		if !ok || i.name != block["DisplayName"] || i.version != block["Version"] || i.arch != block["Architecture"] || i.resource != block["ResourceId"] {
			t.Errorf("%s is %+v, DISM says %v", value, i, block)
		}
	}
	if block == nil {
		t.Error("no packages in the list")
	}
}

// withoutLines returns a text without the lines that name one of the packages.
func withoutLines(text string, packages ...string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !slices.ContainsFunc(packages, func(p string) bool { return strings.Contains(line, `"`+p+`"`) }) {
			b.WriteString(line)
		}
	}
	return b.String()
}
