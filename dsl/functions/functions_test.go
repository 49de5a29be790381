package functions_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/dsl/functions"
)

var module = fstest.MapFS{
	"hello.txt":        {Data: []byte("hello\n")},
	"drivers/a.inf":    {Data: []byte("a")},
	"drivers/x/b.inf":  {Data: []byte("b")},
	"drivers/x/b.cat":  {Data: []byte("c")},
	"bytes.bin":        {Data: []byte{0xFF, 0x00}},
	"wide.txt":         {Data: []byte{0xFF, 0xFE, 'a', 0}},
	"greet.tpl":        {Data: []byte("Hello ${upper(name)}!%{ for x in list } ${x}%{ endfor }")},
	"recursive.tpl":    {Data: []byte(`${templatefile("recursive.tpl", {})}`)},
	"missing.tpl":      {Data: []byte("one\n${nothing}")},
	"broken.tpl":       {Data: []byte("${")},
	"large.bin":        {Data: make([]byte, 17<<20)},
	"sub/üml ä ut.txt": {Data: []byte("u")},
}

func eval(t *testing.T, expr string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	parsed, diags := hclsyntax.ParseExpression([]byte(expr), "expr", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", expr, diags)
	}
	return parsed.Value(&hcl.EvalContext{
		Functions: functions.Table(module, ".", nil),
		Variables: map[string]cty.Value{
			"secret":  cty.StringVal("hunter2").Mark(functions.Sensitive),
			"unknown": cty.UnknownVal(cty.String),
			"whole":   cty.DynamicVal,
		},
	})
}

