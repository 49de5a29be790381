package imagetest

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
)

// kept commits, closes and reopens the image, which must have the same content.
func (f Fixture) kept(t *testing.T, s opened) opened {
	t.Helper()
	before := snapshot(t, s)
	s.commit(t, "kept")
	compare(t, "after commit", snapshot(t, s), before)
	s.close(t)
	s = f.open(t, "kept")
	compare(t, "opened again", snapshot(t, s), before)
	return s
}

func testWrite(t *testing.T, f Fixture) {
	s := f.open(t)
	large := strings.Repeat("0123456789abcdef", 100_000)
	s.write(t, "Windows/New File.txt", large)
	s.write(t, "WINDOWS/system32/DRIVERS/ETC/HOSTS", "replaced")
	s.write(t, empty, "no longer")
	s.write(t, umlauts, "")
	s.write(t, "Windows/twice.txt", "first")
	s.write(t, "windows/TWICE.txt", "second")
	s.write(t, "Windows/copy.exe", s.content(t, notepad))
	s = f.kept(t, s)
	for name, want := range map[string]string{
		"windows/new file.txt": large, hosts: "replaced", empty: "no longer", umlauts: "",
		"Windows/twice.txt": "second", notepad: string(noise(200_000)), "Windows/copy.exe": string(noise(200_000)),
	} {
		if got := s.content(t, name); got != want {
			t.Errorf("%s: got %d bytes, want %d", name, len(got), len(want))
		}
	}
	names := map[string]bool{}
	list, err := s.files.ReadDir("windows")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names[e.Name()] = true
	}
	if !names["New File.txt"] || !names["twice.txt"] || names["TWICE.txt"] || len(list) != 5 {
		t.Errorf("the folder holds %v", names)
	}
	info, err := s.files.Stat("Windows/twice.txt")
	if err != nil || !info.ModTime().Equal(Clock()) {
		t.Errorf("time of writing %v, want the clock's; %v", info.ModTime(), err)
	}
}

