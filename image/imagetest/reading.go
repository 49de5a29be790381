package imagetest

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gildhq/gild/image"
)

func testReading(t *testing.T, f Fixture) {
	s := f.reader(t)
	want := Files(t)
	if err := fstest.TestFS(s.files, slices.Sorted(maps.Keys(want))...); err != nil {
		t.Error(err)
	}
	for name, data := range want {
		for _, spelled := range []string{name, strings.ToUpper(name), strings.ToLower(name)} {
			got, err := fs.ReadFile(s.files, spelled)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: %d bytes of %d, %v", spelled, len(got), len(data), err)
			}
			info, err := s.files.Stat(spelled)
			if err != nil || info.Size() != int64(len(data)) || !strings.HasSuffix(name, info.Name()) {
				t.Errorf("stat %s: %v, %v", spelled, info, err)
			}
			sum, err := s.files.SHA1(spelled)
			if err != nil || sum != sha1.Sum(data) {
				t.Errorf("sha1 %s: %x, %v", spelled, sum, err)
			}
		}
	}
	if s.At() != "" {
		t.Errorf("the source is at checkpoint %q", s.At())
	}
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Fingerprint == "" != f.InPlace {
		t.Errorf("fingerprint %q", info.Fingerprint)
	}
	if !f.InPlace && info.Files != int64(len(want)) {
		t.Errorf("%d files, want %d", info.Files, len(want))
	}
}

func testMissing(t *testing.T, f Fixture) {
	s := f.open(t)
	for _, name := range []string{"nothing", "Windows/nothing", "nothing/at/all", notepad + "/below"} {
		_, err := s.files.Open(name)
		missing(t, "open "+name, err)
		_, err = s.files.Stat(name)
		missing(t, "stat "+name, err)
		_, err = s.files.ReadDir(name)
		missing(t, "readdir "+name, err)
		_, err = s.files.Meta(name)
		missing(t, "meta "+name, err)
		_, err = s.files.SHA1(name)
		missing(t, "sha1 "+name, err)
		missing(t, "set "+name, s.files.SetMeta(name, image.Meta{Attributes: image.ReadOnly}))
		missing(t, "remove "+name, s.files.Remove(name))
	}
	_, err := s.registry.Values("HKLM/SOFTWARE/Nothing")
	missing(t, "values", err)
	_, err = s.registry.Subkeys("HKLM/SOFTWARE/Nothing")
	missing(t, "subkeys", err)
	_, err = s.registry.Value(software, "Nothing")
	missing(t, "value", err)
	missing(t, "delete value", s.registry.DeleteValue(software, "Nothing"))
	missing(t, "delete key", s.registry.DeleteKey("HKLM/SOFTWARE/Nothing"))
	if _, err := s.files.Stat("../etc"); err == nil {
		t.Error("a path out of the image was accepted")
	}
	if _, err := s.files.ReadDir(notepad); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was listed like a folder: %v", err)
	}
	if _, err := s.files.SHA1("Windows"); err == nil {
		t.Error("a folder has a SHA-1")
	}
}

func missing(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v, want an fs.ErrNotExist", what, err)
	}
}

func testReadOnly(t *testing.T, f Fixture) {
	s := f.reader(t)
	for what, err := range map[string]error{
		"write":        s.files.WriteFile("new", strings.NewReader(""), image.Meta{}),
		"replace":      s.files.WriteFile(hosts, strings.NewReader(""), image.Meta{}),
		"mkdir":        s.files.MkdirAll("new", image.Meta{}),
		"set":          s.files.SetMeta(hosts, image.Meta{Attributes: image.ReadOnly}),
		"remove":       s.files.Remove(hosts),
		"create key":   s.registry.CreateKey("HKLM/SOFTWARE/New"),
		"set value":    s.registry.SetValue(software, image.Value{Name: "x"}),
		"delete value": s.registry.DeleteValue(software, "UBR"),
		"delete key":   s.registry.DeleteKey(software),
		"commit":       s.Commit(t.Context(), "step1"),
	} {
		if !errors.Is(err, image.ErrReadOnly) {
			t.Errorf("%s: %v, want ErrReadOnly", what, err)
		}
	}
}

func testCapabilities(t *testing.T, f Fixture) {
	s := f.open(t)
	for _, c := range f.Backend.Offers() {
		if f.InPlace && (c == image.CanExport || c == image.CanAccess || c == image.CanVerify) {
			continue
		}
		if !has(s.Session, c) {
			t.Errorf("%s is offered but missing", c)
		}
		if !has(decorated{s.Session}, c) {
			t.Errorf("%s is not found through a decorator", c)
		}
	}
	if f.InPlace && has(s.Session, image.CanExport) {
		t.Error("an image that is changed in place can be exported")
	}
	if f.Backend.Name() == "" {
		t.Error("the backend has no name")
	}
}

type decorated struct{ image.Session }

func (d decorated) Unwrap() image.Session { return d.Session }
