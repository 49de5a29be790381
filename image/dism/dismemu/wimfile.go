package dismemu

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/gildhq/gild/formats/wim"
)

// openFile opens an image file.
func openFile(name string) (*wim.File, error) {
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

// refused returns why DISM can't use a valid image file: it is split ([WIM] header, number of
// parts), or has the compression of an .esd.
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

// imageOf opens /ImageFile and finds the image of /Index. The caller closes the file.
func (r *run) imageOf() (*wim.File, int, error) {
	name, err := r.need("ImageFile")
	if err != nil {
		return nil, 0, err
	}
	index, err := r.need("Index")
	if err != nil {
		return nil, 0, err
	}
	f, err := openFile(name)
	if err != nil {
		return nil, 0, err
	}
	for _, img := range f.Images() {
		if strconv.Itoa(img.Index) == index {
			return f, img.Index, nil
		}
	}
	return nil, 0, errors.Join(known(errNoIndex, "Index "+index), f.Close())
}
