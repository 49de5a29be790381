package dsl_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/text/encoding/unicode"

	"github.com/gildhq/gild/dsl"
)

const module = "image \"a\" {\n  target = \"/mnt\"\n  file \"x\" {\n    path    = \"/x\"\n    content = <<-EOT\n      one\n      two\n    EOT\n  }\n}\n"

func load(files map[string]string) (*dsl.Config, string) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	cfg, diags := dsl.Load(dsl.Options{FS: fsys, Dir: ".", Kinds: kinds()})
	var text strings.Builder
	for _, d := range diags {
		text.WriteString(d.Error() + "\n")
	}
	return cfg, text.String()
}

// TestEncodings: the same text means the same however it is stored, and what
// can't be read is refused with the remedy.
func TestEncodings(t *testing.T) {
	for name, text := range map[string]string{
		"plain":           module,
		"byte order mark": "\uFEFF" + module,
		"CRLF":            strings.ReplaceAll(module, "\n", "\r\n"),
		"both":            "\uFEFF" + strings.ReplaceAll(module, "\n", "\r\n"),
	} {
		cfg, problems := load(map[string]string{"KIOSK.Gild.HCL": text})
		if problems != "" {
			t.Errorf("%s: %s", name, problems)
			continue
		}
		if got := cfg.Images[0].Resources[0].Want.GetAttr("content"); !got.RawEquals(cty.StringVal("one\ntwo\n")) {
			t.Errorf("%s: content is %#v", name, got)
		}
	}
	utf16 := func(order unicode.Endianness, bom unicode.BOMPolicy) string {
		wide, err := unicode.UTF16(order, bom).NewEncoder().String(module)
		if err != nil {
			t.Fatal(err)
		}
		return wide
	}
	for name, test := range map[string]struct{ text, want string }{
		"UTF-16LE with mark":    {utf16(unicode.LittleEndian, unicode.UseBOM), "save it as UTF-8"},
		"UTF-16BE with mark":    {utf16(unicode.BigEndian, unicode.UseBOM), "save it as UTF-8"},
		"UTF-16LE without mark": {utf16(unicode.LittleEndian, unicode.IgnoreBOM), "save it as UTF-8"},
		"UTF-16BE without mark": {utf16(unicode.BigEndian, unicode.IgnoreBOM), "save it as UTF-8"},
		"Windows-1252":          {"# \n# gr\xFC\xDFe\n" + module, "(line 2)"},
		"too large":             {strings.Repeat("# padding\n", 200_000), "too large"},
		"too deep":              {"locals {\n x = " + strings.Repeat("[", 100_000), "(line 2)"},
		"too many operators":    {"locals {\n x = " + strings.Repeat("!", 900_000), "(line 2)"},
	} {
		if _, problems := load(map[string]string{"a.gild.hcl": test.text}); !strings.Contains(problems, test.want) || !strings.Contains(problems, `"a.gild.hcl"`) {
			t.Errorf("%s: %q, want it to say %q", name, problems, test.want)
		}
	}
}

// TestDir: the folder's name stands before the names of files, so that they can
// be opened from where the user is.
func TestDir(t *testing.T) {
	for dir, want := range map[string]string{".": "a.gild.hcl", "mod": filepath.Join("mod", "a.gild.hcl"), "../m": filepath.Join("..", "m", "a.gild.hcl")} {
		fsys := fstest.MapFS{"a.gild.hcl": {Data: []byte(module)}}
		cfg, diags := dsl.Load(dsl.Options{FS: fsys, Dir: dir, Kinds: kinds()})
		if len(diags) > 0 || cfg.Images[0].Range.Filename != want || cfg.Files[want] == nil {
			t.Errorf("%s: %v %s", dir, diags, cfg.Images[0].Range)
		}
	}
}

func TestMissingFolder(t *testing.T) {
	_, diags := dsl.Load(dsl.Options{FS: os.DirFS(filepath.Join(t.TempDir(), "nothing")), Dir: "nothing"})
	if len(diags) != 1 || diags[0].Summary != "Cannot read the configuration" {
		t.Errorf("%v", diags)
	}
}

