package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/refdoc"
	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/operation"
)

//go:generate go test -run ^TestReference$ . -update

const referenceDir = "../../docs/reference"

// TestReference compares the reference documentation with what it documents;
// with -update it rewrites it.
func TestReference(t *testing.T) {
	pages, err := refdoc.Pages(newRoot(newApp(system{})), operation.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		path := filepath.Join(referenceDir, filepath.FromSlash(name))
		if *update {
			writePage(t, path, want)
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v; go generate ./cmd/gild writes it", err)
		} else if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s is not what the program says; go generate ./cmd/gild rewrites it", path)
		}
	}
	err = filepath.WalkDir(referenceDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(referenceDir, path)
		if pages[filepath.ToSlash(name)] == nil {
			t.Errorf("%s documents nothing that is there; remove it", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func writePage(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(path, text); err != nil {
		t.Fatal(err)
	}
}

// TestExamples checks the configurations that the reference shows.
func TestExamples(t *testing.T) {
	for _, kind := range operation.Kinds() {
		text, err := refdoc.Example(kind.Kind)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(kind.Kind, func(t *testing.T) {
			t.Chdir(t.TempDir())
			files := examplePayloads()
			files["a.gild.hcl"] = text
			for name, content := range files {
				if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			var out, errs strings.Builder
			sys := system{
				streams: view.Streams{In: strings.NewReader(""), Out: &out, Err: &errs},
				getenv:  withoutDISM,
				environ: func() []string { return []string{"GILD_VAR_password=secret"} },
			}
			if code := run(t.Context(), []string{"validate"}, sys); code != exitOK {
				t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
			}
			if code := run(t.Context(), []string{"fmt", "-check"}, sys); code != exitOK {
				t.Errorf("not formatted: %s%s", out.String(), errs.String())
			}
		})
	}
}
