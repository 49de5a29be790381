package health_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// written writes a sample image.
func written(t *testing.T, o sample.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.wim")
	if err := sample.Write(t.Context(), path, o); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens an image for writing, to be damaged.
func open(t *testing.T, path string) image.Session {
	t.Helper()
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: path}, image.OpenOptions{
		Write: true, Store: t.TempDir(), Clock: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func check(t *testing.T, s image.Session, o health.Options) health.Report {
	t.Helper()
	r, err := health.Check(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhole(t *testing.T) {
	r := check(t, open(t, written(t, sample.Options{})), health.Options{Content: true})
	if found := r.Findings(); len(found) > 0 || len(r.Notes) > 0 {
		t.Errorf("found %v, notes %q", found, r.Notes)
	}
	looked := map[health.Area]int{}
	var areas []health.Area
	for _, result := range r.Results {
		areas = append(areas, result.Area)
		looked[result.Area] = result.Looked
	}
	if want := []health.Area{health.Hives, health.Servicing, health.Pending, health.Drivers, health.Content}; !slices.Equal(areas, want) {
		t.Errorf("areas %q", areas)
	}
	if looked[health.Hives] != 8 || looked[health.Servicing] != 9 || looked[health.Drivers] != 2 || looked[health.Content] < 50 {
		t.Errorf("looked at %v", looked)
	}
}

// TestFindings damages each image in one way.
func TestFindings(t *testing.T) {
	const (
		packages  = "Windows/servicing/Packages/"
		openSSH   = packages + "OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.26100.1"
		manifests = "Windows/WinSxS/Manifests/"
		kernel    = manifests + "amd64_microsoft-windows-os-kernel_31bf3856ad364e35_10.0.26100.1_none_0011223344556677.manifest"
		nvme      = "Windows/System32/DriverStore/FileRepository/stornvme.inf_amd64_0123456789abcdef"
	)
	base := written(t, sample.Options{Stored: true})
	remove := func(name string) func(image.Files, image.Registry) error {
		return func(f image.Files, _ image.Registry) error { return f.Remove(name) }
	}
	write := func(name, content string) func(image.Files, image.Registry) error {
		return func(f image.Files, _ image.Registry) error {
			return f.WriteFile(name, strings.NewReader(content), image.Meta{})
		}
	}
	key := func(name string) func(image.Files, image.Registry) error {
		return func(_ image.Files, r image.Registry) error { return r.CreateKey(name) }
	}
	const cbs = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	for _, c := range []struct {
		name   string
		damage func(image.Files, image.Registry) error
		area   health.Area
		thing  string
		detail string
	}{
		{"manifest of a package", remove(openSSH + ".mum"), health.Servicing, openSSH + ".mum", "missing"},
		{"catalogue of a package", remove(openSSH + ".cat"), health.Servicing, openSSH + ".cat", "missing"},
		{"empty manifest", write(openSSH+".mum", ""), health.Servicing, openSSH + ".mum", "empty"},
		{"manifest of a component", remove(kernel), health.Servicing, kernel, "component store"},
		{"folder of a driver", remove(nvme), health.Drivers, nvme, "missing"},
		{"INF file of a driver", remove(nvme + "/stornvme.inf"), health.Drivers, nvme + "/stornvme.inf", "missing"},
		{"hive that is gone", remove("Windows/System32/config/SAM"), health.Hives, "Windows/System32/config/SAM", "missing"},
		{"file that is not a hive", write("Windows/System32/config/SECURITY", "text"), health.Hives, "Windows/System32/config/SECURITY", "as a hive"},
		{"hive of another user", write("Users/Public/NTUSER.DAT", "text"), health.Hives, "Users/Public/NTUSER.DAT", "as a hive"},
		{"pending.xml", write("Windows/WinSxS/pending.xml", "<x/>"), health.Pending, "Windows/WinSxS/pending.xml", "pending"},
		{"restart", key(cbs + `\RebootPending`), health.Pending, cbs + `\RebootPending`, "pending"},
		{"session", key(cbs + `\SessionsPending\1_2`), health.Pending, cbs + `\SessionsPending (1)`, "pending"},
		{"unserviceable", key(cbs + `\Unserviceable`), health.Pending, cbs + `\Unserviceable`, "refuses"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, base)
			files, _ := image.As[image.Files](s)
			registry, _ := image.As[image.Registry](s)
			if err := c.damage(files, registry); err != nil {
				t.Fatal(err)
			}
			found := check(t, s, health.Options{}).Findings()
			if len(found) != 1 || found[0].Area != c.area || found[0].Thing != c.thing || !strings.Contains(found[0].Detail, c.detail) || found[0].Remedy == "" {
				t.Fatalf("found %+v", found)
			}
			r := check(t, s, health.Options{AllowPending: true})
			if allowed := c.area == health.Pending && c.name != "unserviceable"; allowed != (len(r.Findings()) == 0 && len(r.Notes) == 1) {
				t.Errorf("with pending work allowed: %v, notes %q", r.Findings(), r.Notes)
			}
		})
	}
}

// TestRealHives checks hives of Windows, some of them damaged or dirty. None of the
// driver packages that they record is in the image; the check reports each.
func TestRealHives(t *testing.T) {
	for _, c := range []struct {
		file, want string
		hasDrivers bool
	}{
		{"hives/regipy/SYSTEM.xz", "", false},
		{"hives/regipy/SYSTEM_WIN_10_1709.xz", "is dirty", true},
		{"hives/regipy/corrupted_system_hive.xz", "is damaged in ", false},
	} {
		t.Run(filepath.Base(c.file), func(t *testing.T) {
			const system = "Windows/System32/config/SYSTEM"
			s := regimage.Open(t, "", map[string][]byte{system: testenv.ReadShared(t, c.file)})
			var found []health.Finding
			r := check(t, s, health.Options{})
			for _, result := range r.Results {
				if result.Area == health.Drivers && c.hasDrivers && (len(result.Findings) != result.Looked || result.Looked < 200) {
					t.Errorf("%d of %d driver packages are missing", len(result.Findings), result.Looked)
				}
			}
			for _, f := range r.Findings() {
				if f.Thing == system {
					found = append(found, f)
				}
			}
			if c.want == "" != (len(found) == 0) || len(found) > 0 && !strings.Contains(found[0].Detail, c.want) {
				t.Errorf("found %v", found)
			}
		})
	}
}

func TestContent(t *testing.T) {
	path := written(t, sample.Options{Stored: true})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, []byte("; for 16-bit app support"))] ^= 1
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: path}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if found := check(t, s, health.Options{}).Findings(); len(found) > 0 {
		t.Errorf("content was not to be read, and %v was found", found)
	}
	found := check(t, s, health.Options{Content: true}).Findings()
	if len(found) != 1 || found[0].Thing != "Windows/win.ini" || found[0].Area != health.Content {
		t.Errorf("found %v", found)
	}
	if _, err := health.Check(t.Context(), regimage.Open(t, "", nil), health.Options{Content: true}); err != health.ErrNoDigests {
		t.Errorf("an image without digests: %v", err)
	}
}

