package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/cat/cattest"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/offline"
)

// only are the checks with these names, without what must pass before them where that is
// not among them.
func only(names ...string) []check {
	var list []check
	for _, c := range checks() {
		if slices.Contains(names, c.name) {
			list = append(list, c)
		}
	}
	return list
}

// liar is a DISM that goes about something in its own way: the nth run of a command, from
// 1; each one for 0.
type liar struct {
	dism.Program
	command string
	nth     int
	tamper  func(t *testing.T, args []string, out *bytes.Buffer) // after the run
	sfc     func(out io.Writer)
	t       *testing.T
	runs    *int
}

func (l liar) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	if nameOf(args) != l.command {
		return l.Program.Run(ctx, args, out)
	}
	if *l.runs++; l.nth != 0 && *l.runs != l.nth {
		return l.Program.Run(ctx, args, out)
	}
	var b bytes.Buffer
	exit, err := l.Program.Run(ctx, args, &b)
	l.tamper(l.t, args, &b)
	_, e := out.Write(b.Bytes())
	return exit, errors.Join(err, e)
}

func (l liar) SFC(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	if l.sfc != nil && *l.runs == 0 {
		*l.runs++
		l.sfc(out)
		return 0, nil
	}
	return l.Program.(dism.SystemFileChecker).SFC(ctx, args, out)
}

// LoadedHives and the others pass on what the program says: it lies in what it prints.
func (l liar) LoadedHives() (map[string]string, error) {
	return l.Program.(dism.HiveHolder).LoadedHives()
}

func (l liar) UnloadHive(key string) error { return l.Program.(dism.HiveHolder).UnloadHive(key) }

func (l liar) DevicePath(dir string) (string, error) {
	return l.Program.(dism.HiveHolder).DevicePath(dir)
}

