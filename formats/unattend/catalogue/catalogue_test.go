package catalogue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/internal/testenv"
)

// none proposes nothing: what differs in case only is found without it.
func none(string, []string) string { return "" }

// TestReal checks the answer files of other projects. What is found in them is
// wrong with them.
func TestReal(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(filepath.Dir(testenv.Shared(t, "unattend/packer-windows_10.xml")), "*.xml"))
	if err != nil || len(names) < 36 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	const core = `Windows carries out the component Microsoft-Windows-International-Core in the pass specialize or oobeSystem, not in windowsPE. In that pass it is the component Microsoft-Windows-International-Core-WinPE.`
	want := map[string][]string{
		"FFU_unattend_SampleUnattend_x64.xml": {`gild knows no setting "RunASynchronous" in the component Microsoft-Windows-Deployment, and Windows does not carry out what it does not know. Did you mean "RunAsynchronous"?`},
		"cloudbase_UnattendTemplate.xml":      {`Windows carries out the setting ComputerName of the component Microsoft-Windows-Shell-Setup in the pass offlineServicing or specialize, not in oobeSystem.`},
		"packer-windows_10_insider.xml":       {core},
		"packer-windows_10_insider_uefi.xml":  {core},
		"packer-windows_11_insider.xml":       {core},
	}
	checked := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := unattend.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range f.Components() {
			checked++
			for _, fault := range Check(c, f.All(c), none) {
				got = append(got, fault.Detail)
			}
		}
		if base := filepath.Base(name); !slices.Equal(got, want[base]) {
			t.Errorf("%s:\n%s", base, strings.Join(got, "\n"))
		}
	}
	if checked < 200 {
		t.Errorf("only %d components", checked)
	}
}

func text(s string) unattend.Setting { return unattend.Setting{Kind: unattend.Text, Text: s} }

func object(pairs ...any) unattend.Setting {
	s := unattend.Setting{Kind: unattend.Object, Fields: map[string]unattend.Setting{}}
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			s.Fields[pairs[i].(string)] = text(v)
		case unattend.Setting:
			s.Fields[pairs[i].(string)] = v
		}
	}
	return s
}

func list(items ...unattend.Setting) unattend.Setting {
	return unattend.Setting{Kind: unattend.List, Items: items}
}

func TestCheck(t *testing.T) {
	const shell, setup, deployment = "Microsoft-Windows-Shell-Setup", "Microsoft-Windows-Setup", "Microsoft-Windows-Deployment"
	for _, tt := range []struct {
		pass, component string
		settings        unattend.Setting
		says            string // nothing: it is right
		fatal           bool
	}{
		{"windowsPE", setup, object("DynamicUpdate", object("Enable", "false", "WillShowUI", "OnError")), "", false},
		{"windowsPE", setup, object("DynamicUpdate", object("Enable", "no")), `DynamicUpdate/Enable of the component Microsoft-Windows-Setup is true or false, not "no"`, true},
		{"windowsPE", setup, object("DynamicUpdate", object("Enable", " True ")), "", false},
		{"windowsPE", setup, object("DynamicUpdate", object("Enable", "")), "", false},
		{"windowsPE", setup, object("DynamicUpdate", "true"), "has elements such as Enable, not text", false},
		{"windowsPE", setup, object("DynamicUpdate", object("Enable", object("X", "1"))), `has text, not elements such as "X"`, false},
		{"windowsPE", setup, object("DynamicUpdate", object("WillShowUI", "Sometimes")), "is one of Always, OnError, Never", false},
		{"windowsPE", setup, object("DynamicUpdates", object("Enable", "true")), `no setting "DynamicUpdates"`, false},
		{"windowsPE", setup, object("DiskConfiguration", object("Disk", list(object("@wcm:keyValue", "1", "DiskID", "a")))), "DiskID of the component Microsoft-Windows-Setup is a whole number", true},
		{"windowsPE", setup, object("DiskConfiguration", object("Disk", list(object("DiskID", "%DISK%")))), "", false},
		{"oobeSystem", setup, object("DynamicUpdate", object("Enable", "true")), "in the pass windowsPE, not in oobeSystem", false},
		{"oobeSystem", shell, object("OOBE", object("HideEulaPage", "true")), `Did you mean "HideEULAPage"?`, false},
		{"oobeSystem", shell, object("OOBE", object("ProtectYourPC", "4")), "is one of 1, 2, 3", false},
		{"oobeSystem", shell, object("AutoLogon", object("Password", "hunter2")), "has elements such as", false},
		{"oobeSystem", shell, object("AutoLogon", object("Password", "*SENSITIVE*DATA*DELETED*")), "", false},
		{"oobeSystem", shell, object("ComputerName", "A"), "offlineServicing or specialize, not in oobeSystem", false},
		{"oobeSystem", shell, object("TimeZone", unattend.Setting{}), "", false},
		{"specialize", deployment, object("RunSynchronous", object("RunSynchronousCommand", list(object("Order", "1", "Path", strings.Repeat("x", 259))))), "", false},
		{"specialize", deployment, object("RunSynchronous", object("RunSynchronousCommand", list(object("Order", "1", "Path", strings.Repeat("x", 260))))), "at most 259 characters, and this has 260", false},
		{"specialize", deployment, object("RunSynchronous", object("RunSynchronousCommand", list(object("Order", "first")))), "is a whole number", true},
		{"offlineServicing", "Microsoft-Windows-International-Core", object("UILanguage", "de-DE"), `The kind "international" sets`, false},
		{"specialize", "Microsoft-Windows-Foo", object("X", "1"), "gild knows no component", false},
		{"specialize", "microsoft-windows-shell-setup", object("X", "1"), `Did you mean "Microsoft-Windows-Shell-Setup"?`, false},
		{"oobeSystem", "Microsoft-Windows-Sidebar", object("Anything", "1"), "", false},
	} {
		faults := Check(unattend.Component{Pass: tt.pass, Name: tt.component}, tt.settings, none)
		switch {
		case tt.says == "" && len(faults) > 0, tt.says != "" && len(faults) != 1:
			t.Errorf("%s, %s, %v: %v", tt.pass, tt.component, tt.settings, faults)
		case tt.says != "" && (!strings.Contains(faults[0].Detail, tt.says) || faults[0].Fatal != tt.fatal || strings.Contains(faults[0].Detail, "hunter2")):
			t.Errorf("%s, %s: %+v, want %q, %t", tt.pass, tt.component, faults[0], tt.says, tt.fatal)
		}
	}
}

// TestTable looks at the form of the table.
func TestTable(t *testing.T) {
	if n := len(Components()); n < 80 {
		t.Errorf("%d components", n)
	}
	depth := 0
	for line := range strings.Lines(table) {
		name := strings.TrimLeft(line, " ")
		d := len(line) - len(name)
		fields := strings.Fields(name)
		if len(fields) == 0 || len(fields) > 3 || d > depth+1 {
			t.Errorf("%q", line)
		}
		depth = d
	}
}
