package viadism_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/providers"
)

// associated is the file with associations in the image.
func (b *bench) associated() string {
	b.Helper()
	files, _ := image.As[image.Files](b.Session)
	data, err := fs.ReadFile(files, "Windows/System32/OEMDefaultAssociations.xml")
	if providers.Gone(err) != nil {
		b.Fatal(err)
	}
	return string(data)
}

// TestDefaultApps has DISM import associations, in a file of its own, and remove them.
func TestDefaultApps(t *testing.T) {
	b := newBench(t, sample.Options{})
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	const text = "<?xml version='1.0'?>\n<DefaultAssociations><Association Identifier='.a' ProgId='x' Suggested='true'/></DefaultAssociations>"
	if err := os.WriteFile(filepath.Join(b.host.Dir, "a.xml"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	listed := attrs{"associations": cty.MapVal(attrs{".pdf": cty.ObjectVal(attrs{"prog_id": str("Acro"), "application_name": str("A & B")})})}
	source := attrs{"source": str("a.xml")}
	for _, set := range []attrs{listed, source} {
		b.apply("default_apps", false, set)
		if len(b.lines) != 1 || !strings.HasPrefix(b.lines[0], "/Import-DefaultAppAssociations:"+temp) {
			t.Errorf("DISM was told %q", b.lines)
		}
		b.lines = nil
	}
	if got := b.associated(); got != text {
		t.Errorf("the image has %q", got)
	}
	b.apply("default_apps", true, attrs{})
	b.told("/Remove-DefaultAppAssociations")
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}

	// A DISM that puts the same into the image in another form, something else, or nothing.
	b.imports = func(xml string) string { return strings.ReplaceAll(xml, "'", `"`) }
	b.apply("default_apps", false, source)
	if got := b.associated(); got != text {
		t.Errorf("the image has %q", got)
	}
	b.imports = func(xml string) string { return strings.ReplaceAll(xml, "Acro", "Other") }
	b.doubtful(listed, "Other")
	b.imports = nil
	b.apply("default_apps", true, attrs{})
	b.machine.Fault = "Import-DefaultAppAssociations@1:lie"
	b.doubtful(listed, "")
}

// doubtful makes a change of which DISM only says that it is made: what the image has stays,
// and shows that it is not.
func (b *bench) doubtful(set attrs, holds string) {
	b.Helper()
	p, c := b.change("default_apps", set, false)
	if err := p.Way(providers.ByDISM).Apply(b.Context(), b, b.host, []providers.Change{c}); err != nil {
		b.Fatal(err)
	}
	if got := b.associated(); !strings.Contains(got, holds) || (got == "") != (holds == "") || strings.Contains(got, "Acro") {
		b.Errorf("the image has %q", got)
	}
}
