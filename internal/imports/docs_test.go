package imports

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

// mention is a file of the code that a page names with identifiers it declares:
// [dir/file.go](../dir/file.go): `Name`, `Type.Method`.
var (
	mention = regexp.MustCompile("\\[([\\w./-]+\\.go)\\]\\(\\.\\./([\\w./-]+)\\)((?:[:,]\\s+`[\\w.]+`)*)")
	quoted  = regexp.MustCompile("`([\\w.]+)`")
	link    = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)\s]*)?\)`)
)

// TestMap holds that the files and identifiers exist that the map and the glossary
// name, so that whoever follows them arrives.
func TestMap(t *testing.T) {
	for _, page := range []string{"map.md", "glossary.md"} {
		named := 0
		for _, m := range mention.FindAllStringSubmatch(readPage(t, page), -1) {
			if m[1] != m[2] {
				t.Errorf("%s: %s leads to %s", page, m[1], m[2])
			}
			declared := declaredIn(t, m[1])
			if declared == nil {
				t.Errorf("%s names %s, which is not there", page, m[1])
				continue
			}
			for _, name := range quoted.FindAllStringSubmatch(m[3], -1) {
				if named++; !declared[name[1]] {
					t.Errorf("%s: %s declares no %s", page, m[1], name[1])
				}
			}
		}
		if named < 40 {
			t.Errorf("%s names only %d identifiers; is it written otherwise than this test reads it?", page, named)
		}
	}
}

// TestMapAnswers holds that someone who has read nothing but README, glossary and map
// finds the file for three changes. The README has to lead to both pages.
func TestMapAnswers(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"docs/glossary.md", "docs/map.md"} {
		if !strings.Contains(string(readme), "]("+page+")") {
			t.Errorf("README.md does not lead to %s", page)
		}
	}
	rows := map[string]string{}
	for line := range strings.Lines(readPage(t, "map.md")) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			rows[strings.TrimSpace(cells[1])] = cells[2]
		}
	}
	for change, files := range map[string][]string{
		"how a DWORD is compared":   {"planner/diff.go"},
		"how a blob is copied":      {"formats/wim/store.go"},
		"when a checkpoint is made": {"executor/policy/policy.go", "executor/sequencer/pace.go"},
	} {
		for _, file := range files {
			if !strings.Contains(rows[change], "["+file+"]") {
				t.Errorf("the map does not say that %s is changed in %s", change, file)
			}
		}
	}
}

// TestPlaces holds that contributing.md names every folder of a floor, and none that is not
// there. Formats and kinds are named by what they are.
func TestPlaces(t *testing.T) {
	rows := 0
	for line := range strings.Lines(readPage(t, "contributing.md")) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		row := strings.Trim(cells[1], " `")
		rows++
		there, below := map[string]bool{}, map[string]bool{} // directly below the folder, and at all
		root := filepath.Join("..", "..", filepath.FromSlash(row))
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && name != root && d.Name() != "testdata" {
				below[d.Name()], there[d.Name()] = true, filepath.Dir(name) == root || there[d.Name()]
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[2], -1) {
			if _, floor := floors[name[1]]; !below[name[1]] && !floor {
				t.Errorf("%s: there is no %s below it", row, name[1])
			}
			delete(there, name[1])
		}
		for name, direct := range there {
			if direct && row != "formats" && row != "providers" {
				t.Errorf("%s: contributing.md does not say what %s is", row, name)
			}
		}
	}
	if rows < len(floors) {
		t.Errorf("%d rows", rows)
	}
}

// TestLinks holds that the files exist that the documentation leads to.
func TestLinks(t *testing.T) {
	pages := []string{filepath.Join("..", "..", "README.md")}
	err := filepath.WalkDir(filepath.Join("..", "..", "docs"), func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".md" {
			pages = append(pages, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s leads to %s, which is not there", page, m[1])
			}
		}
	}
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// declaredIn returns what a file declares at its top: names, and methods and fields
// after the name of their type. It is nil if there is no such file.
func declaredIn(t *testing.T, name string) map[string]bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", filepath.FromSlash(name)), nil, 0)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names[receiver(d)+d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						names[n.Name] = true
					}
				case *ast.TypeSpec:
					names[spec.Name.Name] = true
					for _, field := range members(spec.Type) {
						for _, n := range field.Names {
							names[spec.Name.Name+"."+n.Name] = true
						}
					}
				}
			}
		}
	}
	return names
}

// receiver returns the type of a method with a dot, or nothing for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	of := d.Recv.List[0].Type
	for {
		switch e := of.(type) {
		case *ast.StarExpr:
			of = e.X
		case *ast.IndexExpr:
			of = e.X
		case *ast.IndexListExpr:
			of = e.X
		case *ast.Ident:
			return e.Name + "."
		default:
			return ""
		}
	}
}

func members(e ast.Expr) []*ast.Field {
	switch e := e.(type) {
	case *ast.StructType:
		return e.Fields.List
	case *ast.InterfaceType:
		return e.Methods.List
	}
	return nil
}
