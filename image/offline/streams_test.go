package offline_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/testenv"
)

// objectID is the item of an entry that holds an object ID (wimlib,
// include/wimlib/object_id.h): its tag, its length, and 64 bytes.
var objectID = append([]byte{1, 0, 0, 0, 64, 0, 0, 0}, strings.Repeat("id", 32)...)

// TestStreamsOfReplacedFiles: a file loses its named streams and object ID when its
// content is replaced, and keeps them when something else changes.
func TestStreamsOfReplacedFiles(t *testing.T) {
	src := openWIM(t, linked(t))
	img, err := src.Image(1)
	must(t, err)
	names := []string{"notepad.exe", "System32/config/SOFTWARE"}
	for _, name := range names {
		n := img.Lookup("Windows/" + name)
		if n == nil {
			t.Fatalf("no %s", name)
		}
		n.Tagged = objectID
		n.Streams = append(n.Streams, wim.Stream{Name: "Zone.Identifier", Content: &wim.Content{Size: 4, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("mark")), nil
		}}})
	}
	b, err := wim.NewBuilder(wim.Options{Compression: wim.LZX, XML: src.XML()})
	must(t, err)
	must(t, b.AddImage(img.Root, img.Info, src))
	file := filepath.Join(t.TempDir(), "streams.wim")
	out, err := os.Create(file)
	must(t, err)
	must(t, b.Write(t.Context(), out))
	must(t, out.Close())

	s := session(t, file, t.TempDir())
	write(t, s, "Windows/"+names[0], "new")
	must(t, files(t, s).SetMeta("Windows/"+names[1], image.Meta{Attributes: image.Hidden}))
	must(t, s.Commit(t.Context(), "step1"))
	made := export(t, s, image.ExportOptions{})
	result, err := openWIM(t, made).Image(1)
	must(t, err)
	for i, stays := range []bool{false, true} {
		n := result.Lookup("Windows/" + names[i])
		if (n.Stream("Zone.Identifier") != nil) != stays || (string(n.Tagged) == string(objectID)) != stays {
			t.Errorf("%s: streams %v, items % x", names[i], n.Streams, n.Tagged)
		}
		text := testenv.Run(t, "wimlib-imagex", "dir", made, "--detailed", "--path=/Windows/"+names[i])
		if strings.Contains(text, "Zone.Identifier") != stays || strings.Contains(text, "Object ID") != stays {
			t.Errorf("wimlib on %s:\n%s", names[i], text)
		}
	}
}

// TestContentElsewhere: a file whose content is in another file is refused before
// anything is done, and the remedy in the message works.
func TestContentElsewhere(t *testing.T) {
	base, dir := linked(t), t.TempDir()
	extracted := filepath.Join(dir, "tree")
	testenv.Run(t, "wimlib-imagex", "apply", base, "1", extracted)
	must(t, os.WriteFile(filepath.Join(extracted, "new.txt"), []byte("new"), 0o666))
	delta, whole := filepath.Join(dir, "delta.wim"), filepath.Join(dir, "whole.wim")
	testenv.Run(t, "wimlib-imagex", "capture", extracted, delta, "--delta-from="+base)
	_, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: delta}, image.OpenOptions{})
	if err == nil || !strings.Contains(err.Error(), "wimlib-imagex export <this file> 1 <new file> --ref=<the other file>") || !strings.Contains(err.Error(), `Program Files\App\copy.txt`) {
		t.Errorf("opened: %v", err)
	}
	testenv.Run(t, "wimlib-imagex", "export", delta, "1", whole, "--ref="+base)
	export(t, session(t, whole, t.TempDir()), image.ExportOptions{})
}
