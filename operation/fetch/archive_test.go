package fetch

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type packed struct {
	name, content string
	mode          fs.FileMode
}

func zipOf(t testing.TB, files ...packed) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		h.SetMode(f.mode | 0o644)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(f.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarOf(t testing.TB, headers ...tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		h.Mode = 0o644
		if h.Typeflag == tar.TypeReg {
			h.Size = 3
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte("abc")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestArchive(t *testing.T) {
	archives := map[string]string{
		"/d.zip": zipOf(t, packed{name: "net/"}, packed{"net/nic.inf", "abc", 0}, packed{"./x/größe.sys", "", 0}),
		"/d.tar.gz": tarOf(t, tar.Header{Name: "./", Typeflag: tar.TypeDir}, tar.Header{Name: "./net/nic.inf", Typeflag: tar.TypeReg},
			tar.Header{Name: "x/größe.sys", Typeflag: tar.TypeReg}),
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { file(w, r, archives[r.URL.Path]) })
	f := fetcher(t, s)
	for name, data := range archives {
		all := get(t, f, s.URL+name+"//?checksum=sha256:"+sum(data))
		if read(t, filepath.Join(all.Path, "net", "nic.inf")) != "abc" || all.SHA256 != sum(data) || filepath.Base(all.Path) != "d" {
			t.Errorf("%+v", all)
		}
		if one := get(t, f, s.URL+name+"//net/nic.inf"); one.Path != filepath.Join(all.Path, "net", "nic.inf") {
			t.Errorf("%+v", one)
		}
		if packed := get(t, f, s.URL+name); read(t, packed.Path) != data {
			t.Errorf("%+v", packed)
		}
		if _, err := f.Get(t.Context(), Pinned{Address: s.URL + name + "//none"}); err == nil || !strings.Contains(err.Error(), "no file or folder none") {
			t.Error(err)
		}
	}
}

func TestHostileArchive(t *testing.T) {
	for name, c := range map[string]struct{ file, data, want string }{
		"above":          {"a.zip", zipOf(t, packed{"../x", "abc", 0}), "leads out"},
		"absolute":       {"a.zip", zipOf(t, packed{"/x", "abc", 0}), "leads out"},
		"Windows' above": {"a.zip", zipOf(t, packed{`..\x`, "abc", 0}), "not every system"},
		"a drive":        {"a.zip", zipOf(t, packed{"C:/x", "abc", 0}), "not every system"},
		"a device":       {"a.zip", zipOf(t, packed{"nul.txt", "abc", 0}), "not every system"},
		"a link":         {"a.zip", zipOf(t, packed{"l", "/etc/passwd", fs.ModeSymlink}), "only files"},
		"a tar's link":   {"a.tgz", tarOf(t, tar.Header{Name: "l", Linkname: "../x", Typeflag: tar.TypeSymlink}), "only files"},
		"a hard link":    {"a.tgz", tarOf(t, tar.Header{Name: "l", Linkname: "/etc/passwd", Typeflag: tar.TypeLink}), "only files"},
		"a device file":  {"a.tgz", tarOf(t, tar.Header{Name: "d", Typeflag: tar.TypeBlock}), "only files"},
		"above in tar":   {"a.tgz", tarOf(t, tar.Header{Name: "a/../../x", Typeflag: tar.TypeReg}), "leads out"},
		"one name twice": {"a.zip", zipOf(t, packed{"x", "abc", 0}, packed{"x", "abc", 0}), "exist"},
		"a bomb":         {"a.zip", zipOf(t, packed{"x", strings.Repeat("\x00", 80<<20), 0}), "far more bytes"},
		"cut":            {"a.tgz", tarOf(t, tar.Header{Name: "x", Typeflag: tar.TypeReg})[:40], "unexpected EOF"},
		"no zip":         {"a.zip", "abc", "not a valid zip"},
		"no archive":     {"a.cab", "abc", "no archive"},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) { file(w, r, c.data) })
		dir := t.TempDir()
		f := fetcherIn(t, dir, 1<<30, s)
		if _, err := f.Get(t.Context(), Pinned{Address: s.URL + "/" + c.file + "//"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "fetch", "*", "files", "*")); err != nil || len(left) > 0 {
			t.Errorf("%s: left over: %v, %v", name, left, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(zipOf(f, packed{"a/b", "abc", 0}), true)
	f.Add(tarOf(f, tar.Header{Name: "a/b", Typeflag: tar.TypeReg}), false)
	f.Fuzz(func(t *testing.T, data string, isZip bool) {
		dir := t.TempDir()
		archive, name, to := filepath.Join(dir, "archive"), "a.tgz", filepath.Join(dir, "to")
		if isZip {
			name = "a.zip"
		}
		if err := errors.Join(os.WriteFile(archive, []byte(data), 0o600), os.Mkdir(to, 0o700)); err != nil {
			t.Fatal(err)
		}
		_ = unpack(t.Context(), archive, name, to, 1<<16)
		if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
			t.Errorf("it left the folder: %v, %v", list, err)
		}
		var size int64
		err := filepath.WalkDir(to, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				info, err := d.Info()
				size += info.Size()
				return err
			}
			return err
		})
		if err != nil || size > 1<<16+1 {
			t.Errorf("%d bytes, %v", size, err)
		}
	})
}
