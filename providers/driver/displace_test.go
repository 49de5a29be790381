package driver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

const extensionClass = "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}"

// TestDisplaced: what of an image has to go for a package of the same name, and what
// stays.
func TestDisplaced(t *testing.T) {
	const one = "ExtensionId={11111111-2222-3333-4444-555555555555}\n"
	const other = "ExtensionId={11111111-2222-3333-4444-666666666666}\n"
	older := spec{version: "1.0", date: "01/01/2023", ids: `PCI\A PCI\B`}
	newer := spec{version: "2.0", date: "01/01/2024", ids: `pci\a PCI\B PCI\C`}
	with := func(s spec, set func(*spec)) spec { set(&s); return s }
	extend := func(id string, date string) func(*spec) {
		return func(s *spec) {
			s.class, s.guid, s.date = "Extension", extensionClass, date
			s.version = id // replaced below
		}
	}
	for _, tt := range []struct {
		name     string
		has      spec
		hasAlso  string // in [Version]
		adds     spec
		addsAlso string
		set      object
		want     string // goes, stays, or part of why it is refused
	}{
		{"every device", older, "", newer, "", nil, "goes"},
		{"same date and version", with(older, func(s *spec) { s.ids = `PCI\A` }), "", older, "", nil, "goes"},
		{"not every device", older, "", with(newer, func(s *spec) { s.ids = `PCI\A PCI\C` }), "", nil, "stays"},
		{"another provider", older, "", newer, "", object{"x": cty.True}, "stays"},
		{"another class", older, "", with(newer, func(s *spec) { s.class, s.guid = "Ports", portsClass }), "", nil, "stays"},
		{"newer", newer, "", older, "", nil, "version 2.0.0.0 of 2024-01-01"},
		{"newer, allowed", newer, "", older, "", object{"allow_downgrade": cty.True}, "goes"},
		{"newer, for others", with(newer, func(s *spec) { s.ids = `PCI\C` }), "", older, "", nil, "stays"},
		{"later, lower version", with(newer, func(s *spec) { s.version = "0.1" }), "", older, "", nil, "version 0.1.0.0 of 2024-01-01"},
		{"named", older, "", with(newer, func(s *spec) { s.ids = `PCI\Z` }), "", object{"replaces": texts("ALPHA.inf")}, "goes"},
		{"others named", older, "", with(newer, func(s *spec) { s.ids = `PCI\Z` }), "", object{"replaces": texts("beta.inf")}, "stays"},
		{"device of another architecture", older, "", with(newer, func(s *spec) { s.ids, s.archs = `PCI\A`, "NTamd64" }), "[Models.NTx86]\n%Dev%=Install,PCI\\B\n", nil, "stays"},
		{"extension", with(older, extend("1.0", "01/01/2023")), one, with(newer, extend("2.0", "01/01/2024")), one, nil, "goes"},
		{"extension for something else", with(older, extend("1.0", "01/01/2023")), one, with(newer, extend("2.0", "01/01/2024")), other, nil, "stays"},
		{"base and extension", older, "", with(newer, extend("2.0", "01/01/2024")), one, nil, "stays"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := func(s spec, also, provider string) string {
				out := s.inf("alpha")
				switch {
				case strings.HasPrefix(also, "["):
					out = strings.Replace(out, "[Manufacturer]\n%Vendor%=Models,NTamd64\n", "[Manufacturer]\n%Vendor%=Models,NTamd64,NTx86\n", 1) + also
				case also != "":
					out = strings.Replace(out, "[Manufacturer]", also+"[Manufacturer]", 1)
				}
				if s.guid == extensionClass {
					out = out[:strings.Index(out, "[Install.Services]")] + out[strings.Index(out, "[Strings]"):]
				}
				return strings.Replace(out, `Vendor="Contoso"`, `Vendor="`+provider+`"`, 1)
			}
			provider := "CONTOSO"
			if tt.set["x"] != cty.NilVal {
				provider, tt.set = "Fabrikam", nil
			}
			all := map[string]string{}
			tt.has.payload(all, "has", "alpha")
			tt.adds.payload(all, "adds", "alpha")
			all["has/alpha.inf"], all["adds/alpha.inf"] = text(tt.has, tt.hasAlso, "Contoso"), text(tt.adds, tt.addsAlso, provider)
			host := providertest.NewHost(t, all)
			m := providertest.NewImage(t, base(t), true)
			mustApply(t, m, host, providers.Create, of("has", unsigned))
			before := stored(t, m)
			err := applied(t, m, host, providers.Create, of("adds", unsigned, tt.set))
			after := stored(t, m)
			got := "stays"
			switch {
			case err != nil:
				got = err.Error()
				if p, ok := errors.AsType[*providers.Problem](err); !ok || p.Part != "alpha.inf" {
					t.Errorf("the error is about no package: %v", err)
				}
			case !strings.Contains(after, before):
				got = "goes"
			}
			if err == nil && !strings.Contains(after, "alpha.inf "+version(tt.adds)) || got != tt.want && (err == nil || !strings.Contains(got, tt.want)) {
				t.Errorf("%s, want %s; stored are\n%s", got, tt.want, after)
			}
		})
	}
}

