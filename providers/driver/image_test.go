package driver

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

// of is a resource for an amd64 image.
func of(source string, more ...object) object {
	all := object{"source": cty.StringVal(source), "arch": cty.StringVal("amd64")}
	for _, m := range more {
		for name, v := range m {
			all[name] = v
		}
	}
	return all
}

func texts(all ...string) cty.Value {
	values := make([]cty.Value, len(all))
	for i, s := range all {
		values[i] = cty.StringVal(s)
	}
	return cty.SetVal(values)
}

var unsigned = object{"force_unsigned": cty.True}

func absent(name string, more ...object) object {
	all := of("", more...)
	delete(all, "source")
	delete(all, "arch")
	all["original_name"] = cty.StringVal(name)
	return all
}

const (
	system  = "Windows/System32/config/SYSTEM"
	drivers = "Windows/System32/config/DRIVERS"

	netClass   = "{4d36e972-e325-11ce-bfc1-08002be10318}"
	scsiClass  = "{4d36e97b-e325-11ce-bfc1-08002be10318}"
	portsClass = "{4d36e978-e325-11ce-bfc1-08002be10318}"
	usbClass   = "{36fc9e60-c465-11cf-8056-444553540000}"
)

func class(name, guid string, critical bool) string {
	text := `[HKLM\SYSTEM\ControlSet001\Control\Class\` + guid + "]\n\"Class\"=\"" + name + "\"\n\n"
	if critical {
		text += `[HKLM\SYSTEM\ControlSet001\Control\Class\` + guid + `\Properties\{6a3433f4-5626-40e8-a9b9-dbd9ecd2884b}\0003]` + "\n@=hex(ffff0011):ff\n\n"
	}
	return text
}

// base is an image with an empty driver database, and a driver of Windows.
func base(t testing.TB) map[string][]byte {
	t.Helper()
	text := class("Net", netClass, false) + class("SCSIAdapter", scsiClass, true) + class("Ports", portsClass, false) + class("USB", usbClass, false)
	for _, hive := range []string{"SYSTEM", "DRIVERS"} {
		for _, key := range []string{"DriverPackages", "DriverInfFiles", "DeviceIds"} {
			text += `[HKLM\` + hive + `\DriverDatabase\` + key + "]\n\n"
		}
	}
	text += `[HKLM\SYSTEM\DriverDatabase\DriverPackages\disk.inf_amd64_1]` + "\n@=\"disk.inf\"\n\n" +
		`[HKLM\SYSTEM\ControlSet001\Services\EventLog\System]` + "\n\n" +
		`[HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles]` + "\n\n"
	files := regimage.Hives(t, text)
	for _, name := range []string{"Windows/INF/disk.inf", "Windows/System32/drivers/disk.sys",
		"Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/x.cat", driverstore.Repository + "/disk.inf_amd64_1/disk.inf"} {
		files[name] = []byte{'x'}
	}
	return files
}

// spec is a made-up package.
type spec struct {
	version, date, ids string // default: 1.0.0.1, 01/02/2024, PCI\VEN_1AF4&DEV_<name>
	class, guid        string // default: Net
	archs              string // default: NTamd64
	include            bool   // carries out a section of an INF of Windows
}

// inf is an INF file with the files name.sys and name.cat, the first in the folder bin.
func (s spec) inf(name string) string {
	or := func(value *string, other string) {
		if *value == "" {
			*value = other
		}
	}
	or(&s.version, "1.0.0.1")
	or(&s.date, "01/02/2024")
	or(&s.ids, `PCI\VEN_1AF4&DEV_`+strings.ToUpper(name))
	or(&s.class, "Net")
	or(&s.guid, netClass)
	or(&s.archs, "NTamd64")
	var models, include string
	for a := range strings.SplitSeq(s.archs, ",") {
		models += fmt.Sprintf("[Models.%s]\n%%Dev%% = Install, %s\n", a, strings.Join(strings.Fields(s.ids), "\n%Dev% = Install, "))
	}
	if s.include {
		include = "Include = machine.inf\nNeeds = Machine_Section\n"
	}
	return "[Version]\nSignature=\"$Windows NT$\"\nClass=" + s.class + "\nClassGuid=" + s.guid + "\nProvider=%Vendor%\n" +
		"CatalogFile=" + name + ".cat\nDriverVer=" + s.date + "," + s.version + "\n" +
		"[Manufacturer]\n%Vendor%=Models," + s.archs + "\n" + models +
		"[SourceDisksNames]\n1=%Disk%,,,bin\n[SourceDisksFiles]\n" + name + ".sys=1\n[DestinationDirs]\nDefaultDestDir=12\n" +
		"[Install]\n" + include + "CopyFiles=Files\n[Files]\n" + name + ".sys\n" +
		"[Install.Services]\nAddService=" + name + ",2,Service\n[Service]\nServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=%12%\\" + name + ".sys\n" +
		"[Strings]\nVendor=\"Contoso\"\nDisk=\"Disk\"\nDev=\"Device " + name + "\"\n"
}

// payload puts a package into a folder of payloads.
func (s spec) payload(to map[string]string, folder, name string) {
	to[path.Join(folder, name+".inf")] = s.inf(name)
	to[path.Join(folder, "bin", name+".sys")] = "driver " + name + s.version
	to[path.Join(folder, name+".cat")] = "no catalogue"
}

func packages(specs map[string]spec) map[string]string {
	all := map[string]string{}
	for name, s := range specs {
		s.payload(all, "drivers", name)
	}
	return all
}

// realFolder are the files of a folder of the shared collection.
func realFolder(t testing.TB, name string) map[string]string {
	t.Helper()
	root := testenv.Shared(t, "drivers/"+name)
	all := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		rel, _ := filepath.Rel(root, file)
		all[path.Join("drivers", filepath.ToSlash(rel))] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// resolved checks and resolves a resource.
func resolved(t testing.TB, host providers.Host, set object, absent bool) (cty.Value, error) {
	t.Helper()
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, set), absent)
	if err == nil && !absent {
		want, err = p.Resolved(t.Context(), host, want)
	}
	return want, err
}

// applied applies resources at once, and what they displace after them, as a plan
// has it. Nothing that is to be there is displaced.
func applied(t testing.TB, m *providertest.Image, host providers.Host, action providers.Action, sets ...object) error {
	t.Helper()
	var changes, gone []providers.Change
	holds, w := map[string]bool{}, Provider().Way("offline")
	var displaced []providers.Displaced
	for _, set := range sets {
		want, err := resolved(t, host, set, action == providers.Delete)
		if err != nil {
			t.Fatal(err)
		}
		c := providers.Change{Action: action, Want: want}
		changes = append(changes, c)
		if action == providers.Delete {
			continue
		}
		d, err := w.Divide(t.Context(), m, host, c)
		if err != nil {
			return err
		}
		for _, id := range d.Holds {
			holds[id] = true
		}
		displaced = append(displaced, d.Displaced...)
	}
	for _, d := range displaced {
		if holds[d.ID] {
			continue
		} else if d.Refused != nil {
			return d.Refused
		}
		want, err := Provider().Checked(providertest.Value(t, Provider(), d.Want), true)
		if err != nil {
			t.Fatal(err)
		}
		gone = append(gone, providers.Change{Action: providers.Delete, Want: want})
	}
	if err := w.Apply(t.Context(), m, host, changes); err != nil || len(gone) == 0 {
		return err
	}
	return w.Apply(t.Context(), m, host, gone)
}

// mustApply applies what can't fail.
func mustApply(t testing.TB, m *providertest.Image, host providers.Host, action providers.Action, sets ...object) {
	t.Helper()
	if err := applied(t, m, host, action, sets...); err != nil {
		t.Fatal(err)
	}
}

// stored lists the packages that were added, as name version.
func stored(t testing.TB, m *providertest.Image) string {
	t.Helper()
	all, _, err := driverstore.Packages(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, p := range all {
		if !p.Inbox {
			list = append(list, p.PublishedName+" "+p.OriginalName+" "+p.Version)
		}
	}
	return strings.Join(list, "\n")
}
