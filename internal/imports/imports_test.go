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
	std    bool // nothing but the standard library beside ours
}

var rules = []rule{
	{folder: "cmd", ours: []string{"..."}},
	{folder: "dsl", ours: []string{"dsl/...", "internal/regular", "internal/similar", "internal/spelling"}},
	{folder: "executor", ours: []string{"executor/...", "planner", "dsl", "image", "providers", "formats/transcript", "internal/durable", "internal/regular", "internal/size", "internal/store", "internal/volume"}},
	// What conducts a run knows everything but how it is printed.
	{folder: "operation", ours: []string{"dsl", "planner", "executor/...", "image/...", "providers", "providers/all", "providers/packagefile", "formats/...", "internal/..."}},
	{folder: "planner", ours: []string{"planner/...", "dsl", "image", "providers", "internal/durable", "internal/regular", "internal/similar", "internal/spelling"}},
	{folder: "providers", ours: []string{"dsl", "image", "formats/nt", "formats/transcript"}},
	{folder: "providers/all", ours: []string{"providers/..."}},
	{folder: "providers/settings", ours: []string{"providers", "dsl"}},
	{folder: "providers/packagefile", ours: []string{"providers", "image", "image/intl", "image/servicing", "formats/msu", "formats/nt", "internal/regular", "internal/similar", "internal/tempdir"}},
	{folder: "providers/payload", ours: []string{"providers", "image", "internal/regular"}},
	{folder: "providers/providertest", ours: []string{"providers", "dsl", "image/...", "formats/..."}},
	{folder: "image", ours: []string{"formats/..."}},
	{folder: "image/answerfile", ours: []string{"image", "formats/..."}},
	{folder: "image/firstboot", ours: []string{"image", "formats/..."}},
	{folder: "image/hives", ours: []string{"image", "formats/...", "internal/busy"}},
	{folder: "image/record", ours: []string{"image", "formats/..."}},
	{folder: "image/servicing", ours: []string{"image", "image/record", "formats/..."}},
	{folder: "image/driverstore", ours: []string{"image", "image/record", "formats/..."}},
	{folder: "image/dism", ours: []string{"image", "image/offline", "image/dism/fault", "formats/...", "internal/busy", "internal/durable", "internal/privilege", "internal/regular", "internal/store"}},
	{folder: "image/dism/fault", ours: nil, std: true},
	{folder: "image/online", ours: []string{"image", "formats/..."}},
	{folder: "image/health", ours: []string{"image", "image/servicing", "image/driverstore", "formats/..."}},
	{folder: "image/intl", ours: []string{"image", "image/record", "formats/..."}},
	{folder: "image/layers", ours: []string{"image", "formats/...", "internal/durable", "internal/regular", "internal/store"}},
	{folder: "image/fileaccess", ours: []string{"image", "formats/..."}},
	{folder: "image/offline", ours: []string{"image", "image/fileaccess", "image/firstboot", "image/hives", "image/layers", "formats/...", "internal/busy", "internal/durable", "internal/privilege", "internal/regular", "internal/volume"}},
	{folder: "image/memory", ours: []string{"image", "image/firstboot", "image/hives", "image/layers", "formats/..."}},
	{folder: "image/imagetest", ours: []string{"image", "formats/...", "internal/testenv"}},
	{folder: "formats", ours: []string{"formats/...", "internal/regular"}, std: true},
	{folder: "formats/wim/internal/wimtest", ours: []string{"formats/...", "internal/testenv"}},
	{folder: "internal/conformance", ours: []string{"image", "image/dism", "image/driverstore", "image/health", "image/offline", "image/servicing", "formats/...",
		"internal/busy", "internal/preflight", "internal/privilege", "internal/sample", "internal/tempdir", "internal/volume"}},
	{folder: "internal/crash", ours: nil},
	{folder: "internal/busy", ours: []string{"internal/regular"}, std: true},
	{folder: "internal/durable", ours: nil},
	{folder: "internal/privilege", ours: nil},
	{folder: "internal/regular", ours: nil, std: true},
	{folder: "internal/spelling", ours: nil},
	{folder: "internal/store", ours: []string{"internal/durable", "internal/regular"}, std: true},
	// The emulation reads what it lists with readers of its own; its package says why it
	// shares the others.
	{folder: "internal/dismemu", ours: []string{"image", "image/dism/fault", "image/driverstore", "image/intl", "image/offline",
		"formats/hive", "formats/inf", "formats/nt", "formats/unattend", "formats/wim",
		"internal/dismemu/cbs", "internal/dismemu/driverdb", "internal/dismemu/tree", "internal/durable"}},
	{folder: "internal/dismemu/cbs", ours: []string{"image", "formats/cab", "formats/wim"}},
	{folder: "internal/dismemu/driverdb", ours: []string{"image"}},
	{folder: "internal/dismemu/dism", ours: []string{"internal/dismemu", "internal/dismemu/sfc"}},
	{folder: "internal/dismemu/sfc", ours: []string{"image", "image/offline", "internal/dismemu/cbs", "internal/dismemu/driverdb"}},
	{folder: "internal/dismemu/tree", ours: []string{"formats/nt", "formats/wim"}},
	{folder: "internal/imports", ours: nil},
	{folder: "internal/testenv", ours: nil},
	{folder: "internal/host", ours: []string{"providers", "internal/payloadcache", "internal/regular", "internal/spelling", "internal/volume"}},
	{folder: "internal/inner", ours: []string{"image", "internal/durable", "internal/store"}},
	{folder: "internal/ntfs", ours: []string{"formats/..."}},
	{folder: "internal/payloadcache", ours: []string{"internal/durable", "internal/regular", "internal/store"}},
	{folder: "internal/placeholders", ours: []string{"internal/regular"}},
	{folder: "internal/preflight", ours: []string{"image/dism", "executor/scratch", "formats/...", "internal/privilege", "internal/regular", "internal/size", "internal/volume"}},
	{folder: "internal/refdoc", ours: []string{"..."}},
	{folder: "internal/regimage", ours: []string{"image", "image/memory", "formats/..."}},
	{folder: "internal/sample", ours: []string{"formats/..."}},
	{folder: "internal/similar", ours: []string{"formats/nt"}},
	{folder: "internal/size", ours: nil},
	{folder: "internal/tempdir", ours: []string{"internal/regular"}},
	{folder: "internal/volume", ours: nil},
	{folder: "internal/wine/machine", ours: []string{"internal/wine/machine/play"}},
	{folder: "internal/sample/make", ours: []string{"internal/sample", "formats/..."}},
}

// kindMayImport is the rule for a kind's folder, whatever its name.
var kindMayImport = []string{"providers", "providers/dismway", "providers/packagefile", "providers/payload", "providers/settings", "dsl", "image", "image/servicing", "image/driverstore", "image/answerfile", "image/health", "image/intl", "image/online", "formats/...", "internal/regular", "internal/similar", "internal/tempdir"}

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
