package imports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEmulationReadsForItself holds that the emulated DISM takes of the driver store what
// changes an image, and not what lists its drivers: that is what plans are made with.
func TestEmulationReadsForItself(t *testing.T) {
	writes := []string{"Open", "Store", "Import", "File", "Package", "Repository", "ErrUnsuited"}
	files, err := filepath.Glob(filepath.Join("..", "..", "image", "dism", "dismemu", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	used := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := s.X.(*ast.Ident); ok && of.Name == "driverstore" {
				used++
				if !slices.Contains(writes, s.Sel.Name) {
					t.Errorf("%s uses driverstore.%s", name, s.Sel.Name)
				}
			}
			return true
		})
	}
	if used == 0 {
		t.Error("the emulation does not use the driver store at all; take this test out")
	}
}
