package driverstore_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestProperties: properties and interfaces of an INF file, as hivexregedit exports
// them.
func TestProperties(t *testing.T) {
	text := change("HKR,,Dev", `HKR,,Security,,"D:P(A;;GA;;;SY)"`+"\nHKR,,FriendlyName,,%Name%\nHKR,,UINumberDescFormat,,%Slot%\nHKR,,RemovalPolicy,0x10001,3\nHKR,,Dev",
		"[Service]", "[Install.NT.Interfaces]\nAddInterface={53F5630D-B6BF-11D0-94F2-00A0C91EFB8B}\n[Service]\nAddReg=Lists",
		"[Strings]", "[Lists]\nHKR,Parameters,List,0x10008,One,Two\nHKR,Parameters,List,0x10008,Three\n[Strings]\nSlot=\"Slot %1!u!\"")
	s := session(t, registryText(), nil)
	before := snapshot(t, s)
	store := open(t, s)
	mustImport(t, store, parsed(t, "x.inf", []byte(text), nil))
	p := store.Packages()[0]
	const device = `\Properties\{a45c254e-df1c-4efd-8020-67d146a850e0}\`
	configuration := `\DriverDatabase\DriverPackages\` + p.Key + `\Configurations\Install.NT`
	files := exported(t, s)
	for key, want := range map[string]string{
		configuration: `"ConfigScope"=dword:0000000f`,
		configuration + `\Interfaces\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}`: "",
		configuration + device + "0019":                                      "@=hex(ffff0013):01,00,04,90,00,00,00,00,00,00,00,00,00,00,00,00,14,00,00,00,02,00,1c,00,01,00,00,00,00,00,14,00,00,00,00,10,01,01,00,00,00,00,00,05,12,00,00,00",
		configuration + device + "000E":                                      "@=hex(ffff0019):" + hexText("@oem0.inf,%Name%;The service"),
		configuration + device + "001F":                                      "@=hex(ffff0019):" + hexText("@oem0.inf,%Slot%;Slot %1!u!"),
		configuration + device + "0023":                                      "@=hex(ffff0007):03,00,00,00",
		configuration + `\Services\Svc\Parameters`:                           `"List"=hex(40007):` + hexText("One\x00Two\x00Three\x00"),
		`\ControlSet001\Services\Svc\Parameters`:                             `"List"=hex(7):` + hexText("One\x00Two\x00Three\x00"),
	} {
		if values := files.key(t, "SYSTEM", key); want != "" && !strings.Contains(values, "\n"+want+"\n") {
			t.Errorf("%s has no %s: %s", key, want, values)
		}
	}
	if err := open(t, s).Remove(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	only(t, before, snapshot(t, s))
}

// hexText returns an ASCII text with a terminating NUL in the form of hivexregedit's
// export.
func hexText(text string) string {
	var parts []string
	for _, c := range []byte(text + "\x00") {
		parts = append(parts, fmt.Sprintf("%02x,00", c))
	}
	return strings.Join(parts, ",")
}
