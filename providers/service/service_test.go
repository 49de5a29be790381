package service

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

const system = "Windows/System32/config/SYSTEM"

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func strs(ss ...string) cty.Value {
	if len(ss) == 0 {
		return cty.EmptyTupleVal
	}
	var vs []cty.Value
	for _, s := range ss {
		vs = append(vs, str(s))
	}
	return cty.TupleVal(vs)
}

// small is an image with a few services.
func small(t *testing.T) map[string][]byte {
	t.Helper()
	h := hive.New(hive.NewOptions{})
	at := nt.TimeOf(time.Unix(1e9, 0))
	set := func(path, name string, typ hive.ValueType, data []byte) {
		t.Helper()
		k, err := h.Root().CreateSubkey(path, at)
		if err == nil {
			err = k.Set(name, typ, data, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	dword := func(path, name string, n uint32) { set(path, name, hive.RegDword, hive.EncodeUint32(n)) }
	const all = `ControlSet003\Services\`
	dword("Select", "Current", 3)
	dword(all+"Auto", "Type", 0x10)
	dword(all+"Auto", "Start", 2)
	set(all+"Auto", "ObjectName", hive.RegSZ, hive.EncodeString("LocalSystem"))
	dword(all+"Delayed", "Type", 0x110)
	dword(all+"Delayed", "Start", 2)
	dword(all+"Delayed", "DelayedAutostart", 1)
	dword(all+"Disk", "Type", 1)
	dword(all+"Disk", "Start", 0)
	set(all+`Counters\Performance`, "Library", hive.RegSZ, hive.EncodeString("x.dll"))
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{system: data}
}

func full() object {
	return object{
		"name": str("GildAgent"), "start": str("delayed_auto"),
		"binary_path":  str(`"C:\Program Files\Agent\agent.exe" --service`),
		"display_name": str("Agent"), "description": str("Ägent für alles"),
		"account": str(`NT AUTHORITY\LocalService`), "group": str("Network"),
		"depends_on_services": strs("Tcpip", "Dnscache"), "depends_on_groups": strs("TDI"),
		"required_privileges": strs("SeChangeNotifyPrivilege"),
	}
}

func only(name string, more object) object {
	o := object{"name": str(name)}
	maps.Copy(o, more)
	return o
}

func TestSuite(t *testing.T) {
	img := small(t)
	start := func(s string) object { return object{"start": str(s)} }
	cases := []providertest.Case{
		{Name: "disabled", Set: only("auto", start("disabled"))},
		{Name: "same", Set: only("AUTO", start("auto")), Unchanged: true},
		{Name: "delayed", Set: only("Auto", start("delayed_auto"))},
		{Name: "delayed already", Set: only("Delayed", start("delayed_auto")), Unchanged: true},
		{Name: "delayed no more", Set: only("Delayed", start("auto"))},
		{Name: "type of another kind", Set: only("Delayed", object{"type": str("own_process")})},
		{Name: "driver", Set: only("disk", start("system"))},
		{Name: "description alone", Set: only("auto", object{"description": str("text")})},
		{Name: "nothing in the lists", Set: only("auto", object{"description": str(""), "group": str(""), "depends_on_services": strs(), "required_privileges": strs()}), Unchanged: true},
		{Name: "new", Set: full()},
		{Name: "new driver", Set: only("gilddrv", object{"start": str("boot"), "type": str("kernel_driver"), "binary_path": str(`System32\drivers\gild.sys`), "error_control": str("critical")})},
		{Name: "made of other things", Set: only("counters", object{"start": str("manual"), "binary_path": str(`c:\x.exe`)})},
		{Name: "absent", Set: only("DELAYED", nil), Absent: true},
		{Name: "absent, gone", Set: only("nothing", nil), Absent: true, Unchanged: true},
		{Name: "absent, with arguments", Set: full(), Absent: true, Unchanged: true},
	}
	for i := range cases {
		cases[i].Image = img
	}
	cases = append(cases, providertest.Case{Name: "no hive", Set: only("x", nil), Absent: true, Unchanged: true})
	providertest.Run(t, Provider(), cases)
}

func TestRefusals(t *testing.T) {
	img := small(t)
	refusals := []providertest.Refusal{
		{Name: "no such service", Set: only("nothing", object{"start": str("auto")}), Attr: "name", Says: "binary_path"},
		{Name: "no service", Set: only("Counters", object{"start": str("auto")}), Attr: "name", Says: "no service"},
		{Name: "nothing to set", Set: only("Auto", nil), Says: "start"},
		{Name: "no start", Set: only("x", object{"binary_path": str("x.exe")}), Says: `"start"`},
		{Name: "no program", Set: only("x", object{"binary_path": str(" "), "start": str("auto")}), Attr: "binary_path", Says: "empty"},
		{Name: "boot of a service", Set: only("Auto", object{"start": str("boot")}), Attr: "start", Says: "own_process"},
		{Name: "boot of a new service", Set: only("x", object{"binary_path": str("x.exe"), "start": str("system")}), Attr: "start", Says: "own_process"},
		{Name: "delayed driver", Set: only("Disk", object{"start": str("delayed_auto")}), Attr: "start", Says: "kernel_driver"},
		{Name: "account of a driver", Set: only("Disk", object{"type": str("kernel_driver"), "account": str("LocalSystem")}), Attr: "account", Says: "kernel"},
		{Name: "no account", Set: only("Auto", object{"account": str("")}), Attr: "account", Says: "LocalSystem"},
		{Name: "path as name", Set: only(`a\b`, object{"start": str("auto")}), Attr: "name", Says: "backslash"},
		{Name: "no name", Set: only("", nil), Absent: true, Attr: "name", Says: "256"},
		{Name: "empty string in list", Set: only("Auto", object{"depends_on_groups": strs("a", "")}), Attr: "depends_on_groups", Says: "empty"},
		{Name: "itself", Set: only("Auto", object{"depends_on_services": strs("AUTO")}), Attr: "depends_on_services", Says: "itself"},
	}
	for i := range refusals {
		refusals[i].Image = img
	}
	providertest.Refuse(t, Provider(), refusals)
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, small(t), false))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		got = append(got, v.GetAttr("name").AsString()+" "+v.GetAttr("start").AsString()+" "+v.GetAttr("type").AsString())
	}
	if want := []string{"Auto auto own_process", "Delayed delayed_auto 0x110", "Disk boot kernel_driver"}; !slices.Equal(got, want) {
		t.Errorf("services %q, want %q", got, want)
	}
	if all, err := Provider().List(t.Context(), providertest.NewImage(t, nil, false)); err != nil || len(all) != 0 {
		t.Errorf("services without a hive: %v, %v", all, err)
	}
}

func TestClaims(t *testing.T) {
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, only("Auto", object{"start": str("disabled")})), false)
	if err != nil {
		t.Fatal(err)
	}
	claims := p.Claims(want, false)
	var held providers.Claims[string]
	for _, c := range claims {
		held.Add(c, "service")
	}
	for _, other := range []providers.Claim{
		providers.ClaimValue("HKLM/SYSTEM/ControlSet001/services/auto", "start"),
		providers.ClaimKeyTree("HKLM/SYSTEM/CurrentControlSet/Services"),
		providers.ClaimKey("HKLM/SYSTEM/CurrentControlSet/Services/Auto"),
	} {
		if _, _, found := held.Conflict(other); !found {
			t.Errorf("%q does not conflict with %q", claims, other)
		}
	}
	free := providers.ClaimValue("HKLM/SYSTEM/CurrentControlSet/Services/Auto", "FailureActions")
	if _, _, found := held.Conflict(free); found {
		t.Errorf("%q conflicts with %q", claims, free)
	}
}

// TestRealHives changes services of hives that Windows wrote, and has an
// independent program look at the result.
func TestRealHives(t *testing.T) {
	for _, name := range []string{"SYSTEM", "SYSTEM_WIN_10_1709"} {
		img := map[string][]byte{system: testenv.ReadShared(t, "hives/regipy/"+name+".xz")}
		all, err := Provider().List(t.Context(), providertest.NewImage(t, img, false))
		if err != nil || len(all) < 300 {
			t.Errorf("%s: %d services, %v", name, len(all), err)
		}
		providertest.Run(t, Provider(), []providertest.Case{
			{Name: name + "/delayed to disabled", Image: img, Set: only("WSearch", object{"start": str("disabled")}),
				After: func(t *testing.T, m *providertest.Image) {
					got := values(t, m, "WSearch")
					if got["Start"] != "dword:00000004" || got["DelayedAutostart"] != "" {
						t.Errorf("hivexsh sees %v", got)
					}
				}},
			{Name: name + "/new", Image: img, Set: full(),
				After: func(t *testing.T, m *providertest.Image) {
					want := map[string]string{
						"Type": "dword:00000010", "Start": "dword:00000002", "DelayedAutostart": "dword:00000001", "ErrorControl": "dword:00000001",
						"DisplayName": `"Agent"`, "ObjectName": `"NT AUTHORITY\\LocalService"`, "Group": `"Network"`,
						"ImagePath":       `str(2):"\"C:\\Program Files\\Agent\\agent.exe\" --service"`,
						"DependOnService": multi("Tcpip\x00Dnscache\x00\x00"),
						"DependOnGroup":   multi("TDI\x00\x00"), "Description": `"Ägent für alles"`,
						"RequiredPrivileges": multi("SeChangeNotifyPrivilege\x00\x00"),
					}
					if got := values(t, m, "GildAgent"); !maps.Equal(got, want) {
						t.Errorf("hivexsh sees\n%v, want\n%v", got, want)
					}
				}},
			{Name: name + "/absent", Image: img, Absent: true, Set: only("wsearch", nil)},
		})
	}
}

// multi is how hivexsh shows a list.
func multi(text string) string {
	return "hex(7):" + strings.ReplaceAll(fmt.Sprintf("% x", nt.AppendUTF16(nil, text)), " ", ",")
}

// values returns what hivexsh says of a service.
func values(t *testing.T, m *providertest.Image, service string) map[string]string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(`cd \ControlSet001\Services\`+service+"\nlsval\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(testenv.Run(t, "hivexsh", "-f", script, m.Save(t, system))) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		found[strings.Trim(name, `"`)] = value
	}
	return found
}
