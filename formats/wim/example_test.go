package wim_test

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/gildhq/gild/formats/wim"
)

// Write a copy of an image with one file replaced. All other content is copied
// in its compressed form.
func Example() {
	ctx := context.Background()
	src, err := wim.Open("install.wim")
	if err != nil {
		return // the error names the file and what to do
	}
	defer src.Close()
	image, err := src.Image(1)
	if err != nil {
		return
	}
	text := "127.0.0.1 localhost\r\n"
	hosts := image.Lookup(`Windows\System32\drivers\etc\hosts`)
	hosts.Streams = []wim.Stream{{Content: &wim.Content{
		Size: int64(len(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	}}}
	image.Info.XML.Set("hosts file replaced", "GILD", "RECEIPT")

	h := src.Header()
	b, err := wim.NewBuilder(wim.Options{Compression: h.Compression, ChunkSize: h.ChunkSize, XML: src.XML()})
	if err != nil {
		return
	}
	if err := b.AddImage(image.Root, image.Info, src); err != nil {
		return
	}
	out, err := os.Create("golden.wim")
	if err != nil {
		return
	}
	defer out.Close()
	if err := b.Write(ctx, out); err != nil {
		return
	}
	out.Sync()
}