func version(s spec) string {
	v, _ := parseVersion(s.version)
	return fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3])
}

// TestSignedStays: an unsigned package takes the place of no signed one.
func TestSignedStays(t *testing.T) {
	host := providertest.NewHost(t, realFolder(t, arduino+"/FTDI USB Drivers"))
	m := providertest.NewImage(t, base(t), true)
	mustApply(t, m, host, providers.Create, of("drivers"))
	data := realFolder(t, arduino+"/FTDI USB Drivers")["drivers/ftdibus.inf"]
	host.Put(t, "drivers/ftdibus.inf", data+"; mine\n")
	mustApply(t, m, host, providers.Create, of("drivers/ftdibus.inf", unsigned))
	if got := stored(t, m); strings.Count(got, "ftdibus.inf") != 2 {
		t.Errorf("stored are\n%s", got)
	}
}

// TestQueuedApart: packages of one name and version have places of their own in the
// queue of the first boot.
func TestQueuedApart(t *testing.T) {
	of := func(sum string) string {
		l := &loaded{pack: pack{OriginalName: "a.inf", Provider: "Contoso", Version: "1.0.0.0"}, content: content{Files: map[string]string{"a.inf": sum}}}
		return l.jobName(inf.Target{Arch: inf.AMD64})
	}
	if a, b := of(strings.Repeat("a", 40)), of(strings.Repeat("b", 40)); a == b || a != of(strings.Repeat("a", 40)) {
		t.Errorf("%s and %s", a, b)
	}
}

// TestVersionsWarn: of versions that are wanted the plan says which one Windows uses.
func TestVersionsWarn(t *testing.T) {
	want := func(source, version, sum string, devices ...string) driver {
		return driver{Source: &source,
			Packages: map[string]pack{"a.inf": {OriginalName: "a.inf", Provider: "Contoso", Class: "Net", Version: version, Date: "2024-01-02", Archs: []string{"amd64"}}},
			Content:  map[string]content{"a.inf": {Devices: devices, Files: map[string]string{"a.inf": sum}}}}
	}
	told := versions([]driver{want("one", "2.0.0.0", "1", `PCI\A`, `PCI\B`), want("two", "10.0.0.0", "2", `PCI\C`, `pci\b`), want("same", "2.0.0.0", "1", `PCI\A`, `PCI\B`), want("three", "1.0.0.0", "3", `PCI\D`), want("four", "10.0.0.0", "4", `PCI\C`)})
	var got []string
	for i, list := range told {
		for _, p := range list {
			got = append(got, p.Detail)
			if i != 1 && i != 4 {
				t.Errorf("%d: %v", i, p)
			}
		}
	}
	slices.Sort(got)
	if len(got) != 2 || !strings.Contains(got[0], `For pci\b, which both drive, Windows uses 10.0.0.0 (two/a.inf)`) || !strings.Contains(got[1], "Windows may use either") {
		t.Errorf("%q", got)
	}
}
