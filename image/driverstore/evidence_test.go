package driverstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/internal/testenv"
)

// realStore opens the driver store of a real Windows 10.
func realStore(t *testing.T) *Store {
	t.Helper()
	data := testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")
	b, err := memory.New(map[string]memory.Image{"image": {Files: map[string][]byte{"Windows/System32/config/SYSTEM": data}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if store.packages, _, err = Packages(t.Context(), s); err != nil { // with all hardware IDs
		t.Fatal(err)
	}
	return store
}

// TestRealPlacement: this package would record every package of the real SYSTEM there,
// and every class that it records there has a package there.
func TestRealPlacement(t *testing.T) {
	s := realStore(t)
	used := map[string]bool{}
	for _, p := range s.packages {
		used[nt.Fold(p.ClassGUID)] = true
		if database, _ := s.place(p.ClassGUID); database != systemDatabase {
			t.Errorf("%s of class %s would be recorded in %s", p.Key, p.Class, database)
		}
	}
	critical := 0
	for _, guid := range s.records.Below(classes) {
		if s.records.class(guid).critical {
			critical++
			if !used[nt.Fold(guid)] {
				t.Errorf("class %s is boot-critical, but no package of it is in SYSTEM", guid)
			}
		}
	}
	if len(s.packages) < 200 || critical != 32 || len(used) != 33 {
		t.Errorf("%d packages of %d classes, %d of which are boot-critical", len(s.packages), len(used), critical)
	}
}

// TestRealNumbers: the map has the numbers of all published names.
func TestRealNumbers(t *testing.T) {
	s := realStore(t)
	if got := slices.Collect(s.state.infMap.numbers()); !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) {
		t.Errorf("OemInfMap is %v", got)
	}
	if n := s.state.free(); n != 12 {
		t.Errorf("the lowest free number is %d", n)
	}
}

// TestRealImagePaths: the paths of services' programs are those of Windows.
func TestRealImagePaths(t *testing.T) {
	s := realStore(t)
	same, all := 0, 0
	for _, name := range s.records.Below(services) {
		k, _ := s.records.Key(services + `\` + name)
		path := k.Text("ImagePath")
		if len(k.Texts("Owners")) == 0 || path == "" {
			continue
		}
		all++
		start, _ := k.Number("Start")
		v := &inf.Service{Start: start}
		rest := strings.TrimPrefix(path, `\SystemRoot\`)
		if i := strings.Index(strings.ToLower(rest), `\filerepository\`); i >= 0 {
			folder, file, _ := strings.Cut(rest[i+len(`\filerepository\`):], `\`)
			v.Binary = inf.ParseDest(`%13%\` + file)
			path, rest = strings.ToLower(path), folder
		} else {
			v.Binary = inf.ParseDest(`%11%\` + rest[len(`System32\`):])
		}
		got, ok := imagePath(v, rest, inf.AMD64)
		if ok && strings.EqualFold(got, path) {
			same++
		}
	}
	t.Logf("%d of %d programs", same, all)
	if same < 224 || all != 225 {
		t.Errorf("%d of %d programs of services", same, all)
	}
}

// TestRealRecords generates INF files from the records of a real Windows 10, and
// records from these INF files, and counts how many are equal byte for byte.
// [Store.Suits] refuses all others.
func TestRealRecords(t *testing.T) {
	s := realStore(t)
	count := map[string][2]int{}
	add := func(what string, same bool) {
		c := count[what]
		c[1]++
		if same {
			c[0]++
		}
		count[what] = c
	}
	for _, p := range s.packages {
		d := &decompiler{Store: s, Package: p, key: systemDatabase + `\DriverPackages\` + p.Key}
		want := d.values()
		got, why := d.rebuilt(t)
		version := foldASCII(d.key + "|version")
		a, b := got.data[version], want.data[version]
		add("Version but for its first byte and its last 8", len(b) == versionSize && bytes.Equal(a[1:40], b[1:40]))
		if !p.Inbox {
			add("Version of what was added", bytes.Equal(a, b))
		}
		if !d.carriedOut() {
			if !p.Inbox {
				want.leaveOut(d.key)
				add("staged only, whole", got.equal(want, systemDatabase))
				if !got.equal(want, systemDatabase) {
					t.Errorf("%s: %s", p.Key, got.first(want, systemDatabase))
				}
			}
			continue
		}
		whole := true
		for area, prefix := range map[string]string{
			"configurations": d.key + `\configurations`, "descriptors": d.key + `\descriptors`, "strings": d.key + `\strings`,
			"device IDs": systemDatabase + `\DeviceIds`, "INF files": systemDatabase + `\DriverInfFiles`,
		} {
			same := got.equal(want, prefix)
			whole = whole && same
			add(area, same)
			if !same && why == "" {
				t.Errorf("%s: its %s are not what is recorded: %s", p.Key, area, got.first(want, prefix))
			}
		}
		add("whole", whole)
		if why == "" {
			add("whole, of those that suit", whole)
		}
	}
	if all := count["whole, of those that suit"]; all[0] != all[1] {
		t.Errorf("%d of %d that suit are as they are recorded", all[0], all[1])
	}
	for _, what := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%s: %d of %d", what, count[what][0], count[what][1])
	}
	for what, least := range map[string]int{
		"configurations": 153, "descriptors": 198, "device IDs": 198, "strings": 200, "INF files": 188, "whole": 149, "whole, of those that suit": 145,
		"Version but for its first byte and its last 8": 238, "Version of what was added": 5, "staged only, whole": 2,
	} {
		if count[what][0] < least {
			t.Errorf("%s: %d", what, count[what][0])
		}
	}
}

// recorded is a part of the registry, by folded key and name.
type recorded struct{ data map[string][]byte }

func (r recorded) set(key, name string, kind hive.ValueType, data []byte) {
	if kind != hive.RegBinary { // those are compared in part
		data = append([]byte(kind.String()+" "), data...)
	}
	r.data[foldASCII(key)+"|"+foldASCII(name)] = data
}

func foldASCII(s string) string { return strings.ToLower(s) }

func (r recorded) below(prefix string) map[string][]byte {
	m := map[string][]byte{}
	for name, data := range r.data {
		if strings.HasPrefix(name, foldASCII(prefix)) {
			m[name] = data
		}
	}
	return m
}

func (r recorded) equal(o recorded, prefix string) bool {
	return maps.EqualFunc(r.below(prefix), o.below(prefix), bytes.Equal)
}

// first describes a difference.
func (r recorded) first(o recorded, prefix string) string {
	a, b := r.below(prefix), o.below(prefix)
	names := slices.Sorted(maps.Keys(a))
	names = append(names, slices.Sorted(maps.Keys(b))...)
	for _, name := range names {
		if !bytes.Equal(a[name], b[name]) || (a[name] == nil) != (b[name] == nil) {
			return fmt.Sprintf("%s: %q, not %q", name, a[name], b[name])
		}
	}
	return ""
}

// leaveOut removes the approximated parts of a record (docs/decisions/0013): properties
// of the catalogue, and bits of StatusFlags that some packages have.
func (r recorded) leaveOut(key string) {
	for name := range r.below(key + `\properties`) {
		delete(r.data, name)
	}
	r.set(key, "StatusFlags", hive.RegDword, hive.EncodeUint32(statusFlags))
}

// decompiler makes an INF file from the record of a package.
type decompiler struct {
	*Store
	Package
	key     string
	text    strings.Builder
	regs    int
	strings []string // lines of its section of strings
	why     string   // parts that no INF file can produce, or that are not supported
}

// carriedOut reports whether the package was reflected, not only staged.
func (d *decompiler) carriedOut() bool {
	k, _ := d.records.Key(systemDatabase + `\DriverInfFiles\` + d.PublishedName)
	return k.Has("Configurations")
}

// values reads the records.
func (d *decompiler) values() recorded {
	r := recorded{map[string][]byte{}}
	d.walk(r, d.key)
	d.walk(r, systemDatabase+`\DriverInfFiles\`+d.PublishedName)
	for _, key := range d.ids() {
		v, _ := d.registry.Value(key, d.PublishedName)
		r.set(key, v.Name, v.Type, v.Data)
	}
	return r
}

func (d *decompiler) walk(r recorded, key string) {
	values, _ := d.registry.Values(key)
	for _, v := range values {
		r.set(key, v.Name, v.Type, v.Data)
	}
	for _, name := range d.records.Below(key) {
		d.walk(r, key+`\`+name)
	}
	if len(values) == 0 && len(d.records.Below(key)) == 0 {
		r.data[foldASCII(key)] = []byte{}
	}
}

// ids lists the device ID keys with a value for the package.
func (d *decompiler) ids() []string {
	var keys []string
	var walk func(key string, depth int)
	walk = func(key string, depth int) {
		for _, name := range d.records.Below(key) {
			if _, err := d.registry.Value(key+`\`+name, d.PublishedName); err == nil {
				keys = append(keys, key+`\`+name)
			}
			if depth < maxNesting {
				walk(key+`\`+name, depth+1)
			}
		}
	}
	if d.state.ids == nil {
		d.state.ids = map[string][]string{}
		d.indexAll(systemDatabase+`\DeviceIds`, 0)
	}
	if keys = d.state.ids[nt.Fold(d.PublishedName)]; keys == nil {
		walk(systemDatabase+`\DeviceIds`, 0)
	}
	return keys
}

// indexAll indexes the device IDs of inbox packages as well.
func (d *decompiler) indexAll(key string, depth int) {
	for _, name := range d.records.Below(key) {
		k, _ := d.records.Key(key + `\` + name)
		for _, v := range k.Values {
			d.state.ids[nt.Fold(v.Name)] = append(d.state.ids[nt.Fold(v.Name)], key+`\`+name)
		}
		if depth < maxNesting {
			d.indexAll(key+`\`+name, depth+1)
		}
	}
}

// rebuilt makes the record again, from the INF file.
func (d *decompiler) rebuilt(t *testing.T) (recorded, string) {
	t.Helper()
	text := d.inf()
	f, err := inf.Parse([]byte("\ufeff" + text))
	if err != nil {
		t.Fatal(err)
	}
	pkg := Import{Name: d.OriginalName, File: f, Package: f.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: 16299}), Signer: d.Signer}
	k, _ := d.records.Key(d.key)
	pkg.Package.Catalog, pkg.Origin = k.Text("Catalog"), k.Text("OemPath")
	r := &recorder{pkg: pkg, published: d.PublishedName, name: d.Key, database: systemDatabase, reflected: d.carriedOut(), at: nt.Time(binary.LittleEndian.Uint64(append(k.Bytes("ImportDate"), 0, 0, 0, 0, 0, 0, 0, 0))).Time()}
	for i := range pkg.Package.Models {
		if pkg.Package.Install(&pkg.Package.Models[i]) == nil {
			t.Fatalf("%s: section %s is missing in %s", d.Key, pkg.Package.Models[i].Section, text)
		}
	}
	if err := r.record(); err != nil {
		t.Fatal(err)
	}
	out := recordedOf(r.entries)
	if d.why == "" && d.carriedOut() {
		d.why = unsuitedInstalls(pkg)
	}
	return out, d.why
}

// recordedOf returns the records that entries make.
func recordedOf(all entries) recorded {
	out := recorded{map[string][]byte{}}
	has := map[string]bool{}
	for _, e := range all {
		key := foldASCII(e.key)
		if e.value != nil {
			out.set(key, e.value.Name, e.value.Type, e.value.Data)
		}
		for i := len(key); i > 0; i = strings.LastIndexByte(key[:i], '\\') {
			if i < len(key) || e.value != nil {
				has[key[:i]] = true
			}
		}
	}
	for _, e := range all {
		if e.value == nil && !has[foldASCII(e.key)] {
			out.data[foldASCII(e.key)] = []byte{}
		}
	}
	return out
}
