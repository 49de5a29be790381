package imagetest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/image"
)

// steps are different changes, to make one after the other.
func steps() []func(*testing.T, opened) {
	return []func(*testing.T, opened){
		func(t *testing.T, s opened) {
			s.write(t, "Windows/new.txt", "new")
			s.write(t, hosts, string(noise(100_000)))
			s.setValue(t, software, "Step", "1")
		},
		func(t *testing.T, s opened) {
			if err := s.files.Remove("Program Files/App"); err != nil {
				t.Fatal(err)
			}
			s.setValue(t, software, "Step", "2")
			s.setValue(t, "HKLM/SYSTEM/Setup", "Step", "2")
		},
		func(t *testing.T, s opened) {
			s.write(t, "Windows/NEW.txt", "newer")
			s.write(t, "Windows/copy.exe", s.content(t, notepad))
			if err := s.files.MkdirAll("ProgramData/App", image.Meta{Attributes: image.Hidden}); err != nil {
				t.Fatal(err)
			}
			s.setValue(t, software, "Step", "3")
		},
	}
}

// stepIDs names the steps.
func stepIDs() []string { return []string{"step1", "step2", "step3"} }

func (s opened) export(t *testing.T, opts image.ExportOptions) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "exported file")
	if err := exporter(t, s).Export(t.Context(), path, opts); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testExport checks that the exported image is the same.
func testExport(t *testing.T, f Fixture) {
	s := f.open(t)
	if !has(s.Session, image.CanExport) {
		t.Skip("the backend does not export")
	}
	for _, step := range steps() {
		step(t, s)
	}
	receipt := "{\n  \"chain\": [\"<a>\", \"ü\"]\n}"
	var done, total int64
	opts := image.ExportOptions{Receipt: []byte(receipt), Progress: func(d, n int64) { done, total = d, n }}
	path := s.export(t, opts)
	if done == 0 || done != total {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	same(t, "exported again", read(t, s.export(t, opts)), read(t, path))
	if err := exporter(t, s).Export(t.Context(), path, opts); err == nil {
		t.Error("a file was overwritten")
	}
	before := snapshot(t, s)
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Ref, f.Open.Store = image.Ref{Path: path}, filepath.Join(t.TempDir(), "store")
	out := f.reader(t)
	compare(t, "exported", snapshot(t, out), before)
	got, err := out.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Receipt) != receipt {
		t.Errorf("receipt %q", got.Receipt)
	}
	if !got.Modified.Equal(Clock()) || got.Name != info.Name || got.Files != info.Files || got.Bytes != info.Bytes ||
		got.Edition != info.Edition || got.Fingerprint == info.Fingerprint {
		t.Errorf("exported: %+v\nopen:     %+v", got, info)
	}
	if got := out.value(t, software, "Step"); got != "3" {
		t.Errorf("registry value %q", got)
	}
}

func exporter(t *testing.T, s opened) image.Exporter {
	t.Helper()
	e, ok := image.As[image.Exporter](s.Session)
	if !ok {
		t.Fatal("no exporter")
	}
	return e
}

// testExportAfterResume checks that the output does not depend on where the work was
// interrupted, or on the number of checkpoints.
func testExportAfterResume(t *testing.T, f Fixture) {
	s := f.open(t)
	if !has(s.Session, image.CanExport) {
		t.Skip("the backend does not export")
	}
	for _, step := range steps() {
		step(t, s)
	}
	undisturbed := read(t, s.export(t, image.ExportOptions{}))
	s.close(t)
	base := f.Open.Store
	for stop := 1; stop <= len(stepIDs()); stop++ {
		f.Open.Store = filepath.Join(base, "stopped", stepIDs()[stop-1])
		s := f.open(t)
		for i, step := range steps()[:stop] {
			step(t, s)
			s.commit(t, stepIDs()[i])
		}
		s.write(t, "half of the next step", "x")
		s.setValue(t, software, "Half", "x")
		s.close(t)
		s = f.open(t, stepIDs()...)
		if s.At() != stepIDs()[stop-1] {
			t.Fatalf("resumed at %q, want %q", s.At(), stepIDs()[stop-1])
		}
		for _, step := range steps()[stop:] {
			step(t, s)
		}
		same(t, "resumed at "+s.At(), read(t, s.export(t, image.ExportOptions{})), undisturbed)
		s.close(t)
	}
}
