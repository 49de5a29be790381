package dism_test

import (
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
)

// hives is a machine with more loaded hives than DISM has left.
type hives struct {
	emulated
	others   map[string]string // by key
	refuses  bool              // to unload
	unloaded *[]string
}

func (h hives) LoadedHives() (map[string]string, error) {
	all, err := h.Machine.LoadedHives()
	if err == nil {
		maps.Copy(all, h.others)
	}
	return all, err
}

func (h hives) UnloadHive(key string) error {
	*h.unloaded = append(*h.unloaded, key)
	if h.refuses {
		return errors.New("keys of it are open")
	}
	return h.Machine.UnloadHive(key)
}

// TestLeftLoaded interrupts a run whose DISM was killed in the middle of its work: before
// the image is unmounted, DISM's hives are unloaded, and no others.
func TestLeftLoaded(t *testing.T) {
	b := newBench(t)
	var unloaded []string
	program := hives{emulated{b.machine, new(sync.Mutex), &b.commands}, map[string]string{
		`HKLM\SOFTWARE`: `\Device\HarddiskVolume3\Windows\System32\config\SOFTWARE`,
		`HKLM\mine`:     b.opts.Store + "/other/mount/Windows/System32/config/SOFTWARE",
	}, false, &unloaded}
	b.backend.Program = program
	s := b.open()
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	b.machine.Fault = "Enable-Feature@1:die"
	var out strings.Builder
	dir := filepath.Join(b.folders()[0], "mount")
	program.others[`HKLM\beside`] = dir + "er/Windows/System32/config/SOFTWARE"
	b.machine.Run(t.Context(), []string{"/Image:" + dir, "/Enable-Feature", "/FeatureName:TelnetClient"}, &out)
	if loaded, err := b.machine.LoadedHives(); err != nil || len(loaded) == 0 {
		t.Fatalf("nothing is left loaded, %v\n%s", err, &out)
	}
	if err := dism.Die(s); err != nil {
		t.Fatal(err)
	}

	// The error names hives that can't be unloaded, and what to do.
	program.refuses = true
	b.backend.Program = program
	opts := b.opts
	opts.Chain = []string{"step1"}
	_, err := b.backend.Open(t.Context(), image.Ref{Path: b.source}, opts)
	if err == nil || !strings.Contains(err.Error(), `reg unload "HKLM\{bf1a281b-`) || !strings.Contains(err.Error(), "keys of it are open") {
		t.Fatal(err)
	}

	program.refuses, unloaded = false, nil
	b.backend.Program = program
	if again := b.open("step1"); again.At() != "step1" {
		t.Errorf("at %q", again.At())
	}
	for _, key := range unloaded {
		if !strings.HasPrefix(key, `HKLM\{bf1a281b-ad7b-4476-ac95-f47682990ce7}`+filepath.ToSlash(dir)+"/") {
			t.Errorf("unloaded %s", key)
		}
	}
	if len(unloaded) < 4 {
		t.Errorf("unloaded only %q", unloaded)
	}
}

// TestDiedWithHives runs a command again after DISM was killed: before that, gild unloads
// DISM's hives, also in a folder of the user, where it leaves others alone.
func TestDiedWithHives(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	if got := b.machine.Run(t.Context(), []string{"/Mount-Image", "/ImageFile:" + b.source, "/Index:1", "/MountDir:" + dir}, io.Discard); got != 0 {
		t.Fatalf("%#x", got)
	}
	var unloaded []string
	b.backend.Program = hives{emulated{b.machine, new(sync.Mutex), &b.commands},
		map[string]string{`HKLM\users own`: filepath.Join(dir, "Windows", "System32", "config", "SOFTWARE")}, false, &unloaded}
	b.source = dir
	s := b.open()
	b.machine.Fault = "Enable-Feature@1:die"
	if err := b.dism(s, "/Enable-Feature", "/FeatureName:TelnetClient"); err != nil {
		t.Fatal(err)
	}
	if len(unloaded) < 4 || slices.Contains(unloaded, `HKLM\users own`) {
		t.Errorf("unloaded %q", unloaded)
	}

	// The error names the hives of an earlier DISM, which stay.
	unloaded = nil
	b.machine.Fault = "Disable-Feature@1:die"
	b.machine.Run(t.Context(), []string{"/Image:" + dir, "/Disable-Feature", "/FeatureName:TelnetClient"}, io.Discard)
	err := b.dism(s, "/Get-Features")
	if failed, ok := errors.AsType[*dism.Error](err); !ok || failed.Code != 32 || len(unloaded) > 0 ||
		!strings.Contains(err.Error(), "reg unload \"HKLM\\{bf1a281b-") || !strings.Contains(err.Error(), "SOFTWARE") {
		t.Error(err, unloaded)
	}
}

// TestBelow compares paths as Windows spells them.
func TestBelow(t *testing.T) {
	for _, test := range []struct {
		dir, file string
		want      bool
	}{
		{`\Device\HarddiskVolume3\gild\mount`, `\Device\HarddiskVolume3\Gild\MOUNT\Windows\System32\config\SYSTEM`, true},
		{`\Device\HarddiskVolume3\gild\mount\`, `\Device\HarddiskVolume3\gild\mount\Users\Default\NTUSER.DAT`, true},
		{`\Device\HarddiskVolume3\gild\mount`, `\Device\HarddiskVolume3\gild\mount2\Users\Default\NTUSER.DAT`, false},
		{`\Device\HarddiskVolume3\gild\mount`, `\Device\HarddiskVolume4\gild\mount\Users\Default\NTUSER.DAT`, false},
		{`\Device\HarddiskVolume3\gild\mount`, `\Device\HarddiskVolume3\gild\mount`, false},
		{`\Device\HarddiskVolume3\gild\mount`, ``, false},
		{`/tmp/ü/mount`, `/tmp/Ü/mount/Windows/System32/config/SAM`, true},
	} {
		if got := dism.Below(test.dir, test.file); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
