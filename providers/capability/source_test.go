package capability

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

// remembering is a host that keeps notes.
type remembering struct {
	providertest.Host
	notes map[string][]byte
}

func (h remembering) Recall(key string) []byte     { return h.notes[key] }
func (h remembering) Note(key string, data []byte) { h.notes[key] = data }

// resolved is a capability out of a folder.
func resolved(t *testing.T, host providers.Host, name, source string) ([]string, error) {
	t.Helper()
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, object{"name": str(name), "source": str(source)}), false)
	if err != nil {
		return nil, err
	}
	if want, err = p.Resolved(t.Context(), host, want); err != nil {
		return nil, err
	}
	var paths []string
	for _, one := range p.Payloads(want) {
		paths = append(paths, one.Paths()...)
	}
	return paths, nil
}

func TestFiles(t *testing.T) {
	host := remembering{providertest.NewHost(t, media()), map[string][]byte{}}
	for name, want := range map[string][]string{
		"Language.Basic~~~de-DE~0.0.1.0":            {"LanguageFeatures-Basic-de-de"},
		"language.fonts.jpan~~~und-jpan~0.0.1.0":    {"LanguageFeatures-Fonts-Jpan"},
		"Language.OCR~~~de-DE~0.0.1.0":              {"LanguageFeatures-Basic-de-de", "LanguageFeatures-OCR-de-de"},
		"OpenSSH.Server~~~~0.0.1.0":                 {"OpenSSH-Server-Package~31bf3856ad364e35~amd64~en-US~", "OpenSSH-Server-Package~31bf3856ad364e35~amd64~~", "OpenSSH-Server-Package~31bf3856ad364e35~wow64~~"},
		"DirectX.Configuration.Database~~~~0.0.1.0": {"Microsoft-OneCore-DirectX-Database-FOD"},
		"WMIC~~~~":              {"WMIC-FoD-Package~31bf3856ad364e35~amd64", "WMIC-FoD-Package~31bf3856ad364e35~wow64"},
		"XPS.Viewer~~~~0.0.1.0": {"renamed.cab"},
	} {
		got, err := resolved(t, host, name, repository)
		got = slices.DeleteFunc(got, func(f string) bool { return strings.Contains(strings.ToLower(f), "metadata") })
		slices.Sort(got)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %q, %v", name, got, err)
			continue
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

// TestMedium finds capabilities on a medium with the names and sizes of a real one; a
// second time without a look into any cabinet.
func TestMedium(t *testing.T) {
	list := string(testenv.ReadShared(t, "fod/media-listing.tsv.xz"))
	const ssh = "OpenSSH-Client-Package~31bf3856ad364e35~amd64~~.cab"
	real := string(testenv.ReadShared(t, "fod/"+ssh))
	host := remembering{providertest.NewHost(t, nil), map[string][]byte{}}
	n := 0
	for line := range strings.Lines(list) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		size, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			continue // the head
		}
		n++
		content, _, _ := strings.Cut(f[0], ".cab")
		switch {
		case f[0] == ssh:
			content = real
		case strings.Count(content, "~") == 4:
			content = cabinet(content+"10.0.19041.1", "Some."+strings.ReplaceAll(content, "~", ".")+" 1.0")
		}
		host.Put(t, "fod/"+f[0], content)
		// The rest of a cabinet is of no interest; where the system can, it takes no room.
		if err := os.Truncate(host.Path("fod/"+f[0]), max(size, int64(len(content)))); err != nil {
			t.Skipf("large files can't be made here: %v", err)
		}
	}
	if n != 2645 {
		t.Fatalf("%d files", n)
	}
	got, err := resolved(t, host, "OpenSSH.Client~~~~0.0.1.0", "fod")
	if err != nil || len(got) != 41 { // the cabinet, and 40 of metadata
		t.Fatalf("%d files, %v", len(got), err)
	}
	var sum int64
	for _, f := range got {
		sum += scratch.Size(host.Path(f))
	}
	if all := scratch.Size(host.Path("fod")); sum > 100<<20 || all < 7<<30 {
		t.Errorf("%d bytes of %d are to be copied", sum, all)
	}
	if _, err := resolved(t, host, "Nothing.Of.The.Kind~~~~0.0.1.0", "fod"); err == nil || !strings.Contains(err.Error(), "None of the 2645 cabinets") {
		t.Errorf("what is not there: %v", err)
	}
	// What was noted is enough: the cabinets could be anything now.
	name := host.Path("fod/Microsoft-Windows-TabletPCMath-Package~31bf3856ad364e35~amd64~~.cab")
	st, err := os.Stat(name)
	if err == nil {
		err = os.WriteFile(name, []byte("MSCF"), 0o666)
	}
	if err == nil {
		err = os.Truncate(name, st.Size())
	}
	if err == nil {
		err = os.Chtimes(name, st.ModTime(), st.ModTime())
	}
	if err != nil {
		t.Fatal(err)
	}
	capability := "Some.Microsoft-Windows-TabletPCMath-Package.31bf3856ad364e35.amd64..~~~~0.0.1.0"
	if got, err := resolved(t, host, capability, "fod"); err != nil || !slices.ContainsFunc(got, func(f string) bool { return filepath.Base(f) == filepath.Base(name) }) {
		t.Errorf("%q, %v", got, err)
	}
	if err := os.Chtimes(name, st.ModTime().Add(1e9), st.ModTime().Add(1e9)); err != nil {
		t.Fatal(err)
	}
	if got, err := resolved(t, host, capability, "fod"); err == nil {
		t.Errorf("what was noted of a file that changed since counts: %q", got)
	}
}

// TestRealCabinet takes Microsoft's own cabinet under any name into the build it is for.
func TestRealCabinet(t *testing.T) {
	payloads := map[string]string{"d/x y.CAB": string(testenv.ReadShared(t, "fod/OpenSSH-Client-Package~31bf3856ad364e35~amd64~~.cab"))}
	set := object{"name": str("OpenSSH.Client~~~~0.0.1.0"), "source": str("d")}
	in := func(build string) map[string][]byte { return windowsOf(t, build) }
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "26100", Image: in("26100"), Payloads: payloads, Set: set, Attr: "source", Says: "is for build 19041, and the image holds build 26100"},
	})
	providertest.Run(t, Provider(), []providertest.Case{{Name: "19041", Image: in("19041"), Payloads: payloads, Set: set}})
}

func windowsOf(t *testing.T, build string) map[string][]byte {
	return regimage.Hives(t, fmt.Sprintf("[%s\\Packages\\Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.%s.1]\n\"CurrentState\"=dword:70\n\n", cbs, build))
}
