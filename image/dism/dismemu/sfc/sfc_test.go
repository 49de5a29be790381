package sfc

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/internal/sample"
)

func TestVerdict(t *testing.T) {
	dir := t.TempDir()
	file, mount, log := filepath.Join(dir, "a.wim"), filepath.Join(dir, "mount"), filepath.Join(dir, "sfc.log")
	if err := sample.Write(t.Context(), file, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(mount, 0o777); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m := dismemu.Machine{State: filepath.Join(dir, "state")}
	if code := m.Run(t.Context(), []string{"/Mount-Image", "/ImageFile:" + file, "/Index:1", "/MountDir:" + mount}, &out); code != 0 {
		t.Fatal(out.String())
	}
	sfc := func(want uint32, text string, args ...string) {
		t.Helper()
		out.Reset()
		if got := Run(t.Context(), args, &out); got != want || !strings.Contains(out.String(), text) {
			t.Errorf("sfc %v: %d\n%s", args, got, out.String())
		}
	}
	args := []string{"/verifyonly", "/OFFBOOTDIR=" + mount, "/offwindir:" + filepath.Join(mount, "Windows"), "/offlogfile=" + log}
	sfc(0, whole, args...)
	missing, err := filepath.Glob(filepath.Join(mount, "Windows", "servicing", "Packages", "*.mum"))
	if err != nil || len(missing) == 0 {
		t.Fatal("the sample has no manifests", err)
	}
	if err := os.Remove(missing[0]); err != nil {
		t.Fatal(err)
	}
	sfc(0, damaged[:60], args...)
	if data, err := os.ReadFile(log); err != nil || !strings.Contains(string(data), filepath.Base(missing[0])) {
		t.Errorf("%s%v", data, err)
	}
	sfc(1, "/VERIFYONLY", "/scannow")
	sfc(1, "are needed", "/verifyonly")
	sfc(1, refused, "/verifyonly", "/offbootdir="+mount, "/offwindir="+filepath.Join(mount, "None"))
}
