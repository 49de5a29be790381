package document_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/plantest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const config = `
variable "password" {
  type      = string
  default   = "Pa55"
  sensitive = true
}
image "kiosk" {
  source = "base.wim"
  output = "kiosk.wim"

  export {
    compression = "max"
  }
  setting "plain" {
    name  = "Ünïcode name"
    value = "<&\"x\" \\ >"
    tags  = ["b", "a"]
  }
  setting "secret" {
    name       = "login"
    value      = "user-${var.password}"
    secret     = var.password
    depends_on = [setting.plain]
  }
  setting "color" {
    for_each = toset(["color"])
    name     = each.key
    value    = "blue"
    on_error = "skip"
  }
  setting "gone" {
    name   = "gone"
    ensure = "absent"
  }
  setting "same" {
    name  = "same"
    value = "same"
  }
  pair "p" {
    name   = "p"
    value  = "2"
    secret = var.password
  }
  queued "later" {
    name  = "later"
    value = "x"
  }
  update "again" {
    name  = "update"
    value = "new"
  }
  early "driver" {
    name  = "driver"
    value = "new"
  }
}
image "next" {
  source = image.kiosk.output
  output = "next.wim"
}
`

const base = `{"name": "Base", "modified": "2024-05-06T07:08:09Z", "settings": {
  "color": {"value": "red", "style": "PLAIN"}, "same": {"value": "same"}, "update": {"value": "new"},
  "gone": {"value": "x", "secret": "Pa55-of-old"}, "login": {"value": "user-Pa55", "secret": "Pa55-of-old"}}}`

// plan returns a plan with all that a document can say of it.
func plan(t testing.TB) *planner.Plan {
	t.Helper()
	dir := t.TempDir()
	plantest.Write(t, filepath.Join(dir, "base.wim"), base)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), config)
	in, diags := plantest.Load(t, dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	in.Backends = []image.Backend{plantest.Backend{}}
	p, diags := planner.Make(t.Context(), in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	img := p.Images[0] // in no folder, and with what a made output would add
	img.Source.Path, img.Output = "base.wim", "kiosk.wim"
	img.Dropped = []planner.Dropped{{Address: "kiosk/setting.was", Action: "create"}}
	img.Info.Warnings = []string{"The image is old."}
	img.Drift = &planner.Drift{Differences: []image.Difference{{Kind: image.DiffersValue, Change: image.Changed, Path: "HKLM/X", Value: new("v"), What: "data"}}, More: 2}
	img.Items[0].Lacks = []planner.Lack{{Addr: img.Items[1].Addr, Why: "No file."}}
	return p
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// full is the document of the plan, with what a store adds.
func full(t testing.TB) *document.Plan {
	doc := document.New(plan(t))
	doc.Images[0].SetCached(2)
	doc.Expected = &document.Expected{Seconds: new(61.5), Unknown: []string{"export"}, Checkpoints: 2, RoomBytes: 30, OutputBytes: 10, CheckpointBytes: 20}
	return doc
}

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), string(got)); diff != "" {
		t.Errorf("-%s +got:\n%s", name, diff)
	}
}

func TestDocument(t *testing.T) {
	golden(t, "plan.json", encoded(t, full(t)))
}

// TestRoundTrip: what was read from JSON is written as it was.
func TestRoundTrip(t *testing.T) {
	want := encoded(t, full(t))
	var doc document.Plan
	d := json.NewDecoder(bytes.NewReader(want))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(encoded(t, &doc))); diff != "" {
		t.Errorf("-made +read:\n%s", diff)
	}
	step := doc.Images[0].LastStep(doc.Images[0].ResourceChanges[0])
	if step == nil || step.Address != "kiosk/setting.plain" || doc.Images[0].ResourceChanges[0].After.GetAttr("value") != cty.StringVal(`<&"x" \ >`) {
		t.Errorf("read: %+v", step)
	}
}

