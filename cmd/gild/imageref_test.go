package main

import (
	"os"
	"testing"

	"github.com/gildhq/gild/image"
)

func TestParseRef(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("odd:7", nil, 0o666); err != nil {
		t.Skipf("no colons in file names here: %v", err)
	}
	for arg, want := range map[string]image.Ref{
		"a.wim":         {Path: "a.wim"},
		"a.wim:2":       {Path: "a.wim", Index: 2},
		`C:\x.wim:2`:    {Path: `C:\x.wim`, Index: 2},
		`C:\x.wim`:      {Path: `C:\x.wim`},
		`C:x.wim`:       {Path: `C:x.wim`},
		`C:2`:           {Path: `C:2`}, // a file in the current folder of drive C
		`d/a:b/x.wim`:   {Path: `d/a:b/x.wim`},
		`d/a:b/x.wim:1`: {Path: `d/a:b/x.wim`, Index: 1},
		"odd:7":         {Path: "odd:7"}, // there is such a file
		`\\s\x.wim:12`:  {Path: `\\s\x.wim`, Index: 12},
	} {
		if got, err := parseRef(arg); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", arg, got, err, want)
		}
	}
	for _, bad := range []string{"a.wim:0", "a.wim:-1", "a.wim:x", "a.wim:", "a.wim:99999999999999999999"} {
		if got, err := parseRef(bad); err == nil {
			t.Errorf("%s: got %v, want an error", bad, got)
		}
	}
}