// cases gives for each function what it returns. The digests and encodings
// are those Python's hashlib, uuid and codecs return.
var cases = map[string][][2]string{
	"abs":      {{`abs(-1.5)`, `1.5`}},
	"ceil":     {{`ceil(1.1)`, `2`}},
	"floor":    {{`floor(-1.1)`, `-2`}},
	"log":      {{`log(8, 2)`, `3`}},
	"max":      {{`max(1, 3, 2)`, `3`}},
	"min":      {{`min([3, 1, 2]...)`, `1`}},
	"parseint": {{`parseint("FF", 16)`, `255`}},
	"pow":      {{`pow(2, 10)`, `1024`}},
	"signum":   {{`signum(-3)`, `-1`}},
	"sum":      {{`sum([1, 2.5, "3"])`, `6.5`}, {`sum(toset([1, 2]))`, `3`}},

	"chomp":       {{`chomp("a\r\n\n")`, `"a"`}},
	"endswith":    {{`endswith("a.inf", ".inf")`, `true`}, {`endswith("a", "ba")`, `false`}},
	"format":      {{`format("%s-%03d", "a", 7)`, `"a-007"`}},
	"formatlist":  {{`formatlist("%s!", ["a", "b"])`, `tolist(["a!", "b!"])`}},
	"indent":      {{`indent(2, "a\nb")`, `"a\n  b"`}},
	"join":        {{`join(",", ["a", "b"])`, `"a,b"`}},
	"lower":       {{`lower("ÄB")`, `"äb"`}},
	"regex":       {{`regex("KB([0-9]+)", "xKB5094126.msu")`, `["5094126"]`}},
	"regexall":    {{`regexall("[0-9]", "a1b2")`, `tolist(["1", "2"])`}},
	"replace":     {{`replace("a.b.c", ".", "-")`, `"a-b-c"`}, {`replace("a1b22", "/([0-9]+)/", "<$1>")`, `"a<1>b<22>"`}, {`replace("a/b", "/", "\\")`, `"a\\b"`}},
	"split":       {{`split(",", "a,b")`, `tolist(["a", "b"])`}},
	"startswith":  {{`startswith("abc", "ab")`, `true`}},
	"strcontains": {{`strcontains("abc", "b")`, `true`}, {`strcontains("abc", "B")`, `false`}},
	"strrev":      {{`strrev("äb")`, `"bä"`}},
	"substr":      {{`substr("hello", 1, 3)`, `"ell"`}, {`substr("hello", -2, -1)`, `"lo"`}},
	"title":       {{`title("hello you")`, `"Hello You"`}},
	"trim":        {{`trim("xxaxx", "x")`, `"a"`}},
	"trimprefix":  {{`trimprefix("xax", "x")`, `"ax"`}},
	"trimspace":   {{`trimspace(" a\n")`, `"a"`}},
	"trimsuffix":  {{`trimsuffix("xax", "x")`, `"xa"`}},
	"upper":       {{`upper("äb")`, `"ÄB"`}},

	"alltrue":         {{`alltrue([true, "true"])`, `true`}, {`alltrue([])`, `true`}, {`alltrue([true, false])`, `false`}, {`alltrue([null])`, `false`}},
	"anytrue":         {{`anytrue([false, true])`, `true`}, {`anytrue([])`, `false`}, {`anytrue([null, false])`, `false`}},
	"chunklist":       {{`chunklist(["a", "b", "c"], 2)`, `tolist([tolist(["a", "b"]), tolist(["c"])])`}},
	"coalesce":        {{`coalesce(null, "a")`, `"a"`}},
	"coalescelist":    {{`coalescelist([], ["a"])`, `["a"]`}},
	"compact":         {{`compact(["a", "", "b"])`, `tolist(["a", "b"])`}},
	"concat":          {{`concat(["a"], ["b"])`, `["a", "b"]`}},
	"contains":        {{`contains(["a", "b"], "b")`, `true`}},
	"distinct":        {{`distinct(["a", "a"])`, `tolist(["a"])`}},
	"element":         {{`element(["a", "b"], 3)`, `"b"`}},
	"flatten":         {{`flatten([["a"], [["b"]]])`, `["a", "b"]`}},
	"index":           {{`index(["a", "b"], "b")`, `1`}, {`index(tolist([1, 2]), 2)`, `1`}},
	"keys":            {{`keys({ b = 1, a = 2 })`, `["a", "b"]`}},
	"length":          {{`length("äöü")`, `3`}, {`length([1, 2])`, `2`}, {`length({ a = 1 })`, `1`}, {`length(tomap({ a = 1 }))`, `1`}, {`length(toset([]))`, `0`}},
	"lookup":          {{`lookup({ a = 1 }, "b", 2)`, `2`}},
	"matchkeys":       {{`matchkeys(["a", "b", "c"], [1, 2, 1], [1])`, `tolist(["a", "c"])`}, {`matchkeys(["a"], ["x"], ["y"])`, `slice(tolist(["a"]), 0, 0)`}},
	"merge":           {{`merge({ a = 1 }, { b = 2 })`, `{ a = 1, b = 2 }`}},
	"one":             {{`one(["a"])`, `"a"`}, {`one([])`, `null`}, {`one(toset(["a"]))`, `"a"`}},
	"range":           {{`range(3)`, `tolist([0, 1, 2])`}},
	"reverse":         {{`reverse(["a", "b"])`, `["b", "a"]`}},
	"setintersection": {{`setintersection(["a", "b"], ["b"])`, `toset(["b"])`}},
	"setproduct":      {{`setproduct(["a"], ["x", "y"])`, `tolist([["a", "x"], ["a", "y"]])`}},
	"setsubtract":     {{`setsubtract(["a", "b"], ["b"])`, `toset(["a"])`}},
	"setunion":        {{`setunion(["a"], ["b"])`, `toset(["a", "b"])`}},
	"slice":           {{`slice(["a", "b", "c"], 1, 3)`, `["b", "c"]`}},
	"sort":            {{`sort(["b", "a"])`, `tolist(["a", "b"])`}},
	"transpose":       {{`transpose({ a = ["x", "y"], b = ["y"] })`, `tomap({ x = tolist(["a"]), y = tolist(["a", "b"]) })`}},
	"values":          {{`values({ b = 1, a = 2 })`, `[2, 1]`}},
	"zipmap":          {{`zipmap(["a", "b"], [1, 2])`, `{ a = 1, b = 2 }`}},

	"base64decode":     {{`base64decode("WsO8cmljaA==")`, `"Zürich"`}},
	"base64encode":     {{`base64encode("Zürich")`, `"WsO8cmljaA=="`}},
	"csvdecode":        {{`csvdecode("a,b\n1,2")`, `tolist([{ a = "1", b = "2" }])`}},
	"jsondecode":       {{`jsondecode("{\"a\": [1, null]}")`, `{ a = [1, null] }`}},
	"jsonencode":       {{`jsonencode({ a = [1, true] })`, `"{\"a\":[1,true]}"`}},
	"textdecodebase64": {{`textdecodebase64("RwBlAHQALQBEAGEAdABlACAA/AA=", "UTF-16LE")`, `"Get-Date ü"`}, {`textdecodebase64("/IA=", "Windows-1252")`, `"ü€"`}},
	"textencodebase64": {{`textencodebase64("Get-Date ü", "utf-16le")`, `"RwBlAHQALQBEAGEAdABlACAA/AA="`}, {`textencodebase64("ü", "UTF-16BE")`, `"APw="`}, {`textencodebase64("ü", "IBM437")`, `"gQ=="`}},
	"urlencode":        {{`urlencode("a b&ü/")`, `"a+b%26%C3%BC%2F"`}},
	"yamldecode":       {{`yamldecode("a: [1, x]")`, `{ a = [1, "x"] }`}},
	"yamlencode":       {{`yamlencode({ a = 1 })`, `"\"a\": 1\n"`}},

	"base64sha256": {{`base64sha256("Zürich")`, `"QlFoXgbKtjVXjHKx9fIh6YQKBaxNjyQEvkF3qof5kH0="`}},
	"md5":          {{`md5("Zürich")`, `"103a821a3a6a0b923c9f74a39662bb51"`}},
	"sha1":         {{`sha1("Zürich")`, `"9b5ee41a2d0900fd6c2177616c90f64eee41b55a"`}},
	"sha256":       {{`sha256("Zürich")`, `"4251685e06cab635578c72b1f5f221e9840a05ac4d8f2404be4177aa87f9907d"`}},
	"sha512":       {{`sha512("Zürich")`, `"41274f5c699280c1f2bda94bf169c8b503ddd17655f13da5806adfb2fbad56942dd7f1ea37fb8443f8f7f734d50c12dc15f28f114e21bb94534f45e439ccecca"`}},
	"uuidv5": {
		{`uuidv5("dns", "example.com")`, `"cfbff0d1-9375-5685-968c-48ce8b15ae17"`},
		{`uuidv5("url", "https://ü")`, `"4cacf723-59f5-5450-be95-f0ddff19f26e"`},
		{`uuidv5("{12345678-1234-1234-1234-123456789ABC}", "x")`, `"e173d3e0-2ac0-5ff0-941e-4cafb43d5c15"`},
	},

	"can":          {{`can(1 + 1)`, `true`}, {`can(tonumber("x"))`, `false`}},
	"issensitive":  {{`issensitive(secret)`, `true`}, {`issensitive("${secret}!")`, `true`}, {`issensitive(nonsensitive(secret))`, `false`}, {`issensitive(1)`, `false`}},
	"nonsensitive": {{`nonsensitive(upper(secret))`, `"HUNTER2"`}},
	"sensitive":    {{`nonsensitive(sensitive("a"))`, `"a"`}, {`issensitive(sensitive(null))`, `true`}},
	"tobool":       {{`tobool("true")`, `true`}},
	"tolist":       {{`tolist(toset(["a"]))`, `split(",", "a")`}},
	"tomap":        {{`tomap({ a = 1 }).a`, `1`}},
	"tonumber":     {{`tonumber("1.5")`, `1.5`}},
	"toset":        {{`toset(["a", "a"])`, `toset(["a"])`}},
	"tostring":     {{`tostring(1)`, `"1"`}},
	"try":          {{`try(tonumber("x"), 7)`, `7`}},
	"type":         {{`type({ a = ["x", 1] })`, `"object({a=tuple([string,number])})"`}, {`type(toset(["a"]))`, `"set(string)"`}, {`type(null)`, `"any"`}},

	"formatdate": {{`formatdate("DD.MM.YYYY", "2026-01-02T03:04:05Z")`, `"02.01.2026"`}},
	"timeadd":    {{`timeadd("2026-01-02T03:04:05Z", "1h")`, `"2026-01-02T04:04:05Z"`}},
	"timecmp":    {{`timecmp("2026-01-02T03:00:00+01:00", "2026-01-02T02:00:00Z")`, `0`}, {`timecmp("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z")`, `-1`}},

	"basename":     {{`basename("a\\b\\c.txt")`, `"c.txt"`}},
	"dirname":      {{`dirname("a/b\\c.txt")`, `"a/b"`}, {`dirname("a")`, `"."`}},
	"file":         {{`file("hello.txt")`, `"hello\n"`}, {`file("sub\\üml ä ut.txt")`, `"u"`}},
	"filebase64":   {{`filebase64("bytes.bin")`, `"/wA="`}},
	"fileexists":   {{`fileexists("hello.txt")`, `true`}, {`fileexists("drivers")`, `false`}, {`fileexists("no/thing")`, `false`}},
	"filemd5":      {{`filemd5("hello.txt")`, `"b1946ac92492d2347c6235b4d2611184"`}},
	"filesha1":     {{`filesha1("hello.txt")`, `"f572d396fae9206628714fb2ce00f72e94f2258f"`}},
	"filesha256":   {{`filesha256("./hello.txt")`, `"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"`}},
	"fileset":      {{`fileset("drivers", "**/*.inf")`, `toset(["a.inf", "x/b.inf"])`}, {`fileset(".", "drivers\\*")`, `toset(["drivers/a.inf"])`}, {`fileset("drivers/x/", "*.{inf,cat}")`, `toset(["b.cat", "b.inf"])`}, {`length(fileset(".", "*.exe"))`, `0`}, {`fileset(".", "./drivers/?.inf")`, `toset(["drivers/a.inf"])`}},
	"templatefile": {{`templatefile("greet.tpl", { name = "you", list = [1, 2] })`, `"Hello YOU! 1 2"`}, {`issensitive(templatefile("greet.tpl", { name = secret, list = [] }))`, `true`}},
}

