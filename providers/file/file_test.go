package file

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func strs(ss ...string) cty.Value {
	if len(ss) == 0 {
		return cty.EmptyTupleVal
	}
	var vs []cty.Value
	for _, s := range ss {
		vs = append(vs, str(s))
	}
	return cty.TupleVal(vs)
}

func content(want map[string]string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if got, err := fs.ReadFile(m, name); err != nil || string(got) != want[name] {
				t.Errorf("%s holds %q, %v, want %q", name, got, err, want[name])
			}
		}
	}
}

func meta(name string, attributes image.Attributes, written time.Time) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		got, err := m.Meta(name)
		if err != nil || got.Attributes != attributes || !got.Written.Equal(written) {
			t.Errorf("%s: %+v, %v, want attributes %#x, written %v", name, got, err, attributes, written)
		}
	}
}

func exists(m *providertest.Image, name string) bool {
	_, err := m.Stat(name)
	return err == nil
}

func TestSuite(t *testing.T) {
	img := map[string][]byte{
		"Windows/System32/drivers/etc/hosts": []byte("old\r\n"),
		"Tools/Keep.txt":                     []byte("keep"),
		"Tools/A.TXT":                        []byte("alpha"),
		"Tools/Old/x/y.txt":                  []byte("y"),
	}
	payloads := map[string]string{
		"a.exe": "MZ binary", "tree/a.txt": "alpha", "tree/Sub Folder/ü.txt": "beta", "tree/sub2/c.txt": "",
	}
	newYear := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	tree := object{"path": str("tools"), "source": str("tree")}
	with := func(o object, name string, v cty.Value) object {
		o = maps.Clone(o)
		o[name] = v
		return o
	}
	cases := []providertest.Case{
		{Name: "source", Set: object{"path": str(`C:\New Folder\a.exe`), "source": str("a.exe")},
			After: content(map[string]string{"new folder/A.EXE": "MZ binary"})},
		{Name: "replaced", Set: object{"path": str("/windows/system32/DRIVERS/etc/hosts"), "source": str("a.exe")},
			After: content(map[string]string{"Windows/System32/drivers/etc/hosts": "MZ binary"})},
		{Name: "same", Set: object{"path": str("Windows/System32/drivers/etc/hosts"), "content": str("old\n"), "line_endings": str("crlf")}, Unchanged: true},
		{Name: "mixed ends of lines", Set: object{"path": str("x.txt"), "content": str("a\nb\r\nc"), "line_endings": str("crlf")},
			After: content(map[string]string{"x.txt": "a\r\nb\r\nc"})},
		{Name: "lf", Set: object{"path": str("x.txt"), "content": str("a\r\nb\n"), "line_endings": str("lf")},
			After: content(map[string]string{"x.txt": "a\nb\n"})},
		{Name: "as written", Set: object{"path": str("x.txt"), "content": str("a\r\nü\n")},
			After: content(map[string]string{"x.txt": "a\r\nü\n"})},
		{Name: "byte order mark", Set: object{"path": str("x.txt"), "content": str("ü"), "encoding": str("utf-8-bom")},
			After: content(map[string]string{"x.txt": "\xef\xbb\xbfü"})},
		{Name: "UTF-16", Set: object{"path": str("x.txt"), "content": str("\uFEFFaü🎉\n"), "encoding": str("utf-16le"), "line_endings": str("crlf")},
			After: content(map[string]string{"x.txt": "\xff\xfea\x00\xfc\x00\x3c\xd8\x89\xdf\r\x00\n\x00"})},
		{Name: "empty", Set: object{"path": str("empty"), "content": str("")}, After: content(map[string]string{"empty": ""})},
		{Name: "attributes", Set: object{"path": str("x"), "content": str("x"), "attributes": strs("hidden", "readonly")},
			After: meta("x", image.Hidden|image.ReadOnly, providertest.Clock())},
		{Name: "no attributes", Set: object{"path": str("Tools/keep.txt"), "content": str("keep"), "attributes": strs()},
			After: meta("Tools/Keep.txt", image.Normal, time.Time{})},
		{Name: "modified", Set: object{"path": str("x"), "content": str("x"), "modified": str("2024-01-01T01:00:00.00000009+01:00")},
			After: meta("x", image.Archive, newYear)},
		{Name: "modified alone", Set: object{"path": str("Tools/keep.txt"), "content": str("keep"), "modified": str("2024-01-01T00:00:00Z")},
			After: meta("Tools/Keep.txt", image.Archive, newYear)},
		{Name: "folder", Set: object{"path": str("New/Folder/"), "directory": cty.True}},
		{Name: "folder that is there", Set: object{"path": str("WINDOWS"), "directory": cty.True}, Unchanged: true, Keep: true},
		{Name: "hidden folder", Set: object{"path": str("new/secret"), "directory": cty.True, "attributes": strs("hidden")},
			After: func(t *testing.T, m *providertest.Image) {
				meta("new/secret", image.Hidden|image.Directory, providertest.Clock())(t, m)
				meta("new", image.Directory, providertest.Clock())(t, m)
			}},
		{Name: "tree", Set: tree, After: func(t *testing.T, m *providertest.Image) {
			content(map[string]string{"Tools/A.TXT": "alpha", "Tools/Sub Folder/ü.txt": "beta", "Tools/sub2/c.txt": "", "Tools/Keep.txt": "keep"})(t, m)
		}},
		{Name: "tree, purged", Set: with(tree, "purge", cty.True), After: func(t *testing.T, m *providertest.Image) {
			content(map[string]string{"Tools/A.TXT": "alpha", "Tools/Sub Folder/ü.txt": "beta"})(t, m)
			for _, name := range []string{"Tools/Keep.txt", "Tools/Old"} {
				if exists(m, name) {
					t.Errorf("%s is still there", name)
				}
			}
		}},
		{Name: "tree with attributes", Set: with(tree, "attributes", strs("system")), After: func(t *testing.T, m *providertest.Image) {
			meta("Tools/A.TXT", image.System, time.Time{})(t, m)
			meta("Tools/sub2/c.txt", image.System, providertest.Clock())(t, m)
			meta("Tools/Keep.txt", image.Archive, time.Time{})(t, m)
		}},
		{Name: "tree with time", Set: with(tree, "modified", str("2024-01-01T00:00:00Z")), After: meta("Tools/a.txt", image.Archive, newYear)},
		{Name: "absent file", Set: object{"path": str("tools/a.txt"), "source": str("gone")}, Absent: true},
		{Name: "absent folder", Set: object{"path": str("tools")}, Absent: true},
		{Name: "absent, gone", Set: object{"path": str("no/such")}, Absent: true, Unchanged: true},
	}
	there := map[string][]byte{"Tools/A.txt": []byte("alpha"), "TOOLS/sub folder/Ü.TXT": []byte("beta"), "Tools/sub2/c.txt": nil}
	for i := range cases {
		cases[i].Image, cases[i].Payloads = img, payloads
	}
	for _, c := range []providertest.Case{
		{Name: "tree that is there", Set: with(tree, "purge", cty.True), Unchanged: true},
		{Name: "tree that is there, with its attributes", Set: with(tree, "attributes", strs("archive")), Unchanged: true},
		{Name: "tree that is there, other attributes", Set: with(tree, "attributes", strs("archive", "hidden"))},
		{Name: "tree that is there, other time", Set: with(tree, "modified", str("2024-01-01T00:00:00Z"))},
	} {
		c.Image, c.Payloads = there, payloads
		cases = append(cases, c)
	}
	providertest.Run(t, Provider(), cases)
}

