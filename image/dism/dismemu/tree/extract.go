// Package tree extracts the files of an image into a folder, and brings what was
// changed there back into the image.
//
// The folder need not be able to hold all that an image can: links, access lists,
// short names and times that only the image knows stay in it.
package tree

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/wim"
)

// Keeper is a file system that keeps the metadata of an image's files.
type Keeper interface {
	Put(path string, node *wim.Node) error
	Get(path string, node *wim.Node) error
}

// Keep, unless it is nil, is what the file system of the host is to keep. It is for tests:
// otherwise attributes, access lists and times of creation stay in the image alone.
var Keep Keeper

// Extract writes the files of an image into a folder. What the file system of the
// host can't keep, such as links and access lists, stays in the image alone.
// Midway is called when half of it is done.
func Extract(ctx context.Context, img *wim.Image, dir string, midway func() error) error {
	half, n := 0, 0
	for range img.Root.All() {
		half++
	}
	half /= 2
	for name, node := range img.Root.All() {
		err := ctx.Err()
		if n++; n == half {
			err = errors.Join(err, midway())
		}
		path := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(name, `\`, "/")))
		switch {
		case err != nil:
			return err
		case node.IsElsewhere():
		case node.IsDir():
			err = os.MkdirAll(path, 0o777)
		default:
			err = extractFile(img.File(), node, path)
		}
		if err == nil && Keep != nil && !node.IsElsewhere() {
			err = Keep.Put(path, node)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func extractFile(f *wim.File, node *wim.Node, path string) error {
	content, err := f.OpenBlob(node.Hash())
	if err != nil {
		return err
	}
	defer content.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return errors.Join(err, out.Close())
}
