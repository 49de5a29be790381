package servicing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

const (
	capabilityIndex = base + `\CapabilityIndex`
	packageIndex    = base + `\PackageIndex`
)

// Capability is a capability (feature on demand) that the image has a record of. An
// image has no records of capabilities that only Windows Update offers.
type Capability struct {
	Name    string
	Status  string // as DISM names it, in lower case with underscores; [Unknown]
	Package string // identity of the package that determines the state; empty: none is in the image
}

// Capabilities lists the capabilities in the image, by name, and notes of what
// could not be read.
func Capabilities(ctx context.Context, s image.Session) ([]Capability, []string, error) {
	return once(s, capabilities{}, func(r *regread.Reader) ([]Capability, error) { return readCapabilities(ctx, s, r) }, image.CanRegistry)
}

func readCapabilities(ctx context.Context, s image.Session, r *regread.Reader) ([]Capability, error) {
	names, err := r.Subkeys(capabilityIndex)
	if err != nil {
		return nil, fmt.Errorf("capabilities: %w", err)
	}
	packages, err := recordedIn(ctx, s, r)
	if err != nil {
		return nil, err
	}
	known := map[string]*Package{}
	for i := range packages {
		known[nt.Fold(packages[i].Identity)] = &packages[i]
	}
	list := make([]Capability, len(names))
	for i, name := range names {
		list[i] = readCapability(r, name, known)
	}
	return list, nil
}

// readCapability finds the packages of a capability, and the state of the one that
// determines it.
func readCapability(r *regread.Reader, name string, known map[string]*Package) Capability {
	c := Capability{Name: name, Status: Unknown}
	identities := capabilityPackages(r, name)
	if len(identities) == 0 {
		r.Note("capability %s: the index names none of its packages in a known form", name)
		return c
	}
	var best *Package
	for _, id := range identities {
		if p := known[nt.Fold(id)]; p != nil && (best == nil || better(p, best)) {
			best = p
		}
	}
	if best == nil {
		c.Status = Absent.String()
		return c
	}
	c.Package, c.Status = best.Identity, best.State.String()
	return c
}

// capabilityPackages returns the package identities that the index has for a
// capability. They may be names or data of values, or subkeys; an identity without a
// version means all versions that the index of packages lists.
func capabilityPackages(r *regread.Reader, name string) []string {
	key := capabilityIndex + `\` + name
	found := slices.DeleteFunc(append(r.Below(key), identitiesIn(r, key)...), func(s string) bool { return !isIdentity(s) })
	var list []string
	for _, id := range found {
		list = append(list, id)
		if versionOf(id) == "0.0.0.0" {
			list = append(list, versionsOf(r, id)...)
		}
	}
	return list
}

// identitiesIn returns the names and strings that the values of a key have.
func identitiesIn(r *regread.Reader, key string) []string {
	k, _ := r.Key(key)
	var list []string
	for _, v := range k.Values {
		list = append(list, v.Name)
		if v.Type == hive.RegSZ {
			list = append(list, hive.DecodeString(v.Data))
		}
	}
	return list
}

// versionsOf returns the identities of all versions of a package in the image.
func versionsOf(r *regread.Reader, id string) []string {
	stem := strings.TrimSuffix(id, versionOf(id))
	var list []string
	for _, s := range identitiesIn(r, packageIndex+`\`+id) {
		if nt.HasPrefix(s, stem) && isIdentity(s) {
			list = append(list, s)
		}
	}
	return list
}
