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
  registry "own" {
    for_each = toset([for i in range(30) : format("%02d", i)])
    key      = "HKLM/SOFTWARE/Contoso/${each.key}"
    name     = "Image"
    value    = "${each.value} of 30"
  }
}
`

// BenchmarkImages makes 24 images of a few steps each, one after the other and several
// at once. The reading back of what is copied, which uses all processors for one
// image, is left out, so that what counts is what one image does by itself.
func BenchmarkImages(b *testing.B) {
	dir := b.TempDir()
	plantest.Write(b, filepath.Join(dir, "main.gild.hcl"), familyConfig)
	if err := sample.Write(b.Context(), filepath.Join(dir, "base.wim"), sample.Options{Files: 2000, FileSize: 9000}); err != nil {
		b.Fatal(err)
	}
	for _, parallel := range []int{1, 2, 4} {
		b.Run(fmt.Sprint(parallel), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				j := realJob(b, dir, fmt.Sprintf("store %d %d", parallel, i))
				j.opts.Parallel, j.opts.ChangesOnly = parallel, true
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
