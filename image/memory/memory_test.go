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

func TestEmptyHives(t *testing.T) {
	files, err := memory.EmptyHives("SOFTWARE", "SYSTEM")
	if err != nil {
		t.Fatal(err)
	}
	b, err := memory.New(map[string]memory.Image{"w": {Files: files}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: "w"}, image.OpenOptions{Write: true, Clock: imagetest.Clock()})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := image.As[image.Registry](s)
	if err := r.CreateKey("HKLM/SYSTEM/CurrentControlSet/Services/new"); err != nil {
		t.Error(err)
	}
	if names, err := r.Subkeys("HKLM/SYSTEM/ControlSet001/Services"); err != nil || len(names) != 1 {
		t.Errorf("services %v, %v", names, err)
	}
	if _, err := memory.EmptyHives("NOSUCH"); err == nil {
		t.Error("a hive nobody knows was made")
	}
}
