package inf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// mustParse reads an INF that has to be one.
func mustParse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// render is a line as number: key= values, each in quotes.
func render(l Line) string {
	key := ""
	if l.HasKey {
		key = l.Key + "="
	}
	return fmt.Sprintf("%d: %s%q", l.Number, key, l.Values)
}

func TestLines(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"key", "a = b", `2: a=["b"]`},
		{"values", "a=b , c,,d", `2: a=["b" "c" "" "d"]`},
		{"trailing comma", "a=b,", `2: a=["b" ""]`},
		{"no key", "x.sys,,,2", `2: ["x.sys" "" "" "2"]`},
		{"no value", "a =", `2: a=[""]`},
		{"equals sign in a value", "HKR,,x=y", `2: ["HKR" "" "x=y"]`},
		{"second equals sign", "a=b=c", `2: a=["b=c"]`},
		{"comment", "a=b ; c", `2: a=["b"]`},
		{"comment alone", " ; c", ``},
		{"quoted comment sign", `a="b;c" ; d`, `2: a=["b;c"]`},
		{"quoted comma", `a="b,c",d`, `2: a=["b,c" "d"]`},
		{"quoted blanks", `a= " b " `, `2: a=[" b "]`},
		{"blanks inside", "a=b  c", `2: a=["b  c"]`},
		{"two quotation marks", `a="say ""x"" now"`, `2: a=["say \"x\" now"]`},
		{"quoted part", `HKR,"P\"x y,z`, `2: ["HKR" "P\\x y" "z"]`},
		{"quoted key", `"a=b" = c`, `2: a=b=["c"]`},
		{"empty quotes", `1="d",,,""`, `2: 1=["d" "" "" ""]`},
		{"only empty quotes", `""`, ``},
		{"comment sign in a string token", "a=%b;c%,d", `2: a=["%b;c%" "d"]`},
		{"comment after a lone percent sign", "a=50% ; 10%", `2: a=["50%"]`},
		{"continued", "a=b,\\\r\n  c", `2: a=["b" "c"]`},
		{"continued twice", "a=b, \\\nc, \\ \t\nd", `2: a=["b" "c" "d"]`},
		{"continued before the comma", "a=\"b\\\"\\ ; comment\n  ,c", `2: a=["b\\" "c"]`},
		{"first of two backslashes is ignored", "a=dir\\\\\n,c", `2: a=["dir" "c"]`},
		{"continued at the end", "a=b\\", `2: a=["b"]`},
		{"continued by an empty line", "a=b\\\n\nc=d", `2: a=["b"]|4: c=["d"]`},
		{"backslash inside", `a=b\c,d\`, `2: a=["b\\c" "d"]`},
		{"backslash before a comma", `a=b\,c`, `2: a=["b\\" "c"]`},
		{"CR ends a line", "a=b\rc=d", `2: a=["b"]|3: c=["d"]`},
		{"end of a DOS text", "a=b\n\x1ac=d", `2: a=["b"]`},
		{"Unicode", "ä=€", `2: ä=["€"]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := mustParse(t, "\xef\xbb\xbf[x]\n"+test.text)
			var got []string
			for _, l := range f.Section("X").Lines {
				got = append(got, render(l))
			}
			if joined := strings.Join(got, "|"); joined != test.want {
				t.Errorf("got  %s\nwant %s", joined, test.want)
			}
		})
	}
}

func TestSections(t *testing.T) {
	f := mustParse(t, "; c\r\n[A b]\r\nx=1\r\n  [ c ] ; comment\r\n[a B]\r\nX=2\r\n[%q]\r\n")
	var names []string
	for _, s := range f.sections {
		names = append(names, fmt.Sprintf("%s:%d", s.Name, s.Line))
	}
	if want := []string{"A b:2", "c:4", "%q:7"}; !slices.Equal(names, want) {
		t.Errorf("sections %q, want %q", names, want)
	}
	s := f.Section(" a B")
	if len(s.Lines) != 2 || s.Lines[1].Number != 6 {
		t.Errorf("merged section has %v", s.Lines)
	}
	if l := s.Find("x"); l == nil || l.Value(0) != "1" || l.Value(7) != "" {
		t.Errorf("first x is %v", l)
	}
	if s.Find("none") != nil || f.Section("none") != nil || f.Section("none").Find("x") != nil {
		t.Error("found what is not there")
	}
}

// wantProblem fails the test unless the problems have one with the code and
// the text.
func wantProblem(t testing.TB, problems []Problem, code Code, text string) {
	t.Helper()
	for _, p := range problems {
		if p.Code == code && strings.Contains(p.String(), text) {
			return
		}
	}
	t.Errorf("no problem %q with %q; there are %v", code, text, problems)
}

func TestSyntaxProblems(t *testing.T) {
	tests := []struct{ text, want string }{
		{"x=1\n[a]", `line 1: "x=1" stands before the first section`},
		{"[a\nx=1", `line 1: the name of section "a" is not closed`},
		{"[a] b", `line 1: "b" after the name of a section`},
		{"[a]\nx=\"1\ny=2", `line 2: a quotation mark is not closed`},
		{"[a]\nx=1\\\n[b]\ny=2", `line 2: a backslash at the end`},
		{"[" + strings.Repeat("a", 256) + "]", `line 1: the name of a section has more than 255`},
	}
	for _, test := range tests {
		wantProblem(t, mustParse(t, test.text).Problems, Syntax, test.want)
	}
	// What follows is read all the same.
	if f := mustParse(t, "[a]\nx=1\\\n[b]\ny=2"); f.Section("b").Find("y") == nil {
		t.Error("section b is lost")
	}
}

func TestNotAnINF(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"empty", "", "no section"},
		{"no section", "; nothing\n", "no section"},
		{"binary", "[a]\nMZ\x90\x00\x03ab", "line 2 has a NUL"},
		{"too large", strings.Repeat("\n", maxSize+1), "more than 16777216"},
		{"too many values", "[a]\nx=" + strings.Repeat(",", maxFields+1), "more than 1048576 lines and values"},
		{"too many lines", "[a]\n" + strings.Repeat("x\n", maxFields), "more than 1048576 lines and values"},
		{"too many sections", strings.Repeat("[]\n", maxFields+2), "more than 1048576 lines and values"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.data))
			if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
