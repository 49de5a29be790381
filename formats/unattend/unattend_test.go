package unattend

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/gildhq/gild/formats/xmldoc"
	"github.com/gildhq/gild/internal/testenv"
)

func text(s string) Setting { return Setting{Kind: Text, Text: s} }

func object(fields ...any) Setting {
	s := Setting{Kind: Object, Fields: map[string]Setting{}}
	for i := 0; i < len(fields); i += 2 {
		switch v := fields[i+1].(type) {
		case string:
			s.Fields[fields[i].(string)] = text(v)
		case Setting:
			s.Fields[fields[i].(string)] = v
		}
	}
	return s
}

func listOf(items ...Setting) Setting { return Setting{Kind: List, Items: items} }

func mustParse(t testing.TB, data string) *File {
	t.Helper()
	f, err := Parse([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var shell = Component{"oobeSystem", "Microsoft-Windows-Shell-Setup", "amd64"}

// wrap makes a file of the settings of [shell].
func wrap(settings string) string {
	return `<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
` + settings + `    </component>
  </settings>
</unattend>
`
}

func TestMerge(t *testing.T) {
	accounts := func(items ...Setting) Setting {
		return object("LocalAccounts", object("LocalAccount", listOf(items...)))
	}
	const two = `      <LocalAccounts>
        <!-- people -->
        <LocalAccount wcm:action="add">
          <Name>a</Name>
          <Group>Users</Group>
        </LocalAccount> <!-- a -->
        <LocalAccount wcm:action="add">
          <Name>b</Name>
        </LocalAccount>
      </LocalAccounts>
`
	tests := []struct {
		name, in, out string
		want          Setting
	}{
		{"same", "      <TimeZone>UTC</TimeZone>\n", "      <TimeZone>UTC</TimeZone>\n", object("TimeZone", "UTC")},
		{"text", "      <TimeZone>UTC</TimeZone><!-- here -->\n", "      <TimeZone>A &amp; &lt;B&gt;</TimeZone><!-- here -->\n", object("TimeZone", "A & <B>")},
		{"comment in a text", "      <A>1<!-- c -->2</A>\n      <B><!-- c --></B>\n", "      <A>3<!-- c --></A>\n      <B>4<!-- c --></B>\n", object("A", "3", "B", "4")},
		{"emptied", "      <A>1</A>\n", "      <A/>\n", object("A", "")},
		{"new", "      <TimeZone>UTC</TimeZone><!-- here -->\n", "      <TimeZone>UTC</TimeZone><!-- here -->\n      <A>1</A>\n      <B/>\n", object("B", "", "A", "1")},
		{"in CDATA", "      <A><![CDATA[<x>&]]></A>\n", "      <A><![CDATA[<x>&]]></A>\n", object("A", "<x>&")},
		{"nested", "      <A/>\n", "      <A/>\n      <OOBE>\n        <HideEULAPage>true</HideEULAPage>\n      </OOBE>\n", object("OOBE", object("HideEULAPage", "true"))},
		{"into the empty", "      <OOBE />\n", "      <OOBE >\n        <X>1</X>\n      </OOBE>\n", object("OOBE", object("X", "1"))},
		{"object for text", "      <A>text</A>\n", "      <A>\n        <X>1</X>\n      </A>\n", object("A", object("X", "1"))},
		{"text for object", "      <A>\n        <X>1</X>\n      </A>\n", "      <A>text</A>\n", object("A", "text")},
		{"one for many", "      <A>1</A>\n      <A>2</A>\n", "      <A>1</A>\n", object("A", "1")},
		{"removed", "      <A>1</A>\n      <!-- c -->\n      <B>2</B>\n", "      <A>1</A>\n      <!-- c -->\n", object("B", Setting{})},
		{"removed with parent", "      <A>1</A>\n      <O>\n        <X>1</X>\n      </O>\n", "      <A>1</A>\n", object("O", object("X", Setting{}))},
		{"parent with comment stays", "      <O><!-- c --><X>1</X></O>\n", "      <O><!-- c --></O>\n", object("O", object("X", Setting{}))},
		{"attribute", "      <A>1</A>\n", "      <A wcm:keyValue=\"&quot;2&quot;\">1</A>\n", object("A", object("@wcm:keyValue", `"2"`))},
		{"attribute and text", "      <A x='0'>1</A>\n", "      <A>7</A>\n", object("A", object("@x", Setting{}, TextField, "7"))},
		{"list: same", two, two, accounts(object("Name", "a"), object("Name", "b"))},
		{"list: changed", two, strings.Replace(two, "Users", "Guests", 1), accounts(object("Name", "a", "Group", "Guests"), object("Name", "b"))},
		{"list: fewer", two, strings.Replace(two, "\n        <LocalAccount wcm:action=\"add\">\n          <Name>b</Name>\n        </LocalAccount>", "", 1), accounts(object("Name", "a"))},
		{"list: more", two, strings.Replace(two, "      </LocalAccounts>", "        <LocalAccount wcm:action=\"add\">\n          <Name>c</Name>\n        </LocalAccount>\n      </LocalAccounts>", 1),
			accounts(object("Name", "a"), object("Name", "b"), object("Name", "c"))},
		{"list: none", two, strings.Replace(two[:strings.Index(two, "        <LocalAccount ")]+"      </LocalAccounts>\n", "-->\n", "--> <!-- a -->\n", 1), accounts()},
		{"list of texts", "", "      <L>\n        <IpAddress wcm:action=\"add\" wcm:keyValue=\"1\">10.0.0.1</IpAddress>\n        <IpAddress wcm:action=\"add\" wcm:keyValue=\"2\">10.0.0.2</IpAddress>\n      </L>\n",
			object("L", object("IpAddress", listOf(text("10.0.0.1"), text("10.0.0.2"))))},
		{"list of texts: more", "      <D wcm:keyValue=\"2\">a</D>\n", "      <D wcm:keyValue=\"2\">a</D>\n      <D wcm:action=\"add\" wcm:keyValue=\"3\">b</D>\n", object("D", listOf(text("a"), text("b")))},
		{"list: new one behind a comment", "      <C><Order>1</Order></C> <!-- first -->\n      <C><Order>3</Order></C>\n",
			"      <C><Order>1</Order></C> <!-- first -->\n      <C wcm:action=\"add\">\n        <Order>2</Order>\n      </C>\n      <C><Order>3</Order></C>\n",
			object("C", listOf(object("Order", "1"), object("Order", "2"), object("Order", "3")))},
		{"list: twice the same", "      <C><Order>1</Order></C>\n      <C><Order>1</Order></C>\n", "      <C><Order>1</Order></C>\n", object("C", listOf(object("Order", "1")))},
		{"order", "      <C><Order>2</Order></C>\n      <C><Order>1</Order><X>x</X></C>\n", "      <C><Order>1</Order><X>x</X></C>\n      <C><Order>2</Order></C>\n",
			object("C", listOf(object("Order", "1"), object("Order", "2")))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustParse(t, wrap(tt.in))
			f.Merge(shell, tt.want)
			if got := string(f.Bytes()); got != wrap(tt.out) {
				t.Errorf("got\n%s\nwant\n%s", got, wrap(tt.out))
			}
			mustConverge(t, f, shell, tt.want)
		})
	}
}

// mustConverge checks that the file holds what was merged, is well-formed and
// stays as it is when that is merged again.
func mustConverge(t *testing.T, f *File, c Component, want Setting) {
	t.Helper()
	data := f.Bytes()
	again := mustParse(t, string(data))
	if have := again.Get(c, want); !equal(have, want) {
		t.Errorf("merged, the file holds\n%v, want\n%v\n%s", have, want, data)
	}
	again.Merge(c, want)
	if !bytes.Equal(again.Bytes(), data) {
		t.Errorf("merged twice the file changes from\n%s\nto\n%s", data, again.Bytes())
	}
	wellFormed(t, data)
}

func equal(a, b Setting) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Fields) != len(b.Fields) || len(a.Items) != len(b.Items) {
		return false
	}
	for name := range a.Fields {
		if other, ok := b.Fields[name]; !ok || !equal(a.Fields[name], other) {
			return false
		}
	}
	for i := range a.Items {
		if !equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return true
}

// wellFormed asks the parser of the standard library.
func wellFormed(t testing.TB, data []byte) {
	t.Helper()
	utf8, _, err := xmldoc.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(utf8))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("encoding/xml: %v\n%s", err, data)
		}
	}
}

