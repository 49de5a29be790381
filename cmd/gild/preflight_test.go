package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation/preflight"
)

// withShare is this machine, but that a folder is on a network share.
type withShare struct {
	preflight.This
	dir string
}

func (m withShare) Volume(path string) (volume.Volume, error) {
	v, err := m.This.Volume(path)
	if strings.HasPrefix(path, m.dir) {
		v.Remote, v.Type, v.Root = true, "cifs", m.dir
	}
	return v, err
}

// TestPreflight lets apply begin only where DISM could go through with it: an error
// points to the author's line, and nothing is touched.
func TestPreflight(t *testing.T) {
	withDISM, err := exec.LookPath("true") // never asked to do anything
	if err != nil {
		t.Skip("no program \"true\", which stands for DISM: ", err)
	}
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Write(t.Context(), "base.wim", sample.Options{}); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile("main.gild.hcl", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const note = "\n  file \"note\" {\n    path    = \"Windows/note.txt\"\n    content = \"x\"\n  }\n}\n"
	gild := func(share string, dism string, args ...string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), args, system{
			streams: view.Streams{In: strings.NewReader(""), Out: &out, Err: &out},
			getenv:  func(name string) string { return map[string]string{"GILD_DISM": dism}[name] },
			environ: func() []string { return nil },
			machine: withShare{dir: filepath.Join(here, share)},
		})
		return code, out.String()
	}
	// A target on a share, which DISM can't service in place.
	base, err := wim.Open("base.wim")
	if err != nil {
		t.Fatal(err)
	}
	defer base.Close()
	tree, err := base.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	windows, err := fs.Sub(tree, "Windows")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS("tree/Windows", windows); err != nil {
		t.Fatal(err)
	}
	write("image \"kiosk\" {\n  target = \"tree\"\n" + note)
	code, out := gild("tree", withDISM, "apply", "-auto-approve")
	if code != exitError || !strings.Contains(out, "main.gild.hcl line 2") || !strings.Contains(out, "network share (cifs)") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if _, err := os.Stat("tree/Windows/note.txt"); err == nil {
		t.Error("the target was changed")
	}
	if code, out = gild("tree", withDISM, "plan"); code != exitOK || !strings.Contains(out, "apply refuses to begin") {
		t.Errorf("plan: exit code %d\n%s", code, out)
	}
	if code, out = gild("tree", dism.None, "apply", "-auto-approve"); code != exitOK || strings.Contains(out, "network share") {
		t.Errorf("without DISM: exit code %d\n%s", code, out)
	}

	// Checkpoints on a share: DISM can't mount there; without it that is a warning, said once.
	write("image \"kiosk\" {\n  source = \"base.wim\"\n  output = \"out.wim\"\n" + note)
	if code, out = gild(".gild", withDISM, "apply", "-auto-approve"); code != exitError || !strings.Contains(out, "GILD_DATA_DIR") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if _, err := os.Stat("out.wim"); err == nil {
		t.Error("an output was made")
	}
	code, out = gild(".gild", dism.None, "apply", "-auto-approve")
	if code != exitOK || strings.Count(out, "Warning: Place of checkpoints") != 1 {
		t.Errorf("without DISM: exit code %d\n%s", code, out)
	}
}
