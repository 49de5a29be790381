package viadism

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/providers"
)

// Listing is a list from DISM: the states of things by their names.
type Listing []transcript.Record

// List asks DISM for a list, by the field that names the things.
func List(ask providers.Ask, field string, args ...string) (Listing, error) {
	t, err := ask(args...)
	if err != nil {
		return nil, err
	}
	return t.With(field), nil
}

// Where returns the values of one field in the records in which another field has a value that like
// accepts.
func (l Listing) Where(field, value, of string) []string {
	var found []string
	for _, r := range l {
		if nt.Equal(r.Get(field), value) {
			found = append(found, r.Get(of))
		}
	}
	return found
}

// Differs returns a doubt if a thing is in none of the wanted states. A thing that is not listed is
// in the state "".
func Differs(thing string, told []string, wanted ...string) []providers.Doubt {
	if len(told) == 0 {
		told = []string{""}
	}
	if slices.ContainsFunc(told, func(t string) bool {
		return slices.ContainsFunc(wanted, func(w string) bool { return nt.Equal(t, w) })
	}) {
		return nil
	}
	return []providers.Doubt{{Thing: thing, Wanted: orNothing(wanted[:1]), Told: orNothing(told)}}
}

func orNothing(values []string) string {
	var words []string
	for _, v := range values {
		if v == "" {
			v = "nothing"
		}
		words = append(words, v)
	}
	return strings.Join(words, ", ")
}

// Held are the states of packages that an image has.
func Held() []string { return []string{"Installed", "Install Pending", "Partially Installed"} }

// Packages lists packages. DISM leaves out hidden packages.
func Packages(ask providers.Ask) (Listing, error) {
	l, err := List(ask, PackageField, "/Get-Packages")
	if err == nil && len(l) == 0 {
		err = fmt.Errorf("DISM lists no packages, but every Windows image has some")
	}
	return l, err
}

// PackageField is the field with the identity of a package.
const PackageField = "Package Identity"

// Has reports whether a package is in the image, by its identity.
func (l Listing) Has(identity string) bool {
	return slices.ContainsFunc(l.Where(PackageField, identity, "State"), func(s string) bool { return slices.Contains(Held(), s) })
}