func TestFunctions(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(cases)), slices.Sorted(maps.Keys(functions.Table(module, ".", nil))); !slices.Equal(got, want) {
		t.Errorf("there are cases for\n%v\nand functions\n%v", got, want)
	}
	for _, pairs := range cases {
		for _, pair := range pairs {
			got, diags := eval(t, pair[0])
			want, _ := eval(t, pair[1])
			if diags.HasErrors() {
				t.Errorf("%s: %v", pair[0], diags)
				continue
			}
			if converted, err := convert.Convert(want, got.Type()); err == nil {
				want = converted
			}
			if !got.RawEquals(want) {
				t.Errorf("%s = %#v, want %#v", pair[0], got, want)
			}
		}
	}
}

func TestFunctionErrors(t *testing.T) {
	for expr, want := range map[string]string{
		`sum([])`:                             "at least one number",
		`sum([null])`:                         "null",
		`index(["a"], "b")`:                   "does not hold the value",
		`index("a", "b")`:                     "a list is needed",
		`one([1, 2])`:                         "more than one element",
		`one(toset([1, 2]))`:                  "more than one element",
		`one("a")`:                            "a list or set is needed",
		`matchkeys([1], [], [])`:              "of one length",
		`transpose({ a = null })`:             "null",
		`replace("a", "/(/", "")`:             "missing closing",
		`base64decode("/wA=")`:                "UTF-8",
		`base64decode("!")`:                   "not base64",
		`textencodebase64("a", "EBCDIC")`:     "unknown encoding",
		`textencodebase64("€", "ISO-8859-1")`: "lacks a character",
		`uuidv5("x", "y")`:                    "nor a UUID",
		`timecmp("yesterday", "today")`:       "not a timestamp",
		`file("wide.txt")`:                    "textdecodebase64",
		`file("bytes.bin")`:                   "filebase64",
		`filebase64("large.bin")`:             "larger than 16 MiB",
		`file("Hello.txt")`:                   "no such file",
		`fileset(".", "[")`:                   "pattern is not valid",
		`templatefile("greet.tpl", "x")`:      "an object is needed",
		`templatefile("greet.tpl", {})`:       `line 1`,
		`templatefile("recursive.tpl", {})`:   `There is no function named "templatefile"`,
		`templatefile("missing.tpl", {})`:     "line 2",
		`templatefile("broken.tpl", {})`:      "line 1",
		`timestamp()`:                         "no function named",
	} {
		got, diags := eval(t, expr)
		if !diags.HasErrors() {
			t.Errorf("%s = %#v, want an error", expr, got)
		} else if !strings.Contains(diags.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", expr, diags, want)
		}
	}
}

