package viadism_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/all"
)

// made is a driver package that the test has made: what belongs to it is known
// without anything of gild's reading it.
type made struct {
	name, provider, class, guid, extension, date, version string
	devices                                               []string
	start                                                 int
	payload                                               string
}

// inf is the text of its INF file.
func (m made) inf() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[Version]\nSignature=\"$Windows NT$\"\nClass=%s\nClassGuid=%s\nProvider=\"%s\"\nDriverVer=%s,%s\nCatalogFile=%[6]s.cat\nPnpLockdown=1\n",
		m.class, m.guid, m.provider, m.date, m.version, m.name)
	if m.extension != "" {
		fmt.Fprintf(&b, "ExtensionId=%s\n", m.extension)
	}
	fmt.Fprintf(&b, "[Manufacturer]\n\"%s\"=Models,NTamd64\n[Models.NTamd64]\n", m.provider)
	for _, d := range m.devices {
		fmt.Fprintf(&b, "\"Device\"=Install,%s\n", d)
	}
	// A device of another architecture is none that the package drives here.
	fmt.Fprintf(&b, "[DestinationDirs]\nDefaultDestDir=%d\n[SourceDisksNames]\n1=Disk\n[SourceDisksFiles]\n%s.sys=1\n[Install.NT]\nCopyFiles=@%[2]s.sys\n", 12+m.start%2, m.name)
	if m.extension == "" {
		fmt.Fprintf(&b, "[Install.NT.Services]\nAddService=%s,2,Service\n[Service]\nServiceType=1\nStartType=%d\nErrorControl=1\nServiceBinary=%%%d%%\\%[1]s.sys\n", m.name, m.start, 12+m.start%2)
	}
	return b.String()
}

