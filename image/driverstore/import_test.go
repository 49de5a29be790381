package driverstore_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

const catRoot = "Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}"

func clock() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

// class returns .reg text of a device class, with or without the boot-critical mark.
func class(name, guid string, critical bool) string {
	text := `[HKLM\SYSTEM\ControlSet001\Control\Class\` + guid + "]\n\"Class\"=\"" + name + "\"\n\n"
	if critical {
		text += `[HKLM\SYSTEM\ControlSet001\Control\Class\` + guid + `\Properties\{6a3433f4-5626-40e8-a9b9-dbd9ecd2884b}\0003]` + "\n@=hex(ffff0011):ff\n\n"
	}
	return text
}

const (
	scsi      = "{4d36e97b-e325-11ce-bfc1-08002be10318}"
	systemID  = "{4d36e97d-e325-11ce-bfc1-08002be10318}"
	portsID   = "{4d36e978-e325-11ce-bfc1-08002be10318}"
	displayID = "{4d36e968-e325-11ce-bfc1-08002be10318}"
)

// registryText returns .reg text of an image with a driver database in both hives.
func registryText() string {
	return class("SCSIAdapter", scsi, true) + class("System", systemID, true) + class("Net", net, false) + class("Display", displayID, false) +
		class("Ports", portsID, true) + class("Extension", inf.ExtensionClass, false) +
		`[HKLM\SYSTEM\ControlSet001\Services\EventLog\System]` + "\n\n" +
		"[HKLM\\SYSTEM\\DriverDatabase\\DriverPackages]\n\n[HKLM\\SYSTEM\\DriverDatabase\\DriverInfFiles]\n\n[HKLM\\SYSTEM\\DriverDatabase\\DeviceIds]\n\n" +
		"[HKLM\\DRIVERS\\DriverDatabase\\DriverPackages]\n\n[HKLM\\DRIVERS\\DriverDatabase\\DriverInfFiles]\n\n[HKLM\\DRIVERS\\DriverDatabase\\DeviceIds]\n\n" +
		`[HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles]` + "\n\n"
}

// folders are in every image.
func folders() map[string][]byte {
	return map[string][]byte{
		"Windows/INF/disk.inf": {'x'}, "Windows/System32/drivers/disk.sys": {'x'}, catRoot + "/x.cat": {'x'}, "Windows/syswow64/x.dll": {'x'}, driverstore.Repository + "/disk.inf_amd64_1/disk.inf": {'x'},
	}
}

// session opens an image with the keys of the text and the files for writing.
func session(t testing.TB, text string, files map[string][]byte) image.Session {
	t.Helper()
	all := regimage.Hives(t, text)
	maps.Copy(all, folders())
	maps.Copy(all, files)
	return writable(t, all)
}

func writable(t testing.TB, files map[string][]byte) image.Session {
	t.Helper()
	b, err := memory.New(map[string]memory.Image{"image": {Files: files}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{
		Write: true, Store: "store", Clock: clock(), AllowDirtyHives: []string{"SYSTEM"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func open(t testing.TB, s image.Session) *driverstore.Store {
	t.Helper()
	store, err := driverstore.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// parsed makes a package from an INF file and the content of its other files. The
// content of files that are not given is their name.
func parsed(t testing.TB, name string, text []byte, files map[string][]byte) driverstore.Import {
	t.Helper()
	return parsedFor(t, 22631, name, text, files)
}

// parsedFor is parsed for a build of Windows.
func parsedFor(t testing.TB, build uint32, name string, text []byte, files map[string][]byte) driverstore.Import {
	t.Helper()
	f, err := inf.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	pkg := driverstore.Import{
		Name: name, INF: text, File: f, Package: f.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: build}),
		Signer: "Microsoft Windows Hardware Compatibility Publisher", Origin: `C:\drivers`,
	}
	all := map[string][]byte{}
	for _, file := range pkg.Package.Files {
		all[file.Path] = []byte(file.Path)
	}
	if pkg.Package.Catalog != "" {
		all[pkg.Package.Catalog] = []byte("catalogue of " + name)
	}
	maps.Copy(all, files)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pkg.Files = append(pkg.Files, driverstore.File{Path: name, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(all[name])), nil
		}})
	}
	return pkg
}

// virtio reads a driver package of the virtio-win sources, completed as by its build.
func virtio(t testing.TB, file string) driverstore.Import {
	t.Helper()
	return parsed(t, strings.TrimSuffix(path.Base(file), path.Ext(file))+".inf", []byte(virtioText(t, file)), nil)
}

func virtioText(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(testenv.Shared(t, "drivers/virtio-win-inx/"+file))
	if err != nil {
		t.Fatal(err)
	}
	return completed(string(data))
}

// completed replaces the build variables in the source of an INF file, and adds a
// version, as stampinf does, if it has none.
func completed(text string) string {
	text = strings.NewReplacer("$ARCH$", "amd64", "INX_PLATFORM_DRIVERS_DIR", "12", "_INX_SUBSYS_VENDOR_ID", "1AF4", "INX_COMPANY", "Red Hat, Inc.",
		"INX_PREFIX_VENDOR", "Red Hat ").Replace(text)
	if !hasVersion.MatchString(text) {
		text = versionSection.ReplaceAllString(emptyVersion.ReplaceAllString(text, ""), "${1}DriverVer=01/02/2024,1.0.0.0\r\n")
	}
	return text
}

var (
	hasVersion     = regexp.MustCompile(`(?im)^[ \t]*DriverVer[ \t]*=[ \t]*[0-9]`)
	emptyVersion   = regexp.MustCompile(`(?im)^[ \t]*DriverVer[ \t]*=.*$`)
	versionSection = regexp.MustCompile(`(?im)^([ \t]*\[Version\][^\n]*\n)`)
)

// completedFile is completed for a file, in any encoding.
func completedFile(data []byte) []byte {
	if !bytes.HasPrefix(data, []byte("\xff\xfe")) {
		return []byte(completed(string(data)))
	}
	units := make([]uint16, len(data)/2-1)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i+2:])
	}
	return []byte("\ufeff" + completed(string(utf16.Decode(units))))
}

func mustImport(t testing.TB, store *driverstore.Store, pkg driverstore.Import) string {
	t.Helper()
	name, err := store.Import(t.Context(), pkg)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// snapshot describes all files and all of the registry of an image.
func snapshot(t testing.TB, s image.Session) map[string]string {
	t.Helper()
	all := map[string]string{}
	files, _ := image.As[image.Files](s)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(name, "Windows/System32/config/") {
			return err
		}
		all["file "+name] = ""
		if !d.IsDir() {
			sum, err := files.SHA1(name)
			all["file "+name] = fmt.Sprintf("%x", sum)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	registry, _ := image.As[image.Registry](s)
	for _, h := range image.Hives() {
		if _, err := files.Stat(h.File); err == nil {
			snapshotKey(t, registry, strings.ReplaceAll(h.Root, "/", `\`), all)
		}
	}
	return all
}

// snapshotKey leaves out two large keys that drivers do not change.
func snapshotKey(t testing.TB, registry image.Registry, key string, all map[string]string) {
	if key == `HKLM\SYSTEM\ControlSet001\Enum` || key == `HKLM\SYSTEM\ControlSet001\Control` {
		return
	}
	all["key "+key] = ""
	values, err := registry.Values(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		all["value "+key+" | "+v.Name] = fmt.Sprintf("%v %x", v.Type, v.Data)
	}
	names, err := registry.Subkeys(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		snapshotKey(t, registry, key+`\`+name, all)
	}
}

// differences lists how two snapshots differ.
func differences(before, after map[string]string) []string {
	var out []string
	for name, value := range before {
		if other, ok := after[name]; !ok {
			out = append(out, "- "+name)
		} else if value != other {
			out = append(out, "~ "+name+": "+value+" → "+other)
		}
	}
	for name, value := range after {
		if _, ok := before[name]; !ok {
			out = append(out, "+ "+name+" "+value)
		}
	}
	slices.Sort(out)
	return out
}

// only fails the test unless the differences are exactly want, ignoring UpdateDate.
func only(t *testing.T, before, after map[string]string, want ...string) {
	t.Helper()
	got := slices.DeleteFunc(differences(before, after), func(d string) bool { return strings.Contains(d, "| UpdateDate") })
	if !slices.Equal(got, want) {
		t.Errorf("differences: %s", strings.Join(got, "\n"))
	}
}

func TestImportBootCritical(t *testing.T) {
	s := session(t, registryText(), nil)
	store := open(t, s)
	if name := mustImport(t, store, virtio(t, "viostor/viostor.inx")); name != "oem0.inf" {
		t.Errorf("published as %s", name)
	}
	list := store.Packages()
	if len(list) != 1 {
		t.Fatalf("%d packages", len(list))
	}
	p := list[0]
	if p.Hive != "SYSTEM" || p.OriginalName != "viostor.inf" || p.Provider != "Red Hat, Inc." || p.Class != "SCSIAdapter" || p.Version != "0.0.0.1" ||
		p.Arch != "amd64" || p.Inbox || !*p.BootCritical || len(p.HardwareIDs) != 4 || p.Folder == "" {
		t.Errorf("the package is %+v", p)
	}
	again, notes, err := driverstore.Packages(t.Context(), s)
	if err != nil || len(notes) > 0 || fmt.Sprintf("%+v", again[0].HardwareIDs) != fmt.Sprintf("%+v", p.HardwareIDs) {
		t.Errorf("read again: %+v, %q, %v", again, notes, err)
	}
	files := exported(t, s)
	record := `\DriverDatabase\DriverPackages\` + p.Key
	for key, want := range map[string]string{
		`\DriverDatabase\DriverInfFiles\oem0.inf`: `"Active"=str(1):"` + p.Key + `"`,
		record:                               `"SignerScore"=dword:0d000005|"StatusFlags"=dword:00000012|"Catalog"=str(1):"viostor.cat"|@=str(1):"oem0.inf"`,
		record + `\Configurations\scsi_inst`: `"ConfigFlags"=dword:00000000|"ConfigScope"=dword:00000007|"Service"=str(1):"viostor"`,
		record + `\Configurations\scsi_inst\Device\Interrupt Management\MessageSignaledInterruptProperties`: `"MSISupported"=dword:00000001`,
		record + `\Configurations\scsi_inst\Services\viostor\Parameters\PnpInterface`:                       `"5"=dword:00000001`,
		record + `\Descriptors\PCI\VEN_1AF4&DEV_1001`:                                                       `"Configuration"=str(1):"scsi_inst"|"Description"=str(1):"%viostorscsi.devicedesc%"|"Manufacturer"=str(1):"%vendor%"`,
		record + `\Strings`: `"vendor"=str(1):"Red Hat, Inc."|"viostorscsi.devicedesc"=str(1):"Red Hat VirtIO SCSI controller"`,
		`\DriverDatabase`:   `"OemInfMap"=hex(3):80`,
		`\DriverDatabase\DeviceIds\PCI\VEN_1AF4&DEV_1001`:                        `"oem0.inf"=hex(3):02,ff,00,00`,
		`\DriverDatabase\DeviceIds\PCI\VEN_1AF4&DEV_1042&SUBSYS_11001AF4&REV_01`: `"oem0.inf"=hex(3):01,ff,00,00`,
		`\DriverDatabase\DeviceIds\` + scsi:                                      `"oem0.inf"=hex(0):`,
		`\ControlSet001\Services\viostor`: `"ErrorControl"=dword:00000001|"Group"=str(1):"SCSI miniport"|"ImagePath"=str(2):"System32\drivers\viostor.sys"|` +
			`"Start"=dword:00000000|"Type"=dword:00000001|"Tag"=dword:00000001|"Owners"=hex(7):6f,00,65,00,6d,00,30,00,2e,00,69,00,6e,00,66,00,00,00,00,00`,
		`\ControlSet001\Services\EventLog\System\viostor`: `"TypesSupported"=dword:00000007`,
	} {
		values := files.key(t, "SYSTEM", key)
		for _, line := range strings.Split(want, "|") {
			if !strings.Contains(values, "\n"+line+"\n") {
				t.Errorf("%s has no %s: %s", key, line, values)
			}
		}
	}
	values := files.key(t, "SOFTWARE", `\Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles`)
	for _, line := range []string{`"Class"=dword:00000004`, `"Source"=str(2):"%SystemRoot%\System32\DriverStore\FileRepository\` + p.Key + `\viostor.sys"`} {
		if !strings.Contains(values, "\n"+line+"\n") {
			t.Errorf("PnpLockdownFiles has no %s: %s", line, values)
		}
	}
	out := testenv.Run(t, "reglookup", "-p", "/DriverDatabase/DeviceIds", "-H", files.hive(t, "SYSTEM"))
	if n := strings.Count(out, "oem0.inf"); n != 5 {
		t.Errorf("reglookup sees %d device IDs: %s", n, out)
	}
}

// TestImportStaged: a package that is not boot-critical is recorded in DRIVERS and only
// staged.
func TestImportStaged(t *testing.T) {
	s := session(t, registryText(), nil)
	before := snapshot(t, s)
	store := open(t, s)
	mustImport(t, store, virtio(t, "viogpu/viogpudo/viogpudo.inx"))
	p := store.Packages()[0]
	if p.Hive != "DRIVERS" || *p.BootCritical {
		t.Errorf("the package is %+v", p)
	}
	for _, d := range differences(before, snapshot(t, s)) {
		if strings.Contains(d, `\SYSTEM\`) && !strings.Contains(d, "OemInfMap") || strings.Contains(d, "SOFTWARE") || strings.Contains(d, "System32/drivers") ||
			strings.Contains(d, "Configurations") || strings.Contains(d, "Descriptors") {
			t.Error(d)
		}
	}
	files := exported(t, s)
	if values := files.key(t, "DRIVERS", `\DriverDatabase\DeviceIds\PCI\VEN_1AF4&DEV_1050&SUBSYS_11001AF4&REV_01`); !strings.Contains(values, `"oem0.inf"=hex(3):01,f9,00,00`) {
		t.Errorf("the device ID has %s", values)
	}
}

// hivesOf are the hive files of an image, for independent readers.
type hivesOf struct{ dir string }

// exported writes the hives of an image to a folder.
func exported(t *testing.T, s image.Session) hivesOf {
	t.Helper()
	if err := s.Commit(t.Context(), "step"); err != nil {
		t.Fatal(err)
	}
	files, _ := image.As[image.Files](s)
	h := hivesOf{t.TempDir()}
	for _, file := range image.Hives() {
		data, err := fs.ReadFile(files, file.File)
		if err != nil {
			continue
		}
		if err := os.WriteFile(h.dir+"/"+file.Name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h hivesOf) hive(t *testing.T, name string) string { return h.dir + "/" + name }

// key returns hivexregedit's export of a key and its subkeys.
func (h hivesOf) key(t *testing.T, hive, key string) string {
	t.Helper()
	return export(t, h.hive(t, hive), key)
}

func TestRemove(t *testing.T) {
	files := map[string][]byte{"Windows/INF/oem1.inf": []byte("taken")}
	s := session(t, registryText()+
		"[HKLM\\SYSTEM\\DriverDatabase\\DriverInfFiles\\oem3.inf]\n\n[HKLM\\SYSTEM\\DriverDatabase]\n\"OemInfMap\"=hex:b8\n\n"+
		"[HKLM\\DRIVERS\\DriverDatabase\\DeviceIds\\PCI\\VEN_1AF4&DEV_1050]\n\"other.inf\"=hex:01,ff,00,00\n\n", files)
	before := snapshot(t, s)
	store := open(t, s)
	names := []string{"viostor/viostor.inx", "viogpu/viogpudo/viogpudo.inx", "vioscsi/vioscsi.inx", "vioserial/sys/vioser.inx"}
	var published []string
	for _, name := range names {
		published = append(published, mustImport(t, store, virtio(t, name)))
	}
	if want := []string{"oem5.inf", "oem6.inf", "oem7.inf", "oem8.inf"}; !slices.Equal(published, want) {
		t.Errorf("published as %q", published)
	}
	full := snapshot(t, s)
	for _, name := range names { // again
		mustImport(t, store, virtio(t, name))
		mustImport(t, open(t, s), virtio(t, name))
	}
	only(t, full, snapshot(t, s))
	middle := store.Packages()[2]
	if err := store.Remove(t.Context(), middle); err != nil {
		t.Fatal(err)
	}
	if got := mustImport(t, store, virtio(t, "vioscsi/vioscsi.inx")); got != "oem7.inf" {
		t.Errorf("the number was not freed: %s", got)
	}
	only(t, full, snapshot(t, s))
	for i, p := range store.Packages() {
		if i%2 == 1 {
			store = open(t, s)
		}
		if err := store.Remove(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if len(store.Packages()) > 0 {
		t.Errorf("%+v are left", store.Packages())
	}
	only(t, before, snapshot(t, s))
}
