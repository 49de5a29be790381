package driverstore_test

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
)

// driver is an INF of a boot-critical device with a service.
const driver = `[Version]
Signature="$Windows NT$"
Class=System
ClassGUID={4d36e97d-e325-11ce-bfc1-08002be10318}
Provider="Vendor"
DriverVer=03/04/2023,1.2.3.4
CatalogFile=x.cat
[SourceDisksNames]
1=disk
[SourceDisksFiles]
x.sys=1
[DestinationDirs]
DefaultDestDir=12
[Manufacturer]
"Vendor"=Models,NTamd64
[Models.NTamd64]
"A device"=Install,PCI\VEN_1&DEV_2
[Install.NT]
CopyFiles=@x.sys
[Install.NT.HW]
AddReg=Hardware
[Hardware]
HKR,,DeviceCharacteristics,0x10001,0x100
[Install.NT.Services]
AddService=Svc,2,Service
[Service]
DisplayName=%Name%
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%12%\x.sys
LoadOrderGroup=Base
Dependencies=Other,+Group
[Strings]
Name="The service"
`

// change returns the driver with parts replaced by others.
func change(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(driver) }

// bootDriver is the same, but loaded by the boot loader: unknown parts of such a
// package prevent the import.
func bootDriver(pairs ...string) string {
	return strings.Replace(change(pairs...), "StartType=3", "StartType=0", 1)
}

