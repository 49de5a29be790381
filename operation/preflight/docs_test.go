package preflight

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	quoted   = regexp.MustCompile(`"([^"]+)"`)
	testName = regexp.MustCompile("`(Test[A-Za-z]+)(?:/[a-z_]+)?`")
)

// TestDocumented compares docs/best-practices.md with what is here: it names every
// check, and the tests and cases it names as proof are there.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/best-practices.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "|---|---|---|")
	for _, c := range checks(t.Context(), &Input{}) {
		if !strings.Contains(table, "`"+c.id+"`") {
			t.Errorf("%s is not in the table", c.id)
		}
	}
	cases, tests := violations(), allTests(t)
	rows := 0
	for row := range strings.Lines(table) {
		columns := strings.Split(row, "|")
		if len(columns) != 5 {
			continue
		}
		rows++
		names := testName.FindAllStringSubmatch(columns[3], -1)
		for _, name := range names {
			if !tests[name[1]] {
				t.Errorf("there is no test %s", name[1])
			}
		}
		if len(names) == 0 && !strings.Contains(columns[3], ", all") {
			t.Errorf("nothing proves:%s", columns[1])
		}
		for _, name := range quoted.FindAllStringSubmatch(columns[3], -1) {
			if cases[name[1]].check == "" {
				t.Errorf("TestViolated has no case %q", name[1])
			}
		}
	}
	if rows < 20 {
		t.Errorf("%d rows", rows)
	}
}

// allTests returns the names of all tests of the module.
func allTests(t *testing.T) map[string]bool {
	found := map[string]bool{}
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				found[fn.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
