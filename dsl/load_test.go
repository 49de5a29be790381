package dsl_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
)

// fileName finds names of the module's files, which have backslashes on Windows.
var fileName = regexp.MustCompile(`\bmod[/\\][\w./\\-]*`)

var update = flag.Bool("update", false, "write what came out into the golden files")

// kinds has a kind for every feature of schemas.
func kinds() dsl.Kinds {
	return dsl.Kinds{
		{Name: "registry", Schema: dsl.Schema{
			{Name: "key", Type: cty.String, Key: true, Required: true, Fold: true},
			{Name: "value", Type: cty.String, Key: true},
			{Name: "type", Type: cty.String, Values: []string{"string", "dword", "binary"}, Default: cty.StringVal("string")},
			{Name: "data", Type: cty.DynamicPseudoType, Required: true},
		}},
		{Name: "file", Schema: dsl.Schema{
			{Name: "path", Type: cty.String, Key: true, Required: true, Fold: true},
			{Name: "content", Type: cty.String},
			{Name: "modes", Type: cty.Set(cty.String), Values: []string{"ReadOnly", "Hidden"}, Fold: true},
			{Name: "size", Type: cty.Number},
			{Name: "digest", Type: cty.String, Computed: true},
			{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile},
			{Name: "parts", Type: cty.List(cty.String), Hint: true, Payload: dsl.PayloadFile},
		}},
		{Name: "account", Schema: dsl.Schema{
			{Name: "user", Type: cty.String, Key: true, Required: true},
			{Name: "password", Type: cty.String, Sensitive: true},
			{Name: "group", Required: true, Nested: dsl.Schema{
				{Name: "name", Type: cty.String, Required: true},
				{Name: "level", Type: cty.Number, Default: cty.NumberIntVal(1)},
			}},
			{Name: "note", Nested: dsl.Schema{
				{Name: "text", Type: cty.DynamicPseudoType},
				{Name: "line", Nested: dsl.Schema{{Name: "of", Type: cty.String}}},
			}},
		}},
		{Name: "page", Schema: dsl.Schema{
			{Name: "size", Type: cty.Object(map[string]cty.Type{"width": cty.Number, "height": cty.Number})},
			{Name: "margins", Type: cty.Map(cty.ObjectWithOptionalAttrs(map[string]cty.Type{"mm": cty.Number, "of": cty.List(cty.Object(map[string]cty.Type{"name": cty.String}))}, []string{"of"}))},
		}},
		{Name: "cleanup", Singleton: true, Schema: dsl.Schema{
			{Name: "deep", Type: cty.Bool, Default: cty.False},
		}},
	}
}

// TestLoad loads the module in each archive and compares what comes out, the
// diagnostics and the configuration, with the file "want". The files "args" and
// "env" hold command line and environment; cwd/ is the working directory.
func TestLoad(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := run(t, archive)
			want := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
			if *update {
				if want < 0 {
					archive.Files = append(archive.Files, txtar.File{Name: "want"})
					want = len(archive.Files) - 1
				}
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 {
				t.Fatal(`the archive has no file "want"; run the test with -update`)
			}
			if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, secret := range []string{"hunter2", "aHVudGVyMg"} {
				if strings.Contains(got, secret) {
					t.Errorf("the output shows the secret %q", secret)
				}
			}
		})
	}
}

