package msu

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Identity is the identity of a package or component.
type Identity struct {
	Name           string `xml:"name,attr"`
	PublicKeyToken string `xml:"publicKeyToken,attr"`
	Architecture   string `xml:"processorArchitecture,attr"`
	Language       string `xml:"language,attr"` // "neutral" or a tag such as en-US
	Version        string `xml:"version,attr"`
}

// String gives the identity the way the registry, the servicing folder and
// DISM name packages: Name~publicKeyToken~arch~lang~version, with nothing for
// the neutral language.
func (i Identity) String() string {
	language := i.Language
	if strings.EqualFold(language, "neutral") {
		language = ""
	}
	return strings.Join([]string{i.Name, i.PublicKeyToken, i.Architecture, language, i.Version}, "~")
}

// SameThing tells whether an identity differs from another one in the version alone.
func (i Identity) SameThing(other Identity) bool {
	return nt.Equal(i.Name, other.Name) && nt.Equal(i.PublicKeyToken, other.PublicKeyToken) &&
		nt.Equal(i.Architecture, other.Architecture) && same(i.Language, other.Language)
}

// same compares languages or architectures: empty and neutral are the same.
func same(a, b string) bool {
	if strings.EqualFold(a, "neutral") {
		a = ""
	}
	if strings.EqualFold(b, "neutral") {
		b = ""
	}
	return nt.Equal(a, b)
}

// check says what an identity lacks.
func (i Identity) check() error {
	for _, f := range []struct{ name, value string }{
		{"name", i.Name},
		{"version", i.Version},
		{"processorArchitecture", i.Architecture},
		{"publicKeyToken", i.PublicKeyToken},
	} {
		if f.value == "" || strings.Contains(f.value, "~") {
			return corrupt("the assemblyIdentity has %s=%q", f.name, f.value)
		}
	}
	if strings.Contains(i.Language, "~") {
		return corrupt("the assemblyIdentity has language=%q", i.Language)
	}
	return nil
}

// ParseIdentity reads an identity as [Identity.String] writes it. The neutral
// language is empty.
func ParseIdentity(s string) (Identity, error) {
	parts := strings.Split(s, "~")
	if len(parts) != 5 {
		return Identity{}, corrupt("%q is no identity: name~publicKeyToken~architecture~language~version", s)
	}
	i := Identity{Name: parts[0], PublicKeyToken: parts[1], Architecture: parts[2], Language: parts[3], Version: parts[4]}
	return i, i.check()
}

// CompareVersions compares versions of numbers with dots between them. What is
// no number, or is not there, counts as 0.
func CompareVersions(a, b string) int {
	as, bs := numbers(a), numbers(b)
	for len(as) < len(bs) {
		as = append(as, 0)
	}
	for len(bs) < len(as) {
		bs = append(bs, 0)
	}
	return slices.Compare(as, bs)
}

func numbers(version string) []uint64 {
	var list []uint64
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.ParseUint(part, 10, 64)
		list = append(list, n)
	}
	return list
}