// TestSensitiveWant: the values behind the marks reach the resource without them.
func TestSensitiveWant(t *testing.T) {
	cfg, problems := load(map[string]string{"a.gild.hcl": `
		variable "p" {
		  default   = "hunter2"
		  sensitive = true
		}
		image "a" {
		  target = "/mnt"
		  registry "x" {
		    key  = "k"
		    data = { list = [var.p] }
		  }
		  account "x" {
		    user     = "u"
		    password = "literal"
		    group { name = var.p }
		  }
		}`})
	if problems != "" {
		t.Fatal(problems)
	}
	registry, account := cfg.Images[0].Resources[0], cfg.Images[0].Resources[1]
	want := cty.ObjectVal(map[string]cty.Value{"list": cty.TupleVal([]cty.Value{cty.StringVal("hunter2")})})
	if got := registry.Want.GetAttr("data"); !got.RawEquals(want) || strings.Join(registry.Sensitive, " ") != "data" {
		t.Errorf("registry: %#v, sensitive %v", got, registry.Sensitive)
	}
	if got := strings.Join(account.Sensitive, " "); got != "password group" {
		t.Errorf("account: sensitive %s", got)
	}
	if account.Want.ContainsMarked() || registry.Want.ContainsMarked() {
		t.Error("a value is marked")
	}
	if account.AttrRange("password") != account.Range {
		t.Error("a diagnostic about the password would quote its line")
	}
	if account.AttrRange("group[0].name") == account.Range {
		t.Error("the place of a nested argument is lost")
	}
}

// TestConforms: whatever is written, the value has all attributes of the schema.
func TestConforms(t *testing.T) {
	cfg, problems := load(map[string]string{"a.gild.hcl": `image "a" {
	  target = "/mnt"
	  file "x" { path = 1 }
	}`})
	if problems != "" {
		t.Fatal(problems)
	}
	got := cfg.Images[0].Resources[0].Want
	if want := kinds().Kind("file").Schema.ObjectType(); !got.Type().Equals(want) {
		t.Errorf("the value is %#v, not of type %#v", got.Type(), want)
	}
	if !got.GetAttr("path").RawEquals(cty.StringVal("1")) {
		t.Errorf("path is %#v", got.GetAttr("path"))
	}
}

// TestOutside: nothing outside the module can be read, by dots, by absolute
// paths or through symbolic links.
func TestOutside(t *testing.T) {
	dir := t.TempDir()
	mod := filepath.Join(dir, "mod")
	for name, text := range map[string]string{
		"secret": "hunter2", "mod/sub/in": "inside", "mod/a.gild.hcl": "",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join("..", "secret"), filepath.Join(mod, "link")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := os.Symlink("..", filepath.Join(mod, "up")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("sub", "in"), filepath.Join(mod, "fine")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(mod)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for expr, want := range map[string]string{
		`file("sub/in")`:                "",
		`file("./sub\\..\\sub\\in")`:    "",
		`file("fine")`:                  "",
		`fileset(".", "s*/**")`:         "",
		`templatefile("sub/in", {})`:    "",
		`file("../secret")`:             "leaves the module",
		`file("sub/../../secret")`:      "leaves the module",
		`file("..\\secret")`:            "leaves the module",
		`file("C:\\Windows\\win.ini")`:  "leaves the module",
		`file("/etc/passwd")`:           "leaves the module",
		`file("link")`:                  "leaves the module",
		`file("up/secret")`:             "leaves the module",
		`filesha256("link")`:            "leaves the module",
		`fileexists("up/secret")`:       "leaves the module",
		`templatefile("up/secret", {})`: "leaves the module",
		`fileset(".", "l*")`:            "leaves the module",
		`fileset("up", "*")`:            "leaves the module",
		`fileset(".", "../*")`:          "leaves the module",
		`fileset("..", "*")`:            "leaves the module",
		`fileset("/", "*")`:             "leaves the module",
		`file("sub")`:                   "it is a folder",
		`file("nothing")`:               "no such file",
		`file("")`:                      "the path is empty",
		`fileset("nothing", "*")`:       "no such file",
	} {
		config := "locals { x = " + expr + " }"
		if err := os.WriteFile(filepath.Join(mod, "a.gild.hcl"), []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		_, diags := dsl.Load(dsl.Options{FS: root.FS(), Dir: "mod"})
		switch {
		case want == "" && len(diags) > 0:
			t.Errorf("%s: %v", expr, diags)
		case want != "" && (len(diags) != 1 || !strings.Contains(diags[0].Detail, want)):
			t.Errorf("%s: %v, want it to say %q", expr, diags, want)
		}
	}
}
