package all

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/providers"
)

// otherWords are the names of kinds that mean something else in a file: each with what.
var otherWords = map[string]map[string]string{
	"providers/packagefile/files.go":  {"package": "name of a file in the image"},
	"providers/file/readable.go":      {"unattend": "Windows' own: answer files have it in their names"},
	"providers/security/audit.go":     {"registry": "Windows' own: a subcategory of the audit policy"},
	"providers/winpackage/package.go": {"language_pack": "DISM's own: a release type"},
	"dsl/peers.go":                    {"file": "attribute of an image that others refer to"},
	"providers/phase.go":              {"edition": "name of a phase", "cleanup": "name of a phase"},
	"operation/contents.go":           {"edition": "detail of a source image in the lock"},
	"operation/scenario/test.go":      {"file": "name of a temporary folder"},
	"cmd/gild/view/schemas.go":        {"file": "sort of a payload", "package": "sort of a payload"},
	"cmd/gild/view/lock.go":           {"driver": "detail of a payload in the lock", "capability": "detail of a payload in the lock"},
}

// TestNames holds that a kind is named nowhere but in its own folder: not by another kind,
// nor by what plans and carries out, be it alone or as the beginning of an address. Kinds
// tell each other facts ([providers.Fact]), and a schema has marks for what others may want
// to know. A word that is one of the folder's own attributes is none, and tests may name any.
func TestNames(t *testing.T) {
	kinds, at := map[string]bool{}, map[string]*providers.Provider{}
	for _, p := range All() {
		kinds[p.Kind], at[path.Join("providers", folderOf(p.Kind))] = true, p
	}
	used := map[string]bool{}
	for _, folder := range []string{"providers", "planner", "executor", "operation", "cmd/gild", "dsl", "image/bootjob"} {
		for name, words := range wordsBelow(t, folder, knowsKinds) {
			own := at[path.Dir(name)]
			for _, word := range words {
				if end := strings.IndexAny(word, `.[/:"`+"\x00"); end > 0 {
					word = word[:end]
				}
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

// knowsKinds reports whether a file is in a package to which a kind's name means one: it
// sees configurations, kinds, plans or runs, or writes a kind's jobs.
func knowsKinds(name string, imports []string) bool {
	top, _, _ := strings.Cut(name, "/")
	return top == "providers" || path.Dir(name) == "dsl" || path.Dir(name) == "image/bootjob" ||
		slices.ContainsFunc(imports, func(imp string) bool {
			of, ours := strings.CutPrefix(imp, "github.com/gildhq/gild/")
			top, _, _ := strings.Cut(of, "/")
			return ours && slices.Contains([]string{"dsl", "providers", "planner", "executor"}, top)
		})
}

// TestBackends holds that what makes a change is asked by what it offers, and not by its
// name: the names of ways, which backends have too, are each written once. cmd is left out:
// it has options of such names.
func TestBackends(t *testing.T) {
	for _, folder := range []string{"providers", "planner", "executor", "operation"} {
		for name, words := range wordsBelow(t, folder, knowsKinds) {
			for _, word := range words {
				if name != "providers/provider.go" && slices.Contains([]string{providers.Offline, providers.ByDISM, providers.FirstBoot}, word) {
					t.Errorf("%s holds %q: ask for a capability, or use the constant of providers", name, word)
				}
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
// name of the file, without tests, imports and tags of structs. Of packages it takes the
// files that are wanted by their names and what all of the package imports.
func wordsBelow(t *testing.T, folder string, wanted func(name string, imports []string) bool) map[string][]string {
	t.Helper()
	const root = "../.."
	found, imports := map[string][]string{}, map[string][]string{} // of a file, of a folder
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
				imp, _ := strconv.Unquote(n.Path.Value)
				imports[path.Dir(name)] = append(imports[path.Dir(name)], imp)
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
	maps.DeleteFunc(found, func(name string, _ []string) bool { return !wanted(name, imports[path.Dir(name)]) })
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(found), err)
	}
	return found
}
