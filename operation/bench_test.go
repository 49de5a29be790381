package operation_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/preflight"
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

// family is some images with 20 resources each.
const family = `
image "kiosk" {
  for_each = toset([for i in range(%d) : format("%%03d", i)])
  source   = "base.wim"
  output   = "out/kiosk-${each.key}.wim"

  file "own" {
    path    = "Windows/own.txt"
    content = "image ${each.key}"
  }
  registry "shared" {
    for_each = toset([for i in range(19) : format("%%02d", i)])
    key      = "HKLM/SOFTWARE/Contoso/${each.key}"
    name     = "Image"
    value    = "${each.value} of 19"
  }
}
`

// BenchmarkImages plans 50 and 500 images of one source.
func BenchmarkImages(b *testing.B) {
	for _, images := range []int{50, 500} {
		b.Run(fmt.Sprint(images), func(b *testing.B) {
			prepare(b, fmt.Sprintf(family, images))
			plan(b)
		})
	}
}

// BenchmarkResources plans, makes and plans again an image with 1,000 scripts, and one with
// 2,000 resources of several kinds.
func BenchmarkResources(b *testing.B) {
	for name, config := range map[string]string{"scripts": manyScripts, "kinds": manyKinds} {
		prepare(b, config)
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

func prepare(b *testing.B, config string) {
	b.Chdir(b.TempDir())
	if err := errors.Join(os.WriteFile("main.gild.hcl", []byte(config), 0o666), sample.Write(b.Context(), "base.wim", sample.Options{})); err != nil {
		b.Fatal(err)
	}
}

// plan does what the command plan does, but for showing it.
func plan(b *testing.B) {
	for b.Loop() {
		w := workspace(b)
		p, m, err := w.Plan(b.Context(), operation.Planning{}, &front{})
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Preflight(b.Context(), p, m, &front{}, preflight.BeforePlan); err != nil {
			b.Fatal(err)
		}
		w.Document(p)
		m.Close()
	}
}
