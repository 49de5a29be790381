package unattend

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func obj(fields object) cty.Value { return cty.ObjectVal(fields) }

func seq(items ...cty.Value) cty.Value { return cty.TupleVal(items) }

func null() cty.Value { return cty.NullVal(cty.DynamicPseudoType) }

// shell sets settings of the component that most are of.
func shell(settings object, more object) object {
	o := object{"pass": str("oobeSystem"), "component": str(shellSetup), "arch": str("amd64")}
	if settings != nil {
		o["settings"] = obj(settings)
	}
	maps.Copy(o, more)
	return o
}

func secrets(pairs object) object { return object{"secrets": cty.MapVal(pairs)} }

func img(settings string) map[string][]byte {
	return map[string][]byte{"Windows/Panther/Unattend.XML": []byte(wrap(settings))}
}

func wrap(settings string) string {
	text := `<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend">
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">
` + settings + `    </component>
  </settings>
</unattend>
`
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// is returns a check of the file's content afterwards.
func is(settings string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		if got, err := fs.ReadFile(m, defaultPath); err != nil || string(got) != wrap(settings) {
			t.Errorf("the file is\n%s, %v, want\n%s", got, err, wrap(settings))
		}
	}
}

func gone(t *testing.T, m *providertest.Image) {
	t.Helper()
	if _, err := m.Stat(defaultPath); err == nil {
		t.Error("the file is still there")
	}
}

const some = `      <!-- who -->
      <UserAccounts>
        <LocalAccounts>
          <LocalAccount wcm:action="add">
            <Password>
              <Value>hunter2</Value>
              <PlainText>true</PlainText>
            </Password>
            <Name>admin</Name>
          </LocalAccount>
        </LocalAccounts>
      </UserAccounts>
      <TimeZone>UTC</TimeZone>
`

