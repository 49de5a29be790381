package hosts

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func of(name, address string, more object) object {
	o := object{"hostname": str(name), "address": str(address)}
	maps.Copy(o, more)
	return o
}

func img(content string) map[string][]byte { return map[string][]byte{file: []byte(content)} }

// is returns a check of the file's content afterwards.
func is(want string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		if got, err := fs.ReadFile(m, file); err != nil || string(got) != want {
			t.Errorf("the file is\n%q, %v, want\n%q", got, err, want)
		}
	}
}

// head is as in the file that Windows comes with, and text that is not UTF-8.
const head = "# Beispiel f\xfcr hosts\r\n#\r\n#      102.54.94.97     rhino.acme.com          # source server\r\n\r\n"

func TestSuite(t *testing.T) {
	comment := func(s string) object { return object{"comment": str(s)} }
	some := head + "10.0.0.1\ta  b\tc # three\r\n::1 localhost\r\n10.0.0.9 alone # mine \r\n"
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "no file", Set: of("a.example", "10.0.0.1", nil), After: is("10.0.0.1 a.example\r\n")},
		{Name: "empty file", Image: img(""), Set: of("a", "::1", comment(" Büro ")), After: is("::1 a # Büro\r\n")},
		{Name: "new", Image: img(head), Set: of("a", "10.0.0.1", nil), After: is(head + "10.0.0.1 a\r\n")},
		{Name: "name in a comment", Image: img(head), Set: of("rhino.acme.com", "10.0.0.1", nil), After: is(head + "10.0.0.1 rhino.acme.com\r\n")},
		{Name: "line feeds, last line open", Image: img("10.0.0.1 x\n10.0.0.2 y"), Set: of("a", "10.0.0.1", nil), After: is("10.0.0.1 x\n10.0.0.2 y\n10.0.0.1 a\n")},
		{Name: "byte order mark", Image: img("\ufeff10.0.0.1 x\r\n"), Set: of("x", "10.0.0.2", nil), After: is("\ufeff10.0.0.2 x\r\n")},
		{Name: "same", Image: img(some), Set: of("B", "10.0.0.1", nil), Unchanged: true, After: is(some)},
		{Name: "same with comment", Image: img(some), Set: of("alone", "10.0.0.9", comment("mine")), Unchanged: true, After: is(some)},
		{Name: "same IPv6", Image: img("0:0::0:1\tx\r\n"), Set: of("x", "::1", comment("")), Unchanged: true},
		{Name: "same twice", Image: img("10.0.0.1 x\r\n10.0.0.1 x\r\n"), Set: of("x", "10.0.0.1", nil), Unchanged: true},
		{Name: "in the middle of a line", Image: img(some), Set: of("B", "10.0.0.2", nil),
			After: is(strings.Replace(some, "  b\tc # three\r\n", "\tc # three\r\n10.0.0.2 B\r\n", 1))},
		{Name: "comment of its own", Image: img(some), Set: of("c", "10.0.0.1", comment("c")),
			After: is(strings.Replace(some, "\tc # three\r\n", " # three\r\n10.0.0.1 c # c\r\n", 1))},
		{Name: "comment kept", Image: img(some), Set: of("ALONE", "10.0.0.8", nil), After: is(strings.Replace(some, "10.0.0.9 alone # mine \r\n", "10.0.0.8 ALONE # mine\r\n", 1))},
		{Name: "comment removed", Image: img(some), Set: of("alone", "10.0.0.9", comment("")), After: is(strings.Replace(some, " # mine ", "", 1))},
		{Name: "another address, too", Image: img("10.0.0.1 x\r\n10.0.0.2 y x\r\n10.0.0.3 X\r\n"), Set: of("x", "10.0.0.1", nil), After: is("10.0.0.1 x\r\n10.0.0.2 y\r\n")},
		{Name: "address that is none", Image: img("10.0.0.999 x\r\n"), Set: of("x", "10.0.0.1", nil), After: is("10.0.0.1 x\r\n")},
		{Name: "twice in a line", Image: img("10.0.0.1 x y x"), Set: of("x", "10.0.0.2", nil), After: is("10.0.0.1 y\r\n10.0.0.2 x\r\n")},
		{Name: "absent", Image: img(some), Set: object{"hostname": str("ALONE")}, Absent: true, After: is(strings.Replace(some, "10.0.0.9 alone # mine \r\n", "", 1))},
		{Name: "absent, others in the line", Image: img("10.0.0.1 x y#z\r\n10.0.0.2 y\r\n"), Set: object{"hostname": str("Y")}, Absent: true, After: is("10.0.0.1 x#z\r\n")},
		{Name: "absent, gone", Image: img(some), Set: object{"hostname": str("d")}, Absent: true, Unchanged: true, After: is(some)},
		{Name: "absent, no file", Set: object{"hostname": str("d")}, Absent: true, Unchanged: true},
	})
}

