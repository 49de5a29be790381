package main

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/internal/testenv"
)

// realModule is a configuration for an image with real hives.
const realModule = `
image "real" {
  source = "base.wim"
  output = "out/real.wim"

  registry "policy" {
    key   = "HKLM/SOFTWARE/Policies/Microsoft/Windows/Personalization"
    name  = "NoLockScreen"
    type  = "dword"
    value = 1
  }

  registry "lsa" {
    key   = "HKLM/SYSTEM/CurrentControlSet/Control/Lsa"
    name  = "RunAsPPL"
    type  = "dword"
    value = 2
  }

  registry "new_user" {
    key   = "HKU/Default/Software/Contoso/Überall"
    name  = "Ort"
    value = "Zürich"
  }

  service "spooler" {
    name  = "Spooler"
    start = "disabled"
  }

  file "note" {
    path    = "Windows/Setup/Scripts/note.txt"
    content = "made by gild\n"
  }
}
`

// realTree lays out the folders of an image around real hives.
func realTree(t *testing.T, system string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "image")
	config := filepath.Join(dir, "Windows", "System32", "config")
	put := func(name string, data []byte) {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(config, "SYSTEM"), testenv.ReadShared(t, "hives/regipy/"+system))
	put(filepath.Join(config, "SAM"), testenv.ReadShared(t, "hives/regipy/SAM.xz"))
	put(filepath.Join(config, "SECURITY"), testenv.ReadShared(t, "hives/regipy/SECURITY.xz"))
	put(filepath.Join(dir, "Users", "Default", "NTUSER.DAT"), testenv.ReadShared(t, "hives/regipy/NTUSER.DAT.xz"))
	put(filepath.Join(dir, "Windows", "explorer.exe"), bytes.Repeat([]byte("MZ program "), 20000))

	software := filepath.Join(config, "SOFTWARE")
	put(software, testenv.ReadShared(t, "hives/hivex/minimal"))
	testenv.Run(t, "hivexregedit", "--merge", "--prefix", `HKEY_LOCAL_MACHINE\SOFTWARE`, software, testenv.Shared(t, "hives/reg-text/win10-software.reg"))
	return dir
}

// gild runs the program in the current folder and returns its exit code and output.
func gild(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := run(t.Context(), args, system{
		streams: view.Streams{In: strings.NewReader(""), Out: &out, Err: &out},
		getenv:  withoutDISM,
		environ: func() []string { return nil },
	})
	return code, out.String()
}

