package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

const lostManifest = "OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.26100.1.mum"

// machine is one with an emulated DISM.
type machine struct {
	*testing.T
	dism  string // what GILD_DISM is
	state string // folder in which DISM keeps what it has mounted
}

// emulate builds DISM's emulation, and that of sfc next to it.
func emulate(t *testing.T) *machine {
	t.Helper()
	dir, state := t.TempDir(), filepath.Join(t.TempDir(), "state")
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	for _, name := range []string{"dism", "reg", "sfc"} { // one program, which goes by its name
		testenv.Run(t, "go", "build", "-o", filepath.Join(dir, name+suffix), "github.com/gildhq/gild/image/dism/dismemu/dism")
	}
	t.Setenv("GILD_DISMEMU_STATE", state)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	return &machine{t, filepath.Join(dir, "dism"+suffix), state}
}

// expect runs gild on the machine.
func (m *machine) expect(want int, args ...string) string {
	m.Helper()
	var out bytes.Buffer
	code := run(m.Context(), args, system{
		streams: view.Streams{In: strings.NewReader(""), Out: &out, Err: &out},
		getenv: func(name string) string {
			if name == "GILD_DISM" {
				return m.dism
			}
			return ""
		},
		environ: func() []string { return nil },
	})
	if code != want {
		m.Fatalf("gild %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, &out)
	}
	return out.String()
}

// leaveNothing makes sure that nothing is left mounted or in the temporary folder.
func (m *machine) leaveNothing(logs bool) {
	m.Helper()
	if data, err := os.ReadFile(filepath.Join(m.state, "mounts.json")); err == nil && strings.Contains(string(data), `"dir"`) {
		m.Errorf("left mounted: %s", data)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "gild-verify-*", "*"))
	if err != nil {
		m.Fatal(err)
	}
	for _, name := range left {
		if base := filepath.Base(name); !logs || base != "logs" && base != "scratch" {
			m.Errorf("left: %s", name)
		}
	}
}

func TestVerifyDISM(t *testing.T) {
	m := emulate(t)
	emulated := m.dism
	t.Chdir(t.TempDir())
	if err := sample.Write(t.Context(), "base.wim", sample.Options{}); err != nil {
		t.Fatal(err)
	}
	testenv.Run(t, "wimlib-imagex", "apply", "base.wim", "1", "folder")
	before := digest(t, "base.wim")

	m.dism = dism.None
	if out := m.expect(exitError, "verify", "-dism", "base.wim"); !strings.Contains(out, "No DISM") || !strings.Contains(out, "GILD_DISM") {
		t.Errorf("it does not say that there is no DISM:\n%s", out)
	}
	m.dism = emulated
	for _, name := range []string{"base.wim", "folder"} {
		out := m.expect(exitOK, "verify", "-dism", name)
		for _, want := range []string{"component_store  sound", "system_files     sound"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, out)
			}
		}
	}
	m.leaveNothing(false)
	if digest(t, "base.wim") != before {
		t.Error("the file was changed")
	}

	testenv.Run(t, "wimlib-imagex", "update", "base.wim", "1", "--command=delete \"/Windows/servicing/Packages/"+lostManifest+"\"")
	out := m.expect(exitDamaged, "verify", "-dism", "base.wim")
	for _, want := range []string{"DISM says that the component store is repairable", "restore = true", "sfc says: Cannot verify", lostManifest, "the logs of DISM and sfc are in"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	m.leaveNothing(true)
}

// TestHealthDISM restores an image that is not whole, and finds nothing more to do.
func TestHealthDISM(t *testing.T) {
	m := emulate(t)
	t.Chdir(t.TempDir())
	for _, name := range []string{"base.wim", "clean.wim"} {
		if err := sample.Write(t.Context(), name, sample.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	testenv.Run(t, "wimlib-imagex", "update", "base.wim", "1", "--command=delete \"/Windows/servicing/Packages/"+lostManifest+"\"")
	module := func(health string) {
		text := "image \"kiosk\" {\n  source = \"base.wim\"\n  output = \"out.wim\"\n  health {\n" + health + "\n  }\n" +
			"  file \"note\" {\n    path    = \"Windows/note.txt\"\n    content = \"x\"\n  }\n}\n"
		if err := os.WriteFile("a.gild.hcl", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	module("    check = \"scan\"")
	if out := m.expect(exitError, "plan"); !strings.Contains(out, lostManifest+" is missing") {
		t.Errorf("the plan does not say what is wrong:\n%s", out)
	}
	module("    restore = true")
	if out := m.expect(exitError, "apply", "-auto-approve"); !strings.Contains(out, "0x800f081f") || !strings.Contains(out, "there is no source") {
		t.Errorf("it does not say that there is no source:\n%s", out)
	}
	module("    restore      = true\n    source       = [\"wim:clean.wim:1\"]\n    system_files = true")
	out := m.expect(exitOK, "apply", "-auto-approve")
	if before, last := strings.Index(out, "health.before"), strings.Index(out, "file.note"); before < 0 || before > last {
		t.Errorf("health is not restored before anything else:\n%s", out)
	}
	if out := m.expect(exitOK, "plan", "-detailed-exitcode"); !strings.Contains(out, "No changes") {
		t.Errorf("the plan does not converge:\n%s", out)
	}
	m.expect(exitOK, "verify", "-dism", "out.wim")
	m.leaveNothing(false)
	if !strings.Contains(testenv.Run(t, "wimlib-imagex", "dir", "out.wim", "1"), lostManifest) {
		t.Error("what was lost is not in the output")
	}

	m.dism = dism.None
	module("    check        = \"recorded\"\n    system_files = true")
	if err := os.Rename("clean.wim", "base.wim"); err != nil {
		t.Fatal(err)
	}
	out = m.expect(exitError, "plan")
	for _, want := range []string{"a.gild.hcl line 5", "a.gild.hcl line 6", "Needs DISM", `backend "dism"`} {
		if !strings.Contains(out, want) {
			t.Errorf("without DISM it does not say %q:\n%s", want, out)
		}
	}
	if n := strings.Count(out, "Needs DISM"); n != 2 {
		t.Errorf("it is said %d times:\n%s", n, out)
	}
}