func BenchmarkCheck(b *testing.B) {
	files := map[string][]byte{"Windows/System32/config/SYSTEM": testenv.ReadShared(b, "hives/regipy/SYSTEM_WIN_10_1709.xz")}
	s := regimage.Open(b, "", files)
	for b.Loop() {
		if _, err := health.Check(b.Context(), s, health.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestConcerns checks the concerns about images that can't be serviced, in part or at
// all.
func TestConcerns(t *testing.T) {
	base := written(t, sample.Options{Stored: true})
	concerns := func(s image.Session) string {
		t.Helper()
		all, err := health.Concerns(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, "\n")
	}
	s := open(t, base)
	if got := concerns(s); got != "" {
		t.Errorf("of an image that is whole: %s", got)
	}
	files, _ := image.As[image.Files](s)
	reg, _ := image.As[image.Registry](s)
	const (
		cbs     = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
		openSSH = "Windows/servicing/Packages/OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.26100.1"
	)
	for _, step := range []struct {
		do   func() error
		says string
	}{
		{func() error { return reg.CreateKey(cbs + `\RebootPending`) }, "pending in the image (" + cbs + `\RebootPending)`},
		{func() error { return files.Remove(openSSH + ".mum") }, "is not whole: " + openSSH + ".mum is missing"},
		{func() error { return files.Remove(openSSH + ".cat") }, "and 1 more like it"},
		{func() error { return reg.CreateKey(cbs + `\Unserviceable`) }, "refuses all servicing"},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := concerns(s); !strings.Contains(got, step.says) {
			t.Errorf("%s\nwant %q", got, step.says)
		}
	}
}

// held is a session whose hives another program has open the first few times.
type held struct {
	image.Session
	image.Files
	opens map[string]int
}

func (h *held) Unwrap() image.Session { return h.Session }

func (h *held) Open(name string) (fs.File, error) {
	if h.opens[name]++; strings.HasPrefix(name, "Windows/System32/config/") && h.opens[name] <= 3 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: busy.ErrInUse}
	}
	return h.Files.Open(name)
}

// TestHeld waits for hives that DISM has not let go of: they are not damage.
func TestHeld(t *testing.T) {
	s := open(t, written(t, sample.Options{}))
	files, _ := image.As[image.Files](s)
	h := &held{s, files, map[string]int{}}
	if found := check(t, h, health.Options{}).Findings(); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
