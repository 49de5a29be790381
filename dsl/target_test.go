package dsl_test

import (
	"testing"

	"github.com/gildhq/gild/dsl"
)

func TestParseAddr(t *testing.T) {
	for _, addr := range []dsl.Addr{
		{Kind: "registry", Name: "lock"},
		{Image: "kiosk", Kind: "registry", Name: "lock"},
		{Image: `kiosk["de/a.b"]`, Kind: "file", Name: "x-1", Key: `a]["/.\ü`},
		{Image: "kiosk", Kind: "cleanup"},
		{Kind: "cleanup"},
		{Image: "kiosk", In: `security.base["x/y"]`, Kind: "registry", Name: "smb1"},
		{In: "security.base", Kind: "registry", Name: "smb1"},
		{Image: "pe", In: "winpe", Kind: "file", Name: "startnet"},
		{Image: "pe", In: "winpe/outer.o", Kind: "file", Name: "startnet"},
	} {
		got, err := dsl.ParseAddr(addr.String())
		if err != nil || got != addr {
			t.Errorf("ParseAddr(%s) = %+v, %v", addr, got, err)
		}
	}
	if got, err := dsl.ParseAddr(`kiosk[de]/file.x[a b]`); err != nil || got.String() != `kiosk["de"]/file.x["a b"]` {
		t.Errorf("without quotes: %v, %v", got, err)
	}
	for _, s := range []string{"", "/", "a/", "/b", "a.", ".b", "1.b", "a.b[", "a.b[]", `a.b[""]`, `a.b["x]`, "a.b.c", "a/b/", "a/b.c/", "a/b.c/d.e/", "a b.c", `cleanup["x"]`, `a["x"].b`} {
		if got, err := dsl.ParseAddr(s); err == nil {
			t.Errorf("ParseAddr(%q) = %+v, want an error", s, got)
		}
	}
}

func TestTarget(t *testing.T) {
	addrs := []dsl.Addr{
		{Image: "kiosk", Kind: "registry", Name: "lock"},
		{Image: `kiosk["de"]`, Kind: "registry", Name: "lock"},
		{Image: "kiosk2", Kind: "file", Name: "x", Key: "k"},
		{Image: "kiosk2", Kind: "file", Name: "x", Key: "l"},
		{Image: "kiosk2", Kind: "cleanup"},
		{Image: "kiosk2", In: `security.s["k"]`, Kind: "registry", Name: "lock"},
	}
	for _, test := range []struct {
		target string
		want   string // one letter per address
	}{
		{"kiosk", "yynnnn"},
		{`kiosk["de"]`, "nynnnn"},
		{"kiosk[de]", "nynnnn"},
		{"registry.lock", "yynnnn"},
		{"kiosk/registry.lock", "yynnnn"},
		{`kiosk["de"]/registry.lock`, "nynnnn"},
		{"file.x", "nnyynn"},
		{`file.x["k"]`, "nnynnn"},
		{"kiosk2/file.x[l]", "nnnynn"},
		{"cleanup", "nnnnyn"},
		{"kiosk2/cleanup", "nnnnyn"},
		{"kiosk/cleanup", "nnnnnn"},
		{"security.s", "nnnnny"},
		{"kiosk2/security.s[k]", "nnnnny"},
		{`security.s["k"]/registry.lock`, "nnnnny"},
		{"security.s/registry.lock", "nnnnnn"},
	} {
		target, err := dsl.ParseTarget(test.target)
		if err != nil {
			t.Errorf("%s: %v", test.target, err)
			continue
		}
		got := ""
		for _, addr := range addrs {
			if target.Match(addr) {
				got += "y"
			} else {
				got += "n"
			}
		}
		if got != test.want {
			t.Errorf("%s selects %s, want %s", test.target, got, test.want)
		}
		if again, err := dsl.ParseTarget(target.String()); err != nil || again != target {
			t.Errorf("%s prints as %s, which is not the same target (%v)", test.target, target, err)
		}
	}
	if _, err := dsl.ParseTarget("kiosk["); err == nil {
		t.Error("an open bracket is taken")
	}
}
