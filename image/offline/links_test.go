package offline_test

import (
	"bytes"
	"errors"
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
	"github.com/gildhq/gild/internal/testenv"
)

// linked makes a WIM file with hard links, a symbolic link to a folder and one
// to a file.
func linked(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("makes symbolic links, which takes privileges on Windows")
	}
	dir := filepath.Join(t.TempDir(), "tree")
	imagetest.WriteTree(t, dir)
	at := func(name string) string { return filepath.Join(dir, "Windows", name) }
	must(t, os.Link(at("notepad.exe"), at("System32/notepad.exe")))
	must(t, os.Link(at("notepad.exe"), at("third.exe")))
	must(t, os.Symlink("System32", at("link to folder")))
	must(t, os.Symlink("notepad.exe", at("link to file")))
	file := filepath.Join(t.TempDir(), "linked.wim")
	testenv.Run(t, "wimlib-imagex", "capture", dir, file, "Windows")
	return file
}

// TestHardLinks checks that replacing one name leaves the content of the others, and
// that all names of a file share its metadata.
func TestHardLinks(t *testing.T) {
	file, store := linked(t), t.TempDir()
	s := session(t, file, store)
	must(t, files(t, s).SetMeta("Windows/third.exe", image.Meta{Attributes: image.ReadOnly}))
	write(t, s, "Windows/notepad.exe", "patched")
	must(t, files(t, s).SetMeta("Windows/notepad.exe", image.Meta{Attributes: image.Hidden}))
	must(t, s.Commit(t.Context(), "step1"))
	must(t, files(t, s).SetMeta("Windows/third.exe", image.Meta{Attributes: image.System}))
	must(t, files(t, s).Remove("Windows/third.exe"))
	must(t, s.Commit(t.Context(), "step2"))
	for _, s := range []image.Session{s, session(t, file, store, "step1", "step2")} {
		f := files(t, s)
		for name, want := range map[string]image.Attributes{"notepad.exe": image.Hidden, "System32/notepad.exe": image.System} {
			if m, err := f.Meta("Windows/" + name); err != nil || m.Attributes != want {
				t.Errorf("%s: attributes %#x, want %#x; %v", name, m.Attributes, want, err)
			}
		}
		if b, err := fs.ReadFile(f, "Windows/notepad.exe"); err != nil || string(b) != "patched" {
			t.Errorf("replaced: %.20q, %v", b, err)
		}
		want := imagetest.Files(t)["Windows/notepad.exe"]
		if b, err := fs.ReadFile(f, "Windows/System32/notepad.exe"); err != nil || !bytes.Equal(b, want) {
			t.Errorf("the other link: %d bytes, %v", len(b), err)
		}
		out := export(t, s, image.ExportOptions{})
		testenv.Run(t, "wimlib-imagex", "verify", out)
		testenv.Run(t, "wimlib-imagex", "apply", out, "1", filepath.Join(t.TempDir(), "applied"))
	}
}

// TestLinksNotFollowed checks that nothing is read or written through a link.
func TestLinksNotFollowed(t *testing.T) {
	s := session(t, linked(t), t.TempDir())
	f := files(t, s)
	if _, err := f.Stat("Windows/link to folder/config"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat through a link: %v", err)
	}
	for _, name := range []string{"link to folder/new", "link to file/new"} {
		if err := f.WriteFile("Windows/"+name, strings.NewReader("x"), image.Meta{}); err == nil {
			t.Errorf("%s: written through a link", name)
		}
		if err := f.MkdirAll("Windows/"+name, image.Meta{}); err == nil {
			t.Errorf("%s: folder made through a link", name)
		}
	}
	info, err := f.Stat("Windows/link to folder")
	must(t, err)
	if info.Mode()&fs.ModeSymlink == 0 || info.IsDir() {
		t.Errorf("a link is shown as %v", info.Mode())
	}
	write(t, s, "Windows/link to file", "a file now")
	must(t, f.Remove("Windows/link to folder"))
	dir := filepath.Join(t.TempDir(), "applied")
	testenv.Run(t, "wimlib-imagex", "apply", export(t, s, image.ExportOptions{}), "1", dir)
	sameTree(t, f, os.DirFS(dir))
	if b, err := os.ReadFile(filepath.Join(dir, "Windows", "notepad.exe")); err != nil || len(b) != 200_000 {
		t.Errorf("the target of a link was changed: %d bytes, %v", len(b), err)
	}
}