// TestUnknown: no function fails or invents a result for what is not known yet.
func TestUnknown(t *testing.T) {
	for _, expr := range []string{
		`sum([1, tonumber(unknown)])`, `alltrue([tobool(unknown)])`, `length(whole)`, `index([unknown], "a")`,
		`one([unknown])`, `transpose({ a = [unknown] })`, `matchkeys(["a"], [unknown], ["b"])`, `file(unknown)`,
		`templatefile("greet.tpl", { name = unknown, list = [] })`, `templatefile("greet.tpl", whole)`,
		`replace(unknown, "a", "b")`, `uuidv5("dns", unknown)`,
	} {
		got, diags := eval(t, expr)
		if diags.HasErrors() || got.IsWhollyKnown() {
			t.Errorf("%s = %#v, %v", expr, got, diags)
		}
	}
	if got, diags := eval(t, `type(unknown)`); diags.HasErrors() || got.AsString() != "string" {
		t.Errorf("type(unknown) = %#v, %v", got, diags)
	}
}

// TestLinks: fileset takes links to files for files, and does not follow links
// to folders, which may lead in a circle.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.inf"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.inf", filepath.Join(dir, "b.inf")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := os.Symlink(".", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	got, err := functions.Table(root.FS(), ".", nil)["fileset"].Call([]cty.Value{cty.StringVal("."), cty.StringVal("**/*.inf")})
	if err != nil {
		t.Fatal(err)
	}
	if want := cty.SetVal([]cty.Value{cty.StringVal("a.inf"), cty.StringVal("b.inf")}); !got.RawEquals(want) {
		t.Errorf("got %#v", got)
	}
}
