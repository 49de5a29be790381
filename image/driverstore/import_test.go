package driverstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

const catRoot = "Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}"

func clock() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

// class is a device class; with or without the mark of one that is boot-critical.
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

// registryText is an image with a driver database in both hives.
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
		"Windows/INF/disk.inf": {'x'}, "Windows/System32/drivers/disk.sys": {'x'}, catRoot + "/x.cat": {'x'}, driverstore.Repository + "/disk.inf_amd64_1/disk.inf": {'x'},
	}
}

// session opens for writing an image with the keys of the text and the files.
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

// parsed makes a package of an INF and the content of its other files. Those
// that the INF names and that are not given hold their names.
func parsed(t testing.TB, name string, text []byte, files map[string][]byte) driverstore.Import {
	t.Helper()
	f, err := inf.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	pkg := driverstore.Import{
		Name: name, INF: text, File: f, Package: f.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631}),
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

// virtio reads a driver package of the virtio-win sources, completed as its build does.
func virtio(t testing.TB, file string) driverstore.Import {
	t.Helper()
	data, err := os.ReadFile(testenv.Shared(t, "drivers/virtio-win-inx/"+file))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("$ARCH$", "amd64", "INX_PLATFORM_DRIVERS_DIR", "12", "_INX_SUBSYS_VENDOR_ID", "1AF4", "INX_COMPANY", "Red Hat, Inc.",
		"INX_PREFIX_VENDOR", "Red Hat ").Replace(string(data))
	return parsed(t, strings.TrimSuffix(path.Base(file), path.Ext(file))+".inf", []byte(text), nil)
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

func snapshotKey(t testing.TB, registry image.Registry, key string, all map[string]string) {
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

// differences lists what two snapshots do not have in common.
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

func TestDump(t *testing.T) {
	s := session(t, registryText(), nil)
	before := snapshot(t, s)
	store := open(t, s)
	for _, name := range []string{"viostor/viostor.inx", "viogpu/viogpudo/viogpudo.inx"} {
		pkg := virtio(t, name)
		if ok, why := store.Suits(pkg); !ok {
			t.Error(why)
			continue
		}
		mustImport(t, store, pkg)
	}
	for _, d := range differences(before, snapshot(t, s)) {
		t.Log(d)
	}
	_ = hive.RegNone
	_ = errors.New
	_ = filepath.Join
}