// TestFolderLinks checks the same for a folder that is changed in place.
func TestFolderLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("makes symbolic links, which takes privileges on Windows")
	}
	outside, dir := t.TempDir(), filepath.Join(t.TempDir(), "mounted")
	imagetest.WriteTree(t, dir)
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o666))
	must(t, os.Symlink(outside, filepath.Join(dir, "out")))
	must(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "file")))
	must(t, os.Symlink("Windows", filepath.Join(dir, "in")))
	s := session(t, dir, "")
	f := files(t, s)
	for _, name := range []string{"out/secret", "file", "in/notepad.exe"} {
		if b, err := fs.ReadFile(f, name); err == nil {
			t.Errorf("%s: read %q through a link", name, b)
		}
	}
	for _, name := range []string{"out/new", "in/new"} {
		if err := f.WriteFile(name, strings.NewReader("x"), image.Meta{}); err == nil {
			t.Errorf("%s: written through a link", name)
		}
	}
	if err := f.SetMeta("file", image.Meta{Attributes: image.ReadOnly}); err == nil {
		t.Error("metadata set through a link")
	}
	write(t, s, "file", "replaced")
	must(t, f.Remove("out"))
	if b, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || string(b) != "secret" {
		t.Errorf("outside: %q, %v", b, err)
	}
	if b, err := fs.ReadFile(f, "file"); err != nil || string(b) != "replaced" {
		t.Errorf("inside: %q, %v", b, err)
	}
}

// TestFolderLinksAreTold: if a folder that gild writes to is a link, opening the image is
// an error; a link elsewhere is an error when a path leads through it. Both errors name
// the link and its target.
func TestFolderLinksAreTold(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("makes symbolic links, which takes privileges on Windows")
	}
	outside := t.TempDir()
	for _, name := range []string{
		"Windows", "Windows/Setup", "Windows/Setup/Scripts", "Windows/Panther", "Windows/System32/config",
		"Windows/System32/drivers/etc", "Windows/setup", "Windows/INF",
	} {
		dir := filepath.Join(t.TempDir(), "mounted")
		imagetest.WriteTree(t, dir)
		link := filepath.Join(dir, name)
		must(t, os.RemoveAll(link))
		must(t, os.RemoveAll(filepath.Join(dir, strings.Replace(name, "setup", "Setup", 1))))
		must(t, os.MkdirAll(filepath.Dir(link), 0o777))
		must(t, os.Symlink(outside, link))
		_, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: dir}, image.OpenOptions{})
		if err == nil || !strings.Contains(err.Error(), name+" in the image is a link to "+outside) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "mounted")
	imagetest.WriteTree(t, dir)
	must(t, os.Symlink(outside, filepath.Join(dir, "Tools")))
	f := files(t, session(t, dir, ""))
	for _, name := range []string{"Tools/new", "tools/new/er"} {
		if _, err := f.Stat(name); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "Tools in the image is a link to "+outside) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := os.ReadDir(outside); err != nil || len(list) > 0 {
		t.Errorf("outside: %v, %v", list, err)
	}
}

// TestStreams checks that files that are not replaced keep their named streams and
// extras, and that replaced files lose them.
func TestStreams(t *testing.T) {
	source := streams(t)
	s := session(t, source, t.TempDir())
	must(t, files(t, s).SetMeta("kept", image.Meta{Attributes: image.Hidden}))
	write(t, s, "replaced", "new")
	out, err := wim.Open(export(t, s, image.ExportOptions{}))
	must(t, err)
	defer out.Close()
	img, err := out.Image(1)
	must(t, err)
	if n := img.Lookup("kept"); n.Stream("ads") == nil || n.ShortName != "KEPT~1" || n.Attributes != wim.AttrHidden {
		t.Errorf("kept: %+v", n)
	}
	if n := img.Lookup("replaced"); len(n.Streams) != 1 || n.ShortName != "REPLAC~1" {
		t.Errorf("replaced: %+v", n)
	}
}

// streams makes a WIM file with two files that have named streams.
func streams(t *testing.T) string {
	t.Helper()
	node := func(name, short string) *wim.Node {
		return &wim.Node{Name: name, ShortName: short, Attributes: wim.AttrArchive, Streams: []wim.Stream{
			{Content: text("content")}, {Name: "ads", Content: text("named")},
		}}
	}
	return build(t, &wim.Node{Attributes: wim.AttrDirectory, Children: []*wim.Node{
		node("kept", "KEPT~1"), node("replaced", "REPLAC~1"),
	}})
}