// TestDecomposed: the names of a configuration are composed, whatever its author typed.
// Those of an image and of a payload are found and stay as they are.
func TestDecomposed(t *testing.T) {
	const composed, decomposed = "Caf\u00e9 \ud55c.txt", "Cafe\u0301 \u1112\u1161\u11ab.txt"
	img := map[string][]byte{"Mac/" + decomposed: []byte("old")}
	tree := object{"path": str("New"), "source": str("src"), "purge": cty.True}
	payloads := map[string]string{"src/" + decomposed: "one", "src/" + composed: "two", "src/e\u0301/plain": "three", "src/\u2126": "ohm", "src/e\u0301.cmd": "exit"}
	want := map[string]string{"New/" + decomposed: "one", "New/" + composed: "two", "New/e\u0301/plain": "three", "New/\u2126": "ohm", "New/e\u0301.cmd": "exit"}
	there := map[string][]byte{}
	for name, text := range want {
		there[name] = []byte(text)
	}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "removed", Image: img, Set: object{"path": str("mac/" + composed)}, Absent: true},
		{Name: "replaced", Image: img, Set: object{"path": str("mac/" + composed), "content": str("new")},
			After: func(t *testing.T, m *providertest.Image) {
				content(map[string]string{"Mac/" + decomposed: "new"})(t, m)
				if exists(m, "Mac/"+composed) {
					t.Error("there are two files")
				}
			}},
		{Name: "tree", Image: img, Payloads: payloads, Set: tree, After: content(want)},
		{Name: "tree that is there", Image: there, Payloads: payloads, Set: tree, Unchanged: true},
	})
}

