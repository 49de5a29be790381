package offline_test

import (
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// TestSample changes an image that looks like Windows.
func TestSample(t *testing.T) {
	file := filepath.Join(t.TempDir(), "install.wim")
	must(t, sample.Write(t.Context(), file, sample.Options{Files: 500, Images: 2, Integrity: true}))
	s, err := openIndex(t, file, 2)
	must(t, err)
	defer s.Close()
	before := info(t, s)
	if before.Arch != "amd64" || before.Edition == "" || before.Index != 2 || len(before.Warnings) > 0 {
		t.Errorf("%+v", before)
	}
	write(t, s, "Windows/System32/drivers/new.sys", "new")
	f := files(t, s)
	m, err := f.Meta("Windows/System32/drivers/new.sys")
	must(t, err)
	folder, err := f.Meta("Windows/System32/drivers")
	must(t, err)
	want, err := sd.Inherit(folder.Security, sd.File)
	must(t, err)
	if len(folder.Security) == 0 || string(m.Security) != string(want) {
		t.Errorf("security descriptor %x, of the folder %x", m.Security, folder.Security)
	}
	r, _ := image.As[image.Registry](s)
	must(t, r.CreateKey("HKLM/SYSTEM/CurrentControlSet/Services/gildtest"))
	must(t, s.Commit(t.Context(), "step1"))
	out := export(t, s, image.ExportOptions{Receipt: []byte("{}")})
	testenv.Run(t, "wimlib-imagex", "verify", out)
	testenv.Run(t, "7z", "t", out)
	again, err := openIndex(t, out, 0)
	must(t, err)
	defer again.Close()
	after := info(t, again)
	if after.Files != before.Files+1 || after.Dirs != before.Dirs || after.Name != before.Name || string(after.Receipt) != "{}" {
		t.Errorf("before %+v\nafter  %+v", before, after)
	}
}

func openIndex(t *testing.T, file string, index int) (image.Session, error) {
	t.Helper()
	return offline.Backend{}.Open(t.Context(), image.Ref{Path: file, Index: index},
		image.OpenOptions{Write: true, Store: t.TempDir(), Clock: imagetest.Clock()})
}
