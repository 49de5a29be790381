package dism_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/image/dism"
)

// TestUnloadHive loads a hive and lets gild unload it.
func TestUnloadHive(t *testing.T) {
	privilege.Enable(func(text string) { t.Skip(text) })
	const name = "gild test of hives"
	file := filepath.Join(t.TempDir(), "hive")
	advapi := windows.NewLazySystemDLL("advapi32.dll")
	call := func(proc string, args ...uintptr) {
		t.Helper()
		if status, _, _ := advapi.NewProc(proc).Call(args...); status != 0 {
			t.Fatalf("%s: %v", proc, syscall.Errno(status))
		}
	}
	text := func(s string) uintptr {
		p, err := windows.UTF16PtrFromString(s)
		if err != nil {
			t.Fatal(err)
		}
		return uintptr(unsafe.Pointer(p))
	}
	k, _, err := registry.CreateKey(registry.CURRENT_USER, `Software\`+name, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	call("RegSaveKeyW", uintptr(k), text(file), 0)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if err := registry.DeleteKey(registry.CURRENT_USER, `Software\`+name); err != nil {
		t.Fatal(err)
	}
	call("RegLoadKeyW", uintptr(registry.LOCAL_MACHINE), text(name), text(file))

	machine := dism.Exe("")
	dir, err := machine.DevicePath(filepath.Dir(file))
	if err != nil || !strings.HasPrefix(dir, `\Device\`) {
		t.Errorf("%q, %v", dir, err)
	}
	loaded, err := machine.LoadedHives()
	if err != nil || len(loaded) == 0 {
		t.Logf("what is loaded is not told here: %v", err) // Wine keeps no list
	} else if !dism.Below(dir, loaded[`HKLM\`+name]) {
		t.Errorf("in %s, loaded: %v", dir, loaded)
	}
	if err := machine.UnloadHive(`HKLM\` + name); err != nil {
		t.Error(err)
	}
	if k, err := registry.OpenKey(registry.LOCAL_MACHINE, name, registry.READ); err == nil {
		k.Close()
		t.Error("it is loaded")
	}
	for _, key := range []string{`HKLM\` + name, `HKLM\SOFTWARE\Microsoft`, `\REGISTRY\A\{x}`, `HKLM\`, ""} {
		if err := machine.UnloadHive(key); err == nil {
			t.Errorf("%q is unloaded", key)
		}
	}
}
