package dismemu_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

func (b *bench) names(file string) string {
	b.Helper()
	var names []string
	for _, r := range b.dism(0, "/Get-ImageInfo", "/ImageFile:"+file).With("Index") {
		names = append(names, r.Get("Index")+" "+r.Get("Name"))
	}
	return strings.Join(names, ", ")
}

func TestImageFiles(t *testing.T) {
	b := newBench(t)
	b.file("in/a.txt", "a")
	in, out := filepath.Join(b.tmp(), "in"), filepath.Join(b.tmp(), "out")
	file, other := filepath.Join(b.tmp(), "a.wim"), filepath.Join(b.tmp(), "b.wim")
	b.dism(0, "/Capture-Image", "/ImageFile:"+file, "/CaptureDir:"+in, "/Name:one", "/Compress:max")
	b.dism(80, "/Capture-Image", "/ImageFile:"+file, "/CaptureDir:"+in, "/Name:one")
	b.dism(0, "/Append-Image", "/ImageFile:"+file, "/CaptureDir:"+in, "/Name:two", "/Description:second")
	b.dism(0, "/Append-Image", "/ImageFile:"+file, "/CaptureDir:"+in, "/Name:three")
	if got := b.names(file); got != "1 one, 2 two, 3 three" {
		t.Error(got)
	}
	b.dism(0, "/Export-Image", "/SourceImageFile:"+file, "/SourceName:two", "/DestinationImageFile:"+other)
	b.dism(0, "/Export-Image", "/SourceImageFile:"+file, "/SourceIndex:3", "/DestinationImageFile:"+other, "/DestinationName:drei")
	b.dism(183, "/Export-Image", "/SourceImageFile:"+file, "/SourceIndex:2", "/DestinationImageFile:"+other)
	if got := b.names(other); got != "1 two, 2 drei" {
		t.Error(got)
	}
	b.dism(0, "/Delete-Image", "/ImageFile:"+file, "/Name:two")
	if got := b.names(file); got != "1 one, 2 three" {
		t.Error(got)
	}
	b.dism(87, "/Delete-Image", "/ImageFile:"+file)
	b.dism(3, "/Apply-Image", "/ImageFile:"+file, "/Index:2", "/ApplyDir:"+out)
	if err := os.Mkdir(out, 0o777); err != nil {
		t.Fatal(err)
	}
	b.dism(87, "/Capture-Image", "/ImageFile:"+filepath.Join(b.tmp(), "c.wim"), "/CaptureDir:"+out, "/Name:empty")
	b.dism(0, "/Apply-Image", "/ImageFile:"+file, "/Index:2", "/ApplyDir:"+out)
	if got := read(t, filepath.Join(out, "a.txt")); got != "a" {
		t.Error(got)
	}
	swm := filepath.Join(b.tmp(), "s.swm")
	b.dism(0, "/Split-Image", "/ImageFile:"+b.image, "/SWMFile:"+swm, "/FileSize:1")
	tool := testenv.Tool(t, "wimlib-imagex")
	for _, args := range [][]string{{"verify", file}, {"verify", other}, {"verify", swm, "--ref=" + filepath.Join(b.tmp(), "s*.swm")}} {
		if text, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("wimlib-imagex %v: %v\n%s", args, err, text)
		}
	}
	b.failing("Export-Image", "full")
	b.dism(112, "/Export-Image", "/SourceImageFile:"+file, "/SourceIndex:1", "/DestinationImageFile:"+filepath.Join(b.tmp(), "d.wim"))
	b.failing("Export-Image", "die")
	b.killed("/Export-Image", "/SourceImageFile:"+file, "/SourceIndex:1", "/DestinationImageFile:"+filepath.Join(b.tmp(), "e.wim"))
	b.dism(11, "/Get-ImageInfo", "/ImageFile:"+filepath.Join(b.tmp(), "e.wim"))
}
