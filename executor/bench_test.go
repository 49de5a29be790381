package executor_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/planner/plantest"
)

const familyConfig = `
image "kiosk" {
  for_each = toset([for i in range(24) : format("%02d", i)])
  source   = "base.wim"
  output   = "out/kiosk-${each.key}.wim"

  file "own" {
    path    = "Windows/own.txt"
    content = "image ${each.key}"
  }
  registry "shared" {
    for_each = toset([for i in range(30) : format("%02d", i)])
    key      = "HKLM/SOFTWARE/Contoso/${each.key}"
    name     = "Image"
    value    = "${each.value} of 30"
  }
}
`

// BenchmarkImages makes 24 images of a few steps each, one after the other and two at
// once, and reads each back as a whole. One image uses several processors, too, to read
// back: with -cpu 1,2 both can be told apart.
func BenchmarkImages(b *testing.B) {
	dir := b.TempDir()
	plantest.Write(b, filepath.Join(dir, "main.gild.hcl"), familyConfig)
	if err := sample.Write(b.Context(), filepath.Join(dir, "base.wim"), sample.Options{Files: 2000, FileSize: 9000}); err != nil {
		b.Fatal(err)
	}
	for _, parallel := range []int{1, 2} {
		b.Run(fmt.Sprint(parallel), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				j := realJob(b, dir, fmt.Sprintf("store %d %d", parallel, i))
				j.opts.Parallel = parallel
				b.StartTimer()
				if _, err := j.apply(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