func run(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	module, cwd := fstest.MapFS{}, fstest.MapFS{}
	opts := dsl.Options{FS: module, Dir: "mod", Kinds: kinds(), ReadFile: cwd.ReadFile}
	for _, f := range archive.Files {
		data := f.Data
		switch name, outside := strings.CutPrefix(f.Name, "cwd/"); {
		case outside:
			cwd[name] = &fstest.MapFile{Data: data}
		case f.Name == "args":
			opts.Variables.Args = args(string(data))
		case f.Name == "env":
			opts.Variables.Environ = strings.Split(strings.TrimSpace(string(data)), "\n")
		case f.Name != "want":
			module[name] = &fstest.MapFile{Data: data}
		}
	}
	cfg, diags := dsl.Load(opts)
	var out bytes.Buffer
	if err := hcl.NewDiagnosticTextWriter(&out, cfg.Files, 0, false).WriteDiagnostics(diags); err != nil {
		t.Fatal(err)
	}
	if !diags.HasErrors() {
		dump(&out, cfg)
	}
	return fileName.ReplaceAllStringFunc(out.String(), func(name string) string {
		return strings.NewReplacer(`\\`, "/", `\`, "/").Replace(name)
	})
}

func args(text string) (args []dsl.VariableArg) {
	for line := range strings.Lines(text) {
		option, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if option == "-var-file" {
			args = append(args, dsl.VariableArg{File: value})
		} else {
			args = append(args, dsl.VariableArg{Var: value})
		}
	}
	return args
}

func integrity(im *dsl.Image) string {
	if im.Export.Integrity == nil {
		return ""
	}
	return fmt.Sprint(*im.Export.Integrity)
}

func inner(im *dsl.Image) string {
	if im.Inner == nil {
		return ""
	}
	return im.Inner.Path + " in " + im.Inner.Image
}

// dump writes the configuration in a form to read.
func dump(out *bytes.Buffer, cfg *dsl.Config) {
	if l := cfg.Log; l != nil {
		fmt.Fprintf(out, "log to %q from %s, %d bytes, keep %d, %d runs (%s)\n", l.Path, l.Level, l.MaxSize, l.Keep, l.Runs, l.Range)
	}
	if s := cfg.Scratch; len(s.Dirs) > 0 {
		fmt.Fprintf(out, "scratch in %q, %d bytes stay free (%s)\n", s.Dirs, s.Reserve, s.Range)
	}
	for _, im := range cfg.Images {
		fmt.Fprintf(out, "image %s\n", im.Name)
		for _, field := range []struct {
			name  string
			value any
		}{
			{"source", im.Source}, {"from", im.From}, {"inner", inner(im)}, {"needs", strings.Join(im.Needs, " ")}, {"index", im.Index}, {"name", im.SourceName}, {"output", im.Output},
			{"target", im.Target}, {"backend", im.Backend}, {"steps", im.Checkpoint.Steps},
			{"every", im.Checkpoint.Every}, {"after", strings.Join(im.Checkpoint.After, " ")}, {"dirty hives", strings.Join(im.AllowDirtyHives, " ")},
			{"compression", im.Export.Compression}, {"chunk size", im.Export.ChunkSize}, {"integrity", integrity(im)}, {"split size", im.Export.SplitSize},
		} {
			if text := fmt.Sprint(field.value); text != "" && text != "0" && text != "0s" {
				fmt.Fprintf(out, "  %s: %s\n", field.name, text)
			}
		}
		for _, r := range im.Resources {
			fmt.Fprintf(out, "  %s", r.Addr)
			if r.Absent {
				out.WriteString(" absent")
			}
			if r.Profile != "" {
				fmt.Fprintf(out, " of profile %s", r.Profile)
			}
			if len(r.Needs) > 0 {
				fmt.Fprintf(out, " made of %s", strings.Join(r.Needs, " "))
			}
			for _, need := range r.DependsOn {
				fmt.Fprintf(out, " after %s", need.Local())
			}
			fmt.Fprintf(out, " (%s)\n", r.Range)
			values := r.Want.AsValueMap()
			for _, name := range slices.Sorted(maps.Keys(values)) {
				switch {
				case slices.Contains(r.Sensitive, name):
					fmt.Fprintf(out, "    %s = (sensitive value)\n", name)
				case !values[name].IsNull():
					fmt.Fprintf(out, "    %s = %s (%s)\n", name, hclwrite.TokensForValue(values[name]).Bytes(), values[name].Type().FriendlyName())
				}
			}
		}
	}
}
