package volume

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestUNC(t *testing.T) {
	for path, want := range map[string]bool{
		`\\server\share\x.msu`: true, `//server/share/x`: true, `\\?\UNC\server\share`: true, `\\?\unc\s\x`: true,
		`C:\x`: false, `\\?\C:\x`: false, `\\.\PhysicalDrive0`: false, `\x`: false, "x": false, "": false, `\\`: false,
	} {
		if UNC(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func TestThisMachine(t *testing.T) {
	dir := t.TempDir()
	here, err := Of(dir)
	if err != nil {
		t.Fatal(err)
	}
	if here.Root == "" || here.ID == "" || here.Type == "" || here.Free <= 0 {
		t.Errorf("%+v", here)
	}
	later, err := Of(filepath.Join(dir, "not", "there yet"))
	later.Free = here.Free
	if err != nil || later != here {
		t.Errorf("below it %+v, %v, want %+v", later, err, here)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if v, err := Of("/proc/self/status"); err != nil || v.Type != "proc" || v.Remote || v.RAM {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := os.Stat("/dev/shm"); err == nil {
		link := filepath.Join(dir, "link")
		if err := os.Symlink("/dev/shm", link); err != nil {
			t.Fatal(err)
		}
		if v, err := Of(filepath.Join(link, "x")); err != nil || !v.RAM || v.Type != "tmpfs" {
			t.Errorf("through a link: %+v, %v", v, err)
		}
	}
}