func TestSuite(t *testing.T) {
	account := func(fields object) object {
		return object{"UserAccounts": obj(object{"LocalAccounts": obj(object{"LocalAccount": seq(obj(fields))})})}
	}
	const value = "UserAccounts/LocalAccounts/LocalAccount[Name=admin]/Password/Value"
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "no file", Set: shell(object{"TimeZone": str("UTC"), "OOBE": obj(object{"ProtectYourPC": cty.NumberIntVal(3), "HideEULAPage": cty.True})}, nil)},
		{Name: "same", Image: img(some), Set: shell(object{"TimeZone": str("UTC")}, nil), Unchanged: true, After: is(some)},
		{Name: "changed", Image: img(some), Set: shell(object{"TimeZone": str("Tokyo Standard Time")}, nil), After: is(strings.Replace(some, "UTC", "Tokyo Standard Time", 1))},
		{Name: "new", Image: img(some), Set: shell(object{"ShowWindowsLive": cty.False}, nil), After: is(some + "      <ShowWindowsLive>false</ShowWindowsLive>\n")},
		{Name: "other pass", Image: img(some), Set: shell(object{"ComputerName": str("*")}, object{"pass": str("specialize")})},
		{Name: "other arch", Image: img(some), Set: shell(object{"TimeZone": str("UTC")}, object{"arch": str("arm64")})},
		{Name: "other file", Image: img(some), Set: shell(object{"TimeZone": str("UTC")}, object{"path": str(`Windows\System32\Sysprep\unattend.xml`)}), After: is(some)},
		{Name: "same item", Image: img(some), Set: shell(account(object{"Name": str("admin")}), nil), Unchanged: true, After: is(some)},
		{Name: "item changed", Image: img(some), Set: shell(account(object{"Name": str("admin"), "Group": str("Users")}), nil),
			After: is(strings.Replace(some, "<Name>admin</Name>\n", "<Name>admin</Name>\n            <Group>Users</Group>\n", 1))},
		{Name: "other item", Image: img(some), Set: shell(account(object{"Name": str("bob")}), nil)},
		{Name: "removed", Image: img(some), Set: shell(object{"TimeZone": null()}, nil), After: is(strings.Replace(some, "      <TimeZone>UTC</TimeZone>\n", "", 1))},
		{Name: "removed, not there", Image: img(some), Set: shell(object{"ComputerName": null(), "OOBE": obj(object{"X": null()})}, nil), Unchanged: true, Keep: true, After: is(some)},
		{Name: "removed, no file", Set: shell(object{"ComputerName": null()}, nil), Unchanged: true, Keep: true, After: gone},
		{Name: "removed, the last", Image: img("      <TimeZone>UTC</TimeZone>\n"), Set: shell(object{"TimeZone": null()}, nil), Keep: true, After: gone},
		{Name: "secret", Image: img(some), Set: shell(nil, secrets(object{value: str("pässword")})), After: is(strings.Replace(some, "hunter2", "pässword", 1))},
		{Name: "same secret", Image: img(some), Set: shell(object{"TimeZone": str("UTC")}, secrets(object{value: str("hunter2")})), Unchanged: true, After: is(some)},
		{Name: "secret of a new item", Set: shell(account(object{"Name": str("admin"), "Password": obj(object{"PlainText": cty.True})}), secrets(object{value: str("x")}))},
		{Name: "secret removed", Image: img(some), Set: shell(nil, secrets(object{value: cty.NullVal(cty.String)})), After: is(strings.Replace(some, "              <Value>hunter2</Value>\n", "", 1))},
		{Name: "secret removed, not there", Image: img(""), Set: shell(nil, secrets(object{value: cty.NullVal(cty.String)})), Unchanged: true, Keep: true},
		{Name: "secret where elements are", Image: img(some), Set: shell(nil, secrets(object{"UserAccounts": str("x")}))},
		{Name: "attributes", Set: object{"pass": str("offlineServicing"), "component": str("Microsoft-Windows-PnpCustomizationsNonWinPE"), "arch": str("amd64"), "settings": obj(object{
			"DriverPaths": obj(object{"PathAndCredentials": seq(
				obj(object{"@wcm:keyValue": cty.NumberIntVal(2), "Path": str(`D:\b`)}), obj(object{"@wcm:keyValue": str("1"), "Path": str(`D:\a & b`)}))})})}},
		{Name: "texts", Set: object{"pass": str("specialize"), "component": str("Microsoft-Windows-DNS-Client"), "arch": str("arm64"),
			"settings": obj(object{"DNSSuffixSearchOrder": obj(object{"DomainName": cty.ListVal([]cty.Value{str("a.example"), str("b.example")})})})}},
		{Name: "absent", Image: img(some), Set: shell(object{"TimeZone": str("UTC")}, nil), Absent: true, After: gone},
		{Name: "absent, gone", Image: img(some), Set: shell(nil, object{"pass": str("specialize")}), Absent: true, Unchanged: true, After: is(some)},
		{Name: "absent, no file", Set: shell(nil, nil), Absent: true, Unchanged: true, After: gone},
	})
}

// file is an answer file of passes: each its start tag's attributes and what is in it.
func file(passes ...string) map[string][]byte {
	var b strings.Builder
	b.WriteString("<unattend xmlns=\"urn:schemas-microsoft-com:unattend\">\n")
	for i := 0; i < len(passes); i += 2 {
		b.WriteString("<settings " + passes[i] + ">\n" + passes[i+1] + "</settings>\n")
	}
	return map[string][]byte{defaultPath: []byte(b.String() + "</unattend>\n")}
}

func part(component, settings string) string {
	return `<component name="` + component + `" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">` + settings + "</component>\n"
}

