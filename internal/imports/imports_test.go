// Package imports holds the test of who may import whom.
//
// It reads the files and not the output of the go command: so it sees every
// operating system's files at once, and the test cache can't hide a change.
package imports

import (
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

const module = "github.com/gildhq/gild"

// rule says which of our packages the packages below a folder may import. Names
// are folders of the module; a name that ends in /... stands for all below it.
type rule struct {
	folder string // longest matching folder wins
	ours   []string
	std    bool // it imports only the standard library and our packages
}

var rules = []rule{
	{folder: "cmd", ours: []string{"..."}},
	{folder: "dsl", ours: []string{"dsl/...", "ground/address", "ground/regular", "dsl/similar", "ground/spelling"}},
	{folder: "executor", ours: []string{"executor/...", "planner", "dsl", "image", "providers", "formats/transcript", "ground/..."}},
	{folder: "executor/output", ours: []string{"formats/wim", "ground/durable", "image"}},
	// What conducts a run knows everything but how it is printed.
	{folder: "operation", ours: []string{"dsl", "dsl/similar", "planner", "planner/document", "executor/...", "image/...", "providers", "providers/all", "providers/packagefile", "formats/...", "ground/...", "operation/..."}},
	{folder: "planner", ours: []string{"planner/...", "dsl", "image", "providers", "ground/address", "ground/durable", "ground/regular", "dsl/similar", "ground/spelling"}},
	{folder: "planner/document", ours: []string{"planner", "providers", "image"}}, // and nothing of the language: it is a contract
	{folder: "planner/document/review", ours: []string{"planner", "planner/document", "providers"}},
	{folder: "planner/plantest", ours: []string{"planner", "dsl", "image", "providers", "formats/wim", "ground/durable"}},
	{folder: "providers", ours: []string{"dsl", "image", "ground/address", "formats/nt", "formats/transcript"}},
	{folder: "providers/all", ours: []string{"providers/..."}},
	{folder: "providers/settings", ours: []string{"providers", "dsl"}},
	{folder: "providers/packagefile", ours: []string{"providers", "image", "ground/address", "image/international", "image/servicing", "formats/msu", "formats/nt", "ground/regular", "dsl/similar", "ground/tempdir"}},
	{folder: "providers/payload", ours: []string{"providers", "image", "ground/address", "ground/regular"}},
	{folder: "providers/providertest", ours: []string{"providers", "dsl", "image/...", "formats/..."}},
	{folder: "image", ours: []string{"formats/..."}},
	{folder: "image/answerfile", ours: []string{"image", "formats/..."}},
	{folder: "image/firstboot", ours: []string{"image", "formats/..."}},
	{folder: "image/hives", ours: []string{"image", "formats/...", "ground/busy"}},
	{folder: "image/regread", ours: []string{"image", "formats/..."}},
	{folder: "image/servicing", ours: []string{"image", "image/regread", "formats/..."}},
	{folder: "image/driverstore", ours: []string{"image", "image/regread", "formats/..."}},
	{folder: "image/dism", ours: []string{"image", "image/offline", "image/dism/fault", "formats/...", "ground/busy", "ground/durable", "ground/privilege", "ground/regular", "ground/store"}},
	{folder: "image/dism/fault", ours: nil, std: true},
	{folder: "image/bootjob", ours: []string{"image", "formats/...", "ground/work"}},
	{folder: "image/health", ours: []string{"image", "image/hives", "image/servicing", "image/driverstore", "formats/...", "ground/busy"}},
	{folder: "image/international", ours: []string{"image", "image/regread", "formats/..."}},
	{folder: "image/layers", ours: []string{"image", "formats/...", "ground/durable", "ground/regular", "ground/store", "ground/work"}},
	{folder: "image/fileaccess", ours: []string{"image", "formats/..."}},
	{folder: "image/offline", ours: []string{"image", "image/fileaccess", "image/firstboot", "image/hives", "image/layers", "formats/...", "ground/busy", "ground/durable", "ground/privilege", "ground/regular", "ground/volume", "ground/work"}},
	{folder: "image/memory", ours: []string{"image", "image/firstboot", "image/hives", "image/layers", "formats/..."}},
	{folder: "image/imagetest", ours: []string{"image", "formats/...", "internal/testenv"}},
	{folder: "formats", ours: []string{"formats/...", "ground/regular", "ground/work"}, std: true},
	{folder: "formats/wim/internal/wimtest", ours: []string{"formats/...", "internal/testenv"}},
	{folder: "operation/conformance", ours: []string{"image", "image/dism", "image/driverstore", "image/health", "image/offline", "image/servicing", "formats/...",
		"ground/busy", "operation/preflight", "ground/privilege", "internal/sample", "ground/tempdir", "ground/volume", "ground/durable"}},
	{folder: "internal/crash", ours: nil},
	{folder: "ground/lock", ours: []string{"ground/regular", "ground/volume"}},
	{folder: "ground/rotate", ours: []string{"ground/durable", "ground/regular"}},
	{folder: "ground/scratch", ours: []string{"ground/..."}},
	{folder: "ground/busy", ours: []string{"ground/regular"}, std: true},
	{folder: "ground/durable", ours: []string{"ground/regular", "ground/work"}},
	{folder: "ground/privilege", ours: nil},
	{folder: "ground/regular", ours: nil, std: true},
	{folder: "ground/spelling", ours: nil},
	{folder: "ground/store", ours: []string{"ground/durable", "ground/regular"}, std: true},
	// The emulation reads what it lists with readers of its own; its package says why it
	// shares the others.
	{folder: "image/dism/dismemu", ours: []string{"image", "image/dism/fault", "image/driverstore", "image/international", "image/offline",
		"formats/hive", "formats/inf", "formats/nt", "formats/unattend", "formats/wim",
		"image/dism/dismemu/cbs", "image/dism/dismemu/driverdb", "image/dism/dismemu/tree", "ground/durable"}},
	{folder: "image/dism/dismemu/cbs", ours: []string{"image", "formats/cab", "formats/wim"}},
	{folder: "image/dism/dismemu/driverdb", ours: []string{"image"}},
	{folder: "image/dism/dismemu/dism", ours: []string{"image/dism/dismemu", "image/dism/dismemu/sfc"}},
	{folder: "image/dism/dismemu/sfc", ours: []string{"image", "image/offline", "image/dism/dismemu/cbs", "image/dism/dismemu/driverdb"}},
	{folder: "image/dism/dismemu/tree", ours: []string{"formats/nt", "formats/wim"}},
	{folder: "internal/imports", ours: nil},
	{folder: "internal/testenv", ours: nil},
	{folder: "operation/bundle", ours: []string{"ground/..."}},
	{folder: "operation/lock", ours: nil},
	{folder: "operation/scenario", ours: []string{"operation", "dsl", "dsl/functions", "ground/regular", "ground/tempdir", "image", "planner/document", "providers", "internal/sample"}},
	{folder: "operation/policy", ours: []string{"ground/regular"}},
	{folder: "operation/host", ours: []string{"providers", "operation/fetch", "ground/address", "ground/cache", "ground/regular", "ground/spelling", "ground/volume", "ground/work"}},
	{folder: "operation/modules", ours: []string{"dsl", "ground/address", "ground/store", "operation/fetch"}},
	{folder: "operation/unpack", ours: []string{"image", "ground/durable", "ground/store", "ground/work"}},
	{folder: "internal/asmounted", ours: []string{"image/dism/dismemu/tree", "image/offline", "internal/ntfs", "internal/placeholders"}},
	{folder: "internal/ntfs", ours: []string{"formats/..."}},
	{folder: "ground/address", ours: nil, std: true},
	{folder: "ground/cache", ours: []string{"ground/durable", "ground/lock", "ground/regular", "ground/store", "ground/work"}},
	{folder: "operation/fetch", ours: []string{"ground/..."}},
	{folder: "internal/placeholders", ours: []string{"ground/regular"}},
	{folder: "operation/preflight", ours: []string{"image/dism", "ground/scratch", "formats/...", "ground/privilege", "ground/regular", "ground/size", "ground/volume"}},
	{folder: "cmd/gild/refdoc", ours: []string{"..."}},
	{folder: "internal/regimage", ours: []string{"image", "image/memory", "formats/..."}},
	{folder: "internal/schemas", ours: nil},
	{folder: "internal/sample", ours: []string{"formats/..."}},
	{folder: "internal/wimtree", ours: []string{"formats/nt", "formats/wim"}},
	{folder: "dsl/similar", ours: []string{"formats/nt"}},
	{folder: "ground/size", ours: nil},
	{folder: "ground/tempdir", ours: []string{"ground/regular"}},
	{folder: "ground/work", ours: nil, std: true},
	{folder: "ground/volume", ours: nil},
	{folder: "internal/wine/machine", ours: []string{"internal/wine/machine/play"}},
	{folder: "internal/sample/make", ours: []string{"internal/sample", "formats/..."}},
}

// kindMayImport is the rule for a kind's folder, whatever its name.
var kindMayImport = []string{"providers", "providers/viadism", "providers/packagefile", "providers/payload", "providers/settings", "dsl", "image", "image/servicing", "image/driverstore", "image/answerfile", "image/health", "image/international", "image/bootjob", "formats/...", "ground/regular", "dsl/similar", "ground/address", "ground/tempdir"}

// floors are the top folders, from the ground up. A package imports nothing that is above
// it, and nothing of another folder on its floor.
var floors = map[string]int{"ground": 0, "formats": 1, "image": 2, "dsl": 2, "providers": 3, "planner": 4, "executor": 5, "operation": 6, "cmd": 7}

// forTests are packages outside of internal that only tests import.
var forTests = []string{"formats/wim/internal/wimtest", "image/imagetest", "planner/plantest", "providers/providertest"}

// TestFloors holds that no import leads upwards. What only tests need is in internal, but
// for the sample image, which the self-test and tests of configurations make.
func TestFloors(t *testing.T) {
	for dir, imports := range ourImports(t) {
		top, _, _ := strings.Cut(dir, "/")
		if top == "internal" || slices.Contains(forTests, dir) {
			continue
		}
		own, ok := floors[top]
		if !ok {
			t.Errorf("%s: on no floor", dir)
		}
		for imp, file := range imports {
			ours, isOurs := strings.CutPrefix(imp, module+"/")
			folder, _, _ := strings.Cut(ours, "/")
			floor, known := floors[folder]
			switch {
			case !isOurs || folder == top || ours == "internal/sample" && (dir == "operation/conformance" || dir == "operation/scenario"):
			case !known || floor >= own:
				t.Errorf("%s: %s must not import %s", file, dir, ours)
			}
		}
	}
}

func TestDirection(t *testing.T) {
	for dir, imports := range ourImports(t) {
		r := ruleFor(dir)
		if r == nil {
			t.Errorf("%s: no rule says what this folder may import; add one", dir)
			continue
		}
		for imp, file := range imports {
			switch ours, ok := strings.CutPrefix(imp, module+"/"); {
			case ok && !allowed(r.ours, ours, dir):
				t.Errorf("%s: %s must not import %s", file, r.folder, ours)
			case !ok && r.std && strings.Contains(strings.Split(imp, "/")[0], "."):
				t.Errorf("%s: %s may use the standard library only, not %s", file, r.folder, imp)
			}
		}
	}
}

func ruleFor(dir string) *rule {
	var best *rule
	for i, r := range rules {
		if (dir == r.folder || strings.HasPrefix(dir, r.folder+"/")) && (best == nil || len(r.folder) > len(best.folder)) {
			best = &rules[i]
		}
	}
	if best != nil && best.folder == "providers" && dir != "providers" {
		return &rule{folder: dir, ours: kindMayImport}
	}
	return best
}

func allowed(patterns []string, imp, dir string) bool {
	return imp == dir || slices.ContainsFunc(patterns, func(p string) bool {
		base, all := strings.CutSuffix(p, "...")
		base = strings.TrimSuffix(base, "/")
		return imp == base || all && (base == "" || strings.HasPrefix(imp, base+"/"))
	})
}

// ourImports maps each folder to what its non-test files import, and in which file.
func ourImports(t *testing.T) map[string]map[string]string {
	root := filepath.Join("..", "..")
	found := map[string]map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if found[dir] == nil {
			found[dir] = map[string]string{}
		}
		for _, s := range f.Imports {
			found[dir][strings.Trim(s.Path.Value, `"`)] = name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
