package edition

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Where Windows keeps which edition can become which, and which editions differ only in their
// licence. Microsoft documents neither, so gild draws no conclusion from what it does not
// understand.
const (
	matrixFile   = "Windows/servicing/Editions/EditionMatrix.xml"
	mappingsFile = "Windows/servicing/Editions/EditionMappings.xml"
	maxFile      = 4 << 20
)

// matrix lists the editions that each edition can become.
type matrix struct {
	Editions []struct {
		ID      string `xml:"ID,attr"`
		Targets []struct {
			ID string `xml:"ID,attr"`
		} `xml:"Target"`
	} `xml:"Edition"`
}

// mappings lists the editions that are derived from another one.
type mappings struct {
	Editions []struct {
		Name   string `xml:"Name"`
		Parent string `xml:"ParentEdition"`
	} `xml:"Edition"`
}

// possible refuses an edition that the image can't become, if the image says so.
func possible(files image.Files, from, to string) error {
	var m matrix
	if found, err := decode(files, matrixFile, &m); err != nil || !found {
		return err
	}
	var names mappings
	if _, err := decode(files, mappingsFile, &names); err != nil {
		return err
	}
	known, targets := targetsOf(m, names, from)
	if !known || slices.ContainsFunc(targets, func(t string) bool { return nt.Equal(t, to) }) {
		return nil
	}
	if len(targets) == 0 {
		return providers.Problemf("name", "Edition can't be changed", "The image is of the edition %s, which can't become another one (%s).", from, matrixFile)
	}
	return providers.Problemf("name", "Edition can't become that", "The image is of the edition %s, which can't become %s; it can become %s (%s).", from, to, strings.Join(targets, ", "), matrixFile)
}

// targetsOf returns the editions that one can become; known is false if the
// matrix does not have it.
func targetsOf(m matrix, names mappings, from string) (known bool, targets []string) {
	same := func(a, b string) bool { return a != "" && nt.Equal(strings.TrimSpace(a), b) }
	for _, e := range m.Editions {
		if !same(e.ID, from) {
			continue
		}
		known = true
		for _, t := range e.Targets {
			if t.ID != "" {
				targets = append(targets, t.ID)
			}
		}
	}
	for _, e := range names.Editions {
		e.Name = strings.TrimSpace(e.Name)
		from := same(e.Parent, from) || slices.ContainsFunc(targets, func(t string) bool { return same(e.Parent, t) })
		if e.Name != "" && from && !slices.Contains(targets, e.Name) {
			targets = append(targets, e.Name)
		}
	}
	return known, targets
}

// licenceOnly reports whether two editions are the same Windows with different licences: one is
// derived from the other, or both from a third.
func licenceOnly(files image.Files, from, to string) (bool, error) {
	var names mappings
	if found, err := decode(files, mappingsFile, &names); err != nil || !found {
		return false, err
	}
	madeOf := func(name string) string {
		for _, e := range names.Editions {
			if parent := strings.TrimSpace(e.Parent); parent != "" && nt.Equal(strings.TrimSpace(e.Name), name) {
				return parent
			}
		}
		return name
	}
	return nt.Equal(madeOf(from), madeOf(to)), nil
}

// decode reads an XML file of the image, if it is there.
func decode(files image.Files, name string, into any) (bool, error) {
	f, err := files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if err := xml.NewDecoder(io.LimitReader(f, maxFile)).Decode(into); err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return true, nil
}
