package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// TestVerifyUnreadable: a WIM file that is cut short is a damaged image, and not a
// fault in how gild was called, as a file that is none or is not there.
func TestVerifyUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := sample.Write(t.Context(), "base.wim", sample.Options{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("base.wim")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"cut.wim": data[:len(data)/2], "none.wim": []byte("no WIM file")} {
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out := expect(t, exitDamaged, "verify", "cut.wim"); !strings.Contains(out, "cut short or damaged") || !strings.Contains(out, "Fetch or make the file again") {
		t.Errorf("it does not say what is wrong:\n%s", out)
	}
	expect(t, exitDamaged, "verify", "cut.wim:1")
	var report view.Verification
	if err := json.Unmarshal([]byte(expect(t, exitDamaged, "verify", "-json", "cut.wim")), &report); err != nil {
		t.Fatal(err)
	}
	if report.Whole || len(report.Images) != 1 || len(report.Images[0].Faults) != 1 || report.Images[0].Faults[0].Area != "content" {
		t.Errorf("%+v", report)
	}
	expect(t, exitError, "verify", "none.wim")
	expect(t, exitError, "verify", "nowhere.wim")
}

// TestVerify damages a file and a folder, and lets wimlib agree about the file.
func TestVerify(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := sample.Write(t.Context(), "base.wim", sample.Options{Stored: true}); err != nil {
		t.Fatal(err)
	}
	expect(t, exitOK, "verify", "base.wim")
	testenv.Run(t, "wimlib-imagex", "apply", "base.wim", "1", "folder")

	data, err := os.ReadFile("base.wim")
	if err != nil {
		t.Fatal(err)
	}
	data[strings.Index(string(data), "; for 16-bit app support")] ^= 1
	if err := os.WriteFile("base.wim", data, 0o666); err != nil {
		t.Fatal(err)
	}
	out := expect(t, exitDamaged, "verify", "base.wim")
	for _, want := range []string{"content    1 fault", "× Windows/win.ini is damaged: ", "Start from a whole image"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	expect(t, exitOK, "verify", "-quick", "base.wim")

	if out := expect(t, exitOK, "verify", "folder"); !strings.Contains(out, "a folder keeps no digests") {
		t.Errorf("it does not say that the content is not verified:\n%s", out)
	}
	mum := "OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.26100.1.mum"
	if err := os.Remove(filepath.Join("folder", "Windows", "servicing", "Packages", mum)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("folder", "Windows", "WinSxS", "pending.xml"), []byte("<x/>"), 0o666); err != nil {
		t.Fatal(err)
	}
	var report view.Verification
	if err := json.Unmarshal([]byte(expect(t, exitDamaged, "verify", "-json", "folder")), &report); err != nil {
		t.Fatal(err)
	}
	faults := report.Images[0].Faults
	if report.Whole || len(faults) != 2 || !strings.HasSuffix(faults[0].Thing, mum) || faults[1].Area != "pending" {
		t.Errorf("%+v", report)
	}
	if out := expect(t, exitDamaged, "verify", "-allow-pending", "folder"); strings.Contains(out, "0x800f0806") {
		t.Errorf("pending work is a fault:\n%s", out)
	}
}

// TestHealth: what is wrong is told at plan, on the author's line, and what comes
// to be wrong by a change keeps the output from being made.
func TestHealth(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := sample.Write(t.Context(), "base.wim", sample.Options{}); err != nil {
		t.Fatal(err)
	}
	module := func(resource string) {
		text := "image \"kiosk\" {\n  source = \"base.wim\"\n  output = \"out.wim\"\n  health {\n    content = true\n  }\n" + resource + "}\n"
		if err := os.WriteFile("a.gild.hcl", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	module("  file \"broken\" {\n    path   = \"Windows/System32/config/SAM\"\n    ensure = \"absent\"\n  }\n")
	if out := expect(t, exitError, "apply", "-auto-approve"); !strings.Contains(out, "Windows/System32/config/SAM is missing") {
		t.Errorf("it does not say what is wrong:\n%s", out)
	}
	if _, err := os.Stat("out.wim"); err == nil {
		t.Error("there is an output all the same")
	}
	module("  file \"note\" {\n    path    = \"Windows/note.txt\"\n    content = \"x\"\n  }\n")
	if out := expect(t, exitChanges, "plan", "-detailed-exitcode"); !strings.Contains(out, "health") {
		t.Errorf("the plan does not say that the image is verified:\n%s", out)
	}
	expect(t, exitOK, "apply", "-auto-approve")
	expect(t, exitOK, "plan", "-detailed-exitcode")

	expect(t, exitOK, "apply", "-auto-approve")
	testenv.Run(t, "wimlib-imagex", "update", "base.wim", "1", "--command=delete \"/Windows/INF/stornvme.inf\"")
	testenv.Run(t, "wimlib-imagex", "update", "base.wim", "1", "--command=delete \"/Windows/System32/DriverStore/FileRepository/stornvme.inf_amd64_0123456789abcdef/stornvme.inf\"")
	module("")
	out := expect(t, exitError, "plan")
	for _, want := range []string{"a.gild.hcl line 4", "Image is not whole", "stornvme.inf_amd64_0123456789abcdef/stornvme.inf is missing"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}
