package driver

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

func TestSuite(t *testing.T) {
	img := base(t)
	two := packages(map[string]spec{"alpha": {}, "beta": {version: "2.3"}})
	deep := map[string]string{}
	spec{}.payload(deep, "drivers/Ünïcode and blanks", "gamma")
	spec{}.payload(deep, "drivers/Treiber fu\u0308r Gera\u0308te", "delta") // as macOS spells it
	wide := map[string]string{}
	for name, text := range packages(map[string]spec{"alpha": {}}) {
		if strings.HasSuffix(name, ".inf") {
			text = "\xff\xfe" + string(nt.AppendUTF16(nil, strings.ReplaceAll(strings.ToUpper(text), "\n", "\r\n")))
			name = strings.ToUpper(name[:len("drivers/")]) + "ALPHA.INF"
		}
		wide[strings.Replace(name, "DRIVERS/", "drivers/", 1)] = text
	}
	two86 := packages(map[string]spec{"alpha": {}, "other": {archs: "NTx86"}})
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "folder", Image: img, Payloads: two, Set: of("drivers", unsigned), Keep: true, After: func(t *testing.T, m *providertest.Image) {
			if got := stored(t, m); got != "oem0.inf alpha.inf 1.0.0.1\noem1.inf beta.inf 2.3.0.0" {
				t.Errorf("stored are\n%s", got)
			}
		}},
		{Name: "one INF", Image: img, Payloads: two, Set: of("drivers/beta.inf", unsigned), Keep: true, After: func(t *testing.T, m *providertest.Image) {
			if got := stored(t, m); got != "oem0.inf beta.inf 2.3.0.0" {
				t.Errorf("stored are\n%s", got)
			}
		}},
		{Name: "recurse", Image: img, Payloads: deep, Set: of("drivers", unsigned, object{"recurse": cty.True}), Keep: true},
		{Name: "UTF-16 and capitals", Image: img, Payloads: wide, Set: of("drivers", unsigned), Keep: true},
		{Name: "other architecture left out", Image: img, Payloads: two86, Set: of("drivers", unsigned), Keep: true, After: func(t *testing.T, m *providertest.Image) {
			if got := stored(t, m); got != "oem0.inf alpha.inf 1.0.0.1" {
				t.Errorf("stored are\n%s", got)
			}
		}},
		{Name: "absent, never there", Image: img, Set: absent("alpha.inf"), Absent: true, Unchanged: true},
		{Name: "absent, no hive", Set: absent("alpha.inf"), Absent: true, Unchanged: true},
	})
}

