package hives

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/testenv"
)

const system = "Windows/System32/config/SYSTEM"

func testClock() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

func writing() Options { return Options{Write: true, Clock: testClock()} }

// smallSystem is a SYSTEM hive whose current control set is the given one.
func smallSystem(t *testing.T, current uint32) []byte {
	t.Helper()
	h := hive.New(hive.NewOptions{})
	at := nt.TimeOf(time.Unix(1e9, 0))
	set := func(path, name string, typ hive.ValueType, data []byte) {
		k, err := h.Root().CreateSubkey(path, at)
		if err == nil {
			err = k.Set(name, typ, data, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	set(`Select`, "Current", hive.RegDword, hive.EncodeUint32(current))
	set(`ControlSet001\Control`, "Which", hive.RegDword, hive.EncodeUint32(1))
	set(`ControlSet002\Control`, "Which", hive.RegDword, hive.EncodeUint32(2))
	set(`ControlSet002\Link`, linkValue, hive.RegLink, nt.AppendUTF16(nil, `\Registry\Machine\SYSTEM\CurrentControlSet\Control`))
	set(`ControlSet002\Loop`, linkValue, hive.RegLink, nt.AppendUTF16(nil, `\REGISTRY\MACHINE\SYSTEM\ControlSet002\Loop`))
	for _, name := range []string{"Link", "Loop"} {
		k, err := h.Root().Lookup(`ControlSet002\` + name)
		if err == nil {
			err = k.SetFlags(hive.FlagSymLink, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return serialize(t, h)
}

func serialize(t *testing.T, h *hive.Hive) []byte {
	t.Helper()
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func filesWith(name string, data []byte) *memFiles {
	m := &memFiles{MapFS: fstest.MapFS{}}
	m.put(name, data)
	return m
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(a, b image.Value) bool {
	return a.Name == b.Name && a.Type == b.Type && bytes.Equal(a.Data, b.Data)
}

func dword(name string, n uint32) image.Value {
	return image.Value{Name: name, Type: hive.RegDword, Data: hive.EncodeUint32(n)}
}

func TestCurrentControlSet(t *testing.T) {
	for _, current := range []uint32{1, 2} {
		r := Open(filesWith(system, smallSystem(t, current)), Options{})
		v, err := r.Value("HKLM/SYSTEM/CurrentControlSet/Control", "which")
		ok(t, err)
		if want := dword("Which", current); !same(v, want) {
			t.Errorf("Select\\Current is %d: found %v, want %v", current, v, want)
		}
	}
}

func TestNoSelect(t *testing.T) {
	r := Open(filesWith(system, serialize(t, hive.New(hive.NewOptions{}))), writing())
	for _, err := range []error{
		r.CreateKey("HKLM/SYSTEM/CurrentControlSet/Services/x"),
		second(r.Value("HKLM/SYSTEM/CurrentControlSet", "x")),
	} {
		if err == nil || !strings.Contains(err.Error(), `no Select\Current`) || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without Select: %v", err)
		}
	}
	ok(t, r.CreateKey("HKLM/SYSTEM/ControlSet001/Services/x"))
}

func second[T any](_ T, err error) error { return err }

func TestLinks(t *testing.T) {
	r := Open(filesWith(system, smallSystem(t, 2)), writing())
	v, err := r.Value("HKLM/SYSTEM/CurrentControlSet/Link", "Which")
	ok(t, err)
	if want := dword("Which", 2); !same(v, want) {
		t.Errorf("through the link: %v, want %v", v, want)
	}
	ok(t, r.SetValue("HKLM/SYSTEM/ControlSet002/Link/Below", dword("x", 7)))
	if _, err := r.Value("HKLM/SYSTEM/ControlSet002/Control/Below", "x"); err != nil {
		t.Errorf("a key made through a link: %v", err)
	}
	if _, err := r.Values("HKLM/SYSTEM/ControlSet002/Loop"); err == nil || !strings.Contains(err.Error(), "symbolic links") {
		t.Errorf("a link to itself: %v", err)
	}
	ok(t, r.DeleteKey("HKLM/SYSTEM/ControlSet002/Link"))
	if _, err := r.Values("HKLM/SYSTEM/ControlSet002/Control"); err != nil {
		t.Errorf("deleting a link deleted what it leads to: %v", err)
	}
}

func TestMissingHive(t *testing.T) {
	r := Open(&memFiles{MapFS: fstest.MapFS{}}, writing())
	if _, err := r.Subkeys("HKLM/COMPONENTS"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading: %v", err)
	}
	err := r.SetValue("HKLM/COMPONENTS/a", dword("b", 1))
	if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "config/COMPONENTS") {
		t.Errorf("writing: %v", err)
	}
	if err := r.DeleteKey("HKLM/COMPONENTS/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleting: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	files := filesWith(system, smallSystem(t, 1))
	r := Open(files, Options{})
	for what, err := range map[string]error{
		"CreateKey":   r.CreateKey("HKLM/SYSTEM/x"),
		"SetValue":    r.SetValue("HKLM/SYSTEM/x", dword("a", 1)),
		"DeleteValue": r.DeleteValue("HKLM/SYSTEM/Select", "Current"),
		"DeleteKey":   r.DeleteKey("HKLM/SYSTEM/Select"),
	} {
		if !errors.Is(err, image.ErrReadOnly) {
			t.Errorf("%s on an image opened for reading: %v", what, err)
		}
	}
	r = Open(files, writing())
	for _, key := range []string{"HKLM/SYSTEM", "HKLM/SYSTEM/currentcontrolset", "HKCU/Software", "HKLM/NOHIVE/x"} {
		if err := r.DeleteKey(key); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("DeleteKey(%q): %v", key, err)
		}
	}
	files.put(system, []byte("regf, but not really"))
	if _, err := Open(files, Options{}).Subkeys("HKLM/SYSTEM"); err == nil || !strings.Contains(err.Error(), system) {
		t.Errorf("a broken hive: %v", err)
	}
}

func TestDelete(t *testing.T) {
	r := Open(filesWith(system, smallSystem(t, 1)), writing())
	for _, err := range []error{
		r.DeleteKey("HKLM/SYSTEM/ControlSet009"),
		r.DeleteKey("HKLM/SYSTEM/ControlSet001/no/such"),
		r.DeleteValue("HKLM/SYSTEM/ControlSet009", "x"),
		r.DeleteValue("HKLM/SYSTEM/Select", "x"),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("deleting what is not there: %v", err)
		}
	}
	if r.Dirty() {
		t.Error("nothing was deleted, and the registry is dirty")
	}
	ok(t, r.DeleteValue("HKLM/SYSTEM/Select", "current"))
	ok(t, r.DeleteKey(`HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002`))
	if !r.Dirty() {
		t.Error("not dirty after deleting")
	}
	names, err := r.Subkeys("HKLM/SYSTEM")
	ok(t, err)
	if want := []string{"ControlSet001", "Select"}; !slices.Equal(names, want) {
		t.Errorf("left are %v, want %v", names, want)
	}
}

func TestNamesWithSlashes(t *testing.T) {
	r := Open(filesWith(system, smallSystem(t, 1)), writing())
	ok(t, r.SetValue(`HKLM\SYSTEM\Mime\text/html`, dword("a", 1)))
	names, err := r.Subkeys("HKLM/SYSTEM/Mime")
	ok(t, err)
	if !slices.Equal(names, []string{"text/html"}) {
		t.Errorf("made %q", names)
	}
}

func TestFlush(t *testing.T) {
	files := filesWith(system, smallSystem(t, 1))
	files.put(system+".LOG1", []byte("old"))
	files.put(system+".LOG2", nil)
	r := Open(files, writing())
	ok(t, r.SetValue("HKLM/SYSTEM/CurrentControlSet/Control", dword("Which", 1)))
	ok(t, r.CreateKey("HKLM/SYSTEM/CurrentControlSet/Control"))
	ok(t, r.Flush())
	if len(files.writes) != 0 {
		t.Fatalf("changes that change nothing wrote %v", files.writes)
	}
	ok(t, r.SetValue("HKLM/SYSTEM/CurrentControlSet/Control", dword("Which", 8)))
	ok(t, r.Flush())
	ok(t, r.Flush())
	if want := []string{system, system + ".LOG1"}; !slices.Equal(files.writes, want) {
		t.Errorf("written: %v, want %v", files.writes, want)
	}
	want := oldMeta()
	want.Written = testClock()
	if meta, _ := files.Meta(system); !reflect.DeepEqual(meta, want) {
		t.Errorf("kept metadata of the hive: %v, want %v", meta, want)
	}
	if len(files.MapFS[system+".LOG1"].Data) != 0 {
		t.Error("the old log is still there")
	}
	v, err := Open(files, Options{}).Value("HKLM/SYSTEM/ControlSet001/Control", "Which")
	ok(t, err)
	if !same(v, dword("Which", 8)) {
		t.Errorf("read again: %v", v)
	}
}

// steps is a sequence of changes such as an apply makes.
func steps() []func(*Registry) error {
	const services = "HKLM/SYSTEM/CurrentControlSet/Services"
	return []func(*Registry) error{
		func(r *Registry) error { return r.SetValue(services+"/New", dword("Start", 2)) },
		func(r *Registry) error { return r.SetValue(services+"/New/Deep/er", dword("", 1)) },
		func(r *Registry) error { return r.SetValue(services+"/new", dword("START", 3)) },
		func(r *Registry) error { return r.SetValue(services+"/Other", dword("Start", 4)) },
		func(r *Registry) error { return r.DeleteKey(services + "/New/Deep") },
		func(r *Registry) error { return r.SetValue(services+"/New", dword("Start", 3)) },
		func(r *Registry) error { return r.DeleteValue(services+"/Other", "Start") },
	}
}

// TestHistory flushes after every possible set of steps, and reads the hive again after
// each flush: the result is always the same.
func TestHistory(t *testing.T) {
	source := map[string][]byte{
		"made": smallSystem(t, 1),
		"real": testenv.ReadShared(t, "hives/regipy/SYSTEM.xz"),
	}
	for name, data := range source {
		all := 1 << len(steps())
		stride := 1
		if name == "real" { // it is large: only after none and after all
			stride = all - 1
		}
		var want []byte
		for pattern := 0; pattern < all; pattern += stride {
			files := filesWith(system, data)
			r := Open(files, writing())
			for i, step := range steps() {
				ok(t, step(r))
				if pattern>>i&1 == 1 {
					ok(t, r.Flush())
					r = Open(files, writing())
				}
			}
			ok(t, r.Flush())
			got := files.MapFS[system].Data
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("%s: with flushes after steps %b the hive is another one", name, pattern)
			}
		}
	}
}

func TestDirtyHive(t *testing.T) {
	data := testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")
	files := filesWith(system, data)
	r := Open(files, writing())
	names, err := r.Subkeys("HKLM/SYSTEM/CurrentControlSet/Services")
	ok(t, err)
	if len(names) < 100 {
		t.Errorf("a dirty hive is to be read; it has %d services", len(names))
	}
	if w := r.Warnings(); len(w) == 0 || !strings.Contains(w[0], "SYSTEM") || !strings.Contains(w[0], "dirty") {
		t.Errorf("warnings: %q", w)
	}
	err = r.SetValue("HKLM/SYSTEM/CurrentControlSet/Services/x", dword("Start", 1))
	if err == nil || !strings.Contains(err.Error(), `allow_dirty_hives = ["SYSTEM"]`) {
		t.Fatalf("changing a dirty hive: %v", err)
	}
	opts := writing()
	opts.AllowDirty = []string{"system"}
	r = Open(files, opts)
	ok(t, r.SetValue("HKLM/SYSTEM/CurrentControlSet/Services/x", dword("Start", 1)))
	ok(t, r.Flush())
	r = Open(files, writing())
	if _, err := r.Value("HKLM/SYSTEM/CurrentControlSet/Services/x", "Start"); err != nil {
		t.Error(err)
	}
	if w := r.Warnings(); len(w) != 0 {
		t.Errorf("the rewritten hive still has warnings: %q", w)
	}
}

func TestReplayedHive(t *testing.T) {
	const ntuser = "Users/Default/NTUSER.DAT"
	files := filesWith(ntuser, testenv.ReadShared(t, "hives/regipy/transactions_NTUSER.DAT.xz"))
	files.put(ntuser+".LOG1", testenv.ReadShared(t, "hives/regipy/transactions_ntuser.dat.log1.xz"))
	files.put(ntuser+".LOG2", testenv.ReadShared(t, "hives/regipy/transactions_ntuser.dat.log2.xz"))
	undisturbed := files.clone()

	r := Open(files, writing())
	ok(t, r.SetValue("HKU/Default/Software/Gild", dword("x", 1)))
	if w := r.Warnings(); len(w) != 0 {
		t.Errorf("a replayed hive has warnings: %q", w)
	}
	ok(t, r.Flush())
	r = Open(files, writing())
	if w := r.Warnings(); len(w) != 0 {
		t.Errorf("the rewritten hive has warnings: %q", w)
	}
	ok(t, r.SetValue("HKU/Default/Software/Gild", dword("y", 2)))
	ok(t, r.Flush())

	r = Open(undisturbed, writing())
	ok(t, r.SetValue("HKU/Default/Software/Gild", dword("x", 1)))
	ok(t, r.SetValue("HKU/Default/Software/Gild", dword("y", 2)))
	ok(t, r.Flush())
	for name, f := range undisturbed.MapFS {
		if !bytes.Equal(f.Data, files.MapFS[name].Data) {
			t.Errorf("%s is another one after a resume", name)
		}
	}
}

// TestWitness lets an independent program read what was written.
func TestWitness(t *testing.T) {
	for _, name := range []string{"SYSTEM", "SYSTEM_WIN_10_1709"} {
		files := filesWith(system, testenv.ReadShared(t, "hives/regipy/"+name+".xz"))
		opts := writing()
		opts.AllowDirty = []string{"SYSTEM"}
		r := Open(files, opts)
		ok(t, r.SetValue("HKLM/SYSTEM/CurrentControlSet/Services/gildsvc", dword("Start", 0x1234)))
		ok(t, r.Flush())
		path := filepath.Join(t.TempDir(), "SYSTEM")
		ok(t, os.WriteFile(path, files.MapFS[system].Data, 0o600))
		out := testenv.Run(t, "reglookup", "-p", "/ControlSet001/Services/gildsvc", path)
		if !strings.Contains(out, "0x00001234") {
			t.Errorf("%s: reglookup does not see the value:\n%s", name, out)
		}
		if !strings.Contains(out, "2024-05-06 07:08:09") {
			t.Errorf("%s: reglookup sees another time:\n%s", name, out)
		}
	}
}

func TestDamagedHive(t *testing.T) {
	const software = "Windows/System32/config/SOFTWARE"
	files := filesWith(software, testenv.ReadShared(t, "hives/plaso/corrupt_sub_key_list.hiv"))
	r := Open(files, writing())
	err := r.CreateKey("HKLM/SOFTWARE/x")
	if err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), `allow_dirty_hives = ["SOFTWARE"]`) {
		t.Errorf("changing a damaged hive: %v", err)
	}
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], "damaged") {
		t.Errorf("warnings: %q", w)
	}
	opts := writing()
	opts.AllowDirty = []string{"SOFTWARE"}
	r = Open(files, opts)
	names, _ := r.Subkeys("HKLM/SOFTWARE")
	if err := r.SetValue("HKLM/SOFTWARE", dword("x", 1)); err != nil {
		t.Fatalf("allowed, with subkeys %q: %v", names, err)
	}
	ok(t, r.Flush())
	if w := Open(files, Options{}).Warnings(); len(w) != 0 {
		t.Errorf("the rewritten hive has warnings: %q", w)
	}
}

// TestDecomposedNames: a configuration's names are composed, and a hive may have
// decomposed ones from a Mac. They are found, and keep their form.
func TestDecomposedNames(t *testing.T) {
	const composed, decomposed = "Caf\u00e9 \ud55c", "Cafe\u0301 \u1112\u1161\u11ab"
	h := hive.New(hive.NewOptions{})
	at := nt.TimeOf(time.Unix(1e9, 0))
	for _, name := range []string{decomposed, "o\u0308\u0323", "o\u0323\u0308"} {
		k, err := h.Root().CreateSubkey(name, at)
		ok(t, err)
		ok(t, k.Set(name, hive.RegDword, hive.EncodeUint32(1), at))
		ok(t, h.Root().Set(name, hive.RegDword, hive.EncodeUint32(1), at))
	}
	r := Open(filesWith(system, serialize(t, h)), writing())
	key := "HKLM/SYSTEM/" + strings.ToUpper(composed)
	if v, err := r.Value(key, composed); err != nil || v.Name != decomposed {
		t.Errorf("read %+q, %v", v.Name, err)
	}
	ok(t, r.SetValue(key, dword(composed, 2)))
	ok(t, r.CreateKey(key+"/Below"))
	names, err := r.Subkeys("HKLM/SYSTEM")
	ok(t, err)
	if len(names) != 3 || !slices.Contains(names, decomposed) {
		t.Errorf("keys %+q", names)
	}
	values, err := r.Values(key)
	ok(t, err)
	if len(values) != 1 || values[0].Name != decomposed || !bytes.Equal(values[0].Data, hive.EncodeUint32(2)) {
		t.Errorf("values %v", values)
	}
	for what, err := range map[string]error{
		"reading a value":  second(r.Value("HKLM/SYSTEM", "\u1ecd\u0308")),
		"deleting a value": r.DeleteValue("HKLM/SYSTEM", "\u1ecd\u0308"),
		"deleting a key":   r.DeleteKey("HKLM/SYSTEM/\u1ecd\u0308"),
	} {
		if _, is := errors.AsType[*image.AmbiguousName](err); !is || !strings.Contains(err.Error(), `"o\u0308\u0323"`) {
			t.Errorf("%s of two: %v", what, err)
		}
	}
	ok(t, r.DeleteValue(key, composed))
	ok(t, r.DeleteKey(key))
	if names, _ := r.Subkeys("HKLM/SYSTEM"); len(names) != 2 {
		t.Errorf("keys after removal: %+q", names)
	}
}
