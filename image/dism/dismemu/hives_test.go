package dismemu_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"
)

// TestLeftLoaded kills a DISM: its hives stay loaded, and what is mounted can neither be
// serviced, committed nor unmounted until they are unloaded.
func TestLeftLoaded(t *testing.T) {
	b := newBench(t)
	b.mount()
	b.failing("Enable-Feature", "die")
	b.killed("/Image:"+b.dir, "/Enable-Feature", "/FeatureName:TelnetClient")
	b.m.Fault = ""
	b.dism(32, "/Image:"+b.dir, "/Get-Features")
	b.dism(0xc1420117, "/Commit-Image", "/MountDir:"+b.dir)
	b.dism(0xc1420117, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	b.dism(0, "/Cleanup-Mountpoints")
	if b.status() != "Invalid" {
		t.Errorf("cleaned up is what is in use: %s", b.status())
	}

	var out bytes.Buffer
	if code := b.m.Reg([]string{"query", `HKLM\SYSTEM\CurrentControlSet\Control\hivelist`}, &out); code != 0 || !strings.Contains(out.String(),
		`    \REGISTRY\MACHINE\{bf1a281b-ad7b-4476-ac95-f47682990ce7}`+filepath.ToSlash(b.dir)+"/Windows/System32/config/SOFTWARE    REG_SZ    "+filepath.Join(b.dir, "Windows")) {
		t.Errorf("reg query: %d\n%s", code, &out)
	}
	if code := b.m.Reg([]string{"unload", `HKLM\{bf1a281b-ad7b-4476-ac95-f47682990ce7}C:/other`}, &out); code == 0 {
		t.Error("what is not loaded is unloaded")
	}
	b.unload()
	b.dism(0, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
}

// TestHivesInUse has a hive open that DISM needs for itself.
func TestHivesInUse(t *testing.T) {
	b := newBench(t)
	b.mount()
	hive := flock.New(filepath.Join(b.dir, "Windows/System32/config/SYSTEM"), flock.SetFlag(os.O_RDONLY))
	if ok, err := hive.TryRLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	b.dism(32, "/Image:"+b.dir, "/Get-Features")
	b.dism(0xc1420117, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	if err := hive.Close(); err != nil {
		t.Fatal(err)
	}
	b.dism(0, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")

	// When DISM has ended, its DismHost.exe holds the hives for a moment.
	b.mount()
	b.dism(0, "/Image:"+b.dir, "/Get-Features")
	held, err := flock.New(hive.Path(), flock.SetFlag(os.O_RDONLY)).TryRLock()
	if held || err != nil && !errors.Is(err, os.ErrPermission) {
		t.Error("it has let go of them at once:", held, err)
	}
}
