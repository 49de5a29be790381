package dsl_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gildhq/gild/dsl"
)

// FuzzLoad: no configuration makes Load panic, and without errors every
// resource conforms to its schema. The golden tests are the seeds.
func FuzzLoad(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		var hcl, json, values, module string
		for _, file := range archive.Files {
			switch {
			case strings.HasPrefix(file.Name, "modules/drivers/"), strings.HasPrefix(file.Name, "good/"):
				module = string(file.Data)
			case strings.Contains(file.Name, "/"):
			case strings.HasSuffix(file.Name, ".gild.hcl"):
				hcl += string(file.Data)
			case strings.HasSuffix(file.Name, ".gild.json"):
				json = string(file.Data)
			case strings.HasSuffix(file.Name, ".gildvars"):
				values = string(file.Data)
			}
		}
		f.Add(hcl, json, values, module)
	}
	const inAndOut = "module \"m\" {\n for_each = toset([\"${path.root}/a\"])\n source = \"./m\"\n a = each.value\n}\n" +
		"image \"i\" {\n target = \"t\"\n use = [module.m[\"./a\"].profile.p, module.m[image.name].profile[\"p\"]]\n}\noutput \"o\" { value = module.m }\n" +
		"image \"w\" {\n source = \"s\"\n output = \"o\"\n}\noutput \"s\" { value = [image.w.sha256, { for k in [image.w.size] : k => 1 }] }"
	f.Add(inAndOut, `{"module": {"j": {"source": "./m", "a": "${module.m}"}}}`, "", "variable \"a\" { default = 1 }\n"+
		"output \"x\" { value = [path.module, var.a] }\nprofile \"p\" {\n file \"f\" {\n path = basename(var.a)\n source = var.a\n parts = [path.module, \"x\"]\n depends_on = [module.m]\n}\n}\nmodule \"m\" { source = \"../m\" }")
	f.Fuzz(func(t *testing.T, hcl, json, values, called string) {
		module := fstest.MapFS{}
		for name, text := range map[string]string{"a.gild.hcl": hcl, "b.gild.json": json, "c.auto.gildvars": values,
			"m/m.gild.hcl": called, "good/m.gild.hcl": called, "modules/drivers/m.gild.hcl": called} {
			if text != "" {
				module[name] = &fstest.MapFile{Data: []byte(text)}
			}
		}
		kinds := kinds()
		cfg, diags := dsl.Load(dsl.Options{FS: module, Dir: ".", Kinds: kinds})
		if diags.HasErrors() {
			return
		}
		for _, im := range cfg.Images {
			if (im.Target == "") == (im.Output == "") {
				t.Errorf("image %s has target %q and output %q", im.Name, im.Target, im.Output)
			}
			for _, r := range im.Resources {
				if !r.Want.IsWhollyKnown() || r.Want.ContainsMarked() {
					t.Errorf("%s: %#v", r.Addr, r.Want)
				}
				for _, a := range kinds.Kind(r.Addr.Kind).Schema {
					if a.Required && (a.Key || !r.Absent) && r.Want.GetAttr(a.Name).IsNull() {
						t.Errorf("%s lacks %s", r.Addr, a.Name)
					}
				}
				if again, err := dsl.ParseAddr(r.Addr.String()); err != nil || again != r.Addr {
					t.Errorf("%s reads as %+v, %v", r.Addr, again, err)
				}
			}
		}
	})
}
