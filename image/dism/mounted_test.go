package dism_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/asmounted"
)

// keeps reports whether folders store descriptors by the rules of NTFS.
var keeps = asmounted.Show()

// TestDescriptorsOfMount follows descriptors from the source through a mounted image into
// the output: a replaced file keeps its own, a new one inherits from its folder, and
// users have no access to the queue of the first boot.
func TestDescriptorsOfMount(t *testing.T) {
	if !keeps {
		t.Skip("the folder for temporary files keeps no extended attributes")
	}
	const file, queue, added = "Windows/win.ini", image.FirstBootFolder, "Windows/System32/new.txt"
	b := newBench(t)
	before := meta(t, b.source, file)
	s := b.open()
	b.write(s, file, "replaced")
	b.write(s, added, "new")
	if err := must[image.FirstBoot](t, s).QueueAction(image.Action{ID: "one", Interpreter: image.Cmd, Script: []byte("exit /b 0\r\n")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), "step1"); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.wim")
	if err := must[image.Exporter](t, s).Export(t.Context(), out, image.ExportOptions{}); err != nil {
		t.Fatal(err)
	}
	if after := meta(t, out, file); !bytes.Equal(after.Security, before.Security) || after.Attributes != before.Attributes || len(after.Security) == 0 {
		t.Errorf("replaced: %+v\nwas %+v", after, before)
	}
	passed, err := sd.Inherit(meta(t, out, "Windows/System32").Security, sd.File)
	if after := meta(t, out, added); err != nil || !bytes.Equal(after.Security, passed) {
		t.Errorf("new: % x, want % x, %v", after.Security, passed, err)
	}
	d, err := sd.Parse(meta(t, out, queue).Security)
	if err != nil || d.Control&sd.DACLProtected == 0 || len(d.DACL.ACEs) != 2 {
		t.Errorf("the queue: %+v, %v", d, err)
	}
}

// meta returns the metadata of a file in an image file.
func meta(t *testing.T, path, name string) image.Meta {
	t.Helper()
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: path}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, err := must[image.Files](t, s).Meta(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