func expect(t *testing.T, want int, args ...string) string {
	t.Helper()
	code, out := gild(t, args...)
	if code != want {
		t.Fatalf("gild %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, out)
	}
	return out
}

func digest(t *testing.T, name string) [sha256.Size]byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

// TestRealHives services images that another program captured, with hives of
// real Windows installations in them, and lets others look at the result.
func TestRealHives(t *testing.T) {
	for _, c := range []struct{ compress, system, head string }{
		{"LZX", "SYSTEM.xz", ""},
		{"XPRESS", "SYSTEM.xz", ""},
		{"none", "SYSTEM.xz", ""},
		{"LZX", "SYSTEM_WIN_10_1709.xz", `allow_dirty_hives = ["SYSTEM"]`},
	} {
		t.Run(c.compress+" "+strings.TrimSuffix(c.system, ".xz"), func(t *testing.T) {
			tree := realTree(t, c.system)
			t.Chdir(t.TempDir())
			testenv.Run(t, "wimlib-imagex", "capture", tree, "base.wim", "Real", "--compress="+c.compress)
			source := digest(t, "base.wim")
			module := strings.Replace(realModule, "source =", c.head+"\n  source =", 1)
			if err := os.WriteFile("real.gild.hcl", []byte(module), 0o666); err != nil {
				t.Fatal(err)
			}

			expect(t, exitChanges, "plan", "-detailed-exitcode")
			expect(t, exitOK, "apply", "-auto-approve")
			expect(t, exitOK, "plan", "-detailed-exitcode")
			if digest(t, "base.wim") != source {
				t.Error("the source was changed")
			}
			witness(t)
		})
	}
}

// witness checks the output with other programs.
func witness(t *testing.T) {
	t.Helper()
	testenv.Run(t, "wimlib-imagex", "verify", "out/real.wim")
	testenv.Run(t, "7z", "t", "out/real.wim")
	testenv.Run(t, "wimlib-imagex", "apply", "out/real.wim", "1", "applied")
	config := filepath.Join("applied", "Windows", "System32", "config")
	for _, c := range []struct{ hive, commands, want string }{
		{filepath.Join(config, "SYSTEM"), "cd \\Select\nlsval Current\n", "1\n"},
		{filepath.Join(config, "SYSTEM"), "cd \\ControlSet001\\Control\\Lsa\nlsval RunAsPPL\n", "2\n"},
		{filepath.Join(config, "SYSTEM"), "cd \\ControlSet001\\Services\\Spooler\nlsval Start\n", "4\n"},
		{filepath.Join(config, "SOFTWARE"), "cd \\Policies\\Microsoft\\Windows\\Personalization\nlsval NoLockScreen\n", "1\n"},
		{filepath.Join("applied", "Users", "Default", "NTUSER.DAT"), "cd \\Software\\Contoso\\Überall\nlsval Ort\n", "Zürich\n"},
	} {
		cmd := exec.Command(testenv.Tool(t, "hivexsh"), c.hive)
		cmd.Stdin = strings.NewReader(c.commands)
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %q gives %q, %v; want %q", c.hive, c.commands, out, err, c.want)
		}
	}
	for _, name := range []string{"SYSTEM", "SOFTWARE"} {
		testenv.Run(t, "reglookup", filepath.Join(config, name))
	}
}

// TestDirtyHiveIsNotRewritten: the hive was not written to the end by Windows,
// and its logs are not in the image.
func TestDirtyHiveIsNotRewritten(t *testing.T) {
	tree := realTree(t, "SYSTEM_WIN_10_1709.xz")
	t.Chdir(t.TempDir())
	testenv.Run(t, "wimlib-imagex", "capture", tree, "base.wim", "Real", "--compress=XPRESS")
	if err := os.WriteFile("real.gild.hcl", []byte(realModule), 0o666); err != nil {
		t.Fatal(err)
	}
	out := expect(t, exitError, "plan")
	for _, want := range []string{"real.gild.hcl line 13", "registry.lsa", "hive SYSTEM", "dirty", `allow_dirty_hives = ["SYSTEM"]`} {
		if !strings.Contains(out, want) {
			t.Errorf("the message does not name %s:\n%s", want, out)
		}
	}
	expect(t, exitError, "apply", "-auto-approve")
	if _, err := os.Stat("out/real.wim"); err == nil {
		t.Error("an output was written all the same")
	}
}

// TestRehearsalOfDirtyHives: the emulated DISM changes a hive whose logs are lost where
// the configuration allows it.
func TestRehearsalOfDirtyHives(t *testing.T) {
	tree := realTree(t, "SYSTEM_WIN_10_1709.xz")
	t.Chdir(t.TempDir())
	testenv.Run(t, "wimlib-imagex", "capture", tree, "base.wim", "Real", "--compress=XPRESS")
	module := func(allowed string) string {
		return `image "real" {
  source            = "base.wim"
  output            = "out/real.wim"
  backend           = "dism"
  allow_dirty_hives = [` + allowed + `]
  international {
    system_locale = "de-DE"
  }
}
`
	}
	for allowed, want := range map[string]int{`"SYSTEM"`: exitOK, "": exitError} {
		if err := os.WriteFile("real.gild.hcl", []byte(module(allowed)), 0o666); err != nil {
			t.Fatal(err)
		}
		if code, out := gild(t, "apply", "-rehearse"); code != want {
			t.Errorf("with %s allowed: exit code %d\n%s", allowed, code, out)
		}
	}
}
