package driver

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

const arduino = "arduino/build/windows/dist/drivers"

// TestRealPackages imports every package of a vendor's folder that is whole.
func TestRealPackages(t *testing.T) {
	host := providertest.NewHost(t, realFolder(t, arduino))
	m := providertest.NewImage(t, base(t), true)
	set := of("drivers", unsigned, object{"recurse": cty.True, "exclude": texts("CP210x*")})
	want, err := resolved(t, host, set, false)
	if err != nil {
		t.Fatal(err)
	}
	signers := map[string]string{}
	for name, p := range want.GetAttr("packages").AsValueMap() {
		signers[name] = "nobody"
		if s := p.GetAttr("signer"); !s.IsNull() {
			signers[name] = s.AsString()
		}
	}
	const whql = "Microsoft Windows Hardware Compatibility Publisher"
	if signers["FTDI USB Drivers/ftdibus.inf"] != whql || signers["FTDI USB Drivers/ftdiport.inf"] != whql || signers["arduino.inf"] == "nobody" {
		t.Errorf("signers %v", signers)
	}
	change := providers.Change{Action: providers.Create, Want: want}
	division, err := Provider().Way("offline").Divide(t.Context(), m, host, change)
	effect := division.Effect.Text
	if err != nil {
		t.Fatal(err)
	}
	t.Log(effect)
	if err := Provider().Way("offline").Apply(t.Context(), m, host, []providers.Change{change}); err != nil {
		t.Fatal(err)
	}
	if have, err := Provider().Found(t.Context(), m, want); err != nil || have.IsNull() || !have.GetAttr("packages").RawEquals(want.GetAttr("packages")) {
		t.Errorf("applied, it reads %#v, %v", have, err)
	}
	all := stored(t, m)
	for name := range signers {
		if !strings.Contains(all, name[strings.LastIndex(name, "/")+1:]) && !strings.Contains(effect, name) {
			t.Errorf("%s is not stored, and not to be added later: %s", name, effect)
		}
	}
	recorded(t, m, "ftdibus.inf", `USB\VID_0403&PID_6001`)
}