// inMount changes something in the folder in which an image was just mounted.
func inMount(do func(dir string) error) func(*testing.T, []string, *bytes.Buffer) {
	return func(t *testing.T, args []string, _ *bytes.Buffer) {
		for _, a := range args {
			if dir, ok := strings.CutPrefix(a, "/MountDir:"); ok {
				if err := do(dir); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// instead has something else printed.
func instead(old, with string) func(*testing.T, []string, *bytes.Buffer) {
	return func(t *testing.T, args []string, out *bytes.Buffer) {
		text := strings.Replace(out.String(), old, with, 1)
		if text == out.String() {
			t.Errorf("%s prints nothing of %q:\n%s", nameOf(args), old, text)
		}
		out.Reset()
		out.WriteString(text)
	}
}

// TestLies: each check that asks DISM fails where DISM, or what it leaves, lies.
func TestLies(t *testing.T) {
	notWine(t)
	mounted := []string{"image.write", "image.mount"}
	in := func(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, c := range []struct {
		check string
		with  []string // that are made before
		fault string   // of the emulation
		lie   liar
		says  string
	}{
		{check: "image.info", with: mounted[:1], lie: liar{command: "Get-ImageInfo", tamper: instead("Name : "+ownName, "Name : another")}, says: "DISM shows Name : another"},
		{check: "image.info", with: mounted[:1], fault: "Get-ImageInfo@1:code=0xc1570110", says: "0xc1570110"},
		{check: "image.mount", with: mounted[:1], fault: "Mount-Image@1:lie", says: "there is no Windows in this folder"},
		{check: "image.mount", with: mounted[:1], lie: liar{command: "Get-MountedImageInfo", nth: 4, tamper: instead("Status : Ok", "Status : Invalid")}, says: "Invalid"},
		{check: "mounted.files", with: mounted, lie: liar{command: "Mount-Image", tamper: inMount(func(dir string) error { return os.Remove(in(dir, readOnlyFile)) })}, says: readOnlyFile},
		{check: "mounted.files", with: mounted, lie: liar{command: "Mount-Image", tamper: inMount(func(dir string) error { return os.Truncate(in(dir, trustedFile), 3) })}, says: "is seen with 3"},
		{check: "mounted.files", with: mounted, lie: liar{command: "Mount-Image", tamper: inMount(func(dir string) error {
			return errors.Join(os.Remove(in(dir, hiddenFile)), os.Mkdir(in(dir, hiddenFile), 0o700))
		})}, says: "is a folder: false"},
		{check: "mounted.content", with: mounted, lie: liar{command: "Mount-Image", tamper: inMount(func(dir string) error {
			return os.WriteFile(in(dir, trustedFile), []byte("a file of Wind0ws"), 0o600)
		})}, says: trustedFile},
		{check: "commit", with: append(mounted, "mounted.hosts"), fault: "Commit-Image@1:lie", says: "hosts"},
		{check: "commit", with: append(mounted, "mounted.hosts"), fault: "Unmount-Image@1:lie", says: "mounted"},
		{check: "commit", with: append(mounted, "mounted.hosts"), lie: liar{command: "Commit-Image", tamper: inMount(func(string) error { return nil }), nth: 9}, says: ""},
		{check: "cut.unmount", with: mounted, lie: liar{command: "Mount-Image", nth: 3, tamper: inMount(func(dir string) error { return os.Remove(in(dir, stepFile("two"))) })}, says: "lacks a file of checkpoint"},
		{check: "cut.commit", with: mounted, lie: liar{command: "Mount-Image", nth: 3, tamper: inMount(func(dir string) error { return os.WriteFile(in(dir, stepFile("two")), nil, 0o600) })}, says: "does not have"},
		{check: "cut.mount", with: mounted, lie: liar{command: "Mount-Image", nth: 3, tamper: inMount(func(dir string) error { return os.WriteFile(in(dir, stepFile("one")), nil, 0o600) })}, says: "does not have"},
		{check: "service.mount", fault: "Mount-Image@1:code=0xc1420127", says: "0xc1420127"},
		{check: "service.mount", lie: liar{command: "Get-CurrentEdition", tamper: instead("Professional", "Core")}, says: `edition is "Core"`},
		{check: "service.lists", with: []string{"service.mount"}, lie: liar{command: "Get-Packages", tamper: instead("State : Installed", "State : Staged")}, says: "staged according to DISM"},
		{check: "service.lists", with: []string{"service.mount"}, lie: liar{command: "Get-Packages", tamper: instead("Identity : OpenSSH-Client", "Identity : OpenSSH-Other")}, says: "not by gild"},
		{check: "service.lists", with: []string{"service.mount"}, lie: liar{command: "Get-Features", tamper: instead("State : Disabled", "State : Enabled")}, says: "enabled according to DISM"},
		{check: "service.drivers", with: []string{"service.mount"}, fault: "Add-Driver@1:lie", says: "does not list it"},
		{check: "service.drivers", with: []string{"service.mount"}, lie: liar{command: "Get-Drivers", tamper: instead("gildscsi.inf", "other.inf")}, says: "not by gild"},
		{check: "service.feature", with: []string{"service.mount"}, fault: "Enable-Feature@1:lie", says: "lists it as Disabled"},
		{check: "service.cut", with: []string{"service.mount"}, fault: "Commit-Image@1:lie", says: "checkpoint is lost"},
		{check: "service.commit", with: []string{"service.mount", "service.drivers"}, fault: "Commit-Image@1:lie", says: "gildnet"},
		{check: "service.offline", with: []string{"service.mount", "service.drivers", "service.commit"}, lie: liar{command: "Get-Drivers", nth: 2, tamper: instead("1.2.3.4", "1.2.3.5")}, says: "differently from its own"},
		{check: "service.scan", with: []string{"service.mount", "service.commit"}, lie: liar{command: "Cleanup-Image", nth: 1, tamper: instead("No component store corruption detected.", "The component store is repairable.")}, says: "repairable, but healthy"},
		{check: "service.sfc", with: []string{"service.mount", "service.commit"}, lie: liar{sfc: func(out io.Writer) {
			fmt.Fprint(out, "Windows Resource Protection found integrity violations.\r\n")
		}}, says: "protected files"},
	} {
		t.Run(c.check+" "+c.fault+c.lie.command, func(t *testing.T) {
			var p dism.Program = within{&dismemu.Machine{State: t.TempDir(), Fault: c.fault}}
			if strings.Contains(c.check, "cut") {
				p = emulated(t, c.fault)
			} else {
				t.Parallel()
			}
			if c.lie.command != "" || c.lie.sfc != nil {
				c.lie.Program, c.lie.t, c.lie.runs = p, t, new(int)
				p = c.lie
			}
			r, all := outcomes(t, options(t, p), only(append(slices.Clone(c.with), c.check)...))
			res := all[c.check]
			if c.says == "" { // a lie that is never told
				if res.Outcome != Passed {
					t.Errorf("%s: %s", res.Outcome, res.Detail)
				}
				return
			}
			if res.Outcome != Failed || !strings.Contains(res.Detail, c.says) || r.OK() {
				t.Errorf("%s: %s", res.Outcome, res.Detail)
			}
			if last := all[cleanupName]; last.Outcome != Passed {
				t.Errorf("cleanup %s: %s", last.Outcome, last.Detail)
			}
		})
	}
}

// forgetful is a session that says it has done everything, and does not do one thing.
type forgetful struct {
	image.Session
	image.Files
	write, security, protection bool // that is not done
}

func (f *forgetful) WriteFile(name string, content io.Reader, meta image.Meta) error {
	if f.write {
		return nil
	}
	return f.Files.WriteFile(name, content, meta)
}

func (f *forgetful) MkdirAll(name string, meta image.Meta) error {
	if f.security {
		meta.Security = nil
	}
	return f.Files.MkdirAll(name, meta)
}

func (f *forgetful) SetMeta(name string, meta image.Meta) error {
	if f.security {
		return nil
	}
	return f.Files.SetMeta(name, meta)
}

func (f *forgetful) Meta(name string) (image.Meta, error) {
	m, err := f.Files.Meta(name)
	if f.protection && m.Security != nil {
		m.Security = bytes.Clone(m.Security)
		m.Security[3] &^= 0x10 // SE_DACL_PROTECTED
	}
	return m, err
}

// Unwrap implements what [image.As] looks for.
func (f *forgetful) Unwrap() image.Session { return f.Session }

// offlineBench is a bench whose mounted image is one that keeps everything: the WIM file
// by the backend offline.
func offlineBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(Options{AtOnce: t.Context()}, t.TempDir())
	if err := b.own.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: b.own.file}, image.OpenOptions{Write: true, Store: filepath.Join(b.dir, "store"), Clock: moment})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b.own.session = s
	return b
}

// TestEdits: each change passes where it is made, and fails where it is not.
func TestEdits(t *testing.T) {
	notWine(t)
	for _, e := range edits {
		b := offlineBench(t)
		if err := errors.Join(b.own.readContent(t.Context()), b.own.readSecurity(t.Context()), b.own.makeEdit(e)); err != nil {
			t.Errorf("%s: %v", e.name, err)
		}
		b = offlineBench(t)
		files, _ := image.As[image.Files](b.own.session)
		f := &forgetful{Session: b.own.session, Files: files, write: !e.security, security: e.name != "trusted.owner", protection: e.name == "trusted.owner"}
		b.own.session = f
		if e.name == "hives" {
			if err := readHives(f); err == nil {
				t.Errorf("%s: it is read before it is made", e.name)
			}
			continue
		}
		if err := b.own.makeEdit(e); err == nil {
			t.Errorf("%s: passes with a session that does not do it", e.name)
		}
	}
	b := offlineBench(t)
	files, _ := image.As[image.Files](b.own.session)
	b.own.session = &forgetful{Session: b.own.session, Files: files, protection: true}
	if err := b.own.readSecurity(t.Context()); err == nil || !strings.Contains(err.Error(), "protected") {
		t.Errorf("descriptors that lose their protection: %v", err)
	}
	err := b.own.each(func(name string, node *wim.Node) error {
		if name == hiddenFile {
			node.Attributes &^= wim.AttrHidden
		}
		return seen(files, name, node, true)
	})
	if err == nil || !strings.Contains(err.Error(), hiddenFile) {
		t.Errorf("attributes: %v", err)
	}
}

// TestSameImages: two outputs that differ in one thing are told apart.
func TestSameImages(t *testing.T) {
	notWine(t)
	for what, change := range map[string]func(root *wim.Node){
		"":              func(*wim.Node) {},
		trustedFile:     func(root *wim.Node) { root.Lookup(trustedFile).Attributes |= wim.AttrHidden },
		foreignFile:     func(root *wim.Node) { root.Lookup(foreignFile).Security = protected },
		"image by DISM": func(root *wim.Node) { root.Lookup("Windows").Remove(filepath.Base(emptyFile)) },
		"image by the":  func(root *wim.Node) { put(root, "Windows/more.txt", wim.AttrArchive, "x", nil) },
		"is not seen": func(root *wim.Node) {
			root.Lookup(edits[len(edits)-1].touches[0]).Streams = root.Lookup(edits[len(edits)-1].touches[5]).Streams
		},
		protectedFile: func(root *wim.Node) { root.Lookup(protectedFile).Written++ },
		"gild-linked": func(root *wim.Node) { put(root, linkedFile, wim.AttrArchive, "changed", nil) },
	} {
		b := offlineBench(t)
		root, err := ownTree()
		if err != nil {
			t.Fatal(err)
		}
		change(root)
		other := filepath.Join(b.dir, "other.wim")
		if err := writeWIM(t.Context(), other, root); err != nil {
			t.Fatal(err)
		}
		err = b.own.sameImages(b.own.file, other)
		if (err != nil) != (what != "") || err != nil && !strings.Contains(err.Error(), what) {
			t.Errorf("%q: %v", what, err)
		}
	}
}

// TestHives: a reader that sees something else than gild, or can't load a hive, is reported.
func TestHives(t *testing.T) {
	honest := func(file string) (listing, error) {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		return listHive(data)
	}
	some := func(l listing) string { return slices.Sorted(maps.Keys(l))[3] }
	for name, c := range map[string]struct {
		load func(file string) (listing, error)
		says string
		want Outcome
	}{
		"honest":  {load: honest, want: Passed},
		"skipped": {load: func(string) (listing, error) { return nil, skip("there is none") }, says: "there is none", want: Skipped},
		"refused": {load: func(string) (listing, error) { return nil, errors.New("0x3f9") }, says: "0x3f9", want: Failed},
		"lost": {load: func(file string) (listing, error) {
			l, err := honest(file)
			delete(l, some(l))
			return l, err
		}, says: "is not seen", want: Failed},
		"other": {load: func(file string) (listing, error) {
			l, err := honest(file)
			l[some(l)] = "type 1, 2 bytes"
			return l, err
		}, says: "is seen as", want: Failed},
		"more": {load: func(file string) (listing, error) {
			l, err := honest(file)
			l.key(`\more`)
			return l, err
		}, says: "does not exist", want: Failed},
	} {
		t.Run(name, func(t *testing.T) {
			loaders = func() []loader { return []loader{{"other", "", c.load}} }
			t.Cleanup(func() { loaders = windowsLoaders })
			_, all := outcomes(t, Options{Dir: t.TempDir(), NoDISM: "none"}, hiveChecks())
			if r := all["hives.other"]; r.Outcome != c.want || !strings.Contains(r.Detail, c.says) {
				t.Errorf("%s: %s", r.Outcome, r.Detail)
			}
		})
	}
	b := offlineBench(t)
	if err := newHive(b, t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(b.hives.kept[0].file)
	if err != nil {
		t.Fatal(err)
	}
	data[0x1000+32+4] ^= 0xff // the signature of the root key
	if err := b.hives.keep("a damaged one", data); err == nil {
		t.Error("a damaged hive passes")
	}
}

// TestSigned adds a package of a driver store that lies in a folder.
func TestSigned(t *testing.T) {
	store := t.TempDir()
	driverStore = func() string { return store }
	t.Cleanup(func() { driverStore = driverStoreHere })
	dir := filepath.Join(store, "contoso.inf_amd64_0123456789abcdef")
	infs, err := writeDrivers(store, image.Info{Arch: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(infs[0])
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := cattest.Signed("Contoso", text, []byte("sys"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"contoso.inf": text, "gildnet.sys": []byte("sys"), "gildnet.cat": catalogue} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for fault, want := range map[string]Outcome{"": Passed, "Add-Driver@1:lie": Failed} {
		_, all := outcomes(t, options(t, emulated(t, fault)), only("service.mount", "service.signed"))
		if r := all["service.signed"]; r.Outcome != want {
			t.Errorf("%q: %s: %s", fault, r.Outcome, r.Detail)
		}
	}
}

// TestCleanup: an image that can't be unmounted is reported, its folder stays, and the
// next run removes both.
func TestCleanup(t *testing.T) {
	pause = time.Millisecond
	t.Cleanup(func() { pause = releasePause })
	honest := emulated(t, "")
	o := options(t, stubborn{honest})
	r, err := run(t.Context(), o, only("image.write", "image.mount"))
	if err != nil {
		t.Fatal(err)
	}
	last := r.Results[len(r.Results)-1]
	if last.Outcome != Failed || !strings.Contains(last.Detail, "still mounted") || r.OK() {
		t.Errorf("%s: %s", last.Outcome, last.Detail)
	}
	left, err := os.ReadDir(o.Dir)
	if err != nil || len(left) != 1 {
		t.Fatal(left, err)
	}
	others := filepath.Join(t.TempDir(), "mount")
	if err := os.Mkdir(others, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := honest.Run(t.Context(), []string{"/English", "/Mount-Image", "/ImageFile:" + o.Image, "/Index:1", "/MountDir:" + others}, io.Discard); err != nil {
		t.Fatal(err)
	}
	o.Program = honest
	if _, all := outcomes(t, o, only("image.write", "image.mount")); all[cleanupName].Outcome != Passed {
		t.Errorf("the next run: %s", all[cleanupName].Detail)
	}
	p := &program{Program: honest, atOnce: t.Context()}
	if list, err := p.mounts(t.Context()); err != nil || len(list) != 1 || list[0].dir != others {
		t.Errorf("mounted are %v, %v", list, err)
	}
}

// stubborn is a DISM that unmounts nothing.
type stubborn struct{ dism.Program }

func (s stubborn) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	if nameOf(args) == "Unmount-Image" {
		return 0xc1420117, nil
	}
	return s.Program.Run(ctx, args, out)
}

// TestInterrupted: what is left is skipped, and everything is removed.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t, emulated(t, ""))
	o.Tell = func(r Result) {
		if r.Name == "image.mount" {
			cancel()
		}
	}
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	last := len(r.Results) - 1
	if r.Failed != 0 || r.Results[last].Outcome != Passed {
		t.Errorf("%s, cleanup %s: %s", r.Verdict(), r.Results[last].Outcome, r.Results[last].Detail)
	}
	at := slices.IndexFunc(r.Results, func(r Result) bool { return r.Name == "image.mount" })
	for _, c := range r.Results[at+1 : last] {
		if c.Outcome != Skipped || c.Detail != "interrupted" {
			t.Errorf("%s after the interrupt: %s, %s", c.Name, c.Outcome, c.Detail)
		}
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestNothingRan: a run without DISM is no success, nor is one in which a check is broken.
func TestNothingRan(t *testing.T) {
	r, _ := outcomes(t, Options{Dir: t.TempDir(), NoDISM: "there is none"}, checks())
	if r.OK() || r.OfDISM != 0 || r.Failed != 0 || !strings.Contains(r.Verdict(), "proves nothing") {
		t.Error(r.Verdict())
	}
	broken := check{name: "broken", dism: true, run: func(*bench, context.Context) error { panic("oh") }}
	if r, all := outcomes(t, options(t, emulated(t, "")), []check{broken}); r.OK() || all["broken"].Outcome != Failed {
		t.Errorf("%+v", all["broken"])
	}
	b := newBench(Options{}, filepath.Join(t.TempDir(), "none"))
	if err := b.own.write(t.Context()); err == nil {
		t.Error("an image is written into a folder that is not there")
	}
}

// TestPrivileges: one that is not enabled is reported.
func TestPrivileges(t *testing.T) {
	t.Cleanup(func() { heldPrivileges = privilege.Held })
	for state, want := range map[privilege.State]bool{privilege.Enabled: true, privilege.Disabled: false, privilege.Missing: false} {
		heldPrivileges = func() (map[string]privilege.State, error) {
			return map[string]privilege.State{privilege.Backup: privilege.Enabled, privilege.Restore: state, privilege.TakeOwnership: privilege.Enabled}, nil
		}
		if err := privileges.run(&bench{}, t.Context()); (err == nil) != want {
			t.Errorf("%v: %v", state, err)
		}
	}
}

// TestOthersStay: of a folder of an earlier run only what is mounted in it is unmounted.
func TestOthersStay(t *testing.T) {
	dir := t.TempDir()
	for path, in := range map[string]bool{filepath.Join(dir, "a", "mount"): true, dir: true, dir + "-other": false, filepath.Dir(dir): false, filepath.Join(dir, "..", "x"): false} {
		if got := len(below(dir, []mount{{dir: path}})) == 1; got != in {
			t.Errorf("%s is below %s: %v", path, dir, got)
		}
	}
	if _, err := tempdir.NewIn(filepath.Join(dir, "none"), folderPrefix); err == nil {
		t.Error("a folder in one that is not there")
	}
}

// TestCleaner: names and folders are taken out however they are written.
func TestCleaner(t *testing.T) {
	c := &cleaner{}
	c.add(`C:\Users\Alice\AppData\Local\Temp\gild-self-test-1`, "SCRATCH")
	c.add(`C:\Users\Alice`, "HOME")
	c.add(`C:\`, "NOTHING")
	c.word("ALICE-PC", "MACHINE")
	for text, want := range map[string]string{
		`open c:\users\alice\appdata\local\temp\GILD-self-test-1\own.wim`: `open SCRATCH\own.wim`,
		`C:/Users/Alice/x`:        `HOME/x`,
		`C:\Windows on Alice-PC.`: `C:\Windows on MACHINE.`,
	} {
		if got := c.text(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
