package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/operation"
)

// TestFactory makes the images of the example that has a resource of every kind,
// and lets other programs look at them.
func TestFactory(t *testing.T) {
	source, err := filepath.Abs("../../examples/factory")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS(".", os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	if err := sample.Factory(t.Context(), "."); err != nil {
		t.Fatal(err)
	}
	occur := blockTypes(t, ".")
	for _, kind := range operation.Kinds() {
		if !occur[kind.Kind] {
			t.Errorf("the kind %q does not occur in examples/factory; add a resource of it", kind.Kind)
		}
	}
	install, boot := digest(t, "install.wim"), digest(t, "boot.wim")

	expect(t, exitChanges, "plan", "-detailed-exitcode")
	expect(t, exitOK, "apply", "-auto-approve")
	if out := expect(t, exitOK, "plan", "-detailed-exitcode"); !strings.Contains(out, "up to date") {
		t.Errorf("a second plan says\n%s", out)
	}
	first, second := digest(t, "out/install.wim"), digest(t, "out/boot.wim")
	if digest(t, "install.wim") != install || digest(t, "boot.wim") != boot {
		t.Error("a source was changed")
	}
	expect(t, exitOK, "verify", "out/install.wim")
	expect(t, exitOK, "verify", "out/boot.wim")
	if err := os.RemoveAll("out"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(".gild"); err != nil {
		t.Fatal(err)
	}
	expect(t, exitOK, "apply", "-auto-approve")
	if digest(t, "out/install.wim") != first || digest(t, "out/boot.wim") != second {
		t.Error("the same input gives other bytes the second time")
	}
	info, err := os.Stat("out/install.wim")
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o026 != 0o004 {
		t.Errorf("not everybody may read the output, or others may write it: %v", mode)
	}
	factoryWitness(t)
	queue := expect(t, exitOK, "show", "-first-boot", "out/install.wim")
	for _, want := range []string{"TelnetClient", "Printing-PrintToPDFServices-Features", "OpenSSH.Server", "kb5058411", "de-de.cab", "ScheduledDefrag", "rename"} {
		if !strings.Contains(queue, want) {
			t.Errorf("the first boot does not deal with %s", want)
		}
	}
}

// blockTypes returns the types of the blocks in images and profiles of a module.
func blockTypes(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.gild.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			for _, inner := range block.Body.Blocks {
				types[inner.Type] = true
			}
		}
	}
	return types
}

// factoryWitness looks at the outputs with other programs.
func factoryWitness(t *testing.T) {
	t.Helper()
	const config = "Windows/System32/config/"
	for _, name := range []string{"install", "boot"} {
		file := "out/" + name + ".wim"
		testenv.Run(t, "wimlib-imagex", "verify", file)
		testenv.Run(t, "7z", "t", file)
		testenv.Run(t, "wimlib-imagex", "apply", file, "1", name)
	}
	for _, c := range []struct{ hive, key, value, want string }{
		{"install/" + config + "SOFTWARE", `\Microsoft\Windows NT\CurrentVersion`, "RegisteredOrganization", "Contoso"},
		{"install/" + config + "SYSTEM", `\ControlSet001\Services\Spooler`, "Start", "4"},
		{"install/" + config + "SYSTEM", `\ControlSet001\Control\Session Manager\Environment`, "ORGANIZATION", "Contoso"},
		{"install/" + config + "SYSTEM", `\ControlSet001\Control\TimeZoneInformation`, "TimeZoneKeyName", "W. Europe Standard Time"},
		{"install/" + config + "SYSTEM", `\ControlSet001\Control\Nls\Language`, "Default", "0407"},
		{"install/" + config + "SYSTEM", `\ControlSet001\Control\Lsa`, "LmCompatibilityLevel", "5"},
		{"install/Users/Default/NTUSER.DAT", `\Software\Microsoft\Windows\CurrentVersion\Explorer\Advanced`, "HideFileExt", "0"},
		{"install/Users/Default/NTUSER.DAT", `\Control Panel\International`, "LocaleName", "de-DE"},
		{"install/Users/Default/NTUSER.DAT", `\Keyboard Layout\Preload`, "1", "00000407"},
		{"install/" + config + "DEFAULT", `\Control Panel\International\Geo`, "Nation", "94"},
		{"boot/" + config + "SYSTEM", `\ControlSet001\Services\FBWF`, "WinPECacheThreshold", "512"},
	} {
		if got := hivexValue(t, c.hive, c.key, c.value); got != c.want {
			t.Errorf("%s: %s, %s is %q, want %q", c.hive, c.key, c.value, got, c.want)
		}
	}
	active := hivexValue(t, "install/"+config+"DRIVERS", `\DriverDatabase\DriverInfFiles\oem0.inf`, "Active")
	if _, err := os.Stat("install/Windows/System32/DriverStore/FileRepository/" + active + "/contosonic.sys"); active == "" || err != nil {
		t.Errorf("driver package %q: %v", active, err)
	}
	if keys := hivex(t, "install/"+config+"SOFTWARE", `cd \Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\Applications`, "ls"); keys != "" {
		t.Errorf("apps that are still provisioned: %s", keys)
	}
	for name, want := range map[string]string{
		"install/Windows/System32/drivers/etc/hosts":          "10.20.0.5",
		"install/ProgramData/Contoso/readme.txt":              "Made for Contoso.",
		"install/Windows/Panther/unattend.xml":                "<ComputerName>*</ComputerName>",
		"boot/Windows/System32/startnet.cmd":                  "wpeinit\r\nX:\\factory\\deploy.cmd\r\n",
		"install/Windows/System32/OEMDefaultAssociations.xml": "Contoso.Reader.1",
		"install/Windows/Setup/Scripts/SetupComplete.cmd":     "gild",
		"boot/factory/deploy.cmd":                             "Contoso",
	} {
		data, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s does not hold %q: %q, %v", name, want, data, err)
		}
	}
}

// hivexValue is a value of a key as hivexsh prints it.
func hivexValue(t *testing.T, hive, key, value string) string {
	t.Helper()
	return hivex(t, hive, "cd "+key, "lsval "+value)
}

// hivex returns what hivexsh prints of commands.
func hivex(t *testing.T, hive string, commands ...string) string {
	t.Helper()
	cmd := exec.Command(testenv.Tool(t, "hivexsh"), filepath.FromSlash(hive))
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %q: %v\n%s", hive, commands, err, out)
	}
	return strings.TrimSpace(string(out))
}
