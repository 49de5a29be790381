package offline_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/placeholders"
	"github.com/gildhq/gild/internal/wimtree"
)

// TestSuiteMounted runs the suite on an image as DISM mounts it.
func TestSuiteMounted(t *testing.T) {
	t.Cleanup(placeholders.Show())
	imagetest.Run(t, func(t *testing.T) imagetest.Fixture {
		dir := filepath.Join(t.TempDir(), "mounted image")
		imagetest.WriteTree(t, dir)
		return imagetest.Fixture{Backend: offline.Backend{}, Ref: image.Ref{Path: dir},
			InPlace: true, PlainMeta: runtime.GOOS != "windows"}
	})
}

// TestMountedKeeps: an untouched file keeps its metadata when it is replaced, and links
// are still not part of the image.
func TestMountedKeeps(t *testing.T) {
	t.Cleanup(placeholders.Show())
	dir := t.TempDir()
	imagetest.WriteTree(t, dir)
	hosts := filepath.Join(dir, "Windows", "System32", "drivers", "etc", "hosts")
	must(t, os.Chmod(hosts, 0o444))
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: dir}, image.OpenOptions{Write: true, Clock: imagetest.Clock()})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	f, name := files(t, s), "Windows/System32/drivers/etc/hosts"
	write(t, s, name, "replaced")
	meta, err := f.Meta(name)
	must(t, err)
	if meta.Attributes&image.ReadOnly == 0 || meta.Attributes&image.ReparsePoint != 0 {
		t.Errorf("attributes %#x", meta.Attributes)
	}
	walked := 0
	must(t, fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !e.Type().IsRegular() {
			t.Errorf("%s is %v", name, e.Type())
		}
		walked++
		return err
	}))
	if walked < 10 {
		t.Errorf("%d files and folders", walked)
	}
	if runtime.GOOS == "windows" {
		return // making a link needs privileges
	}
	must(t, os.Symlink("System32", filepath.Join(dir, "Windows", "link")))
	if _, err := f.Stat("Windows/link/drivers"); err == nil || !strings.Contains(err.Error(), "is a link to System32") {
		t.Errorf("through a link: %v", err)
	}
}

// TestCloudFolder: in an image, too, a reparse point is a folder unless its tag is a
// name surrogate, and files can be made in it.
func TestCloudFolder(t *testing.T) {
	for tag, link := range map[uint32]bool{0x9000601a: false, wim.TagMountPoint: true} {
		dir := t.TempDir()
		imagetest.WriteTree(t, dir)
		root, err := wimtree.Of(os.DirFS(dir))
		must(t, err)
		root.Put(&wim.Node{Name: "OneDrive", Attributes: wim.AttrDirectory | wim.AttrReparse, ReparseTag: tag,
			Streams: []wim.Stream{{Kind: wim.Reparse, Size: 4, Content: text("data")}}})
		s := session(t, build(t, root), t.TempDir())
		f := files(t, s)
		info, err := f.Stat("OneDrive")
		must(t, err)
		meta, err := f.Meta("OneDrive")
		must(t, err)
		if info.IsDir() == link || (meta.Attributes&image.ReparsePoint != 0) != link {
			t.Errorf("tag %#x: %v with attributes %#x", tag, info.Mode(), meta.Attributes)
		}
		err = f.WriteFile("OneDrive/file", strings.NewReader("x"), image.Meta{})
		if (err != nil) != link {
			t.Errorf("tag %#x: a file in it: %v", tag, err)
		}
		if link {
			continue
		}
		made, err := openWIM(t, export(t, s, image.ExportOptions{})).Image(1)
		must(t, err)
		if n := made.Lookup("OneDrive"); n == nil || n.ReparseTag != tag || n.ReparseData() == nil || n.Child("file") == nil {
			t.Errorf("in the output: %+v", n)
		}
	}
}
