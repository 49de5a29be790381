package cab

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gildhq/gild/internal/testenv"
)

// refused are the shared cabinets that can't be read in full, and why. All
// others can.
var refused = map[string]error{
	"bad_folderindex.cab":                   ErrCorrupt,
	"bad_nofiles.cab":                       ErrCorrupt,
	"bad_signature.cab":                     ErrNotCabinet,
	"cve-2010-2800-mszip-infinite-loop.cab": ErrCorrupt,
	"cve-2010-2801-qtm-flush.cab":           ErrUnsupported, // Quantum
	"cve-2014-9732-folders-segfault.cab":    ErrCorrupt,
	"cve-2015-4470-mszip-over-read.cab":     ErrUnsupported, // version 129.3
	"cve-2017-11423-fname-overread.cab":     ErrCorrupt,
	"cve-2018-18584-qtm-max-size-block.cab": ErrUnsupported,
	"filename-read-violation-1.cab":         ErrCorrupt,
	"filename-read-violation-3.cab":         ErrCorrupt,
	"filename-read-violation-4.cab":         ErrCorrupt,
	"hidden-file-beyond-eof.cab":            ErrCorrupt,
	"lzx-main-tree-no-lengths.cab":          ErrCorrupt,
	"lzx-premature-matches.cab":             ErrCorrupt,
	"mszip_lzx_qtm.cab":                     ErrUnsupported,
	"multi_basic_pt1.cab":                   ErrUnsupported,
	"multi_basic_pt3.cab":                   ErrUnsupported,
	"multi_basic_pt4.cab":                   ErrUnsupported,
	"partial_nodata.cab":                    ErrCorrupt,
	"partial_nofiles.cab":                   ErrCorrupt,
	"partial_shortextheader.cab":            ErrCorrupt,
	"partial_shortfile1.cab":                ErrCorrupt,
	"partial_shortfolder.cab":               ErrCorrupt,
	"partial_shortheader.cab":               ErrCorrupt,
	"partial_str_noninfo.cab":               ErrCorrupt,
	"partial_str_nonname.cab":               ErrCorrupt,
	"partial_str_nopname.cab":               ErrCorrupt,
	"partial_str_shortfname.cab":            ErrUnsupported,
	"partial_str_shortnname.cab":            ErrCorrupt,
	"partial_str_shortpinfo.cab":            ErrCorrupt,
	"qtm-max-size-block.cab":                ErrUnsupported,
	"search.cab":                            ErrNotCabinet, // a cabinet in other data
	"search_basic.cab":                      ErrNotCabinet,
	"split-1.cab":                           ErrUnsupported,
	"split-3.cab":                           ErrUnsupported,
	"split-4.cab":                           ErrUnsupported,
}

// oddNames are cabinets of empty files whose names cabextract changes in ways
// of its own.
var oddNames = map[string]bool{
	"dirwalk-vulns.cab":   true,
	"encoding-sjis.cab":   true,
	"utf8-stresstest.cab": true,
}

// TestSamples compares what the shared cabinets and update packages hold, with
// all cabinets in them, with what cabextract gets out of them.
func TestSamples(t *testing.T) {
	testenv.Tool(t, "cabextract")
	testenv.Tool(t, "7z")
	for _, dir := range []string{"cab", "msu"} {
		err := filepath.WalkDir(testenv.Shared(t, dir), func(path string, d fs.DirEntry, err error) error {
			if ext := filepath.Ext(path); ext == ".cab" || ext == ".msu" {
				t.Run(filepath.Base(path), func(t *testing.T) { checkSample(t, path) })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkSample(t *testing.T, path string) {
	r, err := onDisk(t, path)
	if err == nil {
		err = readAll(r)
	}
	if want := refused[filepath.Base(path)]; !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	} else if err != nil {
		if !strings.Contains(err.Error(), path) {
			t.Errorf("error does not name the cabinet: %v", err)
		}
		return
	}
	dir := extract(t, path)
	if !oddNames[filepath.Base(path)] {
		compare(t, r, dir)
	}
	if len(r.Files) < 50 {
		checkFS(t, r)
	}
	checkNested(t, dir)
}

func readAll(r *Reader) error {
	var errs []error
	for _, c := range r.Contents() {
		if _, err := io.Copy(io.Discard, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// extract returns a folder with what another program gets out of a cabinet.
func extract(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	if filepath.Base(path) == "hidden-files.cab" { // cabextract 1.9 does not look where the header says
		testenv.Run(t, "7z", "x", "-o"+dir, path)
		return dir
	}
	testenv.Run(t, "cabextract", "-q", "-e", "WINDOWS-1252", "-d", dir, path)
	return dir
}

// compare says where the content of the cabinet and of a folder is not the same.
func compare(t *testing.T, r *Reader, dir string) {
	t.Helper()
	left := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left[path] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for f, c := range r.Contents() {
		path := filepath.Join(dir, f.Path())
		delete(left, path)
		compareFile(t, f, c, path)
	}
	for path := range left {
		t.Errorf("%s is not in the cabinet", path)
	}
	last := r.Files[len(r.Files)-1]
	compareFile(t, last, last.Open(), filepath.Join(dir, last.Path()))
}

func compareFile(t *testing.T, f *File, c io.Reader, path string) {
	t.Helper()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) || int64(len(got)) != f.Size {
		t.Errorf("%s: %d bytes differ from %d expected ones (%v)", f.Name, len(got), len(want), err)
	}
	st, err := os.Stat(path)
	if err != nil {
		t.Error(err)
		return
	}
	const form = "2006-01-02 15:04:05"
	if got, want := f.Modified.Format(form), st.ModTime().Format(form); got != want {
		t.Errorf("%s is of %s, want %s", f.Name, got, want)
	}
}

func checkFS(t *testing.T, r *Reader) {
	t.Helper()
	var paths []string
	for _, f := range r.Files {
		if p := f.Path(); fs.ValidPath(p) && filepath.IsLocal(p) {
			if p != "." {
				paths = append(paths, p)
			}
		} else {
			t.Errorf("%q leads to %q", f.Name, p)
		}
	}
	if err := fstest.TestFS(r, paths...); err != nil {
		t.Error(err)
	}
}

// manyFiles is a cabinet in every update: 5,000 tiny files that take another
// program seconds to write. One of them will do.
const manyFiles, fewMany = "package.cab", "Windows6.0-KB2999226-x64.msu"

// checkNested checks the cabinets in a folder.
func checkNested(t *testing.T, dir string) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Name() == manyFiles && !strings.Contains(t.Name(), fewMany) {
			return nil
		}
		data, err := os.ReadFile(path)
		if bytes.HasPrefix(data, []byte(signature)) {
			t.Run(filepath.Base(path), func(t *testing.T) { checkSample(t, path) })
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
