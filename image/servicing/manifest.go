package servicing

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gildhq/gild/image"
)

// manifests is the folder of the packages' manifests.
const manifests = "Windows/servicing/Packages/"

// manifestHead is how much of a manifest is read to find the element package,
// the second in it.
const manifestHead = 64 << 10

// releaseType returns what sort of package it is, in lower case with
// underscores, from its manifest; empty if that does not say.
func releaseType(files image.Files, identity string) (string, error) {
	name, err := image.CleanPath(manifests + identity + ".mum")
	if err != nil {
		return "", err
	}
	f, err := files.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := parseReleaseType(io.LimitReader(f, manifestHead))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return strings.ReplaceAll(strings.ToLower(text), " ", "_"), nil
}

// parseReleaseType finds the attribute releaseType of the element package.
func parseReleaseType(manifest io.Reader) (string, error) {
	d := xml.NewDecoder(manifest)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return "", errors.New("holds no element package")
		}
		if err != nil {
			return "", err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "package" {
			continue
		}
		for _, a := range start.Attr {
			if a.Name.Local == "releaseType" {
				return a.Value, nil
			}
		}
		return "", nil
	}
}
