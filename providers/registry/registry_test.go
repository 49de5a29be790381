package registry

import (
	"os"
	"path/filepath"
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

const (
	system   = "Windows/System32/config/SYSTEM"
	software = "Windows/System32/config/SOFTWARE"
	ntuser   = "Users/Default/NTUSER.DAT"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }
func num(n uint64) cty.Value { return cty.NumberUIntVal(n) }
func list(ss ...string) cty.Value {
	var vs []cty.Value
	for _, s := range ss {
		vs = append(vs, str(s))
	}
	return cty.TupleVal(vs) // as a list in a configuration comes
}

// image with a SOFTWARE hive that holds some values.
func small(t *testing.T) map[string][]byte {
	t.Helper()
	h := hive.New(hive.NewOptions{})
	at := nt.TimeOf(time.Unix(1e9, 0))
	k, err := h.Root().CreateSubkey(`Old\Key\Deep`, at)
	if err != nil {
		t.Fatal(err)
	}
	k = k.Parent()
	for _, v := range []hive.Value{
		{Name: "", Type: hive.RegSZ, Data: hive.EncodeString("default")},
		{Name: "Text", Type: hive.RegSZ, Data: hive.EncodeString("text")},
		{Name: "Padded", Type: hive.RegSZ, Data: append(hive.EncodeString("text"), 0, 0, 0, 0)},
		{Name: "Bare", Type: hive.RegSZ, Data: nt.AppendUTF16(nil, "text")},
		{Name: "Split", Type: hive.RegSZ, Data: hive.EncodeString("text\x00more")},
		{Name: "Odd", Type: hive.RegSZ, Data: []byte("abc")},
		{Name: "Number", Type: hive.RegDword, Data: hive.EncodeUint32(7)},
		{Name: "Short", Type: hive.RegDword, Data: []byte{7, 0}},
		{Name: "Strange", Type: 0x1234, Data: []byte{1, 2}},
	} {
		if err := k.Set(v.Name, v.Type, v.Data, at); err != nil {
			t.Fatal(err)
		}
	}
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{software: data}
}

func TestSuite(t *testing.T) {
	img := small(t)
	const key = "HKLM/SOFTWARE/Old/Key"
	set := func(key, name, typ string, value cty.Value) object {
		o := object{"key": str(key), "name": str(name)}
		if typ != "" {
			o["type"] = str(typ)
		}
		if value != cty.NilVal {
			o["value"] = value
		}
		return o
	}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "new string", Image: img, Set: set("HKLM/SOFTWARE/New/Deep", "x", "", str("Grüße 🎉"))},
		{Name: "backslashes", Image: img, Set: set(`HKEY_LOCAL_MACHINE\software\new\text/html`, "x", "", str(`C:\x`))},
		{Name: "default value", Image: img, Set: set(key, "", "", str("other"))},
		{Name: "same", Image: img, Set: set(key, "text", "sz", str("text")), Unchanged: true},
		{Name: "same, other case", Image: img, Set: set(key, "text", "sz", str("Text"))},
		{Name: "same, other type", Image: img, Set: set(key, "text", "expand_sz", str("text"))},
		{Name: "padded with NULs", Image: img, Set: set(key, "padded", "", str("text")), Unchanged: true},
		{Name: "without a NUL", Image: img, Set: set(key, "bare", "", str("text")), Unchanged: true},
		{Name: "text behind a NUL", Image: img, Set: set(key, "split", "", str("text"))},
		{Name: "odd text", Image: img, Set: set(key, "odd", "", str("61 62 63"))},
		{Name: "empty string", Image: img, Set: set(key, "e", "", str(""))},
		{Name: "number", Image: img, Set: set(key, "number", "", num(7)), Unchanged: true},
		{Name: "number as string", Image: img, Set: set(key, "number", "dword", str("0x07")), Unchanged: true},
		{Name: "largest dword", Image: img, Set: set(key, "n", "dword", num(0xffffffff))},
		{Name: "short dword", Image: img, Set: set(key, "short", "", num(7))},
		{Name: "largest qword", Image: img, Set: set(key, "n", "qword", num(1<<64-1))},
		{Name: "largest qword as string", Image: img, Set: set(key, "n", "qword", str("0xFFFFFFFFFFFFFFFF"))},
		{Name: "big endian", Image: img, Set: set(key, "n", "dword_big_endian", num(0x01020304))},
		{Name: "list", Image: img, Set: set(key, "l", "", list("a", "b c"))},
		{Name: "empty list", Image: img, Set: set(key, "l", "multi_sz", list())},
		{Name: "binary", Image: img, Set: set(key, "b", "binary", str("DE,AD be\nef01"))},
		{Name: "empty binary", Image: img, Set: set(key, "b", "binary", str(""))},
		{Name: "none", Image: img, Set: set(key, "b", "none", cty.NilVal)},
		{Name: "strange type", Image: img, Set: set(key, "strange", "binary", str("01 02"))},
		{Name: "link", Image: img, Set: set(key, "k", "link", str(`\Registry\Machine\SOFTWARE\x`))},
		{Name: "key", Image: img, Set: object{"key": str("HKCR/.new")}},
		{Name: "key that is there", Image: img, Set: object{"key": str(key)}, Unchanged: true},
		{Name: "absent value", Image: img, Set: set(key, "TEXT", "", str("whatever")), Absent: true},
		{Name: "absent default value", Image: img, Set: set(key, "", "", cty.NilVal), Absent: true},
		{Name: "absent key", Image: img, Set: object{"key": str(key)}, Absent: true},
		{Name: "absent value, gone", Image: img, Set: set(key, "nothing", "", cty.NilVal), Absent: true, Unchanged: true},
		{Name: "absent value of no key", Image: img, Set: set(key+"/no", "nothing", "", cty.NilVal), Absent: true, Unchanged: true},
		{Name: "absent key, gone", Image: img, Set: object{"key": str(key + "/no/such")}, Absent: true, Unchanged: true},
		{Name: "absent key of no hive", Image: img, Set: object{"key": str("HKLM/COMPONENTS/x")}, Absent: true, Unchanged: true},
	})
}

