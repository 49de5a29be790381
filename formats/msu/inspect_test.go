package msu

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/internal/wimtree"
)

// TestUpdates reads the shared .msu files and compares what they hold with what
// the files next to the packages in them say.
func TestUpdates(t *testing.T) {
	entries, err := os.ReadDir(testenv.Shared(t, "msu"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".msu") {
			t.Run(e.Name(), func(t *testing.T) { checkUpdate(t, testenv.Shared(t, "msu/"+e.Name())) })
		}
	}
}

func checkUpdate(t *testing.T, path string) {
	p := only(t, path)
	stem := strings.TrimSuffix(filepath.Base(path), ".msu")
	if p.Path != stem+".cab/update.mum" || p.KB() != "KB2999226" || p.Kind != Fix || p.Restart != "possible" || p.Permanent {
		t.Errorf("%+v", p)
	}
	dir := t.TempDir()
	testenv.Run(t, "cabextract", "-q", "-d", dir, path)
	want := unattended(t, filepath.Join(dir, stem+".xml"))
	if p.Identity != want {
		t.Errorf("identity is %v, the unattend file has %v", p.Identity, want)
	}
	checkCabinets(t, path, dir, stem+".cab")
	if inner := only(t, filepath.Join(dir, stem+".cab")); inner.Identity != want || inner.Path != mumName {
		t.Errorf("the cabinet holds %+v", inner)
	}
	expanded := t.TempDir()
	testenv.Run(t, "cabextract", "-q", "-d", expanded, filepath.Join(dir, stem+".cab"))
	if folder := only(t, expanded); folder.Identity != want {
		t.Errorf("the folder holds %+v", folder)
	}
	if _, err := Inspect(filepath.Join(dir, "WSUSSCAN.cab")); !errors.Is(err, ErrNotPackage) {
		t.Errorf("data for Windows Update: %v", err)
	}
}

// checkCabinets compares the cabinet of a .msu file with what cabextract made of it.
func checkCabinets(t *testing.T, path, dir, name string) {
	t.Helper()
	names, err := Cabinets(path)
	if err != nil || len(names) != 1 || names[0] != name {
		t.Fatalf("cabinets are %q, %v", names, err)
	}
	want, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(path, name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s has %d bytes, not the %d that cabextract finds, %v", name, len(got), len(want), err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := OpenFile(path, "other.cab"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a cabinet that is not there: %v", err)
	}
	if names, err := Cabinets(filepath.Join(dir, name)); err != nil || len(names) > 0 {
		t.Errorf("of a package's cabinet: %q, %v", names, err)
	}
}

// unattended is the identity in an unattend file.
func unattended(t *testing.T, path string) Identity {
	t.Helper()
	var answer struct {
		Identity Identity `xml:"servicing>package>assemblyIdentity"`
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = xml.Unmarshal(data, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer.Identity
}

func only(t *testing.T, path string) *Package {
	t.Helper()
	list, err := Inspect(path)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d packages: %v", len(list), err)
	}
	return list[0]
}

// writeWIM writes a WIM file of the given files.
func writeWIM(t *testing.T, path string, files fs.FS) {
	t.Helper()
	root, err := wimtree.Of(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := wim.NewBuilder(wim.Options{Compression: wim.LZX})
	if err == nil {
		err = b.AddImage(root, wim.ImageInfo{Name: "update"})
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := b.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// A .msu can be a WIM file that holds packages as WIM files and cabinets.
func TestWIM(t *testing.T) {
	dir := t.TempDir()
	content := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	files := fstest.MapFS{"notes.xml": {Data: []byte("<notes/>")}, "update.psf": {Data: []byte("PSTREAM")}}
	for name, mum := range map[string]string{
		"1-update.WIM": sampleMUM("Package_for_RollupFix", "Security Update"),
		"2-stack.wim":  sampleMUM("Package_for_ServicingStack_1", "Update"),
	} {
		path := filepath.Join(dir, name)
		writeWIM(t, path, fstest.MapFS{"Update.mum": {Data: []byte(mum)}, "x.cat": {Data: []byte("catalogue")}})
		files[name] = &fstest.MapFile{Data: content(path)}
	}
	empty := filepath.Join(dir, "empty.wim")
	writeWIM(t, empty, fstest.MapFS{"a.txt": {Data: []byte("a")}})
	files["metadata.wim"] = &fstest.MapFile{Data: content(empty)}

	msu := filepath.Join(dir, "update.msu")
	writeWIM(t, msu, files)
	list, err := Inspect(msu)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d packages: %v", len(list), err)
	}
	if p := list[0]; p.Kind != ServicingStack || p.Path != "2-stack.wim/Update.mum" {
		t.Errorf("first is %+v", p)
	}
	if p := list[1]; p.Kind != Cumulative || p.Path != "1-update.WIM/Update.mum" {
		t.Errorf("second is %+v", p)
	}
}

func TestNotPackages(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, path := range []string{dir, write("empty.msu", ""), write("text.cab", "not a cabinet")} {
		if _, err := Inspect(path); !errors.Is(err, ErrNotPackage) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Inspect(filepath.Join(dir, "missing.msu")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	write("update.mum", "<assembly/>")
	if _, err := Inspect(dir); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestForward(t *testing.T) {
	data := make([]byte, 5000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	opened := 0
	open := func() (io.Reader, error) { opened++; return bytes.NewBuffer(bytes.Clone(data)), nil }
	r, _ := open()
	f := &forward{open: open, r: r}
	opened = 0
	buffer := make([]byte, 1000)
	for at := int64(0); at < 5500; at += 700 {
		checkForward(t, f, data, buffer, at)
	}
	if opened != 7 { // each read overlaps the one before
		t.Errorf("opened %d times", opened)
	}
	for range 100 {
		checkForward(t, f, data, buffer[:random.IntN(1000)], random.Int64N(6000))
	}
}

func checkForward(t *testing.T, f *forward, data, buffer []byte, at int64) {
	t.Helper()
	n, err := f.ReadAt(buffer, at)
	want, wantErr := bytes.NewReader(data).ReadAt(bytes.Clone(buffer), at)
	if n != want || err != wantErr || n > 0 && !bytes.Equal(buffer[:n], data[at:][:n]) {
		t.Errorf("%d bytes at %d: %d, %v; want %d, %v", len(buffer), at, n, err, want, wantErr)
	}
}
