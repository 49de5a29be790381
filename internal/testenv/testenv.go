// Package testenv finds what tests need from outside the module: programs that
// check our output independently, and the collection of real Windows artefacts next
// to the checkout. A test that does not find what it needs is skipped with the
// reason; with GILD_ORACLES=required, as in CI, a missing program fails it instead,
// so that a green run means the proof was made.
package testenv

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

// debian names the Debian package each program comes in.
var debian = map[string]string{
	"wimlib-imagex": "wimtools",
	"7z":            "p7zip-full",
	"hivexsh":       "libhivex-bin",
	"hivexregedit":  "libwin-hivex-perl",
	"reglookup":     "reglookup",
	"cabextract":    "cabextract",
	"xmlwf":         "expat",
	"shellcheck":    "shellcheck",
	"yamllint":      "yamllint",
	"jsonschema":    "python3-jsonschema",
	"python3":       "python3-jsonschema",
}

// Tool returns the path of the named program, or skips the test.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	message := name + " is not installed (Debian package " + debian[name] + ")"
	if os.Getenv("GILD_ORACLES") == "required" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// Run runs a program found by [Tool] and returns what it prints; a failure
// fails the test with that output.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(Tool(t, name), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Shared returns the path of a file or folder of the shared collection, given
// relative to its root with slashes, or skips the test.
func Shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(moduleRoot(t), "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("shared test data not found: %s", name)
	}
	return path
}

// ReadShared returns the content of a file of the shared collection,
// decompressed if its name ends in .xz, or skips the test.
func ReadShared(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".xz") {
		return Unxz(t, data)
	}
	return data
}

// Archive returns the files of a .tar.xz archive of the shared collection by their
// names in it, or skips the test.
func Archive(t testing.TB, name string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(ReadShared(t, name))); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(head.Name, "./")] = data
	}
}

// Unxz decompresses an xz stream.
func Unxz(t testing.TB, data []byte) []byte {
	t.Helper()
	r, err := xz.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// moduleRoot is the folder that holds go.mod, above the test's own.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