func TestNew(t *testing.T) {
	f := New()
	if !f.Empty() {
		t.Error("a new file is not empty")
	}
	setup := Component{"windowsPE", "Microsoft-Windows-Setup", "arm64"}
	f.Merge(setup, object("DynamicUpdate", object("Enable", "true", "WillShowUI", "OnError")))
	f.Merge(shell, object("A", listOf(object("Order", "1"))))
	const want = `<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">
  <settings pass="windowsPE">
    <component name="Microsoft-Windows-Setup" processorArchitecture="arm64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <DynamicUpdate>
        <Enable>true</Enable>
        <WillShowUI>OnError</WillShowUI>
      </DynamicUpdate>
    </component>
  </settings>
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <A wcm:action="add">
        <Order>1</Order>
      </A>
    </component>
  </settings>
</unattend>
`
	if got := string(f.Bytes()); got != strings.ReplaceAll(want, "\n", "\r\n") {
		t.Errorf("got\n%s", got)
	}
	if got := f.Components(); len(got) != 2 || got[0] != setup || got[1] != shell {
		t.Errorf("components %v", got)
	}
	f.Remove(setup)
	f.Merge(shell, object("A", Setting{}))
	if !f.Empty() {
		t.Errorf("all is removed but\n%s", f.Bytes())
	}
}

