package preflight

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/internal/sample"
)

// TestHeld makes all checks where nothing is wrong: each finds just that.
func TestHeld(t *testing.T) {
	_, in := sound(t)
	found := Run(t.Context(), in, Doctor)
	for _, c := range checks(t.Context(), &Input{}) {
		i := slices.IndexFunc(found, func(f Finding) bool { return f.ID == c.id })
		switch {
		case i < 0:
			t.Errorf("%s finds nothing at all", c.id)
		case c.id == "winpe":
			if found[i].Severity != Skipped { // held in TestWindowsPE
				t.Errorf("%+v", found[i])
			}
		case found[i].Severity != Info:
			t.Errorf("%+v", found[i])
		}
	}
}

// violation is a machine, or something to check, on which one thing is wrong.
type violation struct {
	check    string
	do       func(m *fake, in *Input)
	severity Severity
	says     string // in what was found or in the remedy
}

func remote(in *Input, path string) map[string]volume.Volume {
	return map[string]volume.Volume{"": {Root: `C:\`, Type: "NTFS", Free: 100 * gib}, path: {Root: path, Type: "NFS", Remote: true, Free: 100 * gib}}
}

var errLocked = errors.New("the registry is locked")

func violations() map[string]violation {
	return map[string]violation{
		"not elevated":            {"elevation", func(m *fake, _ *Input) { m.elevated = false }, Error, "Run as administrator"},
		"elevation unknown":       {"elevation", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"no privilege to restore": {"privileges", func(m *fake, _ *Input) { m.privileges[privilege.Restore] = privilege.Missing }, Warning, "\"Restore files and directories\""},
		"privileges of an image in a folder": {"privileges", func(m *fake, in *Input) {
			m.privileges[privilege.TakeOwnership] = privilege.Missing
			in.Images[0].Target, in.Images[0].DISM, in.DISM = true, false, nil
		}, Warning, "SeTakeOwnershipPrivilege is missing"},
		"privileges unknown": {"privileges", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"no DISM":            {"dism", func(_ *fake, in *Input) { in.DISM = nil }, Warning, "Windows ADK"},
		"32-bit DISM":        {"dism.native", func(m *fake, _ *Input) { m.dismArch = "386" }, Error, "Sysnative"},
		"DISM unreadable":    {"dism.native", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"old DISM": {"dism.version", func(_ *fake, in *Input) {
			in.DISM.Program = says{text: "Deployment Image Servicing and Management tool\r\nVersion: 10.0.19041.844\r\n\r\n"}
		}, Warning, "GILD_DISM"},
		"DISM of Windows 7": {"dism.version", func(_ *fake, in *Input) {
			in.DISM.Program = says{text: "Deployment Image Servicing and Management tool\r\nVersion: 6.1.7600.16385\r\n\r\n"}
		}, Error, "6.1.7600"},
		"stale mount": {"mounts", func(_ *fake, in *Input) { in.DISM.Program = mounts(`D:\m=Invalid`) }, Warning, "/Cleanup-Mountpoints"},
		"lost mount":  {"mounts", func(_ *fake, in *Input) { in.DISM.Program = mounts(`D:\m=Needs Remount`) }, Warning, `/Remount-Image /MountDir:D:\m`},
		"20 mounts": {"mounts", func(_ *fake, in *Input) {
			var folders []string
			for i := range 20 {
				folders = append(folders, fmt.Sprintf(`D:\m%d=Ok`, i))
			}
			in.DISM.Program = mounts(folders...)
		}, Error, "20 of at most 20"},
		"20 mounts in the registry": {"mounts", func(m *fake, in *Input) { m.registered, in.DISM.Program = 20, says{exit: 740} }, Error, "20 of at most 20"},
		"mounts unknown": {"mounts", func(m *fake, in *Input) {
			m.err, in.DISM.Program = errLocked, says{exit: 87, text: "\r\nError: 87\r\n\r\nThe option is unknown.\r\n"}
		}, Warning, "The option is unknown"},
		"container":        {"mount.driver", func(m *fake, _ *Input) { m.driver.Container = true }, Error, "virtual machine"},
		"driver disabled":  {"mount.driver", func(m *fake, _ *Input) { m.driver.Disabled = true }, Error, "sc config WIMMount"},
		"no driver":        {"mount.driver", func(m *fake, _ *Input) { m.driver.Missing = true }, Warning, "Windows ADK"},
		"driver unknown":   {"mount.driver", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"deduplicated":     {"mount.place", func(m *fake, _ *Input) { m.deduplicated = true }, Error, "GILD_DATA_DIR"},
		"controlled store": {"mount.place", func(m *fake, in *Input) { m.controlled = Controlled{Active: true, Folders: []string{in.Store}} }, Warning, "0xc1510111"},
		"controlled scratch": {"mount.place", func(m *fake, in *Input) {
			in.Scratch = []string{`C:\Users\me\Documents\scratch`}
			m.controlled = Controlled{Active: true, Folders: []string{`C:\Users\*\Documents`}}
		}, Warning, "block scratch"},
		"controlled target": {"mount.place", func(m *fake, in *Input) {
			in.Images[0].Target, in.Images[0].Source = true, `C:\Users\me\Documents\mounted`
			m.controlled = Controlled{Active: true, Folders: []string{`C:\Users\*\Documents`}}
		}, Warning, "Mount or apply the image"},
		"controlled unknown": {"mount.place", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"long path":          {"mount.place", func(_ *fake, in *Input) { in.Store = `C:\` + strings.Repeat("x", 60) }, Warning, "have 2"},
		"too long a path":    {"mount.place", func(_ *fake, in *Input) { in.Store = `C:\` + strings.Repeat("x", 110) }, Error, "take 247"},
		"scanned":            {"antivirus", func(m *fake, _ *Input) { m.antivirus.Exclusions = []string{`C:\other`} }, Warning, "Add-MpPreference"},
		"scratch scanned": {"antivirus", func(m *fake, in *Input) {
			in.Scratch = []string{`S:\it's scratch`, in.Store}
		}, Warning, `-ExclusionPath 'S:\it''s scratch'`},
		"target scanned": {"antivirus", func(m *fake, in *Input) {
			in.Images[0].Target, in.Images[0].Source = true, `T:\mounted`
		}, Warning, `-ExclusionPath 'T:\mounted'`},
		"exclusions hidden": {"antivirus", func(m *fake, _ *Input) { m.antivirus = Antivirus{Active: true, Hidden: errLocked} }, Warning, "locked"},
		"antivirus unknown": {"antivirus", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"little memory":     {"memory", func(m *fake, _ *Input) { m.memory.Free = 200 * mib }, Warning, "320.0 MiB should be free"},
		"memory of many":    {"memory", func(m *fake, in *Input) { m.memory.Free, in.DISM.Program = 400*mib, mounts("a=Ok", "b=Ok", "c=Ok") }, Warning, "512.0 MiB should be free"},
		"store on a share":  {"store", func(m *fake, in *Input) { m.volumes = remote(in, in.Store) }, Error, "GILD_DATA_DIR"},
		"store not on NTFS": {"store", func(m *fake, in *Input) {
			m.volumes[in.Store] = volume.Volume{Root: `R:\`, Type: "ReFS", Free: gib * 9}
		}, Error, "ReFS"},
		"store unknown": {"store", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"store on FAT": {"filesystem", func(m *fake, in *Input) {
			m.volumes[in.Store] = volume.Volume{Root: `F:\`, Type: "FAT32", Free: gib * 9}
		}, Warning, "FAT32"},
		"disk nearly full":     {"room", func(m *fake, _ *Input) { m.volumes[""] = volume.Volume{Root: `C:\`, Type: "NTFS", Free: 2 << 10} }, Warning, "2.0 KiB are free"},
		"no room for language": {"room", func(m *fake, _ *Input) { m.volumes[""] = volume.Volume{Root: `C:\`, Type: "NTFS", Free: gib - 1} }, Error, "language pack needs 1 GiB"},
		"room unknown":         {"room", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"log on a share":       {"log", func(m *fake, in *Input) { m.readOnly, m.volumes = true, remote(in, filepath.Dir(in.Log)) }, Warning, "net use"},
		"log of a share":       {"log", func(m *fake, in *Input) { m.readOnly, in.Log = true, `\\server\logs\gild.log` }, Warning, "net use"},
		"log not writable":     {"log", func(m *fake, _ *Input) { m.readOnly = true }, Warning, "GILD_LOG_PATH"},
		"writable by all":      {"image.access", func(m *fake, _ *Input) { m.access = Access{Write: []string{"Everyone"}} }, Warning, "icacls"},
		"rights unknown":       {"image.access", func(m *fake, _ *Input) { m.err = errLocked }, Warning, "locked"},
		"old updates":          {"image.updates", func(_ *fake, in *Input) { in.Images[0].Updated = in.Now.Add(-100 * 24 * time.Hour) }, Warning, "100 days ago"},
		"pending work":         {"image.servicing", func(_ *fake, in *Input) { in.Images[0].Concerns = []string{"work is pending. Start it once."} }, Warning, "Start it once."},
		"source on a share":    {"image.mount", func(m *fake, in *Input) { m.volumes = remote(in, in.Images[0].Source) }, Warning, "Copy the file"},
		"no source":            {"image.mount", func(_ *fake, in *Input) { in.Images[0].Source += "x" }, Error, "Correct the path"},
		"target on a share": {"image.mount", func(m *fake, in *Input) {
			in.Images[0] = Image{Source: `\\server\share\tree`, Target: true, DISM: true}
			m.volumes = remote(in, `\\server`)
		}, Error, "network share"},
		"target not on NTFS": {"image.mount", func(m *fake, in *Input) {
			in.Images[0] = Image{Source: `F:\tree`, Target: true, DISM: true}
			m.volumes[`F:`] = volume.Volume{Root: `F:\`, Type: "FAT32"}
		}, Error, "needs NTFS"},
		"package at a root": {"payload.place", func(_ *fake, in *Input) { in.Payloads[0].Path = `C:\de.cab` }, Error, "root of a partition"},
		"package at the root of a mounted volume": {"payload.place", func(m *fake, in *Input) {
			in.Payloads[0].Path = `C:\mounted\Updates\de.cab`
			m.volumes[`C:\mounted\Updates`] = volume.Volume{Root: `C:\mounted\updates\`, Type: "NTFS", Free: gib * 9}
		}, Error, "mounted in a folder"},
		"package folder that is a volume": {"payload.place", func(m *fake, in *Input) {
			in.Payloads[0].Path = `C:\mounted\Updates`
			m.volumes[`C:\mounted\Updates`] = volume.Volume{Root: `C:\mounted\Updates\`, Type: "NTFS", Free: gib * 9}
		}, Error, "mounted in a folder"},
		"package in a cloud": {"payload.place", func(_ *fake, in *Input) { in.Payloads[0].Path = `C:\Users\a\OneDrive - Contoso\de.cab` }, Error, "cloud"},
		"cache on a share":   {"payload.network", func(m *fake, in *Input) { m.volumes = remote(in, filepath.Dir(in.Cache)) }, Warning, "GILD_CACHE_DIR"},
	}
}

func TestViolated(t *testing.T) {
	seen := map[string]bool{"winpe": true} // TestWindowsPE
	for name, want := range violations() {
		seen[want.check] = true
		t.Run(name, func(t *testing.T) {
			m, in := sound(t)
			want.do(m, &in)
			wrong, all := of(t, in, Doctor, want.check)
			if !slices.ContainsFunc(wrong, func(f Finding) bool {
				return f.Severity == want.severity && strings.Contains(f.Found+" "+f.Remedy, want.says)
			}) {
				t.Errorf("want %s that says %q; found %+v", want.severity, want.says, all)
			}
		})
	}
	for _, c := range checks(t.Context(), &Input{}) {
		if !seen[c.id] {
			t.Errorf("nothing violates %s", c.id)
		}
	}
}

// TestSkipped makes the checks on another system, without DISM: those that do not
// apply say why.
func TestSkipped(t *testing.T) {
	m, in := sound(t)
	m.os, in.DISM, in.Images[0].DISM = "linux", nil, false
	var skipped []string
	for _, f := range Run(t.Context(), in, Doctor) {
		switch f.Severity {
		case Skipped:
			skipped = append(skipped, f.ID)
		case Error, Warning:
			t.Errorf("%+v", f)
		}
	}
	want := []string{"elevation", "privileges", "dism", "dism.native", "dism.version", "mounts", "mount.driver", "mount.place", "antivirus", "winpe"}
	if !slices.Equal(skipped, want) {
		t.Errorf("skipped %v, want %v", skipped, want)
	}
	in.Images, in.Payloads, in.Log = nil, nil, ""
	for _, id := range []string{"image.mount", "image.access", "image.servicing", "image.updates", "payload.place", "payload.network", "log"} {
		if wrong, _ := of(t, in, Doctor, id); len(wrong) != 1 || wrong[0].Severity != Skipped {
			t.Errorf("%s without a configuration: %+v", id, wrong)
		}
	}
	m.volumes[""] = volume.Volume{Root: "/", Type: "ext4", Free: mib}
	if wrong, _ := of(t, in, Doctor, "room"); len(wrong) != 1 || wrong[0].Severity != Warning {
		t.Errorf("no room on a machine without a configuration: %+v", wrong)
	}
}

func TestWindowsPE(t *testing.T) {
	m, in := sound(t)
	m.pe = true
	if wrong, all := of(t, in, Doctor, "winpe"); len(wrong) != 0 || len(all) != 1 {
		t.Errorf("with all it needs: %+v", all)
	}
	m.memory = Memory{Total: 512 * mib, Free: 100 * mib}
	m.volumes[in.Store] = volume.Volume{Root: `X:\`, Type: "NTFS", Free: 32 * mib}
	wrong, _ := of(t, in, BeforeApply, "winpe")
	text := fmt.Sprint(wrong)
	for _, part := range []string{"DISM needs 256 MB of free memory", "wpeutil CreatePageFile", `memory disk X:\`} {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %q: %s", part, text)
		}
	}
	if wrong[0].Severity != Error || wrong[1].Severity != Warning || wrong[2].Severity != Error {
		t.Errorf("%+v", wrong)
	}
	m.err = errLocked
	if wrong, _ := of(t, in, Doctor, "winpe"); len(wrong) != 1 || wrong[0].Severity != Warning {
		t.Errorf("unknown: %+v", wrong)
	}
}

func TestLargeFileOnFAT(t *testing.T) {
	m, in := sound(t)
	if err := os.Truncate(in.Images[0].Source, 5*gib); err != nil { // sparse
		t.Skip("no sparse files on the file system of temporary files: ", err)
	}
	in.Images[0].Bytes = 9 * gib
	m.volumes[in.Images[0].Output] = volume.Volume{Root: "/media", Type: "vfat", Free: 100 * gib}
	wrong, _ := of(t, in, BeforePlan, "filesystem")
	if len(wrong) != 1 || wrong[0].Severity != Error || wrong[0].Subject != in.Images[0].Output {
		t.Errorf("%+v", wrong)
	}
}

// TestSources checks files that DISM could not mount by themselves.
func TestSources(t *testing.T) {
	_, in := sound(t)
	if err := os.Chmod(in.Images[0].Source, 0o444); err != nil {
		t.Fatal(err)
	}
	if wrong, all := of(t, in, Doctor, "image.mount"); len(wrong) != 0 || !strings.Contains(all[0].Found, "read-only; this does not matter, since DISM mounts a working copy") {
		t.Errorf("read-only: %+v", all)
	}
	in.Images[0].DISM = false
	if wrong, all := of(t, in, Doctor, "image.mount"); len(wrong) != 0 || !strings.Contains(all[0].Found, "nothing is mounted") {
		t.Errorf("read-only, without DISM: %+v", all)
	}
	dir := t.TempDir()
	esd := filepath.Join(dir, "install.esd")
	data, err := os.ReadFile(in.Images[0].Source)
	if err != nil {
		t.Fatal(err)
	}
	le := func(at int, v uint32) {
		for i := range 4 {
			data[at+i] = byte(v >> (8 * i))
		}
	}
	le(12, 0xe00) // the version of solid files
	if err := os.WriteFile(esd, data, 0o666); err != nil {
		t.Fatal(err)
	}
	in.Images[0].Source = esd
	if wrong, all := of(t, in, Doctor, "image.mount"); len(wrong) != 1 || wrong[0].Severity != Error || !strings.Contains(wrong[0].Remedy, "/Export-Image") {
		t.Errorf("solid: %+v", all)
	}
}

func TestMoments(t *testing.T) {
	_, in := sound(t)
	in.DISM.Program = says{err: errors.New("DISM was started")}
	for _, f := range Run(t.Context(), in, BeforePlan) {
		if strings.Contains(f.Found, "DISM was started") || f.ID == "elevation" {
			t.Errorf("before a plan: %+v", f)
		}
	}
	asked := 0
	in.DISM.Program = counting{&asked}
	if Run(t.Context(), in, Doctor); asked != 1 {
		t.Errorf("DISM was asked %d times", asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found := Run(ctx, in, Doctor); len(found) != 0 {
		t.Errorf("cancelled: %+v", found)
	}
}

func TestOlderThan(t *testing.T) {
	for _, c := range []struct {
		tool, image       string
		older, generation bool
	}{
		{"10.0.26100.1150", "10.0.26100.4061", false, false},
		{"10.0.26100.1150", "10.0.26200.1", false, false}, // made of the same code
		{"10.0.19041.844", "10.0.19045.5011", false, false},
		{"10.0.19041.844", "10.0.22631.1", true, false},
		{"10.0.26100.1", "10.0.19041.1", false, false},
		{"6.3.9600.17031", "10.0.26100.1", true, true},
		{"6.1.7600.16385", "6.3.9600.1", true, true},
		{"10.0.26100.1", "6.3.9600.1", false, false},
	} {
		if older, generation := olderThan(c.tool, c.image); older != c.older || generation != c.generation {
			t.Errorf("%+v: %v, %v", c, older, generation)
		}
	}
}

func TestExcluded(t *testing.T) {
	list := []string{`C:\Work`, `D:\users\*\gild\`, ""}
	for path, want := range map[string]bool{
		`c:\work\.gild`: true, `C:\WORK`: true, `C:\Workshop\.gild`: false, `D:\users\me\gild\store`: true, `D:\users\me\other`: false, `C:\`: false,
	} {
		if excluded(list, path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

// TestHidden checks a payload with a path that must not be shown.
func TestHidden(t *testing.T) {
	m, in := sound(t)
	in.Payloads[0].Path, in.Payloads[0].Hidden = `C:\secret.cab`, true
	m.volumes = remote(&in, `C:\secret.cab`)
	found := Run(t.Context(), in, Doctor)
	if text := fmt.Sprintf("%+v", found); strings.Contains(text, "secret") {
		t.Errorf("it is shown: %s", text)
	}
	if wrong, _ := of(t, in, Doctor, "payload.place"); len(wrong) != 1 || wrong[0].Subject != "kiosk/language_pack.de" {
		t.Errorf("%+v", wrong)
	}
}

func TestSampleIsMountable(t *testing.T) {
	name := filepath.Join(t.TempDir(), "many.wim")
	if err := sample.Write(t.Context(), name, sample.Options{Images: 2}); err != nil {
		t.Fatal(err)
	}
	_, in := sound(t)
	in.Images[0].Source = name
	if wrong, all := of(t, in, Doctor, "image.mount"); len(wrong) != 0 || all[0].Found != "it can be mounted" {
		t.Errorf("%+v", all)
	}
}

// TestSplitSource checks that room is made for all parts of a source.
func TestSplitSource(t *testing.T) {
	_, in := sound(t)
	f, err := wim.Open(in.Images[0].Source)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := f.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := wim.NewBuilder(wim.Options{Compression: wim.LZX})
	if err == nil {
		err = b.AddImage(img.Root, f.Images()[0], f)
	}
	if err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(t.TempDir(), "base.swm")
	var parts []*os.File
	err = b.WriteParts(t.Context(), f.Size()/3, func() (wim.PartWriter, error) {
		part, err := os.Create(wim.PartName(first, len(parts)+1))
		parts = append(parts, part)
		return part, err
	})
	var sum int64
	for _, part := range parts {
		info, e := part.Stat()
		if err = errors.Join(err, e, part.Close()); e == nil {
			sum += info.Size()
		}
	}
	if err != nil || len(parts) < 2 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	if got := (Image{Source: first}).fileSize(); got != sum {
		t.Errorf("%d bytes are counted of %d in %d parts", got, sum, len(parts))
	}
}

// TestWrittenOnce: the checks of one run open a source once to tell its size.
func TestWrittenOnce(t *testing.T) {
	_, in := sound(t)
	r := &space{Input: &in}
	first := r.written()
	if err := os.Remove(in.Images[0].Source); err != nil {
		t.Fatal(err)
	}
	if again := r.written(); len(first) < 2 || first[0].bytes == 0 || !slices.Equal(first, again) {
		t.Errorf("%+v, and then %+v", first, again)
	}
}

func TestNarrow(t *testing.T) {
	if got := narrow("linux", "/srv/it's/a.wim", "go-w"); !strings.Contains(got, `chmod go-w '/srv/it'\''s/a.wim'`) {
		t.Error(got)
	}
}

// TestMountsOfOtherSpelling counts a mount below the store as gild's own, also where DISM
// has another path to it.
func TestMountsOfOtherSpelling(t *testing.T) {
	_, in := sound(t)
	in.Store = filepath.Join(t.TempDir(), ".gild")
	link := filepath.Join(t.TempDir(), "short")
	if err := os.MkdirAll(filepath.Join(in.Store, "dism", "k", "mount"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(in.Store, link); err != nil {
		t.Skipf("no symbolic links, which stand for another spelling and take a privilege on Windows: %v", err)
	}
	in.DISM.Program = mounts(filepath.Join(link, "dism", "k", "mount") + "=Invalid")
	wrong, all := of(t, in, Doctor, "mounts")
	if len(wrong) > 0 || len(all) != 1 || !strings.Contains(all[0].Found, "1 of them by gild") {
		t.Errorf("%+v", all)
	}
}

// TestPlacesToMount: what Controlled Folder Access does not block, and a path that is just
// short enough, is as it should be.
func TestPlacesToMount(t *testing.T) {
	for name, do := range map[string]func(m *fake, in *Input){
		"not active": func(m *fake, in *Input) { m.controlled.Folders = []string{in.Store} },
		"DISM is allowed": func(m *fake, in *Input) {
			m.controlled = Controlled{Active: true, Folders: []string{in.Store}, Allowed: []string{strings.ToUpper(in.DISM.Path)}}
		},
		"other folders":     func(m *fake, in *Input) { m.controlled = Controlled{Active: true, Folders: []string{in.Store + "s"}} },
		"as long as may be": func(_ *fake, in *Input) { in.Store = `C:\` + strings.Repeat("x", 42) },
	} {
		m, in := sound(t)
		do(m, &in)
		if wrong, all := of(t, in, BeforePlan, "mount.place"); len(wrong) > 0 || len(all) == 0 {
			t.Errorf("%s: %+v", name, all)
		}
	}
}