// oldNTUser is an image with a hive of the version that NTUSER.DAT has.
func oldNTUser(t *testing.T) map[string][]byte {
	data, err := hive.New(hive.NewOptions{Minor: 3}).Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{ntuser: data}
}

func TestRefusals(t *testing.T) {
	const key = "HKLM/SOFTWARE/x"
	of := func(typ string, v cty.Value) object {
		o := object{"key": str(key), "name": str("x"), "value": v}
		if typ != "" {
			o["type"] = str(typ)
		}
		return o
	}
	secret := "0102 03x geheim"
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "current user", Set: object{"key": str(`HKCU\Software`)}, Attr: "key", Says: "HKU/Default"},
		{Name: "no hive", Set: object{"key": str("HKLM/HARDWARE/x")}, Attr: "key", Says: "hives"},
		{Name: "REG_DWORD", Set: of("REG_DWORD", num(1)), Attr: "type", Says: `"dword"`},
		{Name: "unknown type", Set: of("number", num(1)), Attr: "type", Says: "qword"},
		{Name: "true", Set: of("", cty.True), Attr: "value", Says: "1 or 0"},
		{Name: "object", Set: of("", cty.EmptyObjectVal), Attr: "value", Says: "an object"},
		{Name: "no value", Set: object{"key": str(key), "name": str("x")}, Attr: "name", Says: `"value"`},
		{Name: "type alone", Set: object{"key": str(key), "name": str("x"), "type": str("sz")}, Attr: "value", Says: `"value"`},
		{Name: "no name", Set: object{"key": str(key), "value": num(1)}, Attr: "value", Says: `name = ""`},
		{Name: "no name, type", Set: object{"key": str(key), "type": str("sz")}, Attr: "type", Says: `name = ""`},
		{Name: "dword too large", Set: of("", num(1<<32)), Attr: "value", Says: "4294967295"},
		{Name: "huge", Set: of("qword", cty.MustParseNumberVal("1e99999999")), Attr: "value", Says: "18446744073709551615"},
		{Name: "negative", Set: of("dword", cty.NumberIntVal(-1)), Attr: "value", Says: "0xffffffff"},
		{Name: "half", Set: of("dword", cty.NumberFloatVal(0.5)), Attr: "value", Says: "whole number"},
		{Name: "no number", Set: of("qword", str("0x")), Attr: "value", Says: "whole number"},
		{Name: "number as text", Set: of("sz", num(1)), Attr: "value", Says: "must be a string, not a number"},
		{Name: "NUL", Set: of("sz", str("a\x00b")), Attr: "value", Says: "NUL"},
		{Name: "empty string in list", Set: of("multi_sz", list("a", "")), Attr: "value", Says: "empty strings"},
		{Name: "number in list", Set: of("multi_sz", cty.TupleVal([]cty.Value{str("a"), num(1)})), Attr: "value", Says: "string 2"},
		{Name: "odd digits", Set: of("binary", str("0 1")), Attr: "value", Says: "two hexadecimal digits"},
		{Name: "no digits", Set: of("binary", str(secret)), Attr: "value", Says: "nothing but hexadecimal digits"},
		{Name: "long name", Set: object{"key": str(key), "name": str(strings.Repeat("x", 16384)), "value": num(1)}, Attr: "name", Says: "16383"},
		{Name: "larger than the hive's version holds", Image: oldNTUser(t), Attr: "value", Says: "1048572",
			Set: object{"key": str("HKU/Default/x"), "name": str("x"), "type": str("binary"), "value": str(strings.Repeat("00", 1048573))}},
		{Name: "too deep", Image: small(t), Set: object{"key": str("HKLM/SOFTWARE" + strings.Repeat("/d", 511))}, Attr: "key", Says: "511 levels"},
		{Name: "whole hive", Set: object{"key": str("HKLM/SOFTWARE")}, Absent: true, Attr: "key", Says: "whole hive"},
	})
	p := Provider()
	_, err := p.Checked(providertest.Value(t, p, of("binary", str(secret))), false)
	if strings.Contains(err.Error(), "geheim") {
		t.Errorf("the problem shows the value: %v", err)
	}
}