func TestSuits(t *testing.T) {
	for name, test := range map[string]struct{ text, why string }{
		"all":           {driver, ""},
		"class":         {change("e97d-e325", "e97d-e326"), ""},
		"no class":      {change("ClassGUID={4d36e97d-e325-11ce-bfc1-08002be10318}", "ClassGUID=x"), "has no ClassGUID"},
		"its class":     {change("[Service]", "[ClassInstall32]\nAddReg=C\n[C]\nHKR,,BootCritical,0x10001,1\n[Service]"), "line 29: it makes its class boot-critical"},
		"of its class":  {change("[Service]", "[ClassInstall32]\nAddProperty=C\n[Service]"), "line 27: it sets properties of its class"},
		"no models":     {change("Models,NTamd64", "Models,NTx86"), "it lists no device for amd64"},
		"catalogue":     {change("CatalogFile=x.cat", ""), "not signed"},
		"version":       {change("DriverVer=03/04/2023,1.2.3.4", ""), "no DriverVer"},
		"co-installers": {bootDriver("[Service]", "[Install.NT.CoInstallers]\nAddReg=Hardware\n[Service]"), "line 26: it is not known how Windows records section [Install.NT.CoInstallers]"},
		"needs":         {bootDriver("CopyFiles=@x.sys", "Include=machine.inf\nNeeds=Other"), "line 20: it needs section Other of machine.inf"},
		"missing":       {change("Install,PCI", "Instal,PCI"), "the section Instal that installs it is missing"},
		"directive":     {bootDriver("CopyFiles=@x.sys", "CopyFiles=@x.sys\nAddProperty=P"), "line 20: it is not known how Windows records AddProperty"},
		"root":          {bootDriver("HKR,,Dev", "HKLM,,Dev"), "line 23: it is not known how Windows records this registry entry"},
		"append":        {bootDriver("0x10001,0x100", "0x10008,x"), "line 23: it is not known how Windows records the property DeviceCharacteristics: DeviceCharacteristics is set with flags 0x10008"},
		"append after":  {bootDriver("HKR,,Dev", "HKR,,A,0x10000,x\nHKR,,A,0x10008,y\nHKR,,Dev"), "line 24: it is not known how Windows records this registry entry"},
		"append number": {bootDriver("HKR,,Dev", "HKR,,A,0x10009,1\nHKR,,Dev"), "line 23: it is not known how Windows records this registry entry"},
		"friendly name": {bootDriver("DeviceCharacteristics,0x10001,0x100", "FriendlyName,,A name"), "line 23: it is not known how Windows records the property FriendlyName: its text is not a string of the INF file"},
		"reference":     {bootDriver("[Service]", "[Install.NT.Interfaces]\nAddInterface={53f5630d-b6bf-11d0-94f2-00a0c91efb8b},x\n[Service]"), "line 27: it is not known how Windows records an interface with a reference"},
		"no interface":  {bootDriver("[Service]", "[Install.NT.Interfaces]\n[Service]"), "line 26: it is not known how Windows records section [Install.NT.Interfaces]"},
		"security":      {bootDriver("DeviceCharacteristics,0x10001,0x100", `Security,,"D:P(A;;GA;;;DA)"`), "line 23: it is not known how Windows records the property Security: no access control list that is known: account \"DA\""},
		"program":       {bootDriver("ServiceType=1", "ServiceType=0x10"), "service Svc is of type 0x10"},
		"binary":        {bootDriver(`%12%\x.sys`, `%16422%\x.sys`), "the program of service Svc is"},
		"no program":    {bootDriver(`%12%\x.sys`, `%12%\y.sys`), `neither the package nor the image has %12%\y.sys, the program of service Svc`},
		"in the store":  {change(`%12%\x.sys`, `%13%\x.sys`, "DefaultDestDir=12", "DefaultDestDir=13"), ""},
		"boot flags":    {bootDriver("StartType=3", "StartType=0\nBootFlags=1"), "line 30: it is not known how Windows records BootFlags"},
		"destination":   {bootDriver("DefaultDestDir=12", "DefaultDestDir=16422"), "it copies x.sys to"},
		"device ID":     {change(`PCI\VEN_1&DEV_2`, `A\B\C`), `line 17: it is not known how Windows records the device ID A\B\C`},
	} {
		t.Run(name, func(t *testing.T) {
			s := session(t, registryText(), nil)
			before := snapshot(t, s)
			store := open(t, s)
			pkg := parsed(t, "x.inf", []byte(test.text), nil)
			ok, why := store.Suits(pkg)
			if ok != (test.why == "") || !strings.Contains(why, test.why) {
				t.Errorf("suits %t: %s", ok, why)
			}
			if test.why == "" || pkg.Package.Catalog == "" {
				return
			}
			if _, err := store.Import(t.Context(), pkg); !errors.Is(err, driverstore.ErrUnsuited) || !strings.Contains(err.Error(), test.why) {
				t.Errorf("imported with %v", err)
			}
			only(t, before, snapshot(t, s))
		})
	}
}

