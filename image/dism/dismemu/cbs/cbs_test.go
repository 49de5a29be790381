package cbs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image/dism/dismemu/cbs"
	"github.com/gildhq/gild/internal/testenv"
)

// realManifests are manifests that Microsoft made, by their names; those that were cut
// are closed where the last element ends.
func realManifests(t *testing.T) map[string][]byte {
	found := map[string][]byte{}
	for name, data := range testenv.Archive(t, "cbs/real-manifests.tar.xz") {
		if !strings.HasSuffix(name, ".mum") && !strings.Contains(name, "/pkg_") {
			continue
		}
		text := string(data)
		if i := strings.LastIndex(text, "</update>"); i >= 0 && !strings.Contains(text, "</assembly>") {
			text = text[:i] + "</update></package></assembly>"
		}
		found[name] = []byte(text)
	}
	files, err := filepath.Glob(filepath.Join(testenv.Shared(t, "cbs"), "*", "*.mum"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = data
	}
	return found
}

// TestTwoReaders holds the emulation's reader and that of gild against each other on
// real manifests: neither uses the other, and they read in different ways.
func TestTwoReaders(t *testing.T) {
	read, parents, capabilities := 0, 0, 0
	for name, data := range realManifests(t) {
		one, err := cbs.ReadManifest(data)
		other, err2 := msu.ParseMUM(data)
		if (err != nil) != (err2 != nil) {
			t.Errorf("%s: %v and %v", name, err, err2)
		}
		if err != nil || err2 != nil {
			continue
		}
		read++
		if one.Identity.String() != other.Identity.String() || one.ReleaseType != other.ReleaseType || len(one.Updates) != len(other.Updates) || len(one.Parents) != len(other.Parents) {
			t.Errorf("%s:\n%+v\n%+v", name, one.Identity, other.Identity)
			continue
		}
		for i, u := range one.Updates {
			theirs := slices.DeleteFunc(slices.Clone(other.Updates[i].Parents), func(p string) bool { return strings.EqualFold(p, u.Name) })
			if u.Name != other.Updates[i].Name || !slices.Equal(u.Parents, theirs) {
				t.Errorf("%s: %q and %q", name, u, other.Updates[i])
			}
			parents += len(u.Parents)
		}
		for i, c := range one.Capabilities {
			if c != other.Capabilities[i].String() {
				t.Errorf("%s: %s and %s", name, c, other.Capabilities[i])
			}
			capabilities++
		}
	}
	if read < 60 || parents < 10 || capabilities < 3 {
		t.Errorf("%d manifests with %d parents of updates and %d capabilities", read, parents, capabilities)
	}
}

// TestFiles reads packages out of files that Microsoft made.
func TestFiles(t *testing.T) {
	for name, want := range map[string]string{
		"msu/Windows6.0-KB2999226-x64.msu":                        "Package_for_KB2999226~31bf3856ad364e35~amd64~~6.0.1.4",
		"winpe-oc/WinPE-Scripting_en-us.cab":                      "WinPE-Scripting-Package~31bf3856ad364e35~x86~en-US~6.2.9200.16384",
		"fod/OpenSSH-Client-Package~31bf3856ad364e35~amd64~~.cab": "OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.19041.1",
	} {
		found, err := cbs.ReadFile(testenv.Shared(t, name))
		if err != nil || len(found) != 1 || found[0].Identity.String() != want {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// TestTakes holds real packages against versions of Windows.
func TestTakes(t *testing.T) {
	all := realManifests(t)
	manifest := func(end string) *cbs.Manifest {
		for name, data := range all {
			if strings.HasSuffix(filepath.ToSlash(name), end) {
				m, err := cbs.ReadManifest(data)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
		}
		t.Fatalf("no manifest %s", end)
		return nil
	}
	windows := func(version string, packages ...string) cbs.Windows {
		w := cbs.Windows{Version: version}
		for _, p := range packages {
			w.Packages = append(w.Packages, cbs.Package{Identity: p, State: cbs.Installed})
		}
		return w
	}
	id := func(name, version string) string { return name + "~31bf3856ad364e35~amd64~~" + version }
	update := manifest("Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.7171.1.16.mum")
	vista := manifest("Windows6.0-KB2999226-x64/update.mum")
	for name, c := range map[string]struct {
		w    cbs.Windows
		m    *cbs.Manifest
		want bool
	}{
		"an edition that is too old": {windows("10.0.26100.863", id("Microsoft-Windows-ProfessionalEdition", "10.0.26100.863")), update, false},
		"an edition that will do":    {windows("10.0.26100.1742", id("Microsoft-Windows-ProfessionalEdition", "10.0.26100.1742")), update, true},
		"another build":              {windows("10.0.22631.1"), update, false},
		"newer already":              {windows("10.0.26100.8000", id("Package_for_RollupFix", "26100.8000.1.1")), update, false},
		"Vista's on Vista":           {windows("6.0.6002.18005", id("Microsoft-Windows-Foundation-Package", "6.0.6001.18000")), vista, true},
		"Vista's on Windows 11":      {windows("10.0.26100.1", id("Microsoft-Windows-Foundation-Package", "10.0.26100.1")), vista, false},
	} {
		if got := c.w.Takes(c.m); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