// TestMapKeys: keys are what they are for to the configuration language, and give back
// the names they were made of.
func TestMapKeys(t *testing.T) {
	for name, want := range map[string]string{
		"plain \u00e9": "plain \u00e9", "e\u0301": `e\u{301}`, "a/e\u0301\u0301/": `a/e\u{301}` + "\u0301/", "\u0301": "\u0301", "\u212b": `\u{212b}`,
		"\xed\xa0\x81x": `\x{ed}\x{a0}\x{81}x`, "\u1112\u1161\u11ab": "\u1112" + `\u{1161}` + "\u11ab", "": "",
	} {
		key := mapKey(name)
		if key != want || nameOf(key) != name || cty.StringVal(key).AsString() != key {
			t.Errorf("%+q: key %+q, want %+q; back %+q", name, key, want, nameOf(key))
		}
	}
}

func FuzzMapKey(f *testing.F) {
	f.Add("e\u0301\u0323\xed\xa0\x81")
	f.Fuzz(func(t *testing.T, name string) {
		if strings.Contains(name, `\`) {
			return
		}
		if key := mapKey(name); nameOf(key) != name || cty.StringVal(key).AsString() != key {
			t.Errorf("%+q: key %+q, back %+q", name, key, nameOf(key))
		}
		nameOf(`\` + name)
	})
}

func TestAttributes(t *testing.T) {
	const other = image.NotIndexed | image.Directory
	for _, tt := range []struct {
		names     []string
		old, want image.Attributes
	}{
		{nil, image.Archive | image.Hidden, image.Normal},
		{[]string{"system"}, image.Archive | other, image.System | other},
		{[]string{"readonly", "archive"}, image.Normal, image.ReadOnly | image.Archive},
	} {
		got := flagsOf(tt.names, tt.old)
		if got != tt.want {
			t.Errorf("%q over %#x: %#x, want %#x", tt.names, tt.old, got, tt.want)
		}
		if names := namesOf(got); !sameSet(names, tt.names) {
			t.Errorf("%#x: %q, want %q", got, names, tt.names)
		}
	}
}

func TestRefusals(t *testing.T) {
	img := map[string][]byte{"Folder/file": nil, "Tools/a.txt/x": nil}
	payloads := map[string]string{"file": "x", "tree/a.txt": "x", "bad/CON.txt": "", "bad/ok/b:c": "", "bad/dot.": "", `bad/back\slash`: "", "bad/c:x": "",
		"case/Dir/a": "", "case/dir/b": "", "case/x": "", "case/X": ""}
	for i := range 15 {
		payloads[fmt.Sprintf("many/%d?", i)] = ""
	}
	refusals := []providertest.Refusal{
		{Name: "nothing", Set: object{"path": str("x")}, Says: "source, content and directory"},
		{Name: "two", Set: object{"path": str("x"), "source": str("file"), "content": str("")}, Attr: "source", Says: "content and source"},
		{Name: "directory = false", Set: object{"path": str("x"), "directory": cty.False}, Says: "must say"},
		{Name: "root", Set: object{"path": str(`C:\`), "directory": cty.True}, Attr: "path", Says: "whole image"},
		{Name: "other drive", Set: object{"path": str(`D:\x`), "content": str("")}, Attr: "path", Says: "one drive"},
		{Name: "device", Set: object{"path": str(`a/nul.txt`), "content": str("")}, Attr: "path", Says: "device"},
		{Name: "slash", Set: object{"path": str(`Tools\`), "source": str("file")}, Attr: "path", Says: "ends in a slash"},
		{Name: "absent root", Set: object{"path": str(`/`)}, Absent: true, Attr: "path", Says: "whole image"},
		{Name: "encoding of source", Set: object{"path": str("x"), "source": str("file"), "encoding": str("utf-8")}, Attr: "encoding", Says: `"content"`},
		{Name: "line ends of source", Set: object{"path": str("x"), "source": str("file"), "line_endings": str("lf")}, Attr: "line_endings", Says: `"content"`},
		{Name: "purge of content", Set: object{"path": str("x"), "content": str(""), "purge": cty.True}, Attr: "purge", Says: `"source"`},
		{Name: "purge of file", Set: object{"path": str("x"), "source": str("file"), "purge": cty.True}, Attr: "purge", Says: "is a file"},
		{Name: "time", Set: object{"path": str("x"), "content": str(""), "modified": str("yesterday")}, Attr: "modified", Says: "2024-01-31"},
		{Name: "old time", Set: object{"path": str("x"), "content": str(""), "modified": str("1600-12-31T00:00:00Z")}, Attr: "modified", Says: "1600"},
		{Name: "no source", Set: object{"path": str("x"), "source": str("nowhere.txt")}, Attr: "source", Says: "nowhere.txt"},
		{Name: "empty source", Set: object{"path": str("x"), "source": str("")}, Attr: "source", Says: "empty"},
		{Name: "file is a folder", Set: object{"path": str("folder"), "source": str("file")}, Attr: "path", Says: "is a folder"},
		{Name: "folder is a file", Set: object{"path": str("folder/FILE"), "directory": cty.True}, Attr: "path", Says: "is a file"},
		{Name: "tree is a file", Set: object{"path": str("folder/FILE"), "source": str("tree")}, Attr: "path", Says: "is a file"},
	}
	if runtime.GOOS == "linux" { // other systems can't even hold such names
		bad := object{"path": str("x"), "source": str("bad")}
		for name, says := range map[string]string{"device": "bad/CON.txt", "colon": "bad/ok/b:c", "dot": "bad/dot.", "backslash": `bad/back\slash has a backslash`, "drive": "bad/c:x"} {
			refusals = append(refusals, providertest.Refusal{Name: "tree with " + name, Set: bad, Attr: "source", Says: says})
		}
		refusals = append(refusals,
			providertest.Refusal{Name: "folders of equal names", Set: object{"path": str("x"), "source": str("case")}, Attr: "source", Says: "case/dir and Dir have"},
			providertest.Refusal{Name: "files of equal names", Set: object{"path": str("x"), "source": str("case")}, Attr: "source", Says: "case/x and X have"},
			providertest.Refusal{Name: "many problems", Set: object{"path": str("x"), "source": str("many")}, Attr: "source", Says: "5 more files"})
	} else {
		payloads = map[string]string{"file": "x", "tree/a.txt": "x"}
	}
	refusals = append(refusals, providertest.Refusal{Name: "file of tree is a folder",
		Set: object{"path": str("Tools"), "source": str("tree")}, Attr: "path", Says: "Tools/a.txt is a folder"})
	for i := range refusals {
		refusals[i].Image, refusals[i].Payloads = img, payloads
	}
	providertest.Refuse(t, Provider(), refusals)
}

func TestLinks(t *testing.T) {
	outside := providertest.NewHost(t, map[string]string{"secret": "s"})
	link := func(host providertest.Host, target, name string) {
		t.Helper()
		if err := os.Symlink(target, host.Path(name)); err != nil {
			t.Skip("no symbolic links here: ", err)
		}
	}
	set := object{"path": str("x"), "source": str("tree")}
	good := providertest.NewHost(t, map[string]string{"tree/a": "alpha", "tree/sub/b": "beta"})
	link(good, "../a", "tree/sub/link")
	want, err := prepare(t, good, set)
	if err != nil {
		t.Fatal(err)
	}
	m := providertest.NewImage(t, nil, true)
	if err := applyTo(t, m, good, want); err != nil {
		t.Fatal(err)
	}
	content(map[string]string{"x/sub/link": "alpha"})(t, m)

	for target, says := range map[string]string{
		outside.Path("secret"):          "out of the folder",
		"../" + filepath.Base(good.Dir): "out of the folder",
		"nowhere":                       "leads nowhere",
		"sub":                           "link to a folder",
	} {
		host := providertest.NewHost(t, map[string]string{"tree/a": "alpha", "tree/sub/b": "beta"})
		link(host, target, "tree/bad")
		if _, err := prepare(t, host, set); err == nil || !strings.Contains(err.Error(), "tree/bad") || !strings.Contains(err.Error(), says) {
			t.Errorf("link to %s: %v, want %q", target, err, says)
		}
	}
}

func prepare(t *testing.T, host providers.Host, set object) (cty.Value, error) {
	t.Helper()
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, set), false)
	if err != nil {
		t.Fatal(err)
	}
	return p.Resolved(t.Context(), host, want)
}

func applyTo(t *testing.T, m *providertest.Image, host providers.Host, want cty.Value) error {
	return Provider().Ways[0].Apply(t.Context(), m, host, []providers.Change{{Action: providers.Create, Want: want}})
}

// TestChangedPayload changes what is to be copied between plan and apply.
func TestChangedPayload(t *testing.T) {
	payloads := map[string]string{"file": "before", "tree/a": "alpha", "tree/b": "beta"}
	tests := []struct {
		name, source string
		change       func(h providertest.Host)
		says         string
	}{
		{"content", "file", func(h providertest.Host) { h.Put(t, "file", "after!") }, "file has changed"},
		{"cut", "file", func(h providertest.Host) { h.Put(t, "file", "") }, "file has changed"},
		{"file of a tree", "tree", func(h providertest.Host) { h.Put(t, "tree/b", "other") }, "tree/b has changed"},
		{"new file in a tree", "tree", func(h providertest.Host) { h.Put(t, "tree/aa/c", "other") }, "tree/aa/c has changed"},
		{"file gone from a tree", "tree", func(h providertest.Host) { os.Remove(h.Path("tree/a")) }, "tree/a has changed"},
	}
	for _, tt := range tests {
		host := providertest.NewHost(t, payloads)
		want, err := prepare(t, host, object{"path": str("x"), "source": str(tt.source)})
		if err != nil {
			t.Fatal(err)
		}
		tt.change(host)
		m := providertest.NewImage(t, nil, true)
		if err := applyTo(t, m, host, want); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
		if exists(m, "x") {
			t.Errorf("%s: something was written", tt.name)
		}
	}
}

func TestEmptyFolders(t *testing.T) {
	host := providertest.NewHost(t, map[string]string{"tree/a": "alpha"})
	for _, dir := range []string{"tree/empty/deep", "none"} {
		if err := os.MkdirAll(host.Path(dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	p := Provider()
	for source, folder := range map[string]string{"tree": "x/empty/deep", "none": "x"} {
		want, err := prepare(t, host, object{"path": str("x"), "source": str(source)})
		if err != nil {
			t.Fatal(err)
		}
		m := providertest.NewImage(t, nil, true)
		if err := applyTo(t, m, host, want); err != nil {
			t.Fatal(err)
		}
		if info, err := m.Stat(folder); err != nil || !info.IsDir() {
			t.Errorf("%s: no folder %s: %v", source, folder, err)
		}
		have, err := p.Found(t.Context(), m, want)
		if err != nil || !have.GetAttr("files").RawEquals(want.GetAttr("files")) {
			t.Errorf("%s: read %#v, %v", source, have, err)
		}
	}
}

func TestClaims(t *testing.T) {
	p := Provider()
	host := providertest.NewHost(t, map[string]string{"tree/a": "", "tree/b/SYSTEM": "", "file": ""})
	claims := func(absent bool, set object) []providers.Claim {
		want, err := p.Checked(providertest.Value(t, p, set), absent)
		if err == nil && !absent {
			want, err = p.Resolved(t.Context(), host, want)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p.Claims(want, absent)
	}
	for _, tt := range []struct {
		set    object
		absent bool
		want   []string
	}{
		{object{"path": str(`C:\a`), "content": str("")}, false, []string{"file a"}},
		{object{"path": str(`C:\a`), "directory": cty.True}, false, []string{"file a"}},
		{object{"path": str(`C:\a`)}, true, []string{"file tree a"}},
		{object{"path": str(`x`), "source": str("tree")}, false, []string{"file x", "file x/a", "file x/b/SYSTEM"}},
		{object{"path": str(`x`), "source": str("tree"), "purge": cty.True}, false, []string{"file tree x"}},
		{object{"path": str(`users/default/ntuser.dat`), "source": str("file")}, false, []string{"file users/default/ntuser.dat", "registry tree HKU/Default"}},
		{object{"path": str(`users/default`)}, true, []string{"file tree users/default", "registry tree HKU/Default"}},
		{object{"path": str(`users/default`), "directory": cty.True}, false, []string{"file users/default"}},
	} {
		var got []string
		for _, c := range claims(tt.absent, tt.set) {
			got = append(got, c.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v claims %q, want %q", tt.set["path"], got, tt.want)
		}
	}
}
