package servicing

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gildhq/gild/image"
)

// manifests is the folder of the packages' manifests.
const manifests = "Windows/servicing/Packages/"

// manifestHead is how many bytes of a manifest are read to find its second element,
// package.
const manifestHead = 64 << 10

// manifest is the data read from the manifest of a package.
type manifest struct {
	releaseType string // type of package, in lower case with underscores; may be empty
	identifier  string // often the article about it
	support     string // address of the article
	permanent   bool   // it can't be removed after its installation
	made        time.Time
}

// readManifest reads the manifest of a package.
func readManifest(files image.Files, identity string) (manifest, error) {
	name, err := image.CleanPath(manifests + identity + ".mum")
	if err != nil {
		return manifest{}, err
	}
	f, err := files.Open(name)
	if err != nil {
		return manifest{}, err
	}
	defer f.Close()
	m, err := parseManifest(io.LimitReader(f, manifestHead))
	if err != nil {
		return manifest{}, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// parseManifest reads attributes of the elements assembly and package.
func parseManifest(text io.Reader) (manifest, error) {
	d := xml.NewDecoder(text)
	var m manifest
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return manifest{}, errors.New("contains no element package")
		}
		if err != nil {
			return manifest{}, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "assembly":
			m.support = attribute(start, "supportInformation")
			m.made, _ = time.Parse(time.RFC3339, attribute(start, "creationTimeStamp"))
		case "package":
			m.releaseType = strings.ReplaceAll(strings.ToLower(attribute(start, "releaseType")), " ", "_")
			m.identifier = attribute(start, "identifier")
			m.permanent = strings.EqualFold(attribute(start, "permanence"), "permanent")
			return m, nil
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
