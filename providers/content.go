package providers

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/gildhq/gild/image"
)

// Content reads a file of an image; nil if it does not exist. A folder and a file of more than most
// bytes are errors: wrong turns the rest of the sentence after the file's name into one. What says
// what such a file contains: "names".
func Content(files image.Files, name string, most int64, what string, wrong func(is string) error) ([]byte, error) {
	info, err := files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, wrong("is a folder")
	case info.Size() > most:
		return nil, wrong(fmt.Sprintf("has %d bytes; a file of %s has at most %d", info.Size(), what, most))
	}
	data, err := fs.ReadFile(files, name)
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// WriteContent replaces a file of an image, or creates it and its folders.
func WriteContent(files image.Files, name string, data []byte) error {
	if err := files.MkdirAll(path.Dir(name), image.Meta{}); err != nil {
		return err
	}
	return files.WriteFile(name, bytes.NewReader(data), image.Meta{})
}