// write writes it into a folder.
func (m made) write(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{".inf": m.inf(), ".sys": m.payload, ".cat": "no catalogue"} {
		if err := os.WriteFile(filepath.Join(dir, m.name+name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// sampleOf makes packages with names, providers, versions and devices in common.
func sampleOf(rnd *rand.Rand, n int) []made {
	classes := [][2]string{{"SCSIAdapter", "{4d36e97b-e325-11ce-bfc1-08002be10318}"}, {"Net", "{4d36e972-e325-11ce-bfc1-08002be10318}"}}
	one := func(list ...string) string { return list[rnd.IntN(len(list))] }
	var all []made
	for i := range n {
		class := classes[rnd.IntN(len(classes))]
		m := made{
			name: one("ibt", "rtk"), provider: one("Contoso", "Contoso", "Fabrikam"), class: class[0], guid: class[1], start: rnd.IntN(4),
			date: one("01/02/2023", "01/02/2024"), version: one("1.0", "2.0", "10.0"), payload: fmt.Sprintf("payload %d", i),
		}
		if rnd.IntN(6) == 0 {
			m.class, m.guid = "Extension", "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}"
			m.extension = one("{11111111-2222-3333-4444-555555555555}", "{11111111-2222-3333-4444-666666666666}")
		}
		for _, d := range []string{"A", "B", "C", "D"} {
			if rnd.IntN(2) == 0 {
				m.devices = append(m.devices, `USB\VID_1&PID_`+d)
			}
		}
		if len(m.devices) == 0 {
			m.devices = []string{`USB\VID_1&PID_A`}
		}
		all = append(all, m)
		if rnd.IntN(8) == 0 { // built again
			m.payload += ", once more"
			all = append(all, m)
		}
	}
	return all
}

// lab makes images of random sets of packages, one out of the other.
type lab struct {
	*testing.T
	rnd     *rand.Rand
	dir     string
	backend string
	machine *dismemu.Machine
	all     []made
	known   map[string]made // by the text of the INF
	source  string
	lines   []string

	refused, gone, displaced, shared int
}

// TestRandomDrivers applies random sets of packages with shared names, versions and
// devices, by both backends: no device that had a driver is without one, and no
// package is gone, unless the plan said so. GILD_DRIVER_SETS says how many sets.
func TestRandomDrivers(t *testing.T) {
	sets := 40
	if n, err := strconv.Atoi(os.Getenv("GILD_DRIVER_SETS")); err == nil {
		sets = n
	}
	if testing.Short() {
		sets = 20
	}
	for _, backend := range []string{"offline", "dism"} {
		t.Run(backend, func(t *testing.T) {
			dir := t.TempDir()
			l := &lab{T: t, rnd: rand.New(rand.NewPCG(18, 2)), dir: dir, backend: backend, machine: &dismemu.Machine{State: filepath.Join(dir, "state")}, known: map[string]made{}}
			if err := sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{}); err != nil {
				t.Fatal(err)
			}
			l.all = sampleOf(l.rnd, 40)
			for _, m := range l.all {
				l.known[m.inf()] = m
			}
			l.source = "base.wim"
			for i := range sets {
				if l.set(i); t.Failed() {
					break
				}
			}
			t.Logf("%d sets: %d refused, %d packages gone, %d of them displaced, %d steps of several resources", sets, l.refused, l.gone, l.displaced, l.shared)
			if sets >= 40 && (l.refused > sets*2/3 || l.gone == 0 || l.displaced == 0 || l.shared == 0) {
				t.Error("the sets do not show much")
			}
		})
	}
}

// set plans a random set of packages, and applies it if the plan finds no fault with it.
func (l *lab) set(i int) {
	l.Helper()
	if l.rnd.IntN(12) == 0 {
		l.source = "base.wim"
	}
	output := fmt.Sprintf("out%d.wim", i)
	text, wanted := l.configuration(i, output)
	plan, opts := l.plan(text)
	if plan == nil {
		l.refused++
		return
	}
	before := l.holds(l.source)
	if _, err := executor.Apply(l.Context(), plan, opts); err != nil {
		l.Fatalf("set %d: %v\n%s", i, err, text)
	}
	l.compare(text, plan.Images[0], before, l.holds(output), wanted)
	if again, _ := l.plan(text); again == nil || !again.Empty() {
		l.Errorf("set %d: a second plan has changes\n%s", i, text)
	}
	if old := filepath.Join(l.dir, l.source); l.source != "base.wim" {
		if err := os.Remove(old); err != nil {
			l.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(l.dir, ".gild")); err != nil {
		l.Fatal(err)
	}
	l.source = output
}

// configuration declares one to four resources: folders of packages, some of which are
// in several of them, and now and then what is to be removed.
func (l *lab) configuration(i int, output string) (text string, wanted []made) {
	var b strings.Builder
	fmt.Fprintf(&b, "image \"t\" {\n  source = %q\n  output = %q\n  backend = %q\n", l.source, output, l.backend)
	pool := make([]made, 1+l.rnd.IntN(5))
	for j := range pool {
		pool[j] = l.all[l.rnd.IntN(len(l.all))]
	}
	for r := range 1 + l.rnd.IntN(4) {
		folder := fmt.Sprintf("set%d/r%d", i, r)
		count := 0
		for j, m := range pool {
			if l.rnd.IntN(2) == 0 || count == 0 && j == len(pool)-1 {
				m.write(l.T, filepath.Join(l.dir, folder, fmt.Sprintf("p%d", j)))
				wanted = append(wanted, m)
				count++
			}
		}
		fmt.Fprintf(&b, "  driver \"r%d\" {\n    source = %q\n    recurse = true\n    force_unsigned = true\n", r, folder)
		switch l.rnd.IntN(6) {
		case 0, 1:
			b.WriteString("    allow_downgrade = true\n")
		case 2:
			fmt.Fprintf(&b, "    replaces = [%q]\n", l.all[l.rnd.IntN(len(l.all))].name+".inf")
		}
		b.WriteString("  }\n")
	}
	if l.rnd.IntN(5) == 0 {
		m := l.all[l.rnd.IntN(len(l.all))]
		fmt.Fprintf(&b, "  driver \"gone\" {\n    ensure = \"absent\"\n    original_name = \"%s.inf\"\n    provider = %q\n    version = %q\n  }\n", m.name, m.provider, m.version)
	}
	b.WriteString("}\n")
	return b.String(), wanted
}

// plan plans the configuration; nil if there is something wrong with it.
func (l *lab) plan(text string) (*planner.Plan, executor.Options) {
	l.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, "a.gild.hcl"), []byte(text), 0o666); err != nil {
		l.Fatal(err)
	}
	kinds := make(dsl.Kinds, 0)
	for _, p := range all.All() {
		kinds = append(kinds, dsl.Kind{Name: p.Kind, Doc: p.Doc, Singleton: p.Singleton, Schema: p.Schema})
	}
	config, diags := dsl.Load(dsl.Options{FS: os.DirFS(l.dir), Dir: l.dir, Kinds: kinds})
	if diags.HasErrors() {
		l.Fatal(diags)
	}
	in := planner.Input{Config: config, Providers: all.All(), Host: host.New(l.dir), Backends: []image.Backend{
		dism.Backend{Program: emulated{l.machine, &l.lines, nil}, Pause: time.Millisecond}, offline.Backend{},
	}}
	plan, diags := planner.Make(l.Context(), in)
	for _, d := range diags {
		switch d.Summary {
		case "Newer driver in the image", "Two versions of a driver", "Two drivers with the same INF file", "Conflicting resources", "Driver can't be added":
		default:
			l.Errorf("%v\n%s", d, text)
		}
	}
	return plan, executor.Options{
		Providers: in.Providers, Backends: in.Backends, Host: in.Host, Store: filepath.Join(l.dir, ".gild"), Events: func(record.Event) {},
	}
}

// holding is what an image has of the packages, by the names of their folders.
type holding map[string]made

// drives returns the devices that have a driver.
func (h holding) drives() map[string]bool {
	set := map[string]bool{}
	for _, m := range h {
		for _, d := range m.devices {
			set[m.class[:3]+" "+d] = true
		}
	}
	return set
}

// holds looks into the driver store of an image, by the names and texts of its files,
// and checks that all of it is on record.
func (l *lab) holds(file string) holding {
	l.Helper()
	s, err := offline.Backend{}.Open(l.Context(), image.Ref{Path: filepath.Join(l.dir, file)}, image.OpenOptions{})
	if err != nil {
		l.Fatal(err)
	}
	defer s.Close()
	files, _ := image.As[image.Files](s)
	registry, _ := image.As[image.Registry](s)
	const store = "Windows/System32/DriverStore/FileRepository"
	folders, err := files.ReadDir(store)
	if err != nil {
		l.Fatal(err)
	}
	h := holding{}
	for _, f := range folders {
		name, _, _ := strings.Cut(f.Name(), "_")
		m, ok := l.known[read(l.T, files, path.Join(store, f.Name(), name))]
		if !ok {
			continue // of Windows
		}
		m.payload = read(l.T, files, path.Join(store, f.Name(), m.name+".sys"))
		h[f.Name()] = m
		l.recorded(registry, f.Name(), m)
	}
	l.services(files, registry)
	return h
}

func read(t *testing.T, files fs.FS, name string) string {
	t.Helper()
	f, err := files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// recorded checks that a package is on record, with each device.
func (l *lab) recorded(registry image.Registry, folder string, m made) {
	l.Helper()
	for _, database := range []string{`HKLM\SYSTEM\DriverDatabase`, `HKLM\DRIVERS\DriverDatabase`} {
		v, err := registry.Value(database+`\DriverPackages\`+folder, "")
		if err != nil {
			continue
		}
		published := hive.DecodeString(v.Data)
		for _, d := range m.devices {
			if _, err := registry.Value(database+`\DeviceIds\`+d, published); err != nil {
				l.Errorf("%s (%s) is not on record for %s: %v", folder, published, d, err)
			}
		}
		return
	}
	l.Errorf("%s is not on record", folder)
}

// services checks that the program of each service is there.
func (l *lab) services(files image.Files, registry image.Registry) {
	l.Helper()
	for _, name := range []string{"ibt", "rtk"} {
		v, err := registry.Value(`HKLM\SYSTEM\CurrentControlSet\Services\`+name, "ImagePath")
		if err != nil {
			continue
		}
		program := strings.TrimPrefix(hive.DecodeString(v.Data), `\SystemRoot\`)
		if _, err := files.Stat("Windows/" + strings.ReplaceAll(program, `\`, "/")); err != nil {
			l.Errorf("the service %s has no program %s: %v", name, program, err)
		}
	}
}

// compare checks what became of an image.
func (l *lab) compare(text string, img *planner.Image, before, after holding, wanted []made) {
	l.Helper()
	said := map[string]bool{} // folders and devices that the plan says are gone
	for _, it := range img.Items {
		if it.Action != providers.Delete {
			continue
		}
		for _, p := range it.Have.GetAttr("packages").AsValueMap() {
			said[p.GetAttr("digest").AsString()] = true
		}
		if store := it.Want.GetAttr("store_name"); !store.IsNull() {
			l.displaced++
		}
	}
	for _, s := range img.Steps {
		if len(s.Also) > 0 {
			l.shared++
		}
	}
	driven := after.drives()
	for _, folder := range slices.Sorted(maps.Keys(before)) {
		if _, there := after[folder]; there {
			continue
		}
		l.gone++
		if said[folder] {
			continue
		}
		l.Errorf("%s is gone, and the plan did not say so\n%s", folder, text)
		for _, d := range before[folder].devices {
			if !driven[before[folder].class[:3]+" "+d] {
				l.Errorf("%s is without a driver", d)
			}
		}
	}
	for folder := range said {
		if _, there := after[folder]; there {
			l.Errorf("%s is there, and the plan said that it will be removed\n%s", folder, text)
		}
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(slices.Collect(maps.Values(after)), func(m made) bool { return bytes.Equal([]byte(m.inf()), []byte(w.inf())) && m.payload == w.payload }) {
			l.Errorf("%s %s of %v is not there\n%s", w.name, w.version, w.devices, text)
		}
	}
}
