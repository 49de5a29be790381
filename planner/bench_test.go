package planner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers/all"
)

// BenchmarkFeatures plans 60 features on an image with as many packages as a Windows
// image has after some years.
func BenchmarkFeatures(b *testing.B) {
	dir := b.TempDir()
	const cbs = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\`
	var text, config strings.Builder
	for i := range 4000 {
		name := fmt.Sprintf("Microsoft-Windows-Sample-%04d-Package~31bf3856ad364e35~amd64~~10.0.26100.1", i)
		fmt.Fprintf(&text, "[%sPackages\\%s]\n\"CurrentState\"=dword:00000070\n\"Visibility\"=dword:00000002\n", cbs, name)
		fmt.Fprintf(&text, "[%sPackages\\%s\\Updates]\n\"Feature%d\"=dword:00000040\n", cbs, name, i/20)
	}
	text.WriteString("[HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n\"EditionID\"=\"Professional\"\n[HKLM\\SYSTEM\\ControlSet001\\Control]\n")
	backend, err := memory.New(map[string]memory.Image{filepath.Join(dir, "base.wim"): {Info: image.Info{Created: time.Unix(1e9, 0), Modified: time.Unix(1e9, 0)}, Files: regimage.Hives(b, text.String())}})
	if err != nil {
		b.Fatal(err)
	}
	config.WriteString("image \"golden\" {\n  source = \"base.wim\"\n  output = \"out.wim\"\n  backend = \"memory\"\n")
	for i := range 60 {
		fmt.Fprintf(&config, "  feature \"f%d\" {\n    name = \"Feature%d\"\n  }\n", i, i)
	}
	config.WriteString("}\n")
	plantest.Write(b, filepath.Join(dir, "main.gild.hcl"), config.String())
	root, err := os.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	var kinds dsl.Kinds
	for _, p := range all.All() {
		kinds = append(kinds, dsl.Kind{Name: p.Kind, Doc: p.Doc, Singleton: p.Singleton, Schema: p.Schema})
	}
	for b.Loop() {
		loaded, diags := dsl.Load(dsl.Options{FS: root.FS(), Kinds: kinds})
		if diags.HasErrors() {
			b.Fatal(diags)
		}
		loaded.Dir = dir
		plan, diags := planner.Make(b.Context(), planner.Input{
			Config: loaded, Providers: all.All(), Backends: []image.Backend{backend}, Host: host.New(dir), Log: hclog.NewNullLogger(),
		})
		if diags.HasErrors() || len(plan.Images[0].Steps) != 60 {
			b.Fatal(diags, plan)
		}
	}
}
