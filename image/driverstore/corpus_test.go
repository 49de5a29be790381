package driverstore_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

// realImage has the SYSTEM of a real Windows 10; the rest of the image is made up.
func realImage(t testing.TB) image.Session {
	t.Helper()
	files := regimage.Hives(t, "[HKLM\\DRIVERS\\DriverDatabase\\DriverPackages]\n\n[HKLM\\DRIVERS\\DriverDatabase\\DriverInfFiles]\n\n[HKLM\\DRIVERS\\DriverDatabase\\DeviceIds]\n\n"+
		`[HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles]`+"\n\n")
	for name, data := range folders() {
		files[name] = data
	}
	files[systemFile] = testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")
	return writable(t, files)
}

// corpus parses all INF files of the collection that are driver packages for the target
// of the tests, and adds a catalogue to those that name none.
func corpus(t testing.TB) map[string]driverstore.Import {
	t.Helper()
	root := testenv.Shared(t, "drivers")
	all, seen := map[string]driverstore.Import{}, map[string]bool{}
	dir := os.DirFS(root)
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(path.Ext(name)); err != nil || d.IsDir() || ext != ".inf" && ext != ".inx" {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		data = completedFile(data)
		f, err := inf.Parse(data)
		if err != nil {
			return nil
		}
		base := strings.TrimSuffix(path.Base(name), path.Ext(name)) + ".inf"
		if seen[base+string(data)] {
			return nil // one package for each INF file
		}
		seen[base+string(data)] = true
		if p := f.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631}); len(p.Models) > 0 {
			all[name] = parsed(t, base, data, nil)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCorpus imports every suitable package of the collection into an image with the
// SYSTEM of a real Windows 10, and removes them again.
func TestCorpus(t *testing.T) {
	s := realImage(t)
	before := snapshot(t, s)
	store := open(t, s)
	own := len(store.Packages())
	packages := corpus(t)
	imported := map[string]string{} // by published name
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		pkg := packages[name]
		ok, why := store.Suits(pkg)
		published, err := store.Import(t.Context(), pkg)
		switch {
		case ok != (err == nil) || !ok && (why == "" || !errors.Is(err, driverstore.ErrUnsuited) || !strings.Contains(err.Error(), why)):
			t.Errorf("%s: suits %t (%s), imported with %v", name, ok, why, err)
		case ok && imported[published] != "":
			t.Errorf("%s and %s are both %s", name, imported[published], published)
		case ok:
			imported[published] = name
		}
	}
	t.Logf("%d of %d packages are imported", len(imported), len(packages))
	if len(imported) < 108 || imported["oem12.inf"] == "" {
		t.Errorf("only %d packages are imported: %v", len(imported), imported)
	}
	list := store.Packages()
	if reread := open(t, s).Packages(); !reflect.DeepEqual(list, reread) {
		t.Errorf("the list of %d packages is not that of the image, %d", len(list), len(reread))
	}
	compareCorpus(t, exported(t, s), list)
	for _, p := range list {
		if imported[p.PublishedName] == "" {
			continue
		}
		if err := store.Remove(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	if n := len(store.Packages()); n != own {
		t.Errorf("%d packages are left, not %d", n, own)
	}
	only(t, before, snapshot(t, s))
}

// compareCorpus lets independent readers read the written hives.
func compareCorpus(t *testing.T, files hivesOf, list []driverstore.Package) {
	t.Helper()
	for _, name := range []string{"SYSTEM", "DRIVERS", "SOFTWARE"} {
		testenv.Run(t, "hivexregedit", "--export", files.hive(t, name), `\`)
	}
	for _, name := range []string{"SYSTEM", "DRIVERS"} {
		records := files.key(t, name, `\DriverDatabase\DriverPackages`)
		out := testenv.Run(t, "reglookup", "-p", "/DriverDatabase/DriverPackages", "-t", "KEY", "-H", files.hive(t, name))
		for _, p := range list {
			if in := strings.Contains(records, `\`+p.Key+"]\n") && strings.Contains(out, "/"+p.Key+","); in != (p.Hive == name) {
				t.Errorf("%s is in %s: %t", p.Key, name, in)
			}
		}
	}
}

func TestCorpusDeterministic(t *testing.T) {
	var first map[string]string
	packages := corpus(t)
	for range 2 {
		s := realImage(t)
		store := open(t, s)
		for _, name := range slices.Sorted(maps.Keys(packages)) {
			if ok, _ := store.Suits(packages[name]); ok {
				mustImport(t, store, packages[name])
			}
		}
		if err := s.Commit(t.Context(), "step"); err != nil {
			t.Fatal(err)
		}
		files, _ := image.As[image.Files](s)
		digests := map[string]string{}
		for _, h := range image.Hives() {
			if sum, err := files.SHA1(h.File); err == nil {
				digests[h.Name] = fmt.Sprintf("%x", sum)
			}
		}
		if first == nil {
			first = digests
		} else if !maps.Equal(first, digests) {
			t.Errorf("%v, then %v", first, digests)
		}
	}
}

// TestRealPackage imports a package with all its real files.
func TestRealPackage(t *testing.T) {
	root := testenv.Shared(t, "drivers/adafruit/Drivers/FTDI_VCP_BUS")
	data, err := os.ReadFile(root + "/ftdibus.inf")
	if err != nil {
		t.Fatal(err)
	}
	f, err := inf.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	pkg := driverstore.Import{Name: "ftdibus.inf", INF: data, File: f, Package: f.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: 16299}), Signer: "Microsoft Windows Hardware Compatibility Publisher"}
	found, problems, err := pkg.Package.Locate(os.DirFS(root))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	for name, file := range found {
		pkg.Files = append(pkg.Files, driverstore.File{Path: name, Open: func() (io.ReadCloser, error) { return os.Open(root + "/" + file) }})
	}
	s := session(t, registryText()+class("USB", "{36fc9e60-c465-11cf-8056-444553540000}", true), nil)
	before := snapshot(t, s)
	store := open(t, s)
	if ok, why := store.Suits(pkg); !ok {
		t.Fatal(why)
	}
	published := mustImport(t, store, pkg)
	files, _ := image.As[image.Files](s)
	for _, name := range []string{"Windows/System32/drivers/ftdibus.sys", "Windows/INF/" + published, catRoot + "/oem0.cat", store.Packages()[0].Folder + "/amd64/ftdibus.sys"} {
		if _, err := files.Stat(name); err != nil {
			t.Error(err)
		}
	}
	if err := store.Remove(t.Context(), store.Packages()[0]); err != nil {
		t.Fatal(err)
	}
	only(t, before, snapshot(t, s))
}

// TestRemoveReal removes the packages that were added to a real Windows 10.
func TestRemoveReal(t *testing.T) {
	s := realImage(t)
	before := snapshot(t, s)
	store := open(t, s)
	var names []string
	for _, p := range store.Packages()[:5] {
		names = append(names, p.PublishedName, p.Key)
		if err := store.Remove(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	after := snapshot(t, s)
	for name, value := range after {
		for _, gone := range names {
			if strings.Contains(strings.ToLower(name+decoded(value)), gone) {
				t.Errorf("%s is left: %s", gone, name)
			}
		}
	}
	services := map[string]bool{}
	for _, d := range differences(before, after) {
		_, service, isService := strings.Cut(d, `\ControlSet001\Services\`)
		service, _, _ = strings.Cut(service, " |")
		switch {
		case strings.HasPrefix(d, "~ ") && strings.Contains(d, "OemInfMap"):
			if !strings.HasSuffix(d, "→ REG_BINARY 55e0") {
				t.Error(d)
			}
		case strings.HasPrefix(d, "~ ") && slices.Contains([]string{"i8042prt", "mouclass", "mouhid"}, service):
			if !strings.Contains(decoded(d[strings.Index(d, "→ REG_MULTI_SZ"):][len("→ "):]), "msmouse.inf") {
				t.Error(d)
			}
		case !strings.HasPrefix(d, "- "):
			t.Error(d)
		case isService:
			name, _, _ := strings.Cut(strings.TrimPrefix(service, `EventLog\System\`), `\`)
			services[name] = true
		case !strings.Contains(d, `\DriverDatabase\`):
			t.Error(d)
		}
	}
	if got := slices.Sorted(maps.Keys(services)); !slices.Equal(got, []string{"VMUsbMouse", "vmci", "vmmouse"}) {
		t.Errorf("the services that are gone are %q", got)
	}
	if store := open(t, s); len(store.Packages()) != 233 || mustImport(t, store, virtio(t, "viogpu/viogpudo/viogpudo.inx")) != "oem0.inf" {
		t.Errorf("%d packages are left", len(store.Packages()))
	}
}

// decoded returns the data that a snapshot has of a value.
func decoded(value string) string {
	_, data, _ := strings.Cut(value, " ")
	b, _ := hex.DecodeString(data)
	return strings.ReplaceAll(string(b), "\x00", "")
}

// BenchmarkImport100 imports a hundred packages into the real hive.
func BenchmarkImport100(b *testing.B) {
	s := realImage(b)
	store := open(b, s)
	one := virtioText(b, "viogpu/viogpudo/viogpudo.inx")
	n := 0
	for b.Loop() {
		for range 100 {
			n++
			text := strings.ReplaceAll(one, "DEV_1050", fmt.Sprintf("DEV_%04X", n))
			mustImport(b, store, parsed(b, "viogpudo.inf", []byte(text), nil))
		}
	}
}