func TestFilters(t *testing.T) {
	host := providertest.NewHost(t, packages(map[string]spec{
		"alpha": {}, "beta": {ids: `PCI\VEN_8086&DEV_15F3 USB\VID_1&PID_2`}, "delta": {class: "SCSIAdapter", guid: scsiClass, version: "3.0"},
	}))
	for name, tt := range map[string]struct {
		set  object
		want string
	}{
		"none":      {nil, "alpha.inf beta.inf delta.inf"},
		"class":     {object{"classes": texts("scsiadapter")}, "delta.inf"},
		"GUID":      {object{"classes": texts(strings.ToUpper(netClass))}, "alpha.inf beta.inf"},
		"device":    {object{"hardware_ids": texts(`pci\ven_8086*`)}, "beta.inf"},
		"devices":   {object{"hardware_ids": texts(`usb\vid_1&pid_?`, `*DEV_ALPHA`)}, "alpha.inf beta.inf"},
		"exclude":   {object{"exclude": texts("?e*.inf")}, "alpha.inf"},
		"version":   {object{"version": cty.StringVal("3")}, "delta.inf"},
		"name":      {object{"original_name": cty.StringVal("BETA.inf")}, "beta.inf"},
		"provider":  {object{"provider": cty.StringVal("contoso")}, "alpha.inf beta.inf delta.inf"},
		"provider2": {object{"provider": cty.StringVal("other")}, ""},
	} {
		want, err := resolved(t, host, of("drivers", tt.set), false)
		got := ""
		if err == nil {
			var names []string
			for it := want.GetAttr("packages").ElementIterator(); it.Next(); {
				key, _ := it.Element()
				names = append(names, key.AsString())
			}
			got = strings.Join(names, " ")
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q: %v", name, got, tt.want, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	img := base(t)
	one := packages(map[string]spec{"alpha": {}})
	without := func(names ...string) map[string]string {
		all := packages(map[string]spec{"alpha": {}})
		for _, n := range names {
			delete(all, "drivers/"+n)
		}
		return all
	}
	with := func(more map[string]string) map[string]string {
		all := packages(map[string]spec{"alpha": {}})
		for name, text := range more {
			all[name] = text
		}
		return all
	}
	x86 := packages(map[string]spec{"alpha": {archs: "NTx86,NTarm64"}})
	copies := func(change string) map[string]string {
		all := map[string]string{}
		for name, text := range one {
			all[strings.Replace(name, "drivers", "drivers/a", 1)] = text
			all[strings.Replace(name, "drivers", "drivers/b", 1)] = text
		}
		all["drivers/b/bin/alpha.sys"] += change
		return all
	}
	recurse := object{"recurse": cty.True}
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "no source", Set: object{}, Attr: "source", Says: "INF file"},
		{Name: "source not there", Set: of("nowhere"), Attr: "source", Says: `no file or folder "nowhere"`},
		{Name: "installer", Payloads: map[string]string{"setup.exe": "MZ"}, Set: of("setup.exe"), Attr: "source", Says: "Unpack archives"},
		{Name: "empty folder", Payloads: map[string]string{"drivers/readme.txt": ""}, Set: of("drivers"), Attr: "source", Says: "recurse = true"},
		{Name: "autorun alone", Payloads: map[string]string{"drivers/AutoRun.inf": "[autorun]\n"}, Set: of("drivers"), Attr: "source", Says: "no INF file"},
		{Name: "no Version", Payloads: with(map[string]string{"drivers/setup.inf": "[Setup]\nx=y\n"}), Set: of("drivers"), Attr: "source", Says: "drivers/setup.inf:1: there is no section [Version]"},
		{Name: "no DriverVer", Payloads: with(map[string]string{"drivers/alpha.inf": strings.Replace(spec{}.inf("alpha"), "DriverVer=", ";", 1)}), Set: of("drivers"), Attr: "source", Says: "drivers/alpha.inf:1: [Version] has no DriverVer"},
		{Name: "not an INF", Payloads: with(map[string]string{"drivers/alpha.inf": "\x00\x01\x02\x00\x00\x00"}), Set: of("drivers"), Attr: "source", Says: "drivers/alpha.inf"},
		{Name: "accents apart", Payloads: map[string]string{"drivers/fu\u0308r.inf": spec{}.inf("alpha")}, Set: of("drivers"), Attr: "source", Says: "NFD"},
		{Name: "unsigned", Image: img, Payloads: one, Set: of("drivers"), Attr: "source", Says: "alpha.cat"},
		{Name: "no catalogue", Image: img, Payloads: without("alpha.cat"), Set: of("drivers"), Attr: "source", Says: "drivers/alpha.inf: file alpha.cat is not in the package: it is the catalogue"},
		{Name: "incomplete", Image: img, Payloads: without("bin/alpha.sys"), Set: of("drivers", unsigned), Attr: "source", Says: "drivers/alpha.inf:15: file bin/alpha.sys is not in the package"},
		{Name: "another architecture", Image: img, Payloads: x86, Set: of("drivers/alpha.inf", unsigned, object{"arch": cty.NullVal(cty.String)}), Attr: "source", Says: "Set arch"},
		{Name: "none for the architecture", Image: img, Payloads: x86, Set: of("drivers", unsigned), Attr: "arch", Says: "1 do not match arch"},
		{Name: "filtered out", Payloads: one, Set: of("drivers", object{"classes": texts("Display")}), Attr: "classes", Says: "None of the INF files (1)"},
		{Name: "two of one identity", Payloads: copies("changed"), Set: of("drivers", recurse), Attr: "source", Says: "drivers/b/alpha.inf are both alpha.inf of Contoso"},
		{Name: "absent without a name", Set: object{"source": cty.StringVal("drivers")}, Absent: true, Says: "original_name"},
		{Name: "published name", Set: absent("oem7.inf"), Absent: true, Attr: "original_name", Says: "another image"},
		{Name: "wildcard", Set: absent("net*.inf"), Absent: true, Attr: "original_name", Says: "wildcards"},
		{Name: "no INF's name", Set: absent("netkvm"), Absent: true, Attr: "original_name", Says: ".inf"},
		{Name: "version", Set: absent("netkvm.inf", object{"version": cty.StringVal("1.x")}), Absent: true, Attr: "version", Says: "four numbers"},
		{Name: "inbox", Image: img, Set: absent("disk.inf"), Absent: true, Attr: "original_name", Says: "came with Windows"},
	})
	host := providertest.NewHost(t, copies(""))
	want, err := resolved(t, host, of("drivers", recurse), false)
	if err != nil || want.GetAttr("packages").LengthInt() != 1 {
		t.Errorf("the same package twice: %#v, %v", want, err)
	}
}

// TestChanged checks that a change of any file of a package changes the plan.
func TestChanged(t *testing.T) {
	host := providertest.NewHost(t, packages(map[string]spec{"alpha": {}}))
	m := providertest.NewImage(t, base(t), true)
	set := of("drivers", unsigned)
	mustApply(t, m, host, providers.Create, set)
	for _, file := range []string{"drivers/bin/alpha.sys", "drivers/alpha.cat", "drivers/alpha.inf"} {
		text := spec{}.inf("alpha") + "; changed\n"
		if !strings.HasSuffix(file, ".inf") {
			text = "changed"
		}
		host.Put(t, file, text)
		want, err := resolved(t, host, set, false)
		if err != nil {
			t.Fatal(err)
		}
		have, err := Provider().Found(t.Context(), m, want)
		if another := strings.HasSuffix(file, ".inf"); err != nil || have.IsNull() != another || !another && have.GetAttr("packages").RawEquals(want.GetAttr("packages")) {
			t.Errorf("%s is changed, and the image has %#v, %v", file, have, err)
		}
		mustApply(t, m, host, providers.Create, set)
		if got := stored(t, m); strings.Count(got, "\n") > 0 || !strings.Contains(got, "alpha.inf 1.0.0.1") {
			t.Errorf("%s is changed, and stored are\n%s", file, got)
		}
	}
}