// TestSaved: a plan that was saved has the document of the one that was made.
func TestSaved(t *testing.T) {
	p, path := plan(t), filepath.Join(t.TempDir(), "plan")
	if err := p.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	saved, err := planner.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(encoded(t, document.New(p))), string(encoded(t, document.New(saved)))); diff != "" {
		t.Errorf("-made +saved:\n%s", diff)
	}
}

// TestWithheld: no sensitive value is in a document, neither in its JSON nor in memory, and
// the plan keeps it.
func TestWithheld(t *testing.T) {
	p := plan(t)
	doc := document.New(p)
	if data := encoded(t, doc); bytes.Contains(data, []byte("Pa55")) {
		t.Errorf("a sensitive value is in the document:\n%s", data)
	}
	if text := fmt.Sprintf("%#v", p.Images[0].Items[1].Want); !strings.Contains(text, "Pa55") {
		t.Errorf("the plan has lost it: %s", text)
	}
	for _, c := range doc.Images[0].ResourceChanges {
		text := fmt.Sprintf("%#v %#v %#v", c.Before.Value, c.After.Value, c.Differences)
		if strings.Contains(text, "Pa55") {
			t.Errorf("%s: a sensitive value is in memory: %s", c.Address, text)
		}
	}
	secret := doc.Images[0].ResourceChanges[1]
	if !slices.Contains(secret.AfterSensitive, "secret") || !slices.Contains(secret.AfterSensitive, "value") || !slices.Contains(secret.Wanted, "secret") {
		t.Errorf("it is not said what is withheld: %+v", secret)
	}
}

// TestValue: values of all types become plain JSON, also where a type is open.
func TestValue(t *testing.T) {
	open := cty.NullVal(cty.DynamicPseudoType)
	for _, tt := range []struct {
		v    cty.Value
		want string
	}{
		{open, "null"},
		{cty.ObjectVal(map[string]cty.Value{"b": open, "a": cty.NumberIntVal(1)}), `{"a":1,"b":null}`},
		{cty.TupleVal([]cty.Value{open, cty.True, cty.EmptyObjectVal}), `[null,true,{}]`},
		{cty.ListVal([]cty.Value{cty.NullVal(cty.Object(map[string]cty.Type{"a": cty.DynamicPseudoType})), cty.ObjectVal(map[string]cty.Value{"a": open})}), `[null,{"a":null}]`},
		{cty.SetVal([]cty.Value{cty.StringVal("b"), cty.StringVal("a")}), `["a","b"]`},
		{cty.MapVal(map[string]cty.Value{"x": cty.StringVal("1")}), `{"x":"1"}`},
		{cty.MustParseNumberVal("18446744073709551615"), "18446744073709551615"},
		{cty.ListValEmpty(cty.DynamicPseudoType), "[]"},
	} {
		data, err := json.Marshal(document.Value{Value: tt.v})
		if err != nil || string(data) != tt.want {
			t.Errorf("%#v: %s, %v; want %s", tt.v, data, err, tt.want)
		}
		var v document.Value
		if err := json.Unmarshal(data, &v); err != nil {
			t.Error(err)
		}
		if again, err := json.Marshal(v); err != nil || string(again) != tt.want {
			t.Errorf("%#v: read and written again: %s, %v", tt.v, again, err)
		}
	}
}

// form lists the fields of a type, and of what is in it, with the types of their JSON.
func form(t reflect.Type, at string, add func(path, name, typ string)) {
	for _, f := range reflect.VisibleFields(t) {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		path, ft, typ := at+name, f.Type, ""
		for {
			if ft == reflect.TypeFor[time.Time]() {
				ft = reflect.TypeFor[string]()
			}
			switch ft.Kind() {
			case reflect.Pointer:
				ft = ft.Elem()
				continue
			case reflect.Slice:
				path, ft = path+"[]", ft.Elem()
				continue
			case reflect.Struct:
				typ = "object"
			case reflect.Int, reflect.Int64, reflect.Float64:
				typ = "number"
			case reflect.Bool, reflect.String:
				typ = ft.Kind().String()
			}
			break
		}
		if ft == reflect.TypeFor[document.Value]() {
			typ = "any"
		}
		if opts == "" && f.Type.Kind() == reflect.Pointer {
			typ += ", may be null"
		}
		if opts != "" {
			typ += ", " + strings.Replace(opts, "omitzero", "omitempty", 1)
		}
		add(path, name, typ)
		if ft.Kind() == reflect.Struct && ft != reflect.TypeFor[document.Value]() {
			form(ft, path+".", add)
		}
	}
}

