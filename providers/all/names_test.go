package all

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/providers"
)

// otherWords are the names of kinds that mean something else in a file: each with what.
var otherWords = map[string]map[string]string{
	"providers/payload/payload.go":     {"file": "in a message: no such file, or folder"},
	"providers/packagefile/files.go":   {"package": "name of a file in the image"},
	"providers/packagefile/stage.go":   {"package": "name of a file in the image"},
	"providers/file/readable.go":       {"unattend": "Windows' own: answer files have it in their names"},
	"providers/security/audit.go":      {"registry": "Windows' own: a subcategory of the audit policy"},
	"providers/winpackage/package.go":  {"language_pack": "DISM's own: a release type"},
	"cmd/gild/view/layers.go":          {"file": "what is counted"},
	"cmd/gild/view/firstboot.go":       {"script": "what is counted"},
	"dsl/functions/file.go":            {"file": "the function"},
	"dsl/peers.go":                     {"file": "attribute of an image that others refer to"},
	"operation/preflight/preflight.go": {"winpe": "ID of a check"},
	"operation/conformance/cleanup.go": {"cleanup": "name of a check"},
	"operation/conformance/edit.go":    {"hosts": "name of a check"},
}

// TestNames holds that a kind is named nowhere but in its own folder: not by another kind,
// nor by what plans and carries out. Kinds tell each other facts ([providers.Fact]), and a
// schema has marks for what others may want to know. A word that is one of the folder's own
// attributes is none, and tests may name any.
func TestNames(t *testing.T) {
	kinds, at := map[string]bool{}, map[string]*providers.Provider{}
	for _, p := range All() {
		kinds[p.Kind], at[path.Join("providers", folderOf(p.Kind))] = true, p
	}
	used := map[string]bool{}
	for _, folder := range []string{"providers", "planner", "executor", "operation", "cmd/gild", "dsl", "image/bootjob"} {
		for name, words := range wordsBelow(t, folder) {
			own := at[path.Dir(name)]
			for _, word := range words {
				switch {
				case !kinds[word], own != nil && (own.Kind == word || own.Schema.Attr(word) != nil):
				case otherWords[name][word] != "":
					used[name+word] = true
				default:
					t.Errorf("%s names the kind %q: let that kind state a fact, or a mark in its schema tell", name, word)
				}
			}
		}
	}
	for name, words := range otherWords {
		for word := range words {
			if !used[name+word] {
				t.Errorf("%s does not hold %q any more; take it off the list", name, word)
			}
		}
	}
}

// folderOf is the folder of a kind. Go does not allow one called package.
func folderOf(kind string) string {
	if folder, ok := map[string]string{"package": "winpackage", "language_pack": "language"}[kind]; ok {
		return folder
	}
	return strings.ReplaceAll(kind, "_", "")
}

// wordsBelow returns the strings in the Go files of a folder and those below it, by the
// name of the file, without tests, imports and tags of structs.
func wordsBelow(t *testing.T, folder string) map[string][]string {
	t.Helper()
	const root = "../.."
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS(root), folder, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "plantest" { // kinds of its own, for tests
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				n.Tag = nil
			case *ast.BasicLit:
				if word, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					found[name] = append(found[name], word)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(found), err)
	}
	return found
}
