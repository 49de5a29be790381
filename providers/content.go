package providers

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/gildhq/gild/image"
)

// Content reads a file of an image; nil if there is none. A folder, and a file of more than
// most bytes, is an error, which wrong makes of how it goes on after the file's name; what
// says what such a file holds: "names".
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
		return nil, wrong(fmt.Sprintf("has %d bytes, more than the %d that can be %s", info.Size(), most, what))
	}
	data, err := fs.ReadFile(files, name)
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// WriteContent replaces a file of an image, and creates it and its folders.
func WriteContent(files image.Files, name string, data []byte) error {
	if err := files.MkdirAll(path.Dir(name), image.Meta{}); err != nil {
		return err
	}
	return files.WriteFile(name, bytes.NewReader(data), image.Meta{})
}
