package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/gildhq/gild/internal/sample"
)

var hclBlock = regexp.MustCompile("(?ms)^```hcl\n(.*?)^```")

// TestDocs parses the configurations in the documentation; they are formatted as
// gild formats them.
func TestDocs(t *testing.T) {
	pages := []string{"../../README.md"}
	err := filepath.WalkDir("../../docs", func(path string, entry fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		for _, at := range hclBlock.FindAllSubmatchIndex(text, -1) {
			blocks++
			block := text[at[2]:at[3]]
			start := hcl.Pos{Line: 1 + bytes.Count(text[:at[2]], []byte("\n")), Column: 1}
			if _, diags := hclsyntax.ParseConfig(block, page, start); diags.HasErrors() {
				t.Error(diags)
			}
			if formatted := hclwrite.Format(block); !bytes.Equal(block, formatted) {
				t.Errorf("%s:%d: formatted it is\n%s", page, start.Line, formatted)
			}
		}
	}
	if blocks == 0 {
		t.Error("no configuration found")
	}
}

// TestExampleModules makes the images of the examples.
func TestExampleModules(t *testing.T) {
	entries, err := os.ReadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "factory" || entry.Name() == "policies" || entry.Name() == "gitops" { // TestFactory makes that; those are no configuration
			continue
		}
		source, err := filepath.Abs(filepath.Join("../../examples", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(entry.Name(), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			if err := sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{}); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan", "-detailed-exitcode"}} {
				if out, err := program(t.Context(), t, dir, args...).CombinedOutput(); err != nil {
					t.Errorf("gild %v: %v\n%s", args, err, out)
				}
			}
		})
	}
}
