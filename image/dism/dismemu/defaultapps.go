package dismemu

import (
	"encoding/xml"
	"errors"
	"os"

	"github.com/gildhq/gild/image"
)

const associations = "Windows/System32/OEMDefaultAssociations.xml"

func importAssociations(r *run) error {
	path, err := r.need("Import-DefaultAppAssociations")
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return known(errNotFound, path)
	}
	var file struct {
		XMLName xml.Name `xml:"DefaultAssociations"`
	}
	if err := xml.Unmarshal(data, &file); err != nil {
		return fail(13, "The data is invalid. %s: %v", path, err)
	}
	return r.service(func(img *serviced) error {
		return errors.Join(img.files.MkdirAll("Windows/System32", image.Meta{}), img.write(associations, data))
	})
}

func removeAssociations(r *run) error {
	return r.service(func(img *serviced) error { return gone(img.files.Remove(associations)) })
}
