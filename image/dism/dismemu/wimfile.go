package dismemu

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gildhq/gild/formats/wim"
)

// open opens an image file.
func (r *run) open(name string) (*wim.File, error) {
	f, err := wim.Open(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, known(errNotFound, name)
	case errors.Is(err, wim.ErrUnsupported):
		return nil, refused(name)
	case err != nil:
		return nil, fail(errFormat, "An attempt was made to load a program with an incorrect format: %v.", err)
	}
	return f, nil
}

// refused says why an image file that this DISM knows can't be used all the same:
// it is split ([WIM] header, number of parts), or else compressed as an .esd is.
func refused(name string) error {
	var header [44]byte
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.ReadFull(f, header[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint16(header[42:]) > 1 {
		return known(errSplit)
	}
	return known(errCompression)
}

// index finds the image that /Index or /Name means.
func (r *run) index(f *wim.File) (int, error) { return r.indexBy(f, "Index", "Name") }

// indexBy finds the image that options of these names mean.
func (r *run) indexBy(f *wim.File, byIndex, byName string) (int, error) {
	images := f.Images()
	if name, ok := r.args.get(byName); ok {
		for _, img := range images {
			if img.Name == name {
				return img.Index, nil
			}
		}
		return 0, known(errNoIndex, fmt.Sprintf("The file %s holds no image %q.", f.Name(), name))
	}
	text, ok := r.args.get(byIndex)
	if !ok {
		return 0, missingOption(byIndex)
	}
	for _, img := range images {
		if fmt.Sprint(img.Index) == text {
			return img.Index, nil
		}
	}
	return 0, known(errNoIndex, "Index "+text)
}

// imageOf opens the image file and finds the image that the options mean. The
// caller closes the file.
func (r *run) imageOf(option, byIndex, byName string) (*wim.File, int, error) {
	name, err := r.need(option, "WimFile")
	if err != nil {
		return nil, 0, err
	}
	f, err := r.open(name)
	if err != nil {
		return nil, 0, err
	}
	index, err := r.indexBy(f, byIndex, byName)
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, index, nil
}
