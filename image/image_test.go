package image_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
)

func TestParseKey(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"HKLM/SOFTWARE/Policies", "HKLM/SOFTWARE/Policies"},
		{`HKEY_LOCAL_MACHINE\SOFTWARE\Policies`, "HKLM/SOFTWARE/Policies"},
		{`hklm\software`, "HKLM/SOFTWARE"},
		{"HKLM/SYSTEM/", "HKLM/SYSTEM"},
		{"HKU/.default/Console", "HKU/.DEFAULT/Console"},
		{"HKU/Default/Console", "HKU/Default/Console"},
		{`HKEY_CLASSES_ROOT\.txt`, "HKLM/SOFTWARE/Classes/.txt"},
		{`HKLM\SOFTWARE\Setup\%SystemRoot%/System32/x.sys`, `HKLM\SOFTWARE\Setup\%SystemRoot%/System32/x.sys`},
	} {
		key, err := image.ParseKey(tt.path)
		if err != nil || key.String() != tt.want {
			t.Errorf("ParseKey(%q) = %v, %v; want %s", tt.path, key, err, tt.want)
			continue
		}
		if again, err := image.ParseKey(key.String()); err != nil || again.String() != tt.want {
			t.Errorf("%s is not canonical: %v, %v", tt.want, again, err)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	for path, want := range map[string]string{
		"HKCU/Console":         "HKU/Default",
		"SOFTWARE/Policies":    `starts with "SOFTWARE"`,
		"HKLM":                 "not in one of an image's hives",
		"HKLM/BCD00000000/x":   "not in one of an image's hives",
		"HKU/S-1-5-18/Console": "not in one of an image's hives",
		"HKLM/SOFTWARE//x":     "empty name",
		"HKLM/SOFTWARE/" + strings.Repeat("x", 256):          "longer than 255",
		"HKLM/SOFTWARE/" + strings.Repeat("\U0001f600", 128): "longer than 255",
	} {
		if key, err := image.ParseKey(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseKey(%q) = %v, %v; want an error that says %q", path, key, err, want)
		}
	}
}

func TestCleanPath(t *testing.T) {
	for path, want := range map[string]string{
		`C:\Windows\System32\drivers\etc\hosts`: "Windows/System32/drivers/etc/hosts",
		"/Windows/":                             "Windows",
		"c:/Users/Zoë/x y.txt":                  "Users/Zoë/x y.txt",
		"Windows":                               "Windows",
		"C:":                                    ".",
		"/":                                     ".",
		"console.txt":                           "console.txt",
		"COM10/LPT/com⁴/COM ¹/auxiliary":        "COM10/LPT/com⁴/COM ¹/auxiliary",
	} {
		if got, err := image.CleanPath(path); err != nil || got != want {
			t.Errorf("CleanPath(%q) = %q, %v; want %q", path, got, err, want)
		}
	}
}

func TestCleanPathRefuses(t *testing.T) {
	for path, want := range map[string]string{
		`D:\data`:                "one drive",
		`\\server\share\file`:    "network path",
		"Windows/../Windows":     `".."`,
		"a//b":                   "empty name",
		"what?.txt":              "does not allow",
		"file.txt:stream":        "does not allow",
		"line\nbreak":            "does not allow",
		"dot.":                   "dot or a space",
		"a/nul.txt":              "device",
		"COM1":                   "device",
		"com0.log":               "device",
		"LPT0":                   "device",
		"COM¹":                   "device",
		"lpt³.tar.gz":            "device",
		"conin$":                 "device",
		"x/CONOUT$.txt/y":        "device",
		"aux .txt":               "device",
		"Nul  .a.b":              "device",
		"con .":                  "dot or a space",
		strings.Repeat("x", 256): "longer than 255",
	} {
		if got, err := image.CleanPath(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CleanPath(%q) = %q, %v; want an error that says %q", path, got, err, want)
		}
	}
}

// plain is a session that can do nothing.
type plain struct{}

func (plain) Info(context.Context) (image.Info, error) { return image.Info{}, nil }
func (plain) At() string                               { return "" }
func (plain) Commit(context.Context, string) error     { return nil }
func (plain) Close() error                             { return nil }

// exporting is one that can be exported, and decorated one around it.
type exporting struct{ plain }

func (exporting) Export(context.Context, string, image.ExportOptions) error { return nil }

type decorated struct{ image.Session }

func (d decorated) Unwrap() image.Session { return d.Session }

func TestAsLooksThroughDecorators(t *testing.T) {
	if _, ok := image.As[image.Exporter](decorated{decorated{exporting{}}}); !ok {
		t.Error("the capability of the session inside is not found")
	}
	if _, ok := image.As[image.Files](decorated{exporting{}}); ok {
		t.Error("a capability that only another one has was found")
	}
	if _, ok := image.As[image.Exporter](decorated{plain{}}); ok {
		t.Error("a capability that no session has was found")
	}
}

// memoized is a session with a memo.
type memoized struct {
	image.Session
	memo image.Memo
}

func (m *memoized) Memo() *image.Memo { return &m.memo }

func TestOnceKeepsNoErrors(t *testing.T) {
	s, reads := decorated{Session: &memoized{}}, 0
	failing := errors.New("not yet")
	read := func() (int, error) {
		if reads++; reads == 1 {
			return 0, failing
		}
		return reads, nil
	}
	if _, err := image.Once(s, "key", read); !errors.Is(err, failing) {
		t.Errorf("first: %v", err)
	}
	for range 2 {
		if n, err := image.Once(s, "key", read); n != 2 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	}
}
