package health_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/health"
	"github.com/gildhq/gild/providers/providertest"
)

// emulated runs the emulation of DISM in this process, and that of sfc.
type emulated struct {
	*dismemu.Machine
	sfc      dism.Exe // empty: there is none
	says     string   // printed in place of what DISM does; empty: it works
	commands *[]string
}

func (e emulated) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	for _, a := range args {
		if strings.HasSuffix(a, "Health") {
			*e.commands = append(*e.commands, strings.TrimPrefix(a, "/"))
			if e.says != "" {
				fmt.Fprint(out, e.says)
				return 0, nil
			}
		}
	}
	return e.Machine.Run(ctx, args, out), nil
}

func (e emulated) SFC(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	if e.sfc == "" {
		return 0, dism.ErrNoSFC
	}
	*e.commands = append(*e.commands, "sfc "+args[0])
	return e.sfc.Run(ctx, args, out)
}

// serviced is an image that DISM services.
type serviced struct {
	*testing.T
	image.Session
	kind     *providers.Provider
	host     providertest.Host // its base.wim is the image as it was
	commands []string
}

func newServiced(t *testing.T, program emulated) *serviced {
	t.Helper()
	x := &serviced{T: t, kind: health.Provider(), host: providertest.NewHost(t, nil)}
	program.commands = &x.commands
	program.Machine = &dismemu.Machine{State: filepath.Join(t.TempDir(), "state")}
	base := x.host.Path("base.wim")
	if err := sample.Write(t.Context(), base, sample.Options{Stored: true}); err != nil {
		t.Fatal(err)
	}
	s, err := dism.Backend{Program: program}.Open(t.Context(), image.Ref{Path: base}, image.OpenOptions{
		Write: true, Store: filepath.Join(t.TempDir(), "store"), Clock: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	x.Session = s
	return x
}

// apply makes the step by DISM, as it is made in the image, and its earlier part.
func (x *serviced) apply(set map[string]cty.Value) error {
	x.Helper()
	want, err := x.kind.Checked(providertest.Value(x.T, x.kind, set), false)
	if err != nil {
		x.Fatal(err)
	}
	if want, err = x.kind.Resolved(x.Context(), x.host, want); err != nil {
		return err
	}
	change := providers.Change{Action: providers.Update, Want: want, Have: providers.There(want)}
	return x.kind.Ways[0].Apply(x.Context(), x.Session, x.host, []providers.Change{change})
}

const (
	lost         = "Windows/servicing/Packages/OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.26100.1.mum"
	corrupt      = `HKLM\COMPONENTS`
	unrepairable = cbs + `\Unserviceable`
)

func (x *serviced) files() image.Files {
	files, _ := image.As[image.Files](x.Session)
	return files
}

// damage loses a manifest, which a scan finds.
func (x *serviced) damage() []byte {
	x.Helper()
	f, err := x.files().Open(lost)
	if err != nil {
		x.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close(), x.files().Remove(lost)); err != nil {
		x.Fatal(err)
	}
	return data
}

// record has damage on record, which nothing else tells of.
func (x *serviced) record() {
	x.Helper()
	registry, _ := image.As[image.Registry](x.Session)
	if err := registry.SetValue(corrupt, image.Value{Name: "StoreCorruptTimeStamp", Type: 11, Data: make([]byte, 8)}); err != nil {
		x.Fatal(err)
	}
}

func (x *serviced) key(path string) {
	x.Helper()
	registry, _ := image.As[image.Registry](x.Session)
	if err := registry.CreateKey(path); err != nil {
		x.Fatal(err)
	}
}

func strs(list ...string) cty.Value {
	values := make([]cty.Value, len(list))
	for i, s := range list {
		values[i] = cty.StringVal(s)
	}
	return cty.ListVal(values)
}

var (
	recorded = map[string]cty.Value{"check": cty.StringVal("recorded")}
	scan     = map[string]cty.Value{"check": cty.StringVal("scan")}
	restore  = map[string]cty.Value{"restore": cty.True}
)

// TestStore: the verdict decides, and without being asked for nothing is repaired.
func TestStore(t *testing.T) {
	for _, c := range []struct {
		name     string
		prepare  func(*serviced)
		set      map[string]cty.Value
		says     string
		attr     string
		err      string // empty: healthy
		commands []string
	}{
		{name: "healthy on record", set: recorded, commands: []string{"CheckHealth"}},
		{name: "healthy by scan", set: scan, commands: []string{"ScanHealth"}},
		{name: "not asked", set: nil, prepare: (*serviced).record},
		{name: "repairable on record", set: recorded, prepare: (*serviced).record, attr: "check", err: "restore = true", commands: []string{"CheckHealth"}},
		{name: "repairable by scan", set: scan, prepare: func(x *serviced) { x.damage() }, attr: "check", err: "repairable", commands: []string{"ScanHealth"}},
		{name: "not to be repaired", set: recorded, prepare: func(x *serviced) { x.key(unrepairable) }, attr: "check", err: "start from another image", commands: []string{"CheckHealth"}},
		{name: "restore what can't be", set: restore, prepare: func(x *serviced) { x.key(unrepairable) }, attr: "check", err: "cannot be repaired", commands: []string{"ScanHealth"}},
		{name: "restore what is whole", set: restore, commands: []string{"ScanHealth"}},
		{name: "other words", set: scan, says: "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.26100.1150\r\n\r\nDer Komponentenspeicher ist reparierbar.\r\n", err: "no known verdict", commands: []string{"ScanHealth"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newServiced(t, emulated{says: c.says})
			if c.prepare != nil {
				c.prepare(x)
			}
			err := x.apply(c.set)
			if !slices.Equal(x.commands, c.commands) {
				t.Errorf("DISM ran %q", x.commands)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatal(err)
			}
			if p, ok := errors.AsType[*providers.Problem](err); c.attr != "" && (!ok || p.Attr != c.attr) {
				t.Errorf("at another attribute than %q: %v", c.attr, err)
			}
		})
	}
}

// TestRestore: what is lost comes back from the source, or the error says what to do.
func TestRestore(t *testing.T) {
	t.Run("image in a file", func(t *testing.T) {
		x := newServiced(t, emulated{})
		x.restored(map[string]cty.Value{"restore": cty.True, "source": strs("wim:base.wim:1")}, "ScanHealth RestoreHealth ScanHealth", x.damage())
	})
	t.Run("folder", func(t *testing.T) {
		x := newServiced(t, emulated{})
		data := x.damage()
		x.host.Put(t, "of this build/"+lost, string(data))
		x.restored(map[string]cty.Value{"restore": cty.True, "check": cty.StringVal("recorded"), "source": strs("of this build")}, "CheckHealth RestoreHealth CheckHealth", data)
	})
	for _, c := range []struct {
		name string
		set  map[string]cty.Value
		errs []string
	}{
		{"without a source", restore, []string{"0x800f081f", "there is no source", "exactly this build"}},
		{"from Windows Update alone", map[string]cty.Value{"restore": cty.True, "limit_access": cty.False}, []string{"0x800f0906", "there is no source"}},
		{"of another build", map[string]cty.Value{"restore": cty.True, "source": strs("other")}, []string{"0x800f081f", "exactly this build"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newServiced(t, emulated{})
			x.host.Put(t, "other/Windows/win.ini", "x")
			x.damage()
			err := x.apply(c.set)
			for _, text := range c.errs {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("it does not say %q: %v", text, err)
				}
			}
			if failed, ok := errors.AsType[*dism.Error](err); !ok || failed.Remedy == "" {
				t.Errorf("no error of DISM with a remedy: %v", err)
			}
		})
	}
}

func (x *serviced) restored(set map[string]cty.Value, commands string, data []byte) {
	x.Helper()
	want := providertest.Value(x.T, x.kind, set)
	have, err := x.kind.Found(x.Context(), x.Session, want)
	if err != nil || have.GetAttr("restore").True() || have.GetAttr("servicing").AsString() != "damaged" {
		x.Fatalf("damage is not something to be done: %#v, %v", have, err)
	}
	if err := x.apply(set); err != nil {
		x.Fatal(err)
	}
	if got := strings.Join(x.commands, " "); got != commands {
		x.Errorf("DISM ran %s", got)
	}
	f, err := x.files().Open(lost)
	if err != nil {
		x.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil || string(got) != string(data) {
		x.Errorf("%q came back, %v", got, err)
	}
	if have, err = x.kind.Found(x.Context(), x.Session, want); err != nil || !have.GetAttr("restore").True() {
		x.Errorf("it is not as wanted: %#v, %v", have, err)
	}
}

func TestSystemFiles(t *testing.T) {
	name := "sfc"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	sfc := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", sfc, "github.com/gildhq/gild/image/dism/dismemu/dism").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	set := map[string]cty.Value{"system_files": cty.True}

	x := newServiced(t, emulated{sfc: dism.Exe(sfc)})
	if err := x.apply(set); err != nil {
		t.Error(err)
	}
	data := x.damage()
	err := x.apply(set)
	problem, ok := errors.AsType[*providers.Problem](err)
	if !ok || problem.Attr != "system_files" || !strings.Contains(problem.Detail, filepath.Base(lost)) || !strings.Contains(problem.Detail, "Do not repair images with sfc") {
		t.Error(err)
	}
	if !slices.Equal(x.commands, []string{"sfc /verifyonly", "sfc /verifyonly"}) {
		t.Errorf("ran %q", x.commands)
	}
	if _, err := x.files().Stat(lost); err == nil || len(data) == 0 {
		t.Error("something was repaired")
	}
	if err := newServiced(t, emulated{}).apply(set); !errors.Is(err, dism.ErrNoSFC) {
		t.Errorf("without sfc: %v", err)
	}
}

// TestUnaided: what only DISM can tell is refused where there is none, at the
// attribute, and what gild verifies by itself is not.
func TestUnaided(t *testing.T) {
	p := health.Provider()
	img := providertest.NewImage(t, holding(t, ""), false)
	way := p.Ways[len(p.Ways)-1]
	for name, want := range map[string][]string{
		"check": {"check"}, "restore": {"restore"}, "system_files": {"system_files"}, "content": nil, "allow_pending": nil,
	} {
		value := cty.True
		if name == "check" {
			value = cty.StringVal("recorded")
		}
		wanted, err := p.Checked(providertest.Value(t, p, map[string]cty.Value{name: value}), false)
		if err != nil {
			t.Fatal(err)
		}
		if why := p.Again(wanted, nil); (why != "") != (want != nil) {
			t.Errorf("%s: again: %q", name, why)
		}
		err = way.Check(t.Context(), img, providers.Change{Action: providers.Update, Want: wanted, Have: providers.There(wanted)})
		var attrs []string
		for _, e := range providers.Problems(err) {
			problem, ok := errors.AsType[*providers.Problem](e)
			if !ok || !strings.Contains(problem.Detail, `backend "dism"`) {
				t.Errorf("%s: %v", name, e)
				continue
			}
			attrs = append(attrs, problem.Attr)
		}
		if !slices.Equal(attrs, want) {
			t.Errorf("%s: refused at %q", name, attrs)
		}
	}
}

func TestRefusedDISM(t *testing.T) {
	p, host := health.Provider(), providertest.NewHost(t, map[string]string{"file.wim": "x"})
	if err := os.Mkdir(host.Path("folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		restore bool
		source  string
		want    string // empty: accepted
	}{
		{false, "folder", "only with restore = true"},
		{true, "", "the source is empty"},
		{true, "wim:file.wim", "names no image"},
		{true, "wim:file.wim:0", "names no image"},
		{true, "WIM:file.wim:x", "names no image"},
		{true, "esd:file.wim", "names no image"},
		{true, "file.wim", "wim:FILE:INDEX"},
		{true, "wim:folder:1", "is not what it is named as"},
		{true, "none", "none"},
		{true, "wim:none.wim:1", "none.wim"},
		{true, "folder", ""},
		{true, "wim:file.wim:1", ""},
	} {
		set := map[string]cty.Value{"restore": cty.BoolVal(c.restore), "source": strs(c.source)}
		want, err := p.Checked(providertest.Value(t, p, set), false)
		if err == nil {
			_, err = p.Resolved(t.Context(), host, want)
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.source, err)
		}
	}
}

// TestBefore: DISM is asked before anything is done, cheaply unless it may have to
// restore.
func TestBefore(t *testing.T) {
	p := health.Provider()
	for _, c := range []struct {
		set   map[string]cty.Value
		check string // empty: nothing comes before
	}{{nil, ""}, {map[string]cty.Value{"system_files": cty.True}, ""}, {recorded, "recorded"}, {scan, "recorded"}, {restore, "scan"}} {
		children := providertest.Expand(t, p, []*providers.Provider{p}, c.set)
		if len(children) == 0 && c.check == "" {
			continue
		}
		if len(children) != 1 {
			t.Fatalf("%v: %d children", c.set, len(children))
		}
		want := providertest.Value(t, p, children[0].Want)
		if got := want.GetAttr("check").AsString(); got != c.check || p.PhaseOf(want, false) >= providers.PhaseEdition {
			t.Errorf("%v: %s in phase %d", c.set, got, p.PhaseOf(want, false))
		}
		if again, err := p.Expand(want, false); err != nil || again != nil {
			t.Errorf("it expands further: %v, %v", again, err)
		}
	}
}