// TestForm holds that the form of a document changes only with its version: raise
// [document.Version] by the rules of docs/json.md, and run with -update.
func TestForm(t *testing.T) {
	text := "format_version " + document.Version + "\n"
	form(reflect.TypeFor[document.Plan](), "", func(path, _, typ string) {
		if strings.HasPrefix(typ, ",") || typ == "" {
			t.Errorf("%s has no type in JSON", path)
		}
		text += path + " " + typ + "\n"
	})
	golden(t, "form.txt", []byte(text))
}

// sections are the headings, below "The plan", under which the page of the JSON output
// describes fields, by the beginnings of their paths.
var sections = map[string]string{
	"": "", "expected.": "What it takes", "holds.": "What waits for the first boot",
	"images[].": "Images", "images[].changes.": "", "images[].holds.": "What waits for the first boot", "images[].drift.": "What was changed in an output",
	"images[].resource_changes[].": "Resource changes", "images[].steps[].": "Steps and their order", "images[].order[].": "Steps and their order",
}

// TestDocumented holds that the page of the JSON output describes every field, where it
// belongs.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, found := strings.Cut(strings.ReplaceAll(string(page), "\r\n", "\n"), "\n## The plan\n")
	chapter, _, ends := strings.Cut(chapter, "\n## ")
	if !found || !ends {
		t.Fatal("the page has no chapter about the plan")
	}
	texts := map[string]string{}
	for _, text := range strings.Split("\n"+chapter, "\n### ") {
		heading, text, _ := strings.Cut(text, "\n")
		texts[heading] = text
	}
	if !strings.Contains(texts[""], "`"+document.Version+"`") {
		t.Errorf("the page does not say that the version is %s", document.Version)
	}
	form(reflect.TypeFor[document.Plan](), "", func(path, name, _ string) {
		of := ""
		for prefix := range sections {
			if strings.HasPrefix(path, prefix) && len(prefix) > len(of) {
				of = prefix
			}
		}
		if !strings.Contains(texts[sections[of]], "`"+name+"`") {
			t.Errorf("the page does not describe %s under %q", path, sections[of])
		}
	})
}

// FuzzNew makes documents of plan files that anyone may have written.
func FuzzNew(f *testing.F) {
	path := filepath.Join(f.TempDir(), "plan")
	if err := plan(f).Save(path, nil); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	var file struct {
		Plan json.RawMessage `json:"plan"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(file.Plan))
	f.Add([]byte(`{"images":[{"items":[{"want":{"value":{"name":"a"},"type":["object",{"name":"string"}]},"have":{"value":null,"type":["object",{}]},
		"sensitive":["name"],"addr":{"In":"//","Kind":"x"}}],"steps":[{"item":0,"also":[0],"part":"p"},{"item":0}]}]}`))
	f.Fuzz(func(t *testing.T, plan []byte) {
		var compact bytes.Buffer
		if json.Compact(&compact, plan) != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "plan")
		file := fmt.Sprintf(`{"format_version":"2","digest":"%x","plan":%s}`, sha256.Sum256(compact.Bytes()), compact.Bytes())
		if err := os.WriteFile(path, []byte(file), 0o666); err != nil {
			t.Fatal(err)
		}
		p, err := planner.Load(path, nil)
		if err != nil {
			return
		}
		doc := document.New(p)
		for _, img := range doc.Images {
			for _, c := range img.ResourceChanges {
				img.LastStep(c)
			}
		}
		first := encoded(t, doc)
		var again document.Plan
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatal(err)
		}
		if second := encoded(t, &again); !bytes.Equal(first, second) {
			t.Errorf("read and written again it differs:\n%s\n%s", first, second)
		}
	})
}
