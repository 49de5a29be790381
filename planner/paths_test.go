package planner

import (
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/gildhq/gild/dsl"
)

// TestPathsOnce holds that the disk is asked about each path of a configuration once, and
// not for each pair of images.
func TestPathsOnce(t *testing.T) {
	const n = 50
	asked := 0
	stat = func(name string) (fs.FileInfo, error) {
		asked++
		return os.Stat(name)
	}
	defer func() { stat = os.Stat }()
	in := Input{Config: &dsl.Config{Dir: t.TempDir()}}
	for i := range n {
		in.Config.Images = append(in.Config.Images, &dsl.Image{Name: fmt.Sprint(i), Source: "base.wim", Output: fmt.Sprintf("out/%d.wim", i)})
	}
	in.Config.Images[n-1].Output = "out/0.wim"
	if diags := in.crossings(); len(diags) != 1 {
		t.Errorf("%v", diags)
	}
	if asked != 2*n {
		t.Errorf("%d images: the disk was asked %d times", n, asked)
	}
}
