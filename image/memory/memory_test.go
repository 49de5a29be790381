package memory_test

import (
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/memory"
)

func TestSuite(t *testing.T) {
	imagetest.Run(t, func(t *testing.T) imagetest.Fixture {
		b, err := memory.New(map[string]memory.Image{
			"install.wim": {Info: image.Info{Name: "Windows"}, Files: imagetest.Files(t)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return imagetest.Fixture{Backend: b, Ref: image.Ref{Path: "install.wim"}}
	})
}