// TestSuitsImage: images into which drivers can't be imported.
func TestSuitsImage(t *testing.T) {
	net := change("Class=System", "Class=Net", "{4d36e97d-e325-11ce-bfc1-08002be10318}", net)
	for name, test := range map[string]struct{ registry, text, why string }{
		"Windows 7":                     {class("System", systemID, true) + class("SCSIAdapter", scsi, true), driver, "no driver database"},
		"classes":                       {strings.ReplaceAll(registryText(), "@=hex(ffff0011):ff", "@=hex(ffff0011):00"), driver, "does not mark boot-critical device classes"},
		"no DRIVERS":                    {strings.ReplaceAll(registryText(), `HKLM\DRIVERS`, `HKLM\SOFTWARE`), net, "no hive DRIVERS"},
		"architecture":                  {registryText() + "[HKLM\\SYSTEM\\DriverDatabase]\n\"Architecture\"=dword:c\n\n", driver, "driver database is for arm64"},
		"boot-critical without DRIVERS": {strings.ReplaceAll(registryText(), `HKLM\DRIVERS`, `HKLM\SOFTWARE`), driver, ""},
		"service of Windows":            {registryText() + "[HKLM\\SYSTEM\\ControlSet001\\Services\\Svc]\n\"ImagePath\"=\"x\"\n\n", bootDriver(), "line 25: the image has a service Svc that does not belong to a driver package"},
		"service of others":             {registryText() + "[HKLM\\SYSTEM\\ControlSet001\\Services\\Svc]\n\"ImagePath\"=\"x\"\n\"Owners\"=hex(7):61,00,00,00,00,00\n\n", bootDriver(), "the image has a service Svc with another ImagePath"},
	} {
		t.Run(name, func(t *testing.T) {
			ok, why := open(t, session(t, test.registry, nil)).Suits(parsed(t, "x.inf", []byte(test.text), nil))
			if ok != (test.why == "") || !strings.Contains(why, test.why) {
				t.Errorf("suits %t: %s", ok, why)
			}
		})
	}
	packed := parsed(t, "x.inf", []byte(change("1=disk", "1=disk,x.cab")), nil)
	packed.Files = slices.DeleteFunc(packed.Files, func(f driverstore.File) bool { return f.Path == "x.sys" })
	if ok, why := open(t, session(t, registryText(), nil)).Suits(packed); ok || !strings.Contains(why, "x.sys is in the cabinet x.cab") {
		t.Errorf("suits %t: %s", ok, why)
	}
	s := session(t, registryText(), map[string][]byte{"Windows/System32/drivers/x.sys": {'x'}})
	if ok, why := open(t, s).Suits(parsed(t, "x.inf", []byte(bootDriver()), nil)); ok || !strings.Contains(why, "Windows/System32/drivers/x.sys that does not belong to a driver package") {
		t.Errorf("suits %t: %s", ok, why)
	}
}

