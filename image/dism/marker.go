package dism

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// markerFile is a file in the root of a working image. It names the checkpoint, and
// holds settings that are not in the image itself. It is written before each commit and
// is not in the output.
const markerFile = "gild-checkpoint.json"

type marker struct {
	Checkpoint string            `json:"checkpoint"` // ID of the last step
	Access     *image.AccessRule `json:"access,omitempty"`
}

// write writes the marker into a mounted working image.
func (m marker) write(files image.Files) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return files.WriteFile(markerFile, bytes.NewReader(data), image.Meta{})
}

// readMarker reads the marker of an unmounted working image. It is empty if the image
// was never committed.
func readMarker(name string) (m marker, err error) {
	f, err := wim.Open(name)
	if err != nil {
		return m, err
	}
	defer f.Close()
	img, err := f.Image(1)
	if err != nil {
		return m, err
	}
	data, err := img.ReadFile(markerFile)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return marker{}, fmt.Errorf("%s: %s: %w", name, markerFile, err)
	}
	return m, nil
}
