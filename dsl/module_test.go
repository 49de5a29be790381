package dsl_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
)

// folders writes files below a new folder.
func folders(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// loadIn loads the configuration of a folder as the program does: no link leads out of it
// or of a module.
func loadIn(t *testing.T, dir string, resolver dsl.Resolver) (*dsl.Config, hcl.Diagnostics) {
	t.Helper()
	open := func(dir string) (fs.FS, error) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { root.Close() })
		return root.FS(), nil
	}
	t.Chdir(dir)
	own, err := open(".")
	if err != nil {
		t.Fatal(err)
	}
	return dsl.Load(dsl.Options{FS: own, Open: open, Resolver: resolver, Dir: ".", Kinds: kinds()})
}

const sharedModule = `
profile "p" {
  file "f" {
    path    = "/f"
    content = "${file("note")} ${file("${path.module}/note")} ${file("${path.root}/top")}"
    source  = "payload"
  }
}
output "payload" { value = "${path.module}/payload" }
`

// TestModuleOutside: a module may be anywhere, and what it reads is below its own folder or
// that of the configuration.
func TestModuleOutside(t *testing.T) {
	dir := folders(t, map[string]string{
		"own/a.gild.hcl": `
			module "m" { source = "../shared/m" }
			image "i" {
			  target = "mnt"
			  use    = [module.m.profile.p]
			  file "g" {
			    path   = "/g"
			    source = module.m.payload
			  }
			}`,
		"own/top": "top", "shared/m/m.gild.hcl": sharedModule, "shared/m/note": "note", "secret": "hunter2",
	})
	cfg, diags := loadIn(t, filepath.Join(dir, "own"), nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	f, g := cfg.Images[0].Resources[0], cfg.Images[0].Resources[1]
	if got := f.Want.GetAttr("content").AsString(); got != "note note top" {
		t.Errorf("the module reads %q", got)
	}
	for _, r := range []*dsl.Resource{f, g} {
		if got := r.Want.GetAttr("source").AsString(); got != "../shared/m/payload" {
			t.Errorf("%s: the payload is %q", r.Addr, got)
		}
	}
	if want := filepath.Join("..", "shared", "m", "m.gild.hcl"); f.Range.Filename != want {
		t.Errorf("the file is called %q, not %q", f.Range.Filename, want)
	}
	for _, expr := range []string{`file("../../secret")`, `file("${path.module}/../../secret")`, `file("${path.root}/../secret")`, `fileset("${path.module}/..", "*")`} {
		if err := os.WriteFile(filepath.Join(dir, "shared", "m", "m.gild.hcl"), []byte("locals { x = "+expr+" }\nprofile \"p\" {}\noutput \"payload\" { value = 1 }"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, diags := loadIn(t, filepath.Join(dir, "own"), nil); len(diags) != 1 || !strings.Contains(diags[0].Detail, "leaves the module") {
			t.Errorf("%s: %v", expr, diags)
		}
	}
}

// fetched resolves each address to a folder.
type fetched map[string]dsl.Fetched

func (f fetched) Resolve(source, version string) (dsl.Fetched, error) {
	if at, ok := f[source+" "+version]; ok {
		return at, nil
	}
	return dsl.Fetched{}, &dsl.VersionError{Err: fmt.Errorf("no version of %s fits %q: there is 1.0.0", source, version)}
}

// TestResolver: modules that are not paths are found by the resolver, and a path in what it
// fetched does not lead out of that.
func TestResolver(t *testing.T) {
	const call = "module %q {\n source = %q\n version = %q\n}\n"
	dir := folders(t, map[string]string{
		"own/a.gild.hcl": fmt.Sprintf(call, "m", "git::https://example.com/m//a", "~> 1.0") + fmt.Sprintf(call, "n", "git::https://example.com/m//a", "> 2") +
			"image \"i\" {\n target = \"mnt\"\n use = [module.m.profile.p]\n}",
		"store/m/a/m.gild.hcl": `
			module "in" { source = "../b" }
			module "out" { source = "../../../secret" }
			profile "p" { use = [module.in.profile.p] }`,
		"store/m/b/m.gild.hcl": `profile "p" {
		  file "f" { path = "/f" }
		}`,
		"secret/s.gild.hcl": "",
	})
	cfg, diags := loadIn(t, filepath.Join(dir, "own"), fetched{"git::https://example.com/m//a ~> 1.0": {Dir: "../store/m/a", Root: "../store/m", Name: "git::https://example.com/m"}})
	if len(diags) != 2 || diags[0].Summary != "Module not found" || !strings.Contains(diags[0].Detail, "there is 1.0.0") || diags[0].Subject.Start.Line != 7 ||
		diags[1].Summary != "Module outside of its package" || diags[1].Subject.Filename != "git::https://example.com/m//a/m.gild.hcl" {
		t.Errorf("%v", diags)
	}
	if rs := cfg.Images[0].Resources; len(rs) != 1 || rs[0].Addr.String() != "i/module.m.module.in.file.f" {
		t.Errorf("%v", rs)
	}
}

// asked notes what a resolver is asked for.
type asked struct {
	dir string
	all []string
}

func (a *asked) Resolve(source, version string) (dsl.Fetched, error) {
	a.all = append(a.all, source+" "+version)
	return dsl.Fetched{Dir: a.dir, Root: a.dir, Name: "fetched"}, nil
}

// TestModules: all modules that may be called are read, also those that no value calls now,
// and one that includes itself is reported.
func TestModules(t *testing.T) {
	a := &asked{dir: "fetched"}
	files := fstest.MapFS{
		"a.gild.hcl": {Data: []byte(`
			variable "unset" {}
			module "a" {
			  source   = "./a"
			  for_each = var.unset
			}
			module "again" { source = "./a" }`)},
		"a/a.gild.json": {Data: []byte(`{"module": {"b": {"source": "oci://example.com/b", "version": "~> 1.0", "for_each": "${toset([])}"}}}`)},
		"fetched/f.gild.hcl": {Data: []byte(`
			module "c" { source = "git::https://example.com/c.git" }`)},
	}
	shown, diags := dsl.Modules(dsl.Options{FS: files, Dir: ".", Kinds: kinds(), Resolver: a})
	if len(diags) != 1 || diags[0].Summary != "Module includes itself" || diags[0].Subject.Filename != "fetched//f.gild.hcl" || shown["fetched//f.gild.hcl"] == nil {
		t.Errorf("%v", diags)
	}
	if want := []string{"oci://example.com/b ~> 1.0", "git::https://example.com/c.git "}; !slices.Equal(a.all, want) {
		t.Errorf("asked for %q", a.all)
	}
}

// TestModuleThroughLink: a module that includes itself through a link is found, too.
func TestModuleThroughLink(t *testing.T) {
	dir := folders(t, map[string]string{"a.gild.hcl": `module "m" { source = "./m" }`, "m/m.gild.hcl": `module "again" { source = "./link" }`})
	if err := os.Symlink(".", filepath.Join(dir, "m", "link")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if _, diags := loadIn(t, dir, nil); len(diags) != 1 || diags[0].Summary != "Module includes itself" {
		t.Errorf("%v", diags)
	}
}

// TestTooManyModules: modules that double at each level end.
func TestTooManyModules(t *testing.T) {
	files := fstest.MapFS{"a.gild.hcl": {Data: []byte(`module "a" { source = "./1" }`)}}
	for i := 1; i <= 40; i++ {
		next := fmt.Sprintf("module \"a\" { source = \"../%[1]d\" }\nmodule \"b\" { source = \"../%[1]d\" }\n", i+1)
		if i == 40 {
			next = "locals {}"
		}
		files[fmt.Sprintf("%d/m.gild.hcl", i)] = &fstest.MapFile{Data: []byte(next)}
	}
	_, diags := dsl.Load(dsl.Options{FS: files, Dir: ".", Kinds: kinds()})
	if len(diags) == 0 {
		t.Fatal("no diagnostics")
	}
	for _, d := range diags {
		if d.Summary != "Too many modules" && d.Summary != "Modules nested too deep" {
			t.Errorf("%v", d)
		}
	}
}

// manyModules is a configuration with so many modules of ten resources.
func manyModules(n int) fstest.MapFS {
	return fstest.MapFS{
		"a.gild.hcl": {Data: fmt.Appendf(nil, `
			module "m" {
			  for_each = toset([for i in range(%d) : tostring(i)])
			  source   = "./m"
			  name     = each.key
			}
			profile "all" { use = [%s] }
			image "i" {
			  target = "mnt"
			  use    = [profile.all]
			}`, n, strings.Join(uses(n), ", "))},
		"m/m.gild.hcl": {Data: []byte(`
			variable "name" { type = string }
			locals { path = "/${var.name}" }
			profile "p" {
			  file "f" {
			    for_each = toset([for i in range(10) : tostring(i)])
			    path     = "${local.path}/${each.key}"
			    source   = "files/${each.key}"
			  }
			}`)},
	}
}

func uses(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("module.m[%q].profile.p", fmt.Sprint(i)))
	}
	return all
}

// TestModulesLinear: ten times as many resources through modules take ten times the work,
// counted in allocations, which other programs on the machine do not change.
func TestModulesLinear(t *testing.T) {
	work := func(n int) float64 {
		files := manyModules(n)
		return testing.AllocsPerRun(1, func() {
			cfg, diags := dsl.Load(dsl.Options{FS: files, Dir: ".", Kinds: kinds()})
			if len(diags) > 0 || len(cfg.Images[0].Resources) != 10*n {
				t.Fatalf("%v, %d resources", diags, len(cfg.Images[0].Resources))
			}
		})
	}
	few, many := work(50), work(500)
	t.Logf("500 resources: %.0f allocations, 5,000 resources: %.0f", few, many)
	if many > 12*few {
		t.Errorf("500 resources took %.0f allocations, 5,000 took %.0f", few, many)
	}
}