func testWriteRefused(t *testing.T, f Fixture) {
	s := f.open(t)
	before := snapshot(t, s)
	missing(t, "into a missing folder", s.files.WriteFile("no/such/folder.txt", strings.NewReader(""), image.Meta{}))
	broken := errors.New("broken payload")
	for what, err := range map[string]error{
		"onto a folder":  s.files.WriteFile("Windows/System32", strings.NewReader(""), image.Meta{}),
		"below a file":   s.files.WriteFile(notepad+"/x", strings.NewReader(""), image.Meta{}),
		"device name":    s.files.WriteFile("Windows/con.txt", strings.NewReader(""), image.Meta{}),
		"colon":          s.files.WriteFile("Windows/a:b", strings.NewReader(""), image.Meta{}),
		"backslash":      s.files.WriteFile(`Windows\b`, strings.NewReader(""), image.Meta{}),
		"trailing dot":   s.files.MkdirAll("Windows/x.", image.Meta{}),
		"folder on file": s.files.MkdirAll(notepad, image.Meta{}),
		"in a file":      s.files.MkdirAll(notepad+"/x", image.Meta{}),
		"out of image":   s.files.WriteFile("../x", strings.NewReader(""), image.Meta{}),
		"whole image":    s.files.Remove("."),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	err := s.files.WriteFile(hosts, io.MultiReader(strings.NewReader("half"), failing{broken}), image.Meta{})
	if !errors.Is(err, broken) {
		t.Errorf("payload that can't be read: %v", err)
	}
	compare(t, "after what was refused", snapshot(t, s), before)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func testFolders(t *testing.T, f Fixture) {
	s := f.open(t)
	for _, name := range []string{"WINDOWS/Neu/a/b", "windows/neu", "Windows"} {
		if err := s.files.MkdirAll(name, image.Meta{}); err != nil {
			t.Fatal(err)
		}
	}
	s.write(t, "Windows/neu/A/file", "x")
	s = f.kept(t, s)
	info, err := s.files.Stat("windows/neu/a/B")
	if err != nil || !info.IsDir() || info.Name() != "b" {
		t.Errorf("new folder: %v, %v", info, err)
	}
	if !s.exists(t, "Windows/Neu/a/file") {
		t.Error("the file in a new folder is gone")
	}
}

func testRemove(t *testing.T, f Fixture) {
	s := f.open(t)
	remove := func(name string) {
		t.Helper()
		if err := s.files.Remove(name); err != nil {
			t.Fatal(err)
		}
		if s.exists(t, name) {
			t.Errorf("%s is still there", name)
		}
	}
	remove("PROGRAM FILES/app")
	remove(hosts)
	s.write(t, "Windows/System32/drivers/etc/Hosts", "new spelling")
	s.write(t, "Windows/temp.txt", "x")
	remove("Windows/temp.txt")
	if err := s.files.MkdirAll("Program Files/APP/sub", image.Meta{}); err != nil {
		t.Fatal(err)
	}
	s.write(t, "Program Files/APP/Readme.txt", "new")
	s.write(t, "Program Files/APP/gone.txt", "new")
	remove("Program Files/APP/gone.txt")
	s = f.kept(t, s)
	for name, want := range map[string]bool{
		"Program Files/App/readme.txt": true, "Program Files/App/copy.txt": false, empty: false,
		"Program Files/App/sub": true, "Program Files/App/gone.txt": false, "Windows/temp.txt": false,
	} {
		if s.exists(t, name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
	if info, err := s.files.Stat(hosts); err != nil || info.Name() != "Hosts" {
		t.Errorf("hosts: %v, %v", info, err)
	}
}

// descriptor is O:SYG:SYD:P(A;OICI;FA;;;SY): to an unprotected one Windows would add the
// entries of its folder.
const descriptor = "\x01\x00\x04\x90\x30\x00\x00\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00" +
	"\x02\x00\x1c\x00\x01\x00\x00\x00\x00\x03\x14\x00\xff\x01\x1f\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" +
	"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"

func testMeta(t *testing.T, f Fixture) {
	s := f.open(t)
	full := image.Meta{
		Attributes: image.ReadOnly | image.Hidden,
		Created:    time.Date(2001, 2, 3, 4, 5, 6, 700, time.UTC),
		Written:    time.Date(2002, 3, 4, 5, 6, 7, 800, time.UTC),
		Security:   []byte(descriptor),
	}
	if f.PlainMeta {
		for what, m := range map[string]image.Meta{
			"attributes": {Attributes: image.Hidden}, "created": {Created: Clock()}, "security": {Security: []byte(descriptor)},
		} {
			if err := s.files.SetMeta(hosts, m); err == nil {
				t.Errorf("%s: metadata that can't be stored was accepted", what)
			}
		}
		full = image.Meta{Attributes: image.ReadOnly, Written: full.Written}
	}
	if err := s.files.SetMeta(hosts, full); err != nil {
		t.Fatal(err)
	}
	if err := s.files.WriteFile("Windows/new.txt", strings.NewReader("x"), full); err != nil {
		t.Fatal(err)
	}
	s = f.kept(t, s)
	for _, name := range []string{hosts, "Windows/new.txt"} {
		sameMeta(t, s, name, full)
	}
	// Zero fields stay.
	if err := s.files.SetMeta(hosts, image.Meta{Attributes: image.Normal}); err != nil {
		t.Fatal(err)
	}
	full.Attributes = image.Normal
	sameMeta(t, s, hosts, full)
	s.write(t, "Windows/new.txt", "y")
	full.Attributes, full.Written = image.ReadOnly|image.Hidden, Clock()
	if f.PlainMeta {
		full.Attributes = image.ReadOnly
	}
	sameMeta(t, s, "Windows/new.txt", full)
	if err := s.files.SetMeta("Windows", image.Meta{Written: Clock()}); err != nil {
		t.Fatal(err)
	}
	if m, err := s.files.Meta("Windows"); err != nil || m.Attributes&image.Directory == 0 || !m.Written.Equal(Clock()) {
		t.Errorf("folder: %+v, %v", m, err)
	}
}

func sameMeta(t *testing.T, s opened, name string, want image.Meta) {
	t.Helper()
	got, err := s.files.Meta(name)
	if err != nil {
		t.Fatal(err)
	}
	if got.Attributes != want.Attributes || !got.Created.Equal(want.Created) || !got.Written.Equal(want.Written) ||
		string(got.Security) != string(want.Security) {
		t.Errorf("%s: got  %+v\nwant %+v", name, got, want)
	}
}

// testInherit checks that new files inherit the descriptor of their folder.
func testInherit(t *testing.T, f Fixture) {
	if f.PlainMeta || f.InPlace {
		t.Skip("nothing to check: the file system gives new files their descriptors")
	}
	s := f.open(t)
	if err := s.files.SetMeta("Windows", image.Meta{Security: []byte(descriptor)}); err != nil {
		t.Fatal(err)
	}
	if err := s.files.MkdirAll("Windows/sub", image.Meta{}); err != nil {
		t.Fatal(err)
	}
	s.write(t, "Windows/sub/file", "x")
	m, err := s.files.Meta("Windows/sub/file")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Security) == 0 || m.Attributes != image.Archive || !m.Created.Equal(Clock()) {
		t.Errorf("new file: %+v", m)
	}
	s.write(t, "plain", "x")
	if m, err := s.files.Meta("plain"); err != nil || m.Security != nil {
		t.Errorf("in a folder without descriptor: %+v, %v", m, err)
	}
	if _, err := s.files.Stat("Windows/sub/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	f.kept(t, s)
}
