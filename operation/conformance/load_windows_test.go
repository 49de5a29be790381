package conformance

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// TestRegistryLibrary lists a key of the registry that is there, with everything that is
// in the hives of the checks.
func TestRegistryLibrary(t *testing.T) {
	const path = `Software\gild-self-test`
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = registry.DeleteKey(registry.CURRENT_USER, path) }()
	defer key.Close()
	want := listing{}
	set := windows.NewLazySystemDLL("advapi32.dll").NewProc("RegSetValueExW")
	for _, v := range values() {
		name, err := windows.UTF16PtrFromString(v.Name)
		if err != nil {
			t.Fatal(err)
		}
		data := append([]byte{}, v.Data...)
		data = append(data, 0)
		if r, _, _ := set.Call(uintptr(key), uintptr(unsafe.Pointer(name)), 0, uintptr(v.Type), uintptr(unsafe.Pointer(&data[0])), uintptr(len(v.Data))); r != 0 {
			t.Fatalf("%q: %v", v.Name, syscall.Errno(r))
		}
		want.value("", v.Name, uint32(v.Type), v.Data)
	}
	for i := range 40 {
		name := fmt.Sprintf("ключ %d", i)
		sub, _, err := registry.CreateKey(key, name, registry.ALL_ACCESS)
		if err != nil {
			t.Fatal(err)
		}
		sub.Close()
		defer func() { _ = registry.DeleteKey(key, name) }()
		want.key(`\` + name)
	}
	got := listing{}
	if err := registryLibrary().walk(got, "", uintptr(key)); err != nil {
		t.Fatal(err)
	}
	if err := want.compare(got); err != nil {
		t.Error(err)
	}
}

// TestWindowsLoads: what Windows itself reads of a hive is what is in it, and a damaged
// one it refuses.
func TestWindowsLoads(t *testing.T) {
	b := newBench(Options{}, t.TempDir())
	if err := newHive(b, t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(b.hives.kept[0].file)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range windowsLoaders() {
		err := loadAll(t.Context(), b, l)
		var none skipped
		if errors.As(err, &none) {
			t.Logf("%s: skipped: %v", l.name, err)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", l.name, err)
		}
		if err := os.WriteFile(b.hives.kept[0].file+".damaged", data[:len(data)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := l.load(b.hives.kept[0].file + ".damaged"); err == nil {
			t.Errorf("%s: half of a hive is loaded", l.name)
		}
	}
}
