package regular_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/internal/placeholders"
)

// TestIsLink holds the tags of "Reparse Point Tags" against what they are for.
func TestIsLink(t *testing.T) {
	for tag, link := range map[uint32]bool{
		0xa0000003: true,  // IO_REPARSE_TAG_MOUNT_POINT
		0xa000000c: true,  // IO_REPARSE_TAG_SYMLINK
		0xa000001d: true,  // IO_REPARSE_TAG_LX_SYMLINK
		0xa0000027: true,  // IO_REPARSE_TAG_WCI_LINK
		0x80000008: false, // IO_REPARSE_TAG_WIM
		0x80000013: false, // IO_REPARSE_TAG_DEDUP
		0x80000017: false, // IO_REPARSE_TAG_WOF
		0x80000018: false, // IO_REPARSE_TAG_WCI
		0x9000001a: false, // IO_REPARSE_TAG_CLOUD
		0x9000701a: false, // IO_REPARSE_TAG_CLOUD_7
		0x9000001c: false, // IO_REPARSE_TAG_PROJFS
	} {
		if regular.IsLink(tag) != link {
			t.Errorf("tag %#x: a link is %v", tag, !link)
		}
	}
}

// tagged makes a folder of a file, a link and a folder with a file.
func tagged(t *testing.T) *os.Root {
	t.Helper()
	dir := t.TempDir()
	err := errors.Join(os.WriteFile(filepath.Join(dir, "file"), []byte("1"), 0o666), os.Mkdir(filepath.Join(dir, "folder"), 0o777),
		os.WriteFile(filepath.Join(dir, "folder", "inner"), nil, 0o666))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Log("no link: ", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// TestReparsePoints shows files of a mounted image and links as what they are.
func TestReparsePoints(t *testing.T) {
	root := tagged(t)
	want := map[string]fs.FileMode{"file": 0, "folder": fs.ModeDir, "folder/inner": 0, "link": fs.ModeSymlink}
	check := func(t *testing.T) {
		t.Helper()
		list, err := regular.ReadDirIn(root, ".")
		if err != nil || len(list) < 2 {
			t.Fatal(list, err)
		}
		for _, e := range list {
			info, err := e.Info()
			if err != nil || e.Type() != want[e.Name()] || info.Mode().Type() != e.Type() || e.IsDir() != info.IsDir() {
				t.Errorf("%s: %v, %v; %v", e.Name(), e.Type(), info.Mode(), err)
			}
		}
		for name, mode := range want {
			info, err := regular.LstatIn(root, name)
			if errors.Is(err, fs.ErrNotExist) && mode == fs.ModeSymlink {
				continue
			}
			if err != nil || info.Mode().Type() != mode {
				t.Errorf("%s: %v; %v", name, info, err)
			}
		}
		if _, err := regular.LstatIn(root, "none"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if _, err := regular.ReadDirIn(root, "none"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	check(t)
	t.Cleanup(placeholders.Show())
	check(t)
}

// TestTags goes by the tag of what is irregular, and by nothing where there is none.
func TestTags(t *testing.T) {
	root := tagged(t)
	var tags map[string]uint32
	var fails error
	system := regular.Show(regular.System{})
	t.Cleanup(func() { regular.Show(system) })
	junction := func(root *os.Root, name string) (fs.FileInfo, error) {
		return fs.Stat(fstest.MapFS{name: {Mode: fs.ModeIrregular}}, name)
	}
	regular.Show(regular.System{
		Lstat: junction,
		ReadDir: func(*os.File) ([]fs.DirEntry, error) {
			return fs.ReadDir(fstest.MapFS{"file": {Mode: fs.ModeIrregular}}, ".")
		},
		Tags: func(string) (map[string]uint32, error) { return tags, fails },
	})
	for tag, mode := range map[uint32]fs.FileMode{0xa0000003: fs.ModeIrregular, 0x80000008: 0, 0x9000301a: 0, 0: fs.ModeIrregular} {
		tags = map[string]uint32{"file": tag}
		if tag == 0 {
			tags = nil
		}
		if info, err := regular.LstatIn(root, "file"); err != nil || info.Mode().Type() != mode {
			t.Errorf("%#x: %v, %v", tag, info, err)
		}
		list, err := regular.ReadDirIn(root, ".")
		if err != nil || len(list) != 1 || list[0].Type() != mode {
			t.Errorf("%#x: %v, %v", tag, list, err)
		}
		raw, _ := fs.ReadDir(fstest.MapFS{"file": {Mode: fs.ModeIrregular}}, ".")
		if e := regular.Entry(filepath.Join(root.Name(), "file"), raw[0]); e.Type() != mode {
			t.Errorf("%#x: an entry is %v", tag, e)
		}
	}
	tags = nil
	itself := regular.NoFollow("file")
	if itself == regular.NonBlock {
		t.Error("links are followed")
	}
	for tag, want := range map[uint32]int{0x80000013: regular.NonBlock, 0x9000301a: regular.NonBlock, 0xa000000c: itself} {
		tags = map[string]uint32{"file": tag}
		if got := regular.NoFollow("file"); got != want {
			t.Errorf("%#x: flag %#x, want %#x", tag, got, want)
		}
	}
	fails = errors.New("no tag")
	if _, err := regular.LstatIn(root, "file"); !errors.Is(err, fails) {
		t.Error(err)
	}
	if _, err := regular.ReadDirIn(root, "."); !errors.Is(err, fails) {
		t.Error(err)
	}
}

// TestFollowed: what was opened, or is at the end of all links, is a file whatever its tag.
func TestFollowed(t *testing.T) {
	for mode, want := range map[fs.FileMode]bool{
		0o666: true, 0o666 | fs.ModeIrregular: true, fs.ModeDir | fs.ModeIrregular | 0o777: false, fs.ModeDir: false, fs.ModeSymlink: false,
		fs.ModeNamedPipe | fs.ModeIrregular: false, fs.ModeDevice: false, fs.ModeSocket: false,
	} {
		info, err := fs.Stat(fstest.MapFS{"x": {Mode: mode}}, "x")
		if err != nil {
			t.Fatal(err)
		}
		if regular.Is(info) != want || (regular.Check("x", info) == nil) != want {
			t.Errorf("%v: is a file %v", mode, !want)
		}
	}
}
