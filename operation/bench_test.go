package operation_test

import (
	"errors"
	"os"
	"testing"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation"
)

const manyScripts = `
image "golden" {
  source = "base.wim"
  output = "out.wim"

  script "step" {
    for_each = toset([for i in range(1000) : format("%04d", i)])
    name     = "step-${each.key}"
    command  = ["echo ${each.key}"]
  }
}
`

const manyKinds = `
image "golden" {
  source = "base.wim"
  output = "out.wim"

  registry "value" {
    for_each = toset([for i in range(900) : format("%04d", i)])
    key      = "HKLM/SOFTWARE/Contoso/${each.key}"
    name     = "Number"
    value    = each.key
  }
  file "text" {
    for_each = toset([for i in range(500) : format("%04d", i)])
    path     = "ProgramData/Contoso/${each.key}.txt"
    content  = each.key
  }
  service "agent" {
    for_each    = toset([for i in range(100) : format("%04d", i)])
    name        = "Contoso${each.key}"
    binary_path = "C:\\Contoso\\${each.key}.exe"
    start       = "manual"
  }
  feature "known" {
    for_each = toset(["Containers", "NetFx3", "TelnetClient", "WorkFolders-Client"])
    name     = each.key
    all      = true
  }
  appx "unwanted" {
    for_each = toset([for i in range(96) : format("%04d", i)])
    ensure   = "absent"
    name     = "Contoso.App${each.key}"
  }
  script "step" {
    for_each = toset([for i in range(400) : format("%04d", i)])
    name     = "step-${each.key}"
    command  = ["echo ${each.key}"]
  }
}
`

// BenchmarkResources plans, makes and plans again an image with 1,000 scripts, and one with
// 2,000 resources of several kinds.
func BenchmarkResources(b *testing.B) {
	for name, config := range map[string]string{"scripts": manyScripts, "kinds": manyKinds} {
		b.Chdir(b.TempDir())
		if err := errors.Join(os.WriteFile("main.gild.hcl", []byte(config), 0o666), sample.Write(b.Context(), "base.wim", sample.Options{})); err != nil {
			b.Fatal(err)
		}
		plan := func(b *testing.B) {
			for b.Loop() {
				_, m, err := workspace(b).Plan(b.Context(), operation.Planning{}, &front{})
				if err != nil {
					b.Fatal(err)
				}
				m.Close()
			}
		}
		b.Run(name+"/plan", plan)
		b.Run(name+"/apply", func(b *testing.B) {
			for b.Loop() {
				if err := errors.Join(os.RemoveAll("out.wim"), os.RemoveAll(".gild")); err != nil {
					b.Fatal(err)
				}
				if _, err := workspace(b).Apply(b.Context(), operation.Request{}, &front{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/plan again", plan)
	}
}