// TestMended: what Windows skips or refuses is neither when something was set.
func TestMended(t *testing.T) {
	const other = "Microsoft-Windows-Deployment"
	flat := func(b []byte) string {
		return strings.Join(strings.Fields(strings.ReplaceAll(string(b), ">", "> ")), " ")
	}
	holds := func(want map[string][]byte) func(*testing.T, *providertest.Image) {
		return func(t *testing.T, m *providertest.Image) {
			t.Helper()
			if got, err := fs.ReadFile(m, defaultPath); err != nil || strings.ReplaceAll(flat(got), " <", "<") != strings.ReplaceAll(flat(want[defaultPath]), " <", "<") {
				t.Errorf("the file is\n%s, %v, want\n%s", got, err, want[defaultPath])
			}
		}
	}
	zone := shell(object{"TimeZone": str("UTC")}, nil)
	const pass = `pass="oobeSystem"`
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "processed", Image: file(pass+` wasPassProcessed="true"`, part(shellSetup, "<TimeZone>UTC</TimeZone>"), `pass="specialize" wasPassProcessed="true"`, ""), Set: zone,
			After: holds(file(pass, part(shellSetup, "<TimeZone>UTC</TimeZone>"), `pass="specialize" wasPassProcessed="true"`, ""))},
		{Name: "processed, only a secret is set", Image: file(pass+` wasPassProcessed='true'`, part(shellSetup, "<ProductKey>x</ProductKey>")), Set: shell(nil, secrets(object{"ProductKey": str("x")})),
			After: holds(file(pass, part(shellSetup, "<ProductKey>x</ProductKey>")))},
		{Name: "twice", Image: file(pass, part(shellSetup, "<A>1</A>")+part(shellSetup, "<TimeZone>UTC</TimeZone>")), Set: zone,
			After: holds(file(pass, part(shellSetup, "<A>1</A><TimeZone>UTC</TimeZone>")))},
		{Name: "twice, with other values", Image: file(pass, part(shellSetup, "<TimeZone>A</TimeZone>")+part(shellSetup, "<TimeZone>B</TimeZone>")), Set: zone,
			After: holds(file(pass, part(shellSetup, "<TimeZone>UTC</TimeZone>")))},
		{Name: "pass twice", Image: file(pass, part(shellSetup, "<A>1</A>"), pass, part(other, "<B>2</B>")), Set: zone,
			After: holds(file(pass, part(shellSetup, "<A>1</A><TimeZone>UTC</TimeZone>")+part(other, "<B>2</B>")))},
		{Name: "another component twice", Image: file(pass, part(shellSetup, "<A>1</A>")+part(other, "<B>2</B>")+part(other, "<C>3</C>")), Set: zone,
			After: holds(file(pass, part(shellSetup, "<A>1</A><TimeZone>UTC</TimeZone>")+part(other, "<B>2</B><C>3</C>")))},
	})
	twice := file(pass, part(shellSetup, "<A>1</A>")+part(shellSetup, "<A>2</A>"))
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "twice, with other values of another setting", Image: twice, Set: zone, Attr: "component", Says: "A of the component " + shellSetup + " in the pass oobeSystem is one thing on line 3 and another on line 4"},
		{Name: "no boolean", Set: shell(object{"OOBE": obj(object{"HideEULAPage": str("maybe")})}, nil), Attr: "settings", Says: `OOBE/HideEULAPage of the component Microsoft-Windows-Shell-Setup is true or false, not "maybe"`},
	})
}