// TestVersions checks what takes the place of what.
func TestVersions(t *testing.T) {
	host := providertest.NewHost(t, nil)
	put := func(s spec) object {
		all := map[string]string{}
		s.payload(all, "v"+s.version, "alpha")
		for name, text := range all {
			host.Put(t, name, text)
		}
		return of("v"+s.version, unsigned)
	}
	const both = `PCI\A PCI\B`
	first := put(spec{version: "1.0", date: "01/01/2023", ids: `PCI\A`})
	second := put(spec{version: "2.0", date: "01/01/2024", ids: both})
	third := put(spec{version: "3.0", date: "01/01/2025", ids: `PCI\B PCI\C`})
	m := providertest.NewImage(t, base(t), true)
	mustApply(t, m, host, providers.Create, first)
	mustApply(t, m, host, providers.Create, second)
	if got := stored(t, m); !strings.HasSuffix(got, " alpha.inf 2.0.0.0") || strings.Contains(got, "\n") {
		t.Errorf("2.0 drives all that 1.0 does, and stored are\n%s", got)
	}
	mustApply(t, m, host, providers.Create, third)
	if got := stored(t, m); strings.Count(got, "\n") != 1 {
		t.Errorf("3.0 does not drive PCI\\A, and stored are\n%s", got)
	}
	if err := applied(t, m, host, providers.Create, first); err == nil || !strings.Contains(err.Error(), "in version 2.0.0.0 of 2024-01-01") {
		t.Errorf("an earlier version: %v", err)
	}
	first["allow_downgrade"] = cty.True
	mustApply(t, m, host, providers.Create, first)
	if got := stored(t, m); !strings.Contains(got, "1.0.0.0") || !strings.Contains(got, "3.0.0.0") || strings.Contains(got, "2.0.0.0") {
		t.Errorf("2.0 shares a device with 1.0, 3.0 does not, and stored are\n%s", got)
	}
	mustApply(t, m, host, providers.Delete, absent("ALPHA.inf", object{"provider": cty.StringVal("contoso"), "version": cty.StringVal("3")}))
	if got := stored(t, m); !strings.Contains(got, "1.0.0.0") || strings.Contains(got, "\n") {
		t.Errorf("3.0 is removed, and stored are\n%s", got)
	}
}

func TestClaims(t *testing.T) {
	host := providertest.NewHost(t, packages(map[string]spec{"alpha": {version: "2.0"}}))
	host.Put(t, "copy.inf", "")
	p := Provider()
	present, err := resolved(t, host, of("drivers"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		set      object
		conflict bool
	}{
		{absent("Alpha.inf"), true},
		{absent("alpha.inf", object{"provider": cty.StringVal("CONTOSO")}), true},
		{absent("alpha.inf", object{"provider": cty.StringVal("Contoso"), "version": cty.StringVal("2")}), true},
		{absent("alpha.inf", object{"provider": cty.StringVal("Contoso"), "version": cty.StringVal("1")}), false},
		{absent("alpha.inf", object{"provider": cty.StringVal("Fabrikam")}), false},
		{absent("beta.inf"), false},
	} {
		gone, err := resolved(t, host, tt.set, true)
		if err != nil {
			t.Fatal(err)
		}
		var held providers.Claims[int]
		for _, c := range p.Claims(present, false) {
			held.Add(c, 1)
		}
		found := false
		for _, c := range p.Claims(gone, true) {
			_, _, conflict := held.Conflict(c)
			found = found || conflict
		}
		if found != tt.conflict {
			t.Errorf("%v: conflict %v", tt.set, found)
		}
	}
}

func TestLike(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{`*PNP0501`, `*pnp0501`, true}, {`PCI\*&DEV_1*`, `pci\ven_8086&dev_15f3`, true}, {`a?c`, "abc", true}, {"a?c", "ac", false},
		{"*", "", true}, {"", "", true}, {"", "x", false}, {strings.Repeat("*a", 50) + "b", strings.Repeat("a", 1000), false},
	} {
		if got := like(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%.20q is like %.20q: %v", tt.text, tt.pattern, got)
		}
	}
}

// TestList lists a real hive.
func TestList(t *testing.T) {
	m := providertest.NewImage(t, map[string][]byte{system: testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")}, false)
	all, err := Provider().List(t.Context(), m)
	if err != nil || len(all) < 200 {
		t.Fatalf("%d drivers, %v", len(all), err)
	}
	first := all[0].AsValueMap()
	if first["published_name"].AsString() != "oem0.inf" || first["version"].IsNull() || !first["source"].IsNull() {
		t.Errorf("the first is %#v", all[0])
	}
	if _, _, err := driverstore.Packages(t.Context(), m); err != nil {
		t.Error(err)
	}
}
