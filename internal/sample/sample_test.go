package sample_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

func write(t *testing.T, o sample.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.wim")
	if err := sample.Write(t.Context(), path, o); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSameOptionsGiveTheSameBytes(t *testing.T) {
	o := sample.Options{Files: 40, Images: 2, Integrity: true}
	a, err := os.ReadFile(write(t, o))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(write(t, o))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("two runs wrote different files")
	}
}

func TestFileThatIsThereIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "base.wim")
	if err := os.WriteFile(path, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := sample.Write(t.Context(), path, sample.Options{}); err == nil {
		t.Error("wrote over a file")
	}
	if data, _ := os.ReadFile(path); string(data) != "mine" {
		t.Error("the file is gone")
	}
}

func TestOthersReadIt(t *testing.T) {
	for name, o := range map[string]sample.Options{
		"lzx":    {Files: 60, Images: 3},
		"xpress": {Files: 60, Compression: wim.XPRESS, Integrity: true},
		"stored": {Files: 60, Stored: true},
		"pe":     {PE: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, o)
			testenv.Run(t, "wimlib-imagex", "verify", path)
			testenv.Run(t, "7z", "t", path)
			dir := t.TempDir()
			testenv.Run(t, "wimlib-imagex", "extract", path, "1", "/Windows/System32/config/SYSTEM", "/Users/Default/NTUSER.DAT", "--dest-dir="+dir)
			text := testenv.Run(t, "hivexregedit", "--export", filepath.Join(dir, "SYSTEM"), `\Select`)
			if !strings.Contains(text, `"Current"=dword:00000001`) {
				t.Errorf("Select does not name the current control set:\n%s", text)
			}
		})
	}
}

func TestEveryHiveIsSound(t *testing.T) {
	f, err := wim.Open(write(t, sample.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := f.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"SOFTWARE", "SYSTEM", "SAM", "SECURITY", "COMPONENTS", "DRIVERS", "DEFAULT"} {
		data, err := img.ReadFile("Windows/System32/config/" + name)
		if err != nil {
			t.Fatal(err)
		}
		h, err := hive.Open(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if faults := h.Check(); len(faults) > 0 || h.Dirty() != "" {
			t.Errorf("%s: %v %s", name, faults, h.Dirty())
		}
	}
}
