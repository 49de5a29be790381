package offline_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/testenv"
)

// TestRealHive reads the description of an applied image with a real SYSTEM hive that
// was copied before Windows had flushed it.
func TestRealHive(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "Windows", "System32", "config")
	must(t, os.MkdirAll(config, 0o777))
	must(t, os.WriteFile(filepath.Join(config, "SYSTEM"), testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz"), 0o666))
	const key = "HKLM/SYSTEM/CurrentControlSet/Services/gildtest"
	for _, allow := range [][]string{nil, {"SYSTEM"}} {
		s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: dir},
			image.OpenOptions{Write: true, Clock: imagetest.Clock(), AllowDirtyHives: allow})
		must(t, err)
		defer s.Close()
		got := info(t, s)
		if got.Arch != "amd64" || !slices.Contains(got.Languages, "en-US") || got.Edition != "" || got.Version != "" {
			t.Errorf("%+v", got)
		}
		if len(got.Warnings) == 0 || !strings.Contains(got.Warnings[0], "SYSTEM") || !strings.Contains(got.Warnings[0], "dirty") {
			t.Errorf("warnings %q", got.Warnings)
		}
		r, _ := image.As[image.Registry](s)
		if err := r.CreateKey(key); (err == nil) != (allow != nil) {
			t.Errorf("allowed %v: %v", allow, err)
		}
		must(t, s.Commit(t.Context(), "step1"))
	}
	s := session(t, dir, "")
	if got := info(t, s); len(got.Warnings) > 0 {
		t.Errorf("warnings after the hive was written: %q", got.Warnings)
	}
	r, _ := image.As[image.Registry](s)
	if _, err := r.Values(key); err != nil {
		t.Error(err)
	}
	testenv.Run(t, "reglookup", "-p", "/ControlSet001/Services/gildtest", filepath.Join(config, "SYSTEM"))
}

// TestDamagedHive checks that an image with an unreadable hive can be opened.
func TestDamagedHive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mounted")
	imagetest.WriteTree(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, "Windows", "System32", "config", "SOFTWARE"), []byte("not a hive"), 0o666))
	s := session(t, dir, "")
	got := info(t, s)
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "SOFTWARE") || got.Arch != "amd64" || got.Edition != "" {
		t.Errorf("%+v", got)
	}
	for _, ref := range []image.Ref{{Path: dir, Index: 2}, {Path: dir, Name: "x"}} {
		if _, err := (offline.Backend{}).Open(t.Context(), ref, image.OpenOptions{}); err == nil {
			t.Errorf("%+v: opened", ref)
		}
	}
}
