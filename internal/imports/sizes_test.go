package imports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The most that a type, a function and a file of the product may have.
const (
	mostMethods       = 25
	mostFunctionLines = 80
	mostFileLines     = 450
)

// TestSizes holds that nothing in the product is too large to be read as one thing. Files
// for different operating systems that declare the same method count it once.
func TestSizes(t *testing.T) {
	methods := map[string]map[string]bool{} // by dir.Type
	root, functions := filepath.Join("..", ".."), 0
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "internal" || d.Name() == "testdata" || slices.Contains(forTests, name) || strings.HasPrefix(d.Name(), ".") && name != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		line := func(pos token.Pos) int { return fset.Position(pos).Line }
		if n := line(f.FileEnd); n > mostFileLines {
			t.Errorf("%s has %d lines; %d are the most. Divide it by what it is about.", name, n, mostFileLines)
		}
		for _, decl := range f.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			functions++
			if n := line(function.End()) - line(function.Pos()) + 1; n > mostFunctionLines {
				t.Errorf("%s:%d: %s has %d lines; %d are the most. Take a part out that has a name.", name, line(function.Pos()), function.Name.Name, n, mostFunctionLines)
			}
			if of := strings.TrimSuffix(receiver(function), "."); of != "" {
				of = path.Dir(name) + "." + of
				if methods[of] == nil {
					methods[of] = map[string]bool{}
				}
				methods[of][function.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for of, names := range methods {
		if len(names) > mostMethods {
			t.Errorf("%s has %d methods; %d are the most. Divide it into types with one idea each.", of, len(names), mostMethods)
		}
	}
	if functions < 3000 {
		t.Errorf("only %d functions; does the test read all of the product?", functions)
	}
}
