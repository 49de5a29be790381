package servicing

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// maxManifest is the size of the largest manifest: that of Windows itself has a
// few megabytes.
const maxManifest = 32 << 20

// FeatureParents returns the names of the features that must be enabled before
// one is, as the manifest of its package tells; none if it tells of none or is
// not in the image.
func FeatureParents(files image.Files, f Feature) ([]string, error) {
	if f.Package == "" {
		return nil, nil
	}
	name, err := image.CleanPath(manifests + f.Package + ".mum")
	if err != nil {
		return nil, err
	}
	r, err := files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	parents, err := parseParents(io.LimitReader(r, maxManifest), f.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return parents, nil
}

// parseParents finds the element update of the name, and the names of updates in
// the elements parent right below it.
func parseParents(manifest io.Reader, feature string) ([]string, error) {
	d := xml.NewDecoder(manifest)
	var list []string
	seen := map[string]bool{} // folded
	var open []string         // the elements that are open, from that of the feature on
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			name, is := strings.TrimSpace(attribute(t, "name")), t.Name.Local
			switch {
			case len(open) > 0:
				if is == "update" && len(open) > 1 && open[1] == "parent" && name != "" && !seen[nt.Fold(name)] {
					seen[nt.Fold(name)] = true
					list = append(list, name)
				}
				open = append(open, is)
			case is == "update" && nt.Equal(name, feature):
				open = append(open, is)
			}
			if len(open) > 256 {
				return nil, errors.New("is nested too deeply")
			}
		case xml.EndElement:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
}
