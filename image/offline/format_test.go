package offline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// TestFormats exports an image in all formats, also in parts.
func TestFormats(t *testing.T) {
	yes, no := true, false
	source := filepath.Join(t.TempDir(), "base.wim")
	must(t, sample.Write(t.Context(), source, sample.Options{Files: 300, Integrity: true}))
	for _, tt := range []struct {
		name        string
		format      image.Format
		compression wim.Compression
		chunk       int
		integrity   bool
	}{
		{"as the source", image.Format{}, wim.LZX, 32768, true},
		{"max", image.Format{Compression: image.CompressMax, Integrity: &no}, wim.LZX, 32768, false},
		{"large chunks", image.Format{Compression: image.CompressMax, ChunkSize: 1 << 20}, wim.LZX, 1 << 20, true},
		{"fast", image.Format{Compression: image.CompressFast, Integrity: &yes}, wim.XPRESS, 32768, true},
		{"none", image.Format{Compression: image.CompressNone, Integrity: &no}, wim.None, 0, false},
		{"parts", image.Format{SplitSize: 1 << 20}, wim.LZX, 32768, true},
		{"parts, none", image.Format{Compression: image.CompressNone, SplitSize: 1 << 20}, wim.None, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := session(t, source, filepath.Join(t.TempDir(), "store"))
			write(t, s, "Windows/new.txt", "new")
			private := image.AccessRule{Read: []string{}, Write: []string{}}
			access, _ := image.As[image.Access](s)
			must(t, access.SetAccess(private))
			out := filepath.Join(t.TempDir(), "an output.swm")
			e, _ := image.As[image.Exporter](s)
			must(t, e.Export(t.Context(), out, image.ExportOptions{Format: tt.format, Receipt: []byte("{}")}))
			f, err := wim.Open(out)
			must(t, err)
			defer f.Close()
			if h := f.Header(); h.Compression != tt.compression || h.ChunkSize != tt.chunk || f.HasIntegrityTable() != tt.integrity {
				t.Errorf("%+v, integrity table: %v", h, f.HasIntegrityTable())
			}
			if tt.format.SplitSize > 0 != (len(f.Parts()) > 1) {
				t.Errorf("%d files", len(f.Parts()))
			}
			testenv.Run(t, "wimlib-imagex", "verify", out, "--ref="+filepath.Join(filepath.Dir(out), "an output*.swm"))
			for _, name := range f.Parts() {
				if info, err := os.Stat(name); err != nil || os.PathSeparator == '/' && info.Mode() != 0o600 {
					t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
				}
			}
			back, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: out}, image.OpenOptions{})
			must(t, err)
			defer back.Close()
			if seal := info(t, back).Seal; seal != image.SealWhole {
				t.Errorf("the seal is %q", seal)
			}
			access, _ = image.As[image.Access](back)
			if rule, err := access.Access(); err != nil || !rule.Equal(private) {
				t.Errorf("read back %+v, %v", rule, err)
			}
			if names := f.Parts(); len(names) > 1 && os.PathSeparator == '/' {
				must(t, os.Chmod(names[1], 0o644))
				if rule, err := access.Access(); err != nil || rule.Equal(private) {
					t.Errorf("one part is open to all, and it reads %+v, %v", rule, err)
				}
			}
		})
	}
}

// TestExportFails checks that a failed export leaves nothing behind.
func TestExportFails(t *testing.T) {
	source := filepath.Join(t.TempDir(), "base.wim")
	must(t, sample.Write(t.Context(), source, sample.Options{Files: 300}))
	s := session(t, source, filepath.Join(t.TempDir(), "store"))
	dir := t.TempDir()
	out := filepath.Join(dir, "x.swm")
	must(t, os.WriteFile(wim.PartName(out, 2), []byte("in the way"), 0o666))
	e, _ := image.As[image.Exporter](s)
	format := image.Format{Compression: image.CompressNone, SplitSize: 1 << 20}
	if err := e.Export(t.Context(), out, image.ExportOptions{Format: format}); err == nil {
		t.Error("a file was overwritten")
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 1 || left[0].Name() != "x2.swm" {
		t.Errorf("left: %v", left)
	}
	if err := e.Export(t.Context(), out, image.ExportOptions{Format: image.Format{Compression: "lzms"}}); err == nil {
		t.Error("an unknown compression is accepted")
	}
}
