package msu

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/gildhq/gild/internal/testenv"
)

// sampleMUM is an update.mum of all that is read.
func sampleMUM(name, releaseType string) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0" description="Fix for KB1234567" displayName="Größe" company="Gild" copyright="none" supportInformation="https://support.microsoft.com/help/1234567">
  <assemblyIdentity name="%s" version="10.0.1.2" language="en-US" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" />
  <package identifier="KB1234567" releaseType="%s" permanence="permanent" restart="Required">
    <parent integrate="separate" disposition="detect">
      <assemblyIdentity name="A" version="10.0.1.1" language="neutral" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" />
      <assemblyIdentity name="B" version="10.0.1.1" language="neutral" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" />
    </parent>
    <installerAssembly name="Microsoft-Windows-ServicingStack" version="10.0.0.0" language="neutral" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" />
    <update name="1_neutral"><package><assemblyIdentity name="C" version="1" /></package></update>
    <update name="Feature" />
    <declareCapability><capability><capabilityIdentity name="Language.Basic" language="en-US" version="1.0" /></capability></declareCapability>
    <mum2:packageExtended xmlns:mum2="urn:schemas-microsoft-com:asm.v3" completelyOfflineCapable="undetermined" />
  </package>
</assembly>`, name, releaseType)
}

func TestParseMUM(t *testing.T) {
	p, err := ParseMUM([]byte(sampleMUM("Package_for_RollupFix", "Security Update")))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Identity.String(), "Package_for_RollupFix~31bf3856ad364e35~amd64~en-US~10.0.1.2"; got != want {
		t.Errorf("identity is %s", got)
	}
	got := []string{p.Identifier, p.ReleaseType, fmt.Sprint(p.Permanent), p.Restart, p.Offline, p.DisplayName, p.Description,
		p.Company, p.Copyright, p.SupportURL, p.Parents[0].Name, p.Parents[1].Name, p.Installer.String(), p.Kind.String(), p.KB()}
	want := []string{"KB1234567", "Security Update", "true", "required", "undetermined", "Größe", "Fix for KB1234567",
		"Gild", "none", "https://support.microsoft.com/help/1234567", "A", "B",
		"Microsoft-Windows-ServicingStack~31bf3856ad364e35~amd64~~10.0.0.0", "cumulative update", "KB1234567"}
	if !slices.Equal(got, want) {
		t.Errorf("read\n%q, want\n%q", got, want)
	}
	if len(p.Updates) != 2 || p.Updates[0].Name != "1_neutral" || p.Updates[1].Name != "Feature" || len(p.Parents) != 2 ||
		!slices.Equal(p.Capabilities, []Capability{{"Language.Basic", "en-US", "1.0"}}) {
		t.Errorf("%+v", p)
	}
}

// All encodings of XML that Windows writes give the same.
func TestEncodings(t *testing.T) {
	plain := sampleMUM("Package", "Update")
	want, err := ParseMUM([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	wide := strings.Replace(plain, "utf-8", "UTF-16", 1)
	for name, data := range map[string][]byte{
		"UTF-8 with mark":     append([]byte("\xEF\xBB\xBF"), plain...),
		"CRLF":                []byte(strings.ReplaceAll(plain, "\n", "\r\n")),
		"little":              encode(wide, 0, 1),
		"little with mark":    encode("\uFEFF"+wide, 0, 1),
		"big with mark":       encode("\uFEFF"+wide, 1, 0),
		"big with odd length": append(encode(wide, 1, 0), 0),
	} {
		got, err := ParseMUM(data)
		if err != nil || got.Identity != want.Identity || got.DisplayName != want.DisplayName {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := ParseMUM([]byte(strings.Replace(plain, "utf-8", "koi8-r", 1))); !errors.Is(err, ErrCorrupt) {
		t.Errorf("unknown encoding: %v", err)
	}
}

func encode(s string, low, high int) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		var pair [2]byte
		pair[low], pair[high] = byte(u), byte(u>>8)
		b = append(b, pair[:]...)
	}
	return b
}

func TestParseMUMErrors(t *testing.T) {
	plain := sampleMUM("Package", "Update")
	for name, text := range map[string]string{
		"nothing":       "",
		"other root":    "<unattend/>",
		"cut":           plain[:len(plain)-20],
		"no version":    strings.Replace(plain, `version="10.0.1.2"`, "", 1),
		"tilde in name": strings.Replace(plain, `name="Package"`, `name="a~b"`, 1),
		"a component":   strings.ReplaceAll(strings.ReplaceAll(plain, "<package ", "<part "), "</package>\n</assembly>", "</part>\n</assembly>"),
	} {
		if _, err := ParseMUM([]byte(text)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKind(t *testing.T) {
	const stack = "amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.1.1_none_00.manifest"
	for _, c := range []struct {
		name, releaseType, file string
		want                    Kind
	}{
		{"Package_for_ServicingStack_1234", "Update", "", ServicingStack},
		{"Package_for_KB4490628", "Update", stack, ServicingStack},
		{"Package_for_RollupFix", "Security Update", stack, Cumulative},
		{"package_for_rollupfix_wrapper", "Security Update", "", Cumulative},
		{"Package_for_DotNetRollup_481", "Update", "", DotNet},
		{"Package_for_KB5001234", "Hotfix", "a.manifest", Fix},
		{"Microsoft-Windows-Client-LanguagePack-Package", "Language Pack", "", LanguagePack},
		{"WinPE-Scripting-Package", "Language Pack", "", ComponentLanguage},
		{"Microsoft-Windows-LanguageFeatures-Basic-en-us-Package", "OnDemand Pack", "", OnDemand},
		{"Microsoft-Windows-Media-Package", "Feature Pack", "", FeaturePack},
		{"Microsoft-Windows-Foundation-Package", "Foundation", stack, Other},
	} {
		p := &Package{Identity: Identity{Name: c.name}, ReleaseType: c.releaseType}
		if got := kind(p, []string{"update.cat", c.file}); got != c.want {
			t.Errorf("%s is a %v, want %v", c.name, got, c.want)
		}
	}
}

func TestKB(t *testing.T) {
	for _, c := range []struct{ identifier, url, want string }{
		{"KB2999226", "", "KB2999226"},
		{"kb1", "http://support.microsoft.com/?kbid=2999226", "KB1"},
		{"Windows", "http://support.microsoft.com/?kbid=2999226", "KB2999226"},
		{"Windows", "https://support.microsoft.com/help/5001330", "KB5001330"},
		{"Windows", "http://support.microsoft.com", ""},
		{"Microsoft-Windows-Foundation-Package", "http://support.microsoft.com/?kbid=777778", ""},
		{"KB777778", "http://support.microsoft.com/?kbid=777777", ""},
		{"KB777777", "https://support.microsoft.com/help/5001330", "KB5001330"},
		{"", "", ""},
	} {
		if got := (&Package{Identifier: c.identifier, SupportURL: c.url}).KB(); got != c.want {
			t.Errorf("%v gives %s", c, got)
		}
	}
}

// The files of a package are named after their identities.
func TestSharedMUMs(t *testing.T) {
	n := 0
	err := filepath.WalkDir(testenv.Shared(t, "cbs"), func(path string, d fs.DirEntry, err error) error {
		stem, isMUM := strings.CutSuffix(filepath.Base(path), ".mum")
		if err != nil || !isMUM {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		p, err := ParseMUM(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		n++
		if strings.Contains(stem, "~") && !strings.EqualFold(p.Identity.String(), stem) {
			t.Errorf("%s has the identity %v", path, p.Identity)
		}
		if p.ReleaseType != "Update" || p.KB() != "KB2999226" || p.SupportURL == "" {
			t.Errorf("%s: %+v", path, p)
		}
		return nil
	})
	if err != nil || n < 20 {
		t.Errorf("%d files: %v", n, err)
	}
}

func FuzzParseMUM(f *testing.F) {
	plain := sampleMUM("Package", "Update")
	f.Add([]byte(plain))
	f.Add(encode(plain, 0, 1))
	f.Add(encode(plain, 1, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseMUM(data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if strings.Count(p.Identity.String(), "~") != 4 || p.Kind.String() == "" {
			t.Fatalf("%+v", p)
		}
		_ = p.KB()
	})
}