// recorded checks with other programs that a package is on record.
func recorded(t *testing.T, m *providertest.Image, name, id string) {
	t.Helper()
	list, _, err := driverstore.Packages(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.OriginalName != name {
			continue
		}
		hive := m.Save(t, map[string]string{"SYSTEM": system, "DRIVERS": drivers}[p.Hive])
		out := testenv.Run(t, "reglookup", "-p", "/DriverDatabase/DeviceIds", "-H", hive)
		if !strings.Contains(strings.ToUpper(out), strings.ToUpper(strings.ReplaceAll(id, `\`, "/")+"/"+p.PublishedName)) {
			t.Errorf("reglookup sees no %s of %s", id, p.PublishedName)
		}
		script := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(script, []byte(`cd \DriverDatabase\DriverPackages\`+p.Key+"\nlsval InfName\nlsval @\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := testenv.Run(t, "hivexsh", "-f", script, hive); !strings.Contains(out, name) || !strings.Contains(out, p.PublishedName) {
			t.Errorf("hivexsh sees\n%s", out)
		}
		return
	}
	t.Errorf("%s is not in the driver store", name)
}

// TestRealSignatures: who has signed what, and what does not count.
func TestRealSignatures(t *testing.T) {
	cp210x := realFolder(t, arduino+"/CP210x_6.7.4")
	host := providertest.NewHost(t, cp210x)
	read := func(host providers.Host, set object) error {
		want, err := resolved(t, host, set, false)
		if err == nil {
			_, err = Provider().Found(t.Context(), providertest.NewImage(t, base(t), false), want)
		}
		return err
	}
	// The collection lacks a file of the package.
	if err := read(host, of("drivers/slabvcp.inf")); err == nil || !strings.Contains(err.Error(), "drivers/slabvcp.inf:188: file x64/WdfCoinstaller01009.dll is not in the package") {
		t.Errorf("CP210x: %v", err)
	}
	host.Put(t, "drivers/x64/WdfCoinstaller01009.dll", "another one")
	if err := read(host, of("drivers/slabvcp.inf")); err == nil || !strings.Contains(err.Error(), "the catalogue drivers/slabvcp.cat does not list drivers/x64/WdfCoinstaller01009.dll as it is") {
		t.Errorf("CP210x with a file of somebody else: %v", err)
	}
	// The line ends of this INF were changed.
	bus := providertest.NewHost(t, realFolder(t, "adafruit/Drivers/FTDI_VCP_BUS"))
	if err := read(bus, of("drivers")); err == nil || !strings.Contains(err.Error(), "does not list drivers/ftdibus.inf as it is") {
		t.Errorf("FTDI with other line ends: %v", err)
	}
	ftdi := providertest.NewHost(t, realFolder(t, arduino+"/FTDI USB Drivers"))
	if err := read(ftdi, of("drivers")); err != nil {
		t.Errorf("FTDI: %v", err)
	}
	usbser := providertest.NewHost(t, realFolder(t, "adafruit/Drivers/Adafruit_usbser"))
	if err := read(usbser, of("drivers")); err == nil || !strings.Contains(err.Error(), "not signed") && !strings.Contains(err.Error(), "Adafruit_usbser") {
		t.Errorf("Adafruit_usbser: %v", err)
	}
}

// filesOf are the digests of all files of an image, without the hives.
func filesOf(t *testing.T, m *providertest.Image) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(m, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(name, "Windows/System32/config") {
			return err
		}
		if d.IsDir() {
			all[name] = "folder"
			return nil
		}
		sum, err := m.SHA1(name)
		all[name] = fmt.Sprintf("%x", sum)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// keys are all values of the registry, but for the bitmap of numbers in use, which
// may end in other zeros.
func keys(t *testing.T, m *providertest.Image) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(key string)
	walk = func(key string) {
		values, err := m.Values(key)
		if err != nil {
			t.Fatal(err)
		}
		all[key] = "key"
		for _, v := range values {
			if v.Name != "OemInfMap" && v.Name != "UpdateDate" {
				all[key+" "+v.Name] = fmt.Sprintf("%d %x", v.Type, v.Data)
			}
		}
		names, err := m.Subkeys(key)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			walk(key + `\` + n)
		}
	}
	for _, root := range []string{`HKLM\SYSTEM`, `HKLM\DRIVERS`, `HKLM\SOFTWARE`} {
		walk(root)
	}
	return all
}

// TestNoOrphan compares an image with itself after drivers came and went.
func TestNoOrphan(t *testing.T) {
	host := providertest.NewHost(t, packages(map[string]spec{
		"alpha": {}, "disk1": {class: "SCSIAdapter", guid: scsiClass}, "later": {class: "Unheard", guid: "{00000000-1111-2222-3333-444444444444}"},
	}))
	m := providertest.NewImage(t, base(t), true)
	files, values := filesOf(t, m), keys(t, m)
	names := []string{"alpha", "disk1"}
	for _, name := range names {
		mustApply(t, m, host, providers.Create, of("drivers/"+name+".inf", unsigned))
	}
	if reg, err := m.Subkeys(`HKLM\SYSTEM\CurrentControlSet\Services`); err != nil || !strings.Contains(strings.Join(reg, " "), "disk1") {
		t.Errorf("the services are %v, %v, without the boot-critical one", reg, err)
	}
	for _, name := range names {
		mustApply(t, m, host, providers.Delete, absent(name+".inf"))
	}
	if got := filesOf(t, m); !maps.Equal(got, files) {
		t.Errorf("files are %v, were %v", got, files)
	}
	if got := keys(t, m); !maps.Equal(got, values) {
		for k, v := range got {
			if values[k] != v {
				t.Errorf("%s is %s, was %q", k, v, values[k])
			}
		}
		for k := range values {
			if _, ok := got[k]; !ok {
				t.Errorf("%s is gone", k)
			}
		}
	}
}

// TestFirstBoot: what can't be imported offline is queued, and goes again.
func TestFirstBoot(t *testing.T) {
	// A signed package of a class that the image does not have.
	host := providertest.NewHost(t, realFolder(t, arduino+"/FTDI USB Drivers"))
	content := base(t)
	delete(content, drivers)
	content["Windows/Setup/Scripts/x"] = nil // the folder
	m := providertest.NewImage(t, content, true)
	set := of("drivers")
	want, err := resolved(t, host, set, false)
	if err != nil {
		t.Fatal(err)
	}
	change := providers.Change{Action: providers.Create, Want: want}
	w := Provider().Way("offline")
	division, err := w.Divide(t.Context(), m, host, change)
	effect := division.Effect.Text
	if err != nil || !strings.HasPrefix(effect, "at first boot: ftdibus.inf, ftdiport.inf, because ") {
		t.Errorf("the effect is %q, %v", effect, err)
	}
	files := filesOf(t, m)
	for range 2 {
		if err := w.Apply(t.Context(), m, host, []providers.Change{change}); err != nil {
			t.Fatal(err)
		}
	}
	have, err := Provider().Found(t.Context(), m, want)
	if err != nil || have.IsNull() || have.GetAttr("applies").AsValueMap()["ftdibus.inf"].AsString() != "at first boot" {
		t.Errorf("queued, it reads %#v, %v", have, err)
	}
	jobs, err := bootjob.Jobs(m)
	if err != nil || len(jobs) != 2 || jobs[0].Commands[0].Args[0] != "/add-driver" {
		t.Fatalf("jobs %+v, %v", jobs, err)
	}
	for _, name := range []string{"ftdibus.inf", "ftdiport.inf"} {
		mustApply(t, m, host, providers.Delete, absent(name, object{"provider": cty.StringVal("FTDI")}))
	}
	m.Flush(t)
	if got := filesOf(t, m); !maps.Equal(got, files) {
		t.Errorf("files are %v, were %v", got, files)
	}
	// A running Windows takes no unsigned driver.
	alpha := providertest.NewHost(t, packages(map[string]spec{"alpha": {}}))
	if want, err = resolved(t, alpha, of("drivers", unsigned), false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Divide(t.Context(), m, alpha, providers.Change{Action: providers.Create, Want: want}); err == nil || !strings.Contains(err.Error(), "unsigned") {
		t.Errorf("an unsigned one: %v", err)
	}
}

// failing fails to write files of one name.
type failing struct {
	*providertest.Image
	name string
}

func (f failing) WriteFile(name string, content io.Reader, meta image.Meta) error {
	if strings.HasSuffix(name, f.name) {
		return fs.ErrPermission
	}
	return f.Image.WriteFile(name, content, meta)
}

// TestGoOn: a package that fails is named, and the others stay.
func TestGoOn(t *testing.T) {
	host := providertest.NewHost(t, packages(map[string]spec{"alpha": {}, "beta": {}, "gamma": {}}))
	m := providertest.NewImage(t, base(t), true)
	want, err := resolved(t, host, of("drivers", unsigned), false)
	if err != nil {
		t.Fatal(err)
	}
	change := []providers.Change{{Action: providers.Create, Want: want}}
	err = Provider().Way("offline").Apply(t.Context(), failing{m, "beta.sys"}, host, change)
	if err == nil || !strings.Contains(err.Error(), "drivers/beta.inf: ") || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a package that fails: %v", err)
	}
	if got := stored(t, m); !strings.Contains(got, "alpha.inf") || !strings.Contains(got, "gamma.inf") || strings.Contains(got, "beta.inf") {
		t.Errorf("stored are\n%s", got)
	}
	if err := Provider().Way("offline").Apply(t.Context(), m, host, change); err != nil || strings.Count(stored(t, m), "\n") != 2 {
		t.Errorf("once more: %v, stored are\n%s", err, stored(t, m))
	}
	host.Put(t, "drivers/bin/beta.sys", "changed")
	if err := Provider().Way("offline").Apply(t.Context(), m, host, change); err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("changed since the plan: %v", err)
	}
}

// many are generated packages, each in a folder of its own.
func many(t testing.TB, n int) providers.Host {
	all := map[string]string{}
	for i := range n {
		name := fmt.Sprintf("gen%03d", i)
		spec{}.payload(all, "drivers/"+name, name)
	}
	return providertest.NewHost(t, all)
}

// TestHundred imports 100 packages at once, by one resource and by one each.
func TestHundred(t *testing.T) {
	const n = 100
	host := many(t, n)
	content := base(t)
	one := providertest.NewImage(t, content, true)
	start := time.Now()
	mustApply(t, one, host, providers.Create, of("drivers", unsigned, object{"recurse": cty.True}))
	t.Logf("100 packages of a folder: %v", time.Since(start))
	var sets []object
	for i := range n {
		sets = append(sets, of(fmt.Sprintf("drivers/gen%03d", i), unsigned))
	}
	each := providertest.NewImage(t, content, true)
	mustApply(t, each, host, providers.Create, sets...)
	if a, b := stored(t, one), stored(t, each); a != b || strings.Count(a, "\n") != n-1 {
		t.Errorf("stored are\n%s\nand by a resource each\n%s", a, b)
	}
	out := testenv.Run(t, "reglookup", "-p", "/DriverDatabase/DriverInfFiles", "-H", "-t", "KEY", one.Save(t, drivers))
	if got := strings.Count(out, "/oem"); got != n {
		t.Errorf("reglookup sees %d published packages", got)
	}
}

func BenchmarkApply(b *testing.B) {
	content := base(b)
	for _, n := range []int{25, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			host := many(b, n)
			for b.Loop() {
				m := providertest.NewImage(b, content, true)
				mustApply(b, m, host, providers.Create, of("drivers", unsigned, object{"recurse": cty.True}))
			}
		})
	}
}

// BenchmarkRead reads one wanted driver out of a real registry.
func BenchmarkRead(b *testing.B) {
	host := many(b, 1)
	m := providertest.NewImage(b, map[string][]byte{system: testenv.ReadShared(b, "hives/regipy/SYSTEM_WIN_10_1709.xz")}, false)
	want, err := resolved(b, host, of("drivers", unsigned, object{"recurse": cty.True}), false)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Provider().Found(b.Context(), m, want); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEffect asks when one driver takes effect in an image with a real registry.
func BenchmarkEffect(b *testing.B) {
	host := many(b, 1)
	m := providertest.NewImage(b, map[string][]byte{system: testenv.ReadShared(b, "hives/regipy/SYSTEM_WIN_10_1709.xz")}, false)
	want, err := resolved(b, host, of("drivers", object{"recurse": cty.True}), false)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Provider().Way("offline").Divide(b.Context(), m, host, providers.Change{Action: providers.Create, Want: want}); err == nil {
			b.Fatal("an unsigned driver has a way")
		}
	}
}