// TestWarnings checks the warnings about an image and about other resources.
func TestWarnings(t *testing.T) {
	const early = "Windows/Panther/Unattend/Unattend.xml"
	answers := string(file(`pass="oobeSystem"`, part(shellSetup, "<A>1</A>"))[defaultPath])
	zone := object{"TimeZone": str("UTC")}
	by := func(name string, data []byte) []providers.Decided {
		return []providers.Decided{{Addr: dsl.Addr{Kind: "file", Name: "f"}, Claim: providers.ClaimFile(name), File: func(asked string) ([]byte, error) {
			if !strings.EqualFold(asked, name) {
				t.Errorf("asked for %s", asked)
			}
			return data, nil
		}}}
	}
	names := func(path string) providers.Decided {
		return providers.Decided{Addr: dsl.Addr{Kind: "registry", Name: "r"}, Claim: providers.ClaimValue(`HKLM\system\SETUP`, "unattendfile"), Value: func() (*image.Value, error) {
			return &image.Value{Name: "UnattendFile", Type: hive.RegExpandSZ, Data: nt.AppendUTF16(nil, path+"\x00")}, nil
		}}
	}
	noMore := providers.Decided{Addr: dsl.Addr{Kind: "registry", Name: "r"}, Claim: providers.ClaimKeyTree(`HKLM\SYSTEM\Setup`), Absent: true}
	other := dsl.Addr{Kind: "file", Name: "f"}
	gone := providers.Decided{Addr: other, Claim: providers.ClaimFile(early), Absent: true}
	named := func(path string) map[string][]byte {
		return regimage.Hives(t, "[HKLM\\SYSTEM\\Setup]\n\"UnattendFile\"=\""+strings.ReplaceAll(path, `\`, `\\`)+"\"\n")
	}
	with := func(images ...map[string][]byte) map[string][]byte {
		all := map[string][]byte{}
		for _, m := range images {
			maps.Copy(all, m)
		}
		return all
	}
	for _, tt := range []struct {
		name   string
		image  map[string][]byte
		set    object
		others []providers.Decided
		says   []string
	}{
		{"nothing", nil, shell(zone, nil), nil, nil},
		{"processed", file(`pass="oobeSystem" wasPassProcessed="true"`, part("Microsoft-Windows-Deployment", "")), shell(zone, nil), nil, []string{"the pass oobeSystem is marked as processed (wasPassProcessed), so Windows would skip it. The mark is removed, and Windows carries out the pass again. That goes for all else in the pass, too: Microsoft-Windows-Deployment."}},
		{"another pass processed", file(`pass="specialize" wasPassProcessed="true"`, ""), shell(zone, nil), nil, nil},
		{"twice", file(`pass="specialize"`, part("A", "")+part("A", "")), shell(zone, nil), nil, []string{"holds more than once: the component A (amd64) of the pass specialize on the lines 3 and 4"}},
		{"earlier", map[string][]byte{early: []byte(answers)}, shell(zone, nil), nil, []string{"For the pass oobeSystem, Windows takes " + early + ", which comes before " + defaultPath}},
		{"earlier, another pass", map[string][]byte{early: []byte(answers)}, shell(zone, object{"pass": str("specialize")}), nil, nil},
		{"earlier, processed", map[string][]byte{early: []byte(strings.Replace(answers, `"oobeSystem"`, `"oobeSystem" wasPassProcessed="true"`, 1))}, shell(zone, nil), nil, nil},
		{"earlier, removed", map[string][]byte{early: []byte(answers)}, shell(zone, nil), []providers.Decided{gone}, nil},
		{"earlier, no XML", map[string][]byte{early: []byte("<a")}, shell(zone, nil), nil, nil},
		{"later", map[string][]byte{"Windows/System32/Sysprep/unattend.xml": []byte(answers), "autounattend.xml": []byte(answers)}, shell(zone, nil), nil, nil},
		{"the later one", map[string][]byte{defaultPath: []byte(answers)}, shell(zone, object{"path": str("Windows/System32/Sysprep/unattend.xml")}), nil, []string{"Windows takes " + defaultPath}},
		{"earlier, by another resource", nil, shell(zone, nil), []providers.Decided{{Addr: dsl.Addr{Kind: "unattend", Name: "x"}, Claim: providers.ClaimPart(providers.ClaimFile(early), "oobeSystem/A/amd64")}}, []string{"into which unattend.x writes"}},
		{"another pass, by another resource", nil, shell(zone, nil), []providers.Decided{{Claim: providers.ClaimPart(providers.ClaimFile(early), "specialize/A/amd64")}}, nil},
		{"earlier, by a file", nil, shell(zone, nil), by(strings.ToUpper(early), []byte(answers)), []string{"Windows takes " + early + ", into which file.f writes and which comes before " + defaultPath + ". Set one path"}},
		{"earlier, by a file in place of another", map[string][]byte{early: []byte("<a")}, shell(zone, nil), by(early, []byte(answers)), []string{"into which file.f writes"}},
		{"earlier, by a file for another pass", map[string][]byte{early: []byte(answers)}, shell(zone, object{"pass": str("specialize")}), by(early, []byte(answers)), nil},
		{"earlier, its pass taken out by a file", map[string][]byte{early: []byte(answers)}, shell(zone, nil), by(early, []byte(strings.Replace(answers, "oobeSystem", "specialize", 1))), nil},
		{"later, by a file", nil, shell(zone, nil), by("Windows/System32/Sysprep/unattend.xml", []byte(answers)), nil},
		{"by a file that the registry does not name", nil, shell(zone, nil), by("x.xml", []byte(answers)), nil},
		{"by a file that the registry names", named(`C:\x.xml`), shell(zone, nil), by("x.xml", []byte(answers)), []string{"Windows takes x.xml, into which file.f writes"}},
		{"named by another resource", map[string][]byte{"Windows/x.xml": []byte(answers)}, shell(zone, nil), []providers.Decided{names(`%SystemRoot%\x.xml`)}, []string{`Windows takes Windows/x.xml, which registry.r makes the value UnattendFile of HKLM\SYSTEM\Setup name and which comes before ` + defaultPath}},
		{"named and written by other resources", nil, shell(zone, nil), append(by("x.xml", []byte(answers)), names(`C:\x.xml`)), []string{"into which file.f writes and which registry.r makes"}},
		{"named by another resource, and written by one of this kind", nil, shell(zone, nil), []providers.Decided{names(`C:\x.xml`), {Addr: dsl.Addr{Kind: "unattend", Name: "x"}, Claim: providers.ClaimPart(providers.ClaimFile("X.XML"), "oobeSystem/A/amd64")}}, []string{"into which unattend.x writes and which registry.r makes"}},
		{"named by another resource, and meant", nil, shell(zone, object{"path": str("x.xml")}), []providers.Decided{names(`C:\x.xml`)}, nil},
		{"named by another resource and not there", nil, shell(zone, nil), []providers.Decided{names(`C:\x.xml`)}, nil},
		{"named in the registry, and by another resource", with(named(`C:\x.xml`), map[string][]byte{"x.xml": []byte(answers)}), shell(zone, nil), []providers.Decided{names(`C:\y.xml`)}, nil},
		{"named in a key that goes", with(named(`C:\x.xml`), map[string][]byte{"x.xml": []byte(answers)}), shell(zone, nil), []providers.Decided{noMore}, nil},
		{"named in the registry, and removed", with(named(`C:\x.xml`), map[string][]byte{"x.xml": []byte(answers)}), shell(zone, nil), []providers.Decided{{Addr: other, Claim: providers.ClaimFile("x.xml"), Absent: true}}, nil},
		{"named in the registry", with(named(`%SystemRoot%\x.xml`), map[string][]byte{"Windows/x.xml": []byte(answers)}), shell(zone, nil), nil, []string{"Windows takes Windows/x.xml"}},
		{"named in the registry, and meant", with(named(`C:\x.xml`), map[string][]byte{"x.xml": []byte(answers)}), shell(zone, object{"path": str("x.xml")}), nil, nil},
		{"named in the registry and not there", named(`A:\x.xml`), shell(zone, nil), nil, nil},
		{"for setup", nil, object{"pass": str("windowsPE"), "component": str("Microsoft-Windows-Setup"), "arch": str("amd64"), "settings": obj(object{"EnableNetwork": cty.True})}, nil, []string{"does not look into " + defaultPath + " for the pass windowsPE", "sources/Autounattend.xml"}},
		{"for setup, in Windows PE", nil, object{"pass": str("windowsPE"), "component": str("Microsoft-Windows-Setup"), "arch": str("amd64"), "path": str("autounattend.xml"), "settings": obj(object{"EnableNetwork": cty.True})}, nil, nil},
		{"other name", nil, shell(zone, object{"path": str("Windows/Panther/unatend.xml")}), nil, []string{"Windows does not look for an answer file at Windows/Panther/unatend.xml"}},
		{"other folder", nil, shell(zone, object{"path": str("Deploy/unattend.xml")}), nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := Provider()
			m := providertest.NewImage(t, tt.image, false)
			list, err := p.Warn(t.Context(), m, providers.Around{Others: tt.others}, providertest.Value(t, p, tt.set), false)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			for _, w := range list {
				text.WriteString(w.Error() + "\n")
			}
			if (len(list) > 0) != (len(tt.says) > 0) {
				t.Errorf("warnings: %s", text.String())
			}
			for _, says := range tt.says {
				if !strings.Contains(text.String(), says) {
					t.Errorf("warnings\n%slack %q", text.String(), says)
				}
			}
			if list, err := p.Warn(t.Context(), m, providers.Around{}, providertest.Value(t, p, tt.set), true); err != nil || len(list) > 0 {
				t.Errorf("of one to be removed: %v, %v", list, err)
			}
		})
	}
}

// TestDecomposed: the path of a configuration is composed; a file that is there is
// changed as it is called.
func TestDecomposed(t *testing.T) {
	const composed, decomposed = "Deploy/\u00c4.xml", "Deploy/A\u0308.xml"
	image := map[string][]byte{decomposed: file(`pass="oobeSystem"`, part(shellSetup, "<TimeZone>UTC</TimeZone>"))[defaultPath]}
	at := object{"path": str(composed)}
	one := func(t *testing.T, m *providertest.Image) {
		if list, err := m.ReadDir("Deploy"); err != nil || len(list) != 1 || list[0].Name() != "A\u0308.xml" {
			t.Errorf("there is %v, %v", list, err)
		}
	}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "there", Image: image, Set: shell(object{"TimeZone": str("UTC")}, at), Unchanged: true},
		{Name: "changed", Image: image, Set: shell(object{"TimeZone": str("GMT Standard Time")}, at), After: one},
	})
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "two", Image: map[string][]byte{"o\u0308\u0323": nil, "o\u0323\u0308": nil}, Set: shell(object{"TimeZone": str("UTC")}, object{"path": str("\u1ecd\u0308")}), Attr: "path", Says: "may be either"},
	})
}

func TestRefusals(t *testing.T) {
	set := func(name string, v cty.Value) object { return shell(object{name: v}, nil) }
	computer := func(name string) object {
		return shell(object{"ComputerName": str(name)}, object{"pass": str("specialize")})
	}
	password := obj(object{"Value": str("x")})
	secret := func(path string) object {
		return shell(object{"AutoLogon": obj(object{"Enabled": cty.True}), "L": seq(obj(object{"Name": str("a")}))}, secrets(object{path: str("x")}))
	}
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "nothing", Set: shell(nil, nil), Says: "neither"},
		{Name: "empty", Set: shell(object{}, nil), Attr: "settings", Says: "nothing in"},
		{Name: "text", Set: shell(nil, object{"settings": str("x")}), Attr: "settings", Says: "an object"},
		{Name: "folder", Set: shell(nil, object{"path": str("Windows/")}), Attr: "path", Says: "a folder"},
		{Name: "up", Set: shell(nil, object{"path": str("../x")}), Attr: "path", Says: "no name"},
		{Name: "no component", Set: shell(nil, object{"component": str("a b")}), Attr: "component", Says: "no name of a component"},
		{Name: "long computer name", Set: computer("sixteen-letters-"), Attr: "settings", Says: "15 bytes"},
		{Name: "computer name with blank", Set: computer("my pc"), Attr: "settings", Says: "holds a character"},
		{Name: "computer name of digits", Set: computer("12345"), Attr: "settings", Says: "digits alone"},
		{Name: "element with blank", Set: set("a b", str("x")), Attr: "settings", Says: "not the name of an element"},
		{Name: "attribute of a component", Set: set("@x", str("x")), Attr: "settings", Says: "only elements"},
		{Name: "text and elements", Set: set("A", obj(object{"#text": str("x"), "B": str("y")})), Attr: "settings", Says: "A has both"},
		{Name: "attribute with elements", Set: set("A", obj(object{"@x": password})), Attr: "settings", Says: "A/@x must be text"},
		{Name: "control character", Set: set("A", str("\x01")), Attr: "settings", Says: "U+0001"},
		{Name: "mixed list", Set: set("A", seq(str("x"), obj(object{"B": str("y")}))), Attr: "settings", Says: "both texts and objects"},
		{Name: "list in a list", Set: set("A", seq(seq(str("x")))), Attr: "settings", Says: "A[0]"},
		{Name: "item twice", Set: set("A", seq(obj(object{"Order": str("1")}), obj(object{"Order": cty.NumberIntVal(1)}))), Attr: "settings", Says: `two items with Order = "1"`},
		{Name: "password", Set: set("AutoLogon", obj(object{"Password": password})), Says: `"AutoLogon/Password/Value"`},
		{Name: "password in a list", Set: set("A", seq(obj(object{"Name": str("n"), "Password": password}))), Says: `"A[Name=n]/Password/Value"`},
		{Name: "product key", Set: set("ProductKey", str("x")), Says: `"ProductKey"`},
		{Name: "product key of setup", Set: set("UserData", obj(object{"ProductKey": obj(object{"Key": str("x")})})), Says: `"UserData/ProductKey/Key"`},
		{Name: "bad path", Set: secret("A["), Attr: "secrets", Says: "brackets"},
		{Name: "path to a setting", Set: secret("AutoLogon/Enabled"), Attr: "secrets", Says: "settings decides"},
		{Name: "path to an element with elements", Set: secret("AutoLogon"), Attr: "secrets", Says: "has elements"},
		{Name: "path to no item", Set: secret("L[Name=b]/Password"), Attr: "secrets", Says: "no such item"},
		{Name: "path below a path", Set: shell(nil, secrets(object{"A": str("x"), "A/B": str("y")})), Attr: "secrets", Says: "which has text"},
		{Name: "control character in a secret", Set: shell(nil, secrets(object{"A": str("\x02")})), Attr: "secrets", Says: "U+0002"},
		{Name: "no answer file", Image: map[string][]byte{defaultPath: []byte("<a/>")}, Set: set("A", str("x")), Attr: "path", Says: "not an answer file"},
		{Name: "folder in the image", Image: map[string][]byte{defaultPath + "/x": nil}, Set: set("A", str("x")), Attr: "path", Says: "is a folder"},
		{Name: "architecture unknown", Set: object{"pass": str("specialize"), "component": str(shellSetup), "settings": obj(object{"A": str("x")})}, Attr: "arch", Says: "Set arch"},
		{Name: "no such time zone", Image: zones(t), Set: set("TimeZone", str("W. Europa Standard Time")), Attr: "settings", Says: `Did you mean "W. Europe Standard Time"`},
		{Name: "no such time zone, nothing near", Image: zones(t), Set: set("TimeZone", str("Europe/Berlin")), Attr: "settings", Says: "no time zone"},
	})
}

func zones(t *testing.T) map[string][]byte {
	t.Helper()
	h := hive.New(hive.NewOptions{})
	for _, zone := range []string{"UTC", "W. Europe Standard Time"} {
		if _, err := h.Root().CreateSubkey(`Microsoft\Windows NT\CurrentVersion\Time Zones\`+zone, nt.TimeOf(time.Unix(1e9, 0))); err != nil {
			t.Fatal(err)
		}
	}
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"Windows/System32/config/SOFTWARE": data}
}

func TestTimeZone(t *testing.T) {
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "known", Image: zones(t), Set: shell(object{"TimeZone": str("w. europe standard time_dstoff")}, nil)},
		{Name: "other component", Image: zones(t), Set: object{"pass": str("specialize"), "component": str("X"), "arch": str("x86"), "settings": obj(object{"TimeZone": str("x")})}},
	})
}

// TestHidden: what the image holds of passwords is not among the settings read.
func TestHidden(t *testing.T) {
	p := Provider()
	for name, settings := range map[string]object{
		"other items": {"UserAccounts": obj(object{"LocalAccounts": obj(object{"LocalAccount": seq(obj(object{"Name": str("x")}))})})},
		"removed":     {"UserAccounts": null()},
		"leaf":        {"UserAccounts": obj(object{"LocalAccounts": obj(object{"LocalAccount": obj(object{"Password": obj(object{"Value": null()})})})})},
		"other form":  {"UserAccounts": str("x")},
	} {
		want, err := p.Checked(providertest.Value(t, p, shell(settings, nil)), false)
		if err != nil {
			t.Fatal(err)
		}
		have, err := p.Found(t.Context(), providertest.NewImage(t, img(some), false), want)
		if text := have.GoString(); err != nil || strings.Contains(text, "hunter2") || !strings.Contains(text, hidden) {
			t.Errorf("%s: read %v, %s", name, err, text)
		}
	}
	all, err := p.List(t.Context(), providertest.NewImage(t, img(some), false))
	if err != nil || len(all) != 1 || strings.Contains(all[0].GoString(), "hunter2") || !strings.Contains(all[0].GoString(), hidden) {
		t.Errorf("listed %#v, %v", all, err)
	}
}

func TestConflicts(t *testing.T) {
	claimsOf := func(set object) []providers.Claim {
		p := Provider()
		want, err := p.Checked(providertest.Value(t, p, set), false)
		if err != nil {
			t.Fatal(err)
		}
		return p.Claims(want, false)
	}
	base := shell(object{"A": str("x")}, nil)
	anyArch := maps.Clone(base)
	delete(anyArch, "arch")
	with := func(name, value string) []providers.Claim {
		return claimsOf(shell(object{"B": str("y")}, object{name: str(value)}))
	}
	for name, tt := range map[string]struct {
		claims []providers.Claim
		want   bool
	}{
		"itself":          {claimsOf(base), true},
		"same file":       {with("path", `windows\panther\UNATTEND.xml`), true},
		"any arch":        {claimsOf(anyArch), true},
		"other arch":      {with("arch", "x86"), false},
		"other pass":      {with("pass", "specialize"), false},
		"other component": {with("component", "Microsoft-Windows-Setup"), false},
		"other file":      {with("path", "unattend.xml"), false},
		"file":            {[]providers.Claim{providers.ClaimFile("windows/panther/unattend.xml")}, true},
		"folder":          {[]providers.Claim{providers.ClaimFileTree("windows/panther")}, true},
		"folder itself":   {[]providers.Claim{providers.ClaimFile("windows/panther")}, false},
	} {
		var held providers.Claims[int]
		for _, c := range claimsOf(base) {
			held.Add(c, 1)
		}
		found := false
		for _, c := range tt.claims {
			_, _, hit := held.Conflict(c)
			found = found || hit
		}
		if found != tt.want {
			t.Errorf("%s: conflict %v", name, found)
		}
	}
}

// TestReal merges into answer files of other projects.
func TestReal(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(testenv.Shared(t, "unattend/packer-windows_10.xml")), "*.xml"))
	if err != nil || len(files) < 36 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		image := map[string][]byte{defaultPath: data}
		providertest.Run(t, Provider(), []providertest.Case{
			{Name: filepath.Base(name) + "/setting", Image: image, Set: shell(object{"GildTest": str("x")}, nil)},
			{Name: filepath.Base(name) + "/list", Image: image, Set: shell(object{
				"FirstLogonCommands": obj(object{"SynchronousCommand": seq(
					obj(object{"Order": cty.NumberIntVal(2), "CommandLine": str("b.cmd")}), obj(object{"Order": cty.NumberIntVal(1), "CommandLine": str("a.cmd")}))}),
			}, secrets(object{"AutoLogon/Password/Value": str("gild")}))},
		})
	}
}