// TestRealHives changes hives that Windows wrote, and has an independent program
// look at the result.
func TestRealHives(t *testing.T) {
	win7 := map[string][]byte{system: testenv.ReadShared(t, "hives/regipy/SYSTEM.xz")}
	win10 := map[string][]byte{system: testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")}
	user := map[string][]byte{ntuser: testenv.ReadShared(t, "hives/regipy/NTUSER.DAT.xz")}
	const control = "HKLM/SYSTEM/CurrentControlSet/Control"
	lsval := func(file, key, name, want string) func(t *testing.T, m *providertest.Image) {
		return func(t *testing.T, m *providertest.Image) {
			script := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(script, []byte("cd \\"+key+"\nlsval "+name+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			got := testenv.Run(t, "hivexsh", "-f", script, m.Save(t, file))
			if strings.TrimSpace(got) != want {
				t.Errorf("hivexsh says %q, want %q", got, want)
			}
		}
	}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "dword, Windows 7", Image: win7, After: lsval(system, `ControlSet001\Control\FileSystem`, "LongPathsEnabled", "1"), Set: object{
			"key": str(control + "/FileSystem"), "name": str("LongPathsEnabled"), "value": num(1)}},
		{Name: "dword, Windows 10", Image: win10, After: lsval(system, `ControlSet001\Control\FileSystem`, "LongPathsEnabled", "1"), Set: object{
			"key": str(control + "/FileSystem"), "name": str("longpathsenabled"), "value": num(1)}},
		{Name: "string, Windows 7", Image: win7, After: lsval(system, `ControlSet001\Control\ComputerName\ComputerName`, "ComputerName", "GOLD"), Set: object{
			"key": str(control + "/ComputerName/ComputerName"), "name": str("ComputerName"), "value": str("GOLD")}},
		{Name: "user", Image: user, After: lsval(ntuser, `Control Panel\Desktop`, "ScreenSaveTimeOut", "900"), Set: object{
			"key": str("HKU/Default/Control Panel/Desktop"), "name": str("ScreenSaveTimeOut"), "value": str("900")}},
		{Name: "absent key, Windows 10", Image: win10, Absent: true, Set: object{"key": str(control + "/Terminal Server")},
			After: func(t *testing.T, m *providertest.Image) {
				out := testenv.Run(t, "reglookup", "-t", "KEY", "-p", "/ControlSet001/Control", m.Save(t, system))
				if !strings.Contains(out, "/ControlSet001/Control/Session Manager,KEY") {
					t.Errorf("reglookup does not see the keys beside it")
				}
				if strings.Contains(out, "/Terminal Server,KEY") {
					t.Errorf("reglookup still sees the key:\n%.500s", out)
				}
			}},
	})
}

func TestClaims(t *testing.T) {
	p := Provider()
	claim := func(absent bool, set object) providers.Claim {
		want, err := p.Checked(providertest.Value(t, p, set), absent)
		if err != nil {
			t.Fatal(err)
		}
		return p.Claims(want, absent)[0]
	}
	for want, got := range map[string]providers.Claim{
		"registry value HKLM/SOFTWARE/A : ":    claim(false, object{"key": str("hklm/software/A"), "name": str("(default)"), "value": num(1)}),
		"registry key HKLM/SOFTWARE/Classes/a": claim(false, object{"key": str(`HKCR\a`)}),
		"registry tree HKLM/SOFTWARE/a":        claim(true, object{"key": str(`HKLM\SOFTWARE\a`), "value": num(3)}),
	} {
		if got.String() != want {
			t.Errorf("claims the %s, want the %s", got, want)
		}
	}
}