// TestStaged: a boot-critical package that can't be reflected as Windows does, and that
// the boot loader does not need, is staged in SYSTEM; existing services and files stay.
func TestStaged(t *testing.T) {
	const service = "[HKLM\\SYSTEM\\ControlSet001\\Services\\Svc]\n\"ImagePath\"=\"x\"\n\n"
	for name, test := range map[string]struct{ registry, text string }{
		"co-installers":      {"", change("[Service]", "[Install.NT.CoInstallers]\nAddReg=Hardware\n[Service]")},
		"needs":              {"", change("CopyFiles=@x.sys", "Include=machine.inf\nNeeds=Other\nCopyFiles=@x.sys")},
		"root":               {"", change("HKR,,Dev", "HKLM,Software\\X,Dev")},
		"program":            {"", change("ServiceType=1", "ServiceType=0x10")},
		"destination":        {"", change("DefaultDestDir=12", "DefaultDestDir=16422")},
		"service of Windows": {service, driver},
	} {
		t.Run(name, func(t *testing.T) {
			s := session(t, registryText()+test.registry, nil)
			before := snapshot(t, s)
			store := open(t, s)
			pkg := parsed(t, "x.inf", []byte(test.text), nil)
			if ok, why := store.Suits(pkg); !ok {
				t.Fatal(why)
			}
			mustImport(t, store, pkg)
			p := store.Packages()[0]
			if p.Hive != "SYSTEM" || p.Folder == "" {
				t.Errorf("the package is %+v", p)
			}
			var ids int
			for _, d := range differences(before, snapshot(t, s)) {
				_, name, _ := strings.Cut(d, " ")
				switch {
				case strings.Contains(d, "| UpdateDate"), strings.Contains(d, "| OemInfMap"):
				case strings.HasPrefix(d, "+ ") && strings.Contains(d, `\DeviceIds\`):
					ids++
				case !strings.HasPrefix(d, "+ ") || !strings.Contains(name, p.Key) && !strings.Contains(name, "oem0."),
					strings.Contains(d, "Configurations"), strings.Contains(d, "Descriptors"), strings.Contains(d, "PnpLockdownFiles"):
					t.Error(d)
				}
			}
			if ids == 0 {
				t.Error("no device is recorded")
			}
			if err := store.Remove(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			only(t, before, snapshot(t, s))
		})
	}
}

// TestInStore: a driver that runs from the store leaves nothing outside of it.
func TestInStore(t *testing.T) {
	s := session(t, registryText(), nil)
	before := snapshot(t, s)
	store := open(t, s)
	mustImport(t, store, parsed(t, "x.inf", []byte(change(`%12%\x.sys`, `%13%\x.sys`, "DefaultDestDir=12", "DefaultDestDir=13")), nil))
	p := store.Packages()[0]
	registry, _ := image.As[image.Registry](s)
	v, err := registry.Value(`HKLM\SYSTEM\CurrentControlSet\Services\Svc`, "ImagePath")
	if want := `\SystemRoot\System32\DriverStore\FileRepository\` + p.Key + `\x.sys`; err != nil || hive.DecodeString(v.Data) != want {
		t.Errorf("the program is %q, not %q (%v)", hive.DecodeString(v.Data), want, err)
	}
	for _, d := range differences(before, snapshot(t, s)) {
		if strings.Contains(d, "PnpLockdownFiles") || strings.Contains(d, "System32/drivers") {
			t.Error(d)
		}
	}
	if err := store.Remove(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	only(t, before, snapshot(t, s))
}

// TestShared: two packages with the same service and file.
func TestShared(t *testing.T) {
	s := session(t, registryText(), nil)
	before := snapshot(t, s)
	store := open(t, s)
	first := mustImport(t, store, parsed(t, "x.inf", []byte(driver), nil))
	alone := snapshot(t, s)
	newer := parsed(t, "x.inf", []byte(change("1.2.3.4", "1.2.3.5")), nil)
	second := mustImport(t, store, newer)
	if first != "oem0.inf" || second != "oem1.inf" {
		t.Errorf("published as %s and %s", first, second)
	}
	other := parsed(t, "y.inf", []byte(bootDriver("AddService=Svc", "AddService=Other")), map[string][]byte{"x.sys": []byte("other")})
	if _, err := store.Import(t.Context(), other); !errors.Is(err, driverstore.ErrUnsuited) || !strings.Contains(err.Error(), "x.sys with other content") {
		t.Errorf("a package with another driver: %v", err)
	}
	if ok, _ := store.Suits(other, store.Packages()[0]); ok {
		t.Error("one of two owners is enough")
	}
	if ok, why := store.Suits(other, store.Packages()...); !ok {
		t.Errorf("a package that replaces both: %s", why)
	}
	registry, _ := image.As[image.Registry](s)
	text := func(key, name string) string {
		v, err := registry.Value(key, name)
		if err != nil {
			t.Error(err)
		}
		return strings.ReplaceAll(string(v.Data), "\x00", "")
	}
	const service = `HKLM\SYSTEM\CurrentControlSet\Services\Svc`
	const file = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles\%SystemRoot%/System32/drivers/x.sys`
	for _, want := range [][3]string{
		{service, "Owners", "oem0.infoem1.inf"}, {file, "Owners", "oem0.infoem1.inf"}, {service, "DependOnService", "Other"}, {service, "DependOnGroup", "Group"},
		{service, "DisplayName", "@oem1.inf,%Name%;The service"}, {service, "ImagePath", `\SystemRoot\System32\drivers\x.sys`},
	} {
		if got := text(want[0], want[1]); got != want[2] {
			t.Errorf("%s is %q", want[1], got)
		}
	}
	for _, p := range store.Packages() {
		if p.PublishedName == "oem1.inf" {
			if err := store.Remove(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
	}
	only(t, alone, snapshot(t, s))
	mustImport(t, store, newer)
	if err := open(t, s).Remove(t.Context(), store.Packages()[0]); err != nil {
		t.Fatal(err)
	}
	left := open(t, s)
	if got := text(service, "Owners") + text(file, "Owners"); got != "oem1.infoem1.inf" {
		t.Errorf("owners are %q", got)
	}
	if got, want := text(file, "Source"), left.Packages()[0].Key+`\x.sys`; !strings.HasSuffix(got, want) {
		t.Errorf("the file is from %s, not from %s", got, want)
	}
	if err := left.Remove(t.Context(), left.Packages()[0]); err != nil {
		t.Fatal(err)
	}
	only(t, before, snapshot(t, s))
}

func TestRemoveRefuses(t *testing.T) {
	const record = "[HKLM\\SYSTEM\\DriverDatabase\\DriverPackages\\disk.inf_amd64_1]\n@=\"disk.inf\"\n\n"
	s := session(t, registryText()+record, nil)
	store := open(t, s)
	if err := store.Remove(t.Context(), store.Packages()[0]); err == nil || !strings.Contains(err.Error(), `published as "disk.inf"`) {
		t.Errorf("a package of Windows: %v", err)
	}
	if err := store.Remove(t.Context(), driverstore.Package{Key: "none"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a package that is not there: %v", err)
	}
}

func TestImportErrors(t *testing.T) {
	good := parsed(t, "x.inf", []byte(driver), nil)
	without := func(path string) driverstore.Import {
		pkg := good
		pkg.Files = slices.DeleteFunc(slices.Clone(good.Files), func(f driverstore.File) bool { return f.Path == path })
		return pkg
	}
	with := func(f driverstore.File) driverstore.Import {
		pkg := good
		pkg.Files = append(slices.Clone(good.Files), f)
		return pkg
	}
	broken := errors.New("broken")
	fails := func() (io.ReadCloser, error) { return nil, broken }
	for name, test := range map[string]struct {
		pkg driverstore.Import
		err string
	}{
		"file":      {without("x.sys"), "line 11: file x.sys is not in the package"},
		"catalogue": {without("x.cat"), "catalogue x.cat is not in the package"},
		"twice":     {with(driverstore.File{Path: "X.SYS", Open: good.Files[0].Open}), "is listed twice"},
		"path":      {with(driverstore.File{Path: "../y", Open: good.Files[0].Open}), "must not contain"},
		"open":      {with(driverstore.File{Path: "y", Open: fails}), "broken"},
	} {
		s := session(t, registryText(), nil)
		before := snapshot(t, s)
		if _, err := open(t, s).Import(t.Context(), test.pkg); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v", name, err)
		}
		only(t, before, snapshot(t, s))
	}
}

// TestScopes: configurations are recorded like those in the image.
func TestScopes(t *testing.T) {
	for recorded, want := range map[string]uint32{"": 0x107, "107": 0x107, "f7f": 0xf7f} {
		text := registryText()
		if recorded != "" {
			text += "[HKLM\\SYSTEM\\DriverDatabase\\DriverPackages\\a.inf_amd64_1\\Configurations\\A]\n\"ConfigScope\"=dword:" + recorded + "\n\n"
		}
		s := session(t, text, nil)
		store := open(t, s)
		mustImport(t, store, parsed(t, "x.inf", []byte(change("[Service]", "[Install.NT.Wdf]\nKmdfService=Svc,Wdf\n[Wdf]\nKmdfLibraryVersion=1.15\n[Service]")), nil))
		registry, _ := image.As[image.Registry](s)
		v, err := registry.Value(`HKLM\SYSTEM\DriverDatabase\DriverPackages\`+store.Packages()[0].Key+`\Configurations\Install.NT`, "ConfigScope")
		if err != nil || len(v.Data) != 4 || binary.LittleEndian.Uint32(v.Data) != want {
			t.Errorf("in an image with %q: %v, %v", recorded, v, err)
		}
		v, err = registry.Value(`HKLM\SYSTEM\CurrentControlSet\Services\Svc\Parameters\Wdf`, "KmdfLibraryVersion")
		if err != nil || v.Type != hive.RegSZ {
			t.Errorf("KmdfLibraryVersion: %v, %v", v, err)
		}
	}
}
