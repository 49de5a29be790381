package environment

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

const (
	system  = "Windows/System32/config/SYSTEM"
	ntuser  = "Users/Default/NTUSER.DAT"
	manager = `ControlSet001\Control\Session Manager\Environment`
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func strs(ss ...string) cty.Value {
	vs := make([]cty.Value, len(ss))
	for i, s := range ss {
		vs[i] = str(s)
	}
	return cty.TupleVal(vs)
}

func of(name string, more object) object {
	o := object{"name": str(name)}
	maps.Copy(o, more)
	return o
}

type entry struct {
	key, name string
	typ       hive.ValueType
	data      []byte
}

func makeHive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	h := hive.New(hive.NewOptions{})
	at := nt.TimeOf(time.Unix(1e9, 0))
	for _, e := range entries {
		k, err := h.Root().CreateSubkey(e.key, at)
		if err == nil {
			err = k.Set(e.name, e.typ, e.data, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const path = `%SystemRoot%\system32;%SystemRoot%;"C:\Program Files\a;b\";C:\Tools\`

// small is an image with a few variables.
func small(t *testing.T) map[string][]byte {
	sz, expand := hive.RegSZ, hive.RegExpandSZ
	return map[string][]byte{
		system: makeHive(t,
			entry{"Select", "Current", hive.RegDword, hive.EncodeUint32(1)},
			entry{manager, "Path", expand, hive.EncodeString(path)},
			entry{manager, "OS", sz, hive.EncodeString("Windows_NT")},
			entry{manager, "PATHEXT", sz, hive.EncodeString(".COM;.EXE;")},
			entry{manager, "One", sz, hive.EncodeString(`C:\One`)},
			entry{manager, "Number", hive.RegDword, hive.EncodeUint32(7)},
		),
		ntuser: makeHive(t, entry{"Environment", "TEMP", expand, hive.EncodeString(`%USERPROFILE%\Temp`)}),
	}
}

// is returns a check of what a variable is afterwards, with its type.
func is(key, name string, typ hive.ValueType, want string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		v, err := m.Value(key, name)
		if err != nil || v.Type != typ || hive.DecodeString(v.Data) != want {
			t.Errorf("%s is %v %q, %v; want %v %q", name, v.Type, hive.DecodeString(v.Data), err, typ, want)
		}
		if err == nil && v.Name != name {
			t.Errorf("its name is %q, want %q", v.Name, name)
		}
	}
}

func TestSuite(t *testing.T) {
	img := small(t)
	const sz, expand = hive.RegSZ, hive.RegExpandSZ
	user := (&variable{Scope: ptr(defaultUser)}).key()
	here := (&variable{}).key()
	cases := []providertest.Case{
		{Name: "new", Set: of("GILD", object{"value": str("1")}), After: is(here, "GILD", sz, "1")},
		{Name: "empty", Set: of("GILD", object{"value": str("")}), After: is(here, "GILD", sz, "")},
		{Name: "new, expanded", Set: of("GILD", object{"value": str(`%SystemDrive%\x`)}), After: is(here, "GILD", expand, `%SystemDrive%\x`)},
		{Name: "not expanded", Set: of("GILD", object{"value": str("%a%"), "expand": cty.False}), After: is(here, "GILD", sz, "%a%")},
		{Name: "percent", Set: of("GILD", object{"value": str("100%")}), After: is(here, "GILD", sz, "100%")},
		{Name: "expanded by wish", Set: of("os", object{"value": str("Windows_NT"), "expand": cty.True}), After: is(here, "OS", expand, "Windows_NT")},
		{Name: "same", Set: of("os", object{"value": str("Windows_NT")}), Unchanged: true},
		{Name: "same, type left open", Set: of("path", object{"value": str(path)}), Unchanged: true},
		{Name: "other case of the value", Set: of("OS", object{"value": str("windows_nt")})},
		{Name: "number", Set: of("Number", object{"value": str("7")}), After: is(here, "Number", sz, "7")},
		{Name: "of new users", Set: of("TEMP", object{"value": str(`C:\Temp`), "scope": str("default_user")}), After: is(user, "TEMP", sz, `C:\Temp`)},
		{Name: "absent", Set: of("os", nil), Absent: true},
		{Name: "absent of new users", Set: of("temp", object{"scope": str("default_user")}), Absent: true},
		{Name: "absent in this scope", Set: of("TEMP", nil), Absent: true, Unchanged: true},

		{Name: "one entry is missing", Set: of("PATH", object{"prepend": strs(`c:\TOOLS`), "append": strs(`C:\program files`, `%systemroot%\`)}), After: is(here, "Path", expand, path+`;C:\program files`)},
		{Name: "all entries are there", Set: of("PATH", object{"prepend": strs(`c:\TOOLS`), "append": strs(`"C:\Program Files\a;b"`, `%systemroot%\`)}), Unchanged: true},
		{Name: "both ends", Set: of("PATH", object{"prepend": strs(`C:\1`, `c:\tools`, `C:\2`), "append": strs(`C:\3`)}),
			After: is(here, "Path", expand, `C:\1;C:\2;`+path+`;C:\3`)},
		{Name: "after a semicolon", Set: of("PathExt", object{"append": strs(".PY")}), After: is(here, "PATHEXT", sz, ".COM;.EXE;.PY")},
		{Name: "before a semicolon", Set: of("PathExt", object{"prepend": strs(".PY")}), After: is(here, "PATHEXT", sz, ".PY;.COM;.EXE;")},
		{Name: "becomes expanded", Set: of("PathExt", object{"append": strs("%x%")}), After: is(here, "PATHEXT", expand, ".COM;.EXE;%x%")},
		{Name: "new list", Set: of("PSModulePath", object{"prepend": strs("a"), "append": strs("b")}), After: is(here, "PSModulePath", sz, "a;b")},
		{Name: "entries absent", Set: of("path", object{"append": strs(`%SYSTEMROOT%\`, `C:\nothing`), "prepend": strs(`"c:\tools"`)}), Absent: true,
			After: is(here, "Path", expand, `%SystemRoot%\system32;"C:\Program Files\a;b\"`)},
		{Name: "entries absent already", Set: of("path", object{"append": strs(`C:\nothing`)}), Absent: true, Unchanged: true},
		{Name: "last entry absent", Set: of("one", object{"append": strs(`C:\one\`)}), Absent: true,
			After: func(t *testing.T, m *providertest.Image) {
				if v, err := m.Value(here, "One"); err == nil {
					t.Errorf("the variable is still there: %v", v)
				}
			}},
	}
	for i := range cases {
		cases[i].Image = img
	}
	cases = append(cases, providertest.Case{Name: "no hive", Set: of("x", nil), Absent: true, Unchanged: true})
	providertest.Run(t, Provider(), cases)
}

func ptr(s string) *string { return &s }

func TestRefusals(t *testing.T) {
	img := small(t)
	refusals := []providertest.Refusal{
		{Name: "no name", Set: of(" ", object{"value": str("x")}), Attr: "name", Says: "needs a name"},
		{Name: "equals sign", Set: of("a=b", nil), Absent: true, Attr: "name", Says: `"="`},
		{Name: "NUL in name", Set: of("a\x00", object{"value": str("x")}), Attr: "name", Says: "NUL"},
		{Name: "long name", Set: of(strings.Repeat("x", 16384), object{"value": str("x")}), Attr: "name", Says: "16383"},
		{Name: "nothing", Set: of("x", nil), Says: `"append"`},
		{Name: "both", Set: of("x", object{"value": str("x"), "append": strs("y")}), Attr: "value", Says: "whole variable"},
		{Name: "NUL", Set: of("x", object{"value": str("\x00")}), Attr: "value", Says: "NUL"},
		{Name: "long value", Set: of("x", object{"value": str(strings.Repeat("x", 32767))}), Attr: "value", Says: "32766"},
		{Name: "no expansion of a list", Set: of("x", object{"append": strs("y"), "expand": cty.False}), Attr: "expand", Says: "value"},
		{Name: "no entries", Set: of("Path", object{"append": strs()}), Absent: true, Attr: "append", Says: "empty"},
		{Name: "empty entry", Set: of("Path", object{"append": strs(` "\" `)}), Attr: "append", Says: "empty"},
		{Name: "NUL in entry", Set: of("Path", object{"append": strs("a\x00")}), Attr: "append", Says: "NUL"},
		{Name: "two in one", Set: of("Path", object{"prepend": strs("a;b")}), Attr: "prepend", Says: "more than one"},
		{Name: "open quotation", Set: of("Path", object{"prepend": strs(`"a`)}), Attr: "prepend", Says: "not closed"},
		{Name: "twice", Set: of("Path", object{"prepend": strs(`c:\a`), "append": strs(`C:\A\`)}), Attr: "append", Says: "twice"},
		{Name: "entry of a number", Set: of("Number", object{"append": strs("y")}), Attr: "name", Says: "no list"},
	}
	for i := range refusals {
		refusals[i].Image = img
	}
	providertest.Refuse(t, Provider(), refusals)
}

// TestSplit looks at lists as people have them.
func TestSplit(t *testing.T) {
	for list, want := range map[string][]string{
		"":           {""},
		"a;;b;":      {"a", "", "b", ""},
		`"a;b";c`:    {`"a;b"`, "c"},
		`x"a;b"y;c`:  {`x"a;b"y`, "c"},
		`"a;b;c`:     {`"a`, "b", "c"},
		`"a";"b;c;d`: {`"a"`, `"b`, "c", "d"},
	} {
		if got := split(list); !slices.Equal(got, want) {
			t.Errorf("split(%q) = %q, want %q", list, got, want)
		}
	}
	if got := without("a;;B;a\\;", []string{"A"}); got != ";B;" {
		t.Errorf("without = %q", got)
	}
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, small(t), false))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		got = append(got, v.GetAttr("scope").AsString()+" "+v.GetAttr("name").AsString()+"="+v.GetAttr("value").AsString())
	}
	slices.Sort(got)
	want := []string{`default_user TEMP=%USERPROFILE%\Temp`, "machine OS=Windows_NT", `machine One=C:\One`, "machine PATHEXT=.COM;.EXE;", "machine Path=" + path}
	if !slices.Equal(got, want) {
		t.Errorf("variables %q, want %q", got, want)
	}
	if all, err := Provider().List(t.Context(), providertest.NewImage(t, nil, false)); err != nil || len(all) != 0 {
		t.Errorf("variables without hives: %v, %v", all, err)
	}
}

func TestClaims(t *testing.T) {
	p := Provider()
	claims := func(set object, absent bool) []providers.Claim {
		want, err := p.Checked(providertest.Value(t, p, set), absent)
		if err != nil {
			t.Fatal(err)
		}
		return p.Claims(want, absent)
	}
	conflict := func(a, b []providers.Claim) bool {
		var held providers.Claims[int]
		for _, c := range a {
			held.Add(c, 1)
		}
		return slices.ContainsFunc(b, func(c providers.Claim) bool { _, _, found := held.Conflict(c); return found })
	}
	list := claims(of("Path", object{"append": strs(`C:\a`, `C:\b`)}), false)
	for _, tt := range []struct {
		name string
		with []providers.Claim
		want bool
	}{
		{"a registry value", []providers.Claim{providers.ClaimValue("HKLM/SYSTEM/ControlSet001/Control/Session Manager/Environment", "PATH")}, true},
		{"the variable", claims(of("PATH", object{"value": str("x")}), false), true},
		{"its removal", claims(of("PATH", nil), true), true},
		{"the same entry, absent", claims(of("PATH", object{"prepend": strs(`c:\A\`)}), true), true},
		{"another entry", claims(of("PATH", object{"prepend": strs(`c:\c`)}), false), false},
		{"the other scope", claims(of("PATH", object{"value": str("x"), "scope": str("default_user")}), false), false},
		{"another variable", claims(of("PATHEXT", object{"value": str("x")}), false), false},
	} {
		if got := conflict(list, tt.with); got != tt.want {
			t.Errorf("entries and %s conflict: %v", tt.name, got)
		}
	}
	whole := claims(of("Path", object{"value": str("x")}), false)
	if !conflict(whole, []providers.Claim{providers.ClaimValue("HKLM/SYSTEM/CurrentControlSet/Control/Session Manager/Environment", "path")}) {
		t.Error("the variable does not conflict with its registry value")
	}
}

// TestRealHives changes hives that Windows wrote, and has an independent program
// look at the result.
func TestRealHives(t *testing.T) {
	for _, name := range []string{"SYSTEM", "SYSTEM_WIN_10_1709"} {
		img := map[string][]byte{system: testenv.ReadShared(t, "hives/regipy/"+name+".xz")}
		providertest.Run(t, Provider(), []providertest.Case{
			{Name: name + "/value", Image: img, Set: of("GILD_HOME", object{"value": str(`%ProgramFiles%\Gïld`)}),
				After: func(t *testing.T, m *providertest.Image) {
					if got := hivexsh(t, m, "GILD_HOME"); got != `%ProgramFiles%\Gïld` {
						t.Errorf("hivexsh says %q", got)
					}
				}},
			{Name: name + "/path", Image: img, Set: of("PATH", object{"prepend": strs(`C:\Tools`, `%systemroot%\SYSTEM32\`), "append": strs(`C:\Agent`)}),
				After: func(t *testing.T, m *providertest.Image) {
					before := hivexsh(t, providertest.NewImage(t, img, false), "Path")
					if !strings.Contains(before, "SystemRoot") {
						t.Errorf("%s: Path was %q", name, before)
					}
					if got, want := hivexsh(t, m, "Path"), `C:\Tools;`+before+`;C:\Agent`; got != want {
						t.Errorf("hivexsh says %q, want %q", got, want)
					}
				}},
			{Name: name + "/absent", Image: img, Absent: true, Set: of("OS", nil)},
		})
	}
}

// hivexsh returns what hivexsh says of a variable of the machine.
func hivexsh(t *testing.T, m *providertest.Image, name string) string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, fmt.Appendf(nil, "cd \\%s\nlsval %s\n", manager, name), 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(testenv.Run(t, "hivexsh", "-f", script, m.Save(t, system)))
}
