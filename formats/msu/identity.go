package msu

import "strings"

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
