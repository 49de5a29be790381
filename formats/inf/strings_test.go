package inf

import (
	"errors"
	"strings"
	"testing"
)

func TestSubstitution(t *testing.T) {
	const text = "[x]\n%Key%=%VAL%\n%pct%%%%a%\"%a%\",%12%\\%a%.sys,%none%\nb=100%%,5%\nc=\"%%SystemRoot%%\\x\",%-1%\n" +
		"[Strings]\nkey=name\nval=\"a, %a%\"\na=A\npct=%\na=second\n"
	f := mustParse(t, text)
	want := []string{
		`2: name=["a, %a%"]`, // a value is not divided, nor its strings replaced
		`3: ["%%AA" "%12%\\A.sys" "%none%"]`,
		`4: b=["100%" "5%"]`,
		`5: c=["%SystemRoot%\\x" "%-1%"]`,
	}
	for i, l := range f.Section("x").Lines {
		if got := render(l); got != want[i] {
			t.Errorf("got %s, want %s", got, want[i])
		}
	}
	l := f.Section("x").Lines[0]
	if l.RawValue(0) != "%VAL%" || l.RawValue(1) != "" {
		t.Errorf("raw %q", l.RawValue(0))
	}
	if raw := f.Section("x").Lines[2].RawValue(1); raw != "5%" {
		t.Errorf("raw value without strings is %q", raw)
	}
	wantProblem(t, f.Problems, UndefinedString, "line 3: string %none%")
	undefined := 0
	for _, p := range f.Problems {
		if p.Code == UndefinedString {
			undefined++
		}
	}
	if undefined != 1 {
		t.Errorf("%d undefined strings: %v", undefined, f.Problems)
	}
}

func TestLanguages(t *testing.T) {
	const text = "[x]\n%a%=%b%\n[Strings]\na=plain\nb=only\n[Strings.0409]\na=en-US\n" +
		"[Strings.0C07]\na=de-AT\n[Strings.0007]\na=de\n[Strings.0407]\na=de-DE\n[Strings.0C0A]\na=es-ES\n[Strings.none]\na=none\n"
	tests := []struct {
		language uint16
		want     string
	}{
		{0x0409, "en-US"}, {0x0407, "de-DE"}, {0x0807, "de"}, {0x080a, "es-ES"}, {0x0c0a, "es-ES"}, {0x0411, "plain"},
	}
	for _, test := range tests {
		f, err := ParseLanguage([]byte(text), test.language)
		if err != nil {
			t.Fatal(err)
		}
		l := f.Section("x").Lines[0]
		if l.Key != test.want || l.Value(0) != "only" {
			t.Errorf("language %#x: %s", test.language, render(l))
		}
		if test.want != "plain" {
			wantProblem(t, f.Problems, UndefinedString, "string %b% is not in [Strings.")
		}
	}
	if f := mustParse(t, "[x]\n%a%=1\n[Strings.0407]\na=de\n"); f.Section("x").Lines[0].Key != "%a%" {
		t.Error("strings of another language are used")
	}
}

func TestLongStrings(t *testing.T) {
	long := "[Strings]\na=" + strings.Repeat("x", maxField) + "\n"
	f := mustParse(t, long+"[x]\nb=%a%%a%\nc="+strings.Repeat("y", maxField+1)+"\n")
	if got := f.Section("x").Find("b").Value(0); got != "%a%%a%" {
		t.Errorf("got %d bytes", len(got))
	}
	wantProblem(t, f.Problems, BadValue, "more than 4095 characters once")
	wantProblem(t, f.Problems, BadValue, "line 5: a value has more than 4095 characters")

	_, err := Parse([]byte(long + "[x]\n" + strings.Repeat("%a%\n", 100000)))
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "[x]: its strings become more than") {
		t.Errorf("error %v", err)
	}
}