func TestRefusals(t *testing.T) {
	name := func(s string) object { return of(s, "10.0.0.1", nil) }
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "no name", Set: name(""), Attr: "hostname", Says: "empty part"},
		{Name: "address as name", Set: name("10.0.0.1"), Attr: "hostname", Says: "is an address"},
		{Name: "wildcard", Set: name("*.contoso.com"), Attr: "hostname", Says: "wildcard"},
		{Name: "dot", Set: name("contoso.com."), Attr: "hostname", Says: "dot"},
		{Name: "not ASCII", Set: name("büro.example"), Attr: "hostname", Says: "xn--"},
		{Name: "long part", Set: name(strings.Repeat("x", 64)), Attr: "hostname", Says: "63"},
		{Name: "long name", Set: name(strings.Repeat("x.", 127)), Attr: "hostname", Says: "253"},
		{Name: "URL", Set: name("http://x"), Attr: "hostname", Says: "letters"},
		{Name: "two names", Set: name("a b"), Attr: "hostname", Says: "letters"},
		{Name: "hyphen", Set: object{"hostname": str("-a")}, Absent: true, Attr: "hostname", Says: "hyphen"},
		{Name: "no address", Set: of("a", "localhost", nil), Attr: "address", Says: "10.0.0.1"},
		{Name: "missing address", Set: object{"hostname": str("a")}, Attr: "address", Says: "missing"},
		{Name: "zone", Set: of("a", "fe80::1%eth0", nil), Attr: "address", Says: "interface"},
		{Name: "lines in comment", Set: of("a", "::1", object{"comment": str("a\nb")}), Attr: "comment", Says: "one line"},
		{Name: "UTF-16", Image: img("\xff\xfea\x00"), Set: name("a"), Says: "UTF-16"},
		{Name: "folder", Image: map[string][]byte{file + "/x": nil}, Set: name("a"), Says: "folder"},
	})
}

func TestList(t *testing.T) {
	list := func(files map[string][]byte) []string {
		all, err := Provider().List(t.Context(), providertest.NewImage(t, files, false))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range all {
			got = append(got, v.GetAttr("hostname").AsString()+" "+v.GetAttr("address").AsString()+" "+v.GetAttr("comment").AsString())
		}
		return got
	}
	got := list(img(head + "10.0.0.1 a B # x\r\n0::1 a\r\n10.0.0.2\r\n"))
	if want := []string{"a 10.0.0.1 x", "B 10.0.0.1 x", "a ::1 "}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if got := list(nil); got != nil {
		t.Errorf("names without a file: %q", got)
	}
}

func TestClaims(t *testing.T) {
	p := Provider()
	claim := func(name string) providers.Claim {
		want, err := p.Checked(providertest.Value(t, p, of(name, "::1", nil)), false)
		if err != nil {
			t.Fatal(err)
		}
		return p.Claims(want, false)[0]
	}
	var held providers.Claims[string]
	held.Add(claim("a"), "a")
	for other, want := range map[providers.Claim]bool{
		claim("b"): false,
		claim("A"): true,
		providers.ClaimFile("windows/system32/drivers/etc/HOSTS"): true,
		providers.ClaimFileTree("Windows/System32/drivers"):       true,
		providers.ClaimFile("Windows/System32/drivers/etc"):       false,
	} {
		if _, _, found := held.Conflict(other); found != want {
			t.Errorf("%q conflicts with %q: %v", other, claim("a"), found)
		}
	}
}

func TestAttributesAreKept(t *testing.T) {
	m := providertest.NewImage(t, img("10.0.0.1 x\r\n"), true)
	if err := m.SetMeta(file, image.Meta{Attributes: image.ReadOnly | image.System}); err != nil {
		t.Fatal(err)
	}
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, of("y", "::1", nil)), false)
	if err == nil {
		err = p.Ways[0].Apply(t.Context(), m, nil, []providers.Change{{Action: providers.Create, Want: want}})
	}
	meta, merr := m.Meta(file)
	if err := errors.Join(err, merr); err != nil || meta.Attributes != image.ReadOnly|image.System {
		t.Errorf("attributes %#x, %v", meta.Attributes, err)
	}
}

// FuzzText sets and removes a name in any file: then the file says that, what it
// says of others is as before, and doing it again changes nothing.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", head, "10.0.0.1 a b\n::1\ta # x", "\ufeff1 A a A#\r\n\r\n", "a a a", "#a", "10.0.0.2 a\r10.0.0.1 b", " \v a\f a "} {
		f.Add([]byte(s))
	}
	name, address := "a", "10.0.0.1"
	others := func(t text) (all []string) {
		for _, line := range t.lines {
			e := entryOf(line)
			for _, n := range e.names {
				if !strings.EqualFold(n.name, name) {
					all = append(all, e.address+" "+n.name)
				}
			}
		}
		return all
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parse(data)
		if err != nil {
			return
		}
		if file.String() != string(data) {
			t.Fatalf("read and written it is %q", file)
		}
		before := others(file)
		want := host{Hostname: name, Address: &address}
		file.set(want)
		once := file.String()
		if !file.says(want) || !slices.Equal(others(file), before) {
			t.Fatalf("set: %q", once)
		}
		if file.set(want); file.String() != once {
			t.Fatalf("set twice: %q, once %q", file, once)
		}
		file.remove(name)
		again, _ := parse([]byte(file.String()))
		if again.find(name, "") != nil || !slices.Equal(others(again), before) {
			t.Fatalf("removed: %q", file)
		}
	})
}
