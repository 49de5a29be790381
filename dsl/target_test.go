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
		{Image: "kiosk", Module: "module.a", Kind: "registry", Name: "lock", Key: "k"},
		{Image: `kiosk["de"]`, Module: `module.a["x/y.z"].module.b`, Kind: "cleanup"},
		{Image: "kiosk", In: `module.a["x"].security.base`, Kind: "registry", Name: "smb1"},
	} {
		got, err := dsl.ParseAddr(addr.String())
		if err != nil || got != addr {
			t.Errorf("ParseAddr(%s) = %+v, %v", addr, got, err)
		}
	}
	if got, err := dsl.ParseAddr(`kiosk[de]/file.x[a b]`); err != nil || got.String() != `kiosk["de"]/file.x["a b"]` {
		t.Errorf("without quotes: %v, %v", got, err)
	}
	for _, s := range []string{"", "/", "a/", "/b", "a.", ".b", "1.b", "a.b[", "a.b[]", `a.b[""]`, `a.b["x]`, "a.b.c", "a/b/", "a/b.c/", "a/b.c/d.e/", "a b.c", `cleanup["x"]`, `a["x"].b`, "module.", "module.a", "i/module.a", "module.a/registry.x", "module.a[.registry.x", "module.1.registry.x"} {
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
		{Image: "pe", Module: `module.m["a"]`, Kind: "registry", Name: "lock"},
		{Image: "pe", Module: `module.m["b"].module.n`, Kind: "registry", Name: "lock"},
		{Image: "pe", In: `module.m["a"].security.s`, Kind: "registry", Name: "lock"},
	}
	for _, test := range []struct {
		target string
		want   string // one letter per address
	}{
		{"kiosk", "yynnnnnnn"},
		{`kiosk["de"]`, "nynnnnnnn"},
		{"kiosk[de]", "nynnnnnnn"},
		{"registry.lock", "yynnnnnnn"},
		{"kiosk/registry.lock", "yynnnnnnn"},
		{`kiosk["de"]/registry.lock`, "nynnnnnnn"},
		{"file.x", "nnyynnnnn"},
		{`file.x["k"]`, "nnynnnnnn"},
		{"kiosk2/file.x[l]", "nnnynnnnn"},
		{"cleanup", "nnnnynnnn"},
		{"kiosk2/cleanup", "nnnnynnnn"},
		{"kiosk/cleanup", "nnnnnnnnn"},
		{"security.s", "nnnnnynnn"},
		{"kiosk2/security.s[k]", "nnnnnynnn"},
		{`security.s["k"]/registry.lock`, "nnnnnynnn"},
		{"security.s/registry.lock", "nnnnnnnnn"},
		{"pe", "nnnnnnyyy"},
		{"module.m", "nnnnnnyyy"},
		{"pe/module.m", "nnnnnnyyy"},
		{"kiosk/module.m", "nnnnnnnnn"},
		{`module.m["a"]`, "nnnnnnyny"},
		{"module.m[b].module.n", "nnnnnnnyn"},
		{`module.m["a"].registry.lock`, "nnnnnnynn"},
		{`pe/module.m["a"].security.s`, "nnnnnnnny"},
		{"module.mm", "nnnnnnnnn"},
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