func TestPaths(t *testing.T) {
	f := mustParse(t, wrap("      <A>1</A>\n"))
	before := f.Bytes()
	path, err := ParsePath("UserAccounts/LocalAccounts/LocalAccount[Name=x/y]/Password/Value")
	if err != nil || path.String() != "UserAccounts/LocalAccounts/LocalAccount[Name=x/y]/Password/Value" {
		t.Fatalf("%v, %v", path, err)
	}
	if _, ok := f.Lookup(shell, path); ok {
		t.Error("found what is not there")
	}
	for _, secret := range []string{"one", "two"} {
		f.Set(shell, path, secret)
		if got, ok := f.Lookup(shell, path); !ok || got != secret {
			t.Errorf("set %q and got %q, %v", secret, got, ok)
		}
	}
	if got := string(f.Bytes()); strings.Count(got, "<LocalAccount wcm:action=\"add\">\n") != 1 || !strings.Contains(got, "<Name>x/y</Name>") {
		t.Errorf("got\n%s", got)
	}
	wellFormed(t, f.Bytes())
	f.Merge(shell, object("UserAccounts", object("LocalAccounts", object("LocalAccount", listOf(object("Name", Setting{}))))))
	f.Unset(shell, path[:1])
	f.Unset(shell, path)
	if !bytes.Equal(f.Bytes(), before) {
		t.Errorf("got\n%s", f.Bytes())
	}
	for _, bad := range []string{"", "/", "A/", "A[", "A[x]", "A[x=]", "A[x=1]B", "A[ =1]", "a b", "@x"} {
		if _, err := ParsePath(bad); err == nil {
			t.Errorf("%q is a path", bad)
		}
	}
}

func TestEncodings(t *testing.T) {
	source := strings.ReplaceAll(wrap("      <A>ä𝄞</A>\n"), "\n", "\r\n")
	wide := strings.Replace(source, "utf-8", "utf-16", 1)
	for name, data := range map[string][]byte{
		"utf-8":          []byte(source),
		"utf-8 mark":     []byte("\uFEFF" + source),
		"utf-16le":       utf16Bytes(wide, false),
		"utf-16le mark":  utf16Bytes("\uFEFF"+wide, false),
		"utf-16be mark":  utf16Bytes("\uFEFF"+wide, true),
		"ascii declared": []byte(strings.NewReplacer("utf-8", "us-ascii", "ä𝄞", "&#228;&#x1D11E;").Replace(source)),
	} {
		f := mustParse(t, string(data))
		if !bytes.Equal(f.Bytes(), data) {
			t.Errorf("%s: not the same bytes", name)
		}
		want := object("A", "ä𝄞", "B", "ö\n2\t\r€")
		f.Merge(shell, want)
		mustConverge(t, f, shell, want)
		if strings.Contains(strings.ReplaceAll(string(f.Bytes()), "\r\n", ""), "\n") && strings.HasPrefix(name, "utf-8") {
			t.Errorf("%s: mixed line ends in\n%q", name, f.Bytes())
		}
	}
}

func utf16Bytes(s string, big bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

// TestRefused looks at what is no answer file; what is no XML is tested with the
// reader of that.
func TestRefused(t *testing.T) {
	for in, says := range map[string]string{
		"":                            "no XML element",
		"<unattend/>":                 "line 1, column 1: it is not an answer file",
		"\n <unattend xmlns='urn:x'>": "line 2, column 26: <unattend> of line 2 has no end",
		"<?xml version='1.0'?>\n<settings xmlns='" + Namespace + "'/>": "line 2, column 1: it is not an answer file",
		wrap("      <A>&nbsp;</A>\n"):                                  "line 5, column 10: the entity &nbsp;",
		strings.Repeat(" ", MaxSize+1):                                 "bytes",
	} {
		_, err := Parse([]byte(in))
		var fault *xmldoc.Error
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q: %v, want an error with %q", in, err, says)
		}
	}
}

