package msu

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/internal/testenv"
)

func TestParseIdentity(t *testing.T) {
	const text = "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.10"
	if i, err := ParseIdentity(text); err != nil || i.String() != text || i.Version != "26100.4061.1.10" {
		t.Errorf("%+v, %v", i, err)
	}
	for _, bad := range []string{"", "a", "a~b~c~d", "~31bf3856ad364e35~amd64~~1", "a~b~c~~", "a~b~c~~1~2"} {
		if _, err := ParseIdentity(bad); err == nil {
			t.Errorf("%q is an identity", bad)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"26100.4061.1.10", "26100.4061.1.9", 1},
		{"26100.4061", "26100.4061.0.0", 0},
		{"10.0.9.1", "10.0.10.1", -1},
		{"", "0", 0},
	} {
		if got := CompareVersions(c.a, c.b); got != c.want {
			t.Errorf("%s to %s is %d", c.a, c.b, got)
		}
		if got := CompareVersions(c.b, c.a); got != -c.want {
			t.Errorf("%s to %s is %d", c.b, c.a, got)
		}
	}
}

func TestBuilds(t *testing.T) {
	parent := func(name, version string, anyBuild bool) Parent {
		p := Parent{Identity: Identity{Name: name, Version: version}}
		if anyBuild {
			p.Build = AtLeast
		}
		return p
	}
	edition := parent("Microsoft-Windows-ProfessionalEdition", "10.0.19041.1", false)
	for _, c := range []struct {
		name, version, release string
		kind                   Kind
		parents                []Parent
		want                   []int
	}{
		{"Package_for_RollupFix", "26100.4061.1.10", "26100.4061", Cumulative, nil, []int{26100}},
		{"Package_for_ServicingStack_5007", "22621.5007.1.1", "", ServicingStack, nil, []int{22621}},
		{"Package_for_KB4490628", "6.1.1.2", "", ServicingStack, []Parent{parent("Microsoft-Windows-Foundation-Package", "6.1.7601.17514", false)}, []int{7601}},
		{"Microsoft-Windows-Client-LanguagePack-Package", "10.0.26100.1", "", LanguagePack, nil, []int{26100}},
		{"Package_for_DotNetRollup_481", "10.0.9277.2", "", DotNet, []Parent{edition}, []int{19041}},
		{"Package_for_KB5001234", "10.0.1.2", "", Fix, []Parent{edition, edition}, []int{19041}},
		{"Package_for_KB5001234", "10.0.1.2", "", Fix, []Parent{parent("Package_for_KB5000000", "10.0.9000.1", false)}, nil},
		{"Package_for_KB5001234", "10.0.1.2", "", Fix, []Parent{parent("Microsoft-Windows-ProfessionalEdition", "10.0.19041.1", true)}, nil},
		{"Package_for_RollupFix", "x", "", Cumulative, nil, nil},
	} {
		p := &Package{Identity: Identity{Name: c.name, Version: c.version}, Kind: c.kind, Parents: c.parents}
		if got := p.Builds(); !slices.Equal(got, c.want) || p.Release() != c.release {
			t.Errorf("%s %s is for the builds %v and brings %q", c.name, c.version, got, p.Release())
		}
	}
}

// TestBuildsOfUpdates reads of real updates what they are for.
func TestBuildsOfUpdates(t *testing.T) {
	for name, want := range map[string][]int{
		"Windows6.0-KB2999226-x64.msu":  {6000, 6001},
		"Windows6.1-KB2999226-x64.msu":  {7601},
		"Windows8-RT-KB2999226-x64.msu": {9200},
		"Windows8.1-KB2999226-x86.msu":  {9600},
	} {
		if got := only(t, testenv.Shared(t, "msu/"+name)).Builds(); !slices.Equal(got, want) {
			t.Errorf("%s is for the builds %v", name, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	for path, want := range map[string]string{
		`C:\lcu.msu`:                  "root of a partition",
		`\\?\C:\lcu.msu`:              "root of a partition",
		`D:\`:                         "root of a partition",
		`c:/lcu.cab`:                  "root of a partition",
		`/lcu.msu`:                    "root of a partition",
		`/folder/`:                    "root of a partition",
		`C:\Users\a\OneDrive\lcu.msu`: `"OneDrive"`,
		`C:\Users\a\OneDrive - Contoso Ltd\up\lcu.msu`: `"OneDrive - Contoso Ltd"`,
		`/Users/a/Dropbox (Personal)/lcu.msu`:          `"Dropbox (Personal)"`,
		`C:\updates\lcu.msu`:                           "",
		`/home/a/OneDrive.msu`:                         "",
		`/home/a/OneDriver/lcu.msu`:                    "",
		`\\server\share\lcu.msu`:                       "",
	} {
		if err := CheckPlace(path); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// TestLooks says what files are that are called packages.
func TestLooks(t *testing.T) {
	dir := t.TempDir()
	stored := string(cabtest.Stored(map[string]string{mumName: sampleMUM("Package_for_RollupFix", "Update")}))
	for content, want := range map[string]string{
		"":                                      "empty",
		"\r\n<!DOCTYPE html><title>404</title>": "web page",
		"\ufeff<html lang=en>":                  "web page",
		"<?xml version=\"1.0\"?><Error>denied":  "XML text",
		"MZ\x90\x00":                            "program",
		"PK\x03\x04....":                        "ZIP",
		"7z\xBC\xAF\x27\x1C":                    "an archive",
		strings.Repeat("\x00", 4096):            "zeros",
		"abc":                                   "neither like a cabinet",
		stored[:len(stored)-100]:                "100 of its",
		string(cabtest.Spanned()):               "cabinet 1 of a set",
		string(cabtest.Stored(map[string]string{"a.txt": ""})): "there is no update.mum",
	} {
		path := filepath.Join(dir, fmt.Sprint(len(content)))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Inspect(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", content, err, want)
		}
	}
}

// TestTruncated cuts a real update: that is said, wherever it is cut.
func TestTruncated(t *testing.T) {
	data := testenv.ReadShared(t, "msu/Windows8.1-KB2999226-x86.msu")
	for size, want := range map[int]string{40: "it ends at byte 40", 1000: "missing at the end", 500_000: "missing at the end"} {
		path := filepath.Join(t.TempDir(), "cut.msu")
		if err := os.WriteFile(path, data[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Inspect(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