// TestPrefixes edits a file that has other prefixes than usual.
func TestPrefixes(t *testing.T) {
	f := mustParse(t, `<u:unattend xmlns:u="urn:schemas-microsoft-com:unattend"><u:settings pass="oobeSystem">`+
		`<u:component name="Microsoft-Windows-Shell-Setup" processorArchitecture="AMD64" xmlns:w="http://schemas.microsoft.com/WMIConfig/2002/State">`+
		`<u:L w:action="add" w:keyValue="k">1</u:L></u:component></u:settings></u:unattend>`)
	want := object("L", listOf(object("@wcm:keyValue", "k", TextField, "2"), object("@wcm:keyValue", "j")))
	f.Merge(shell, want)
	mustConverge(t, f, shell, want)
	if got := string(f.Bytes()); !strings.Contains(got, `<u:L w:action="add" w:keyValue="k">2</u:L><u:L w:action="add" w:keyValue="j"/></u:component>`) {
		t.Error(got)
	}
}

// TestReal edits the answer files of other projects.
func TestReal(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(testenv.Shared(t, "unattend/packer-windows_10.xml")), "*.xml"))
	if err != nil || len(files) < 36 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Bytes(), data) {
				t.Fatal("not the same bytes")
			}
			for _, c := range f.Components() {
				all := f.All(c)
				f.Merge(c, all)
				if !bytes.Equal(f.Bytes(), data) {
					t.Fatalf("%v: merging what is there changes the file to\n%s", c, f.Bytes())
				}
				if have := f.Get(c, all); !equal(have, all) {
					t.Errorf("%v: read\n%v, want\n%v", c, have, all)
				}
			}
			addsLines(t, f, data)
		})
	}
}

// addsLines merges one setting and checks that a line is added, and no more when
// it is removed.
func addsLines(t *testing.T, f *File, data []byte) {
	c := Component{"generalize", "Microsoft-Windows-PnpSysprep", "amd64"}
	if all := f.Components(); len(all) > 0 {
		c = all[0]
	}
	want := object("GildTest", "a & b")
	f.Merge(c, want)
	mustConverge(t, f, c, want)
	const line = "<GildTest>a &amp; b</GildTest>"
	lines, found := bytes.SplitAfter(f.Bytes(), []byte("\n")), 0
	var rest []byte
	for _, l := range lines {
		if string(bytes.TrimSpace(l)) == line {
			found++
			continue
		}
		rest = append(rest, l...)
	}
	if found != 1 || len(f.Components()) > 0 && !bytes.Equal(rest, data) && c.Pass != "generalize" {
		t.Errorf("not one line more:\n%s", f.Bytes())
	}
	f.Merge(c, object("GildTest", Setting{}))
	if c.Pass != "generalize" && !bytes.Equal(f.Bytes(), data) {
		t.Errorf("removed again:\n%s", f.Bytes())
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(wrap("<A wcm:keyValue = '1'\n>x<![CDATA[y]]>&#65;</A ><!-- c --><?p?>\n")))
	f.Add(New().Bytes())
	f.Add(utf16Bytes("\uFEFF"+strings.Replace(wrap("<A/>"), "utf-8", "utf-16", 1), true))
	f.Add([]byte("<a>&lt;</a>"))
	f.Add([]byte("<u:unattend xmlns:u='" + Namespace + "'><u:settings pass='p'><u:component name='A' xmlns:w='v'><B w:c=''/></u:component><u:component name='A' xmlns:w='x'><C w:c=''>d</C><B/></u:component></u:settings><u:settings pass='p' wasPassProcessed='true'/></u:unattend>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		if !bytes.Equal(file.Bytes(), data) {
			t.Fatalf("not the same bytes: %q", file.Bytes())
		}
		for _, c := range file.Components() {
			file.All(c)
		}
		file.Twice()
		if conflicts := file.Join(); len(conflicts) == 0 && len(file.Twice()) > 0 {
			t.Fatalf("still twice: %v\n%q", file.Twice(), file.Bytes())
		}
		if _, err := Parse(file.Bytes()); err != nil {
			t.Fatalf("joined: %v\n%q", err, file.Bytes())
		}
		want := object("A", "x\n\r<&", "B", listOf(object("Name", "n")), "C", object("@wcm:keyValue", "\"\n", "D", "d"))
		file.Merge(shell, want)
		again, err := Parse(file.Bytes())
		if err != nil {
			t.Fatalf("%v\n%q", err, file.Bytes())
		}
		if have := again.Get(shell, want); !equal(have, want) {
			t.Fatalf("have %v\n%q", have, file.Bytes())
		}
		file.Remove(shell)
		if file.Has(shell) {
			t.Fatal("not removed")
		}
	})
}
