package msu

import "strings"

// A Capability is what DISM /Add-Capability knows a feature on demand by.
type Capability struct {
	Name     string `xml:"name,attr"`
	Language string `xml:"language,attr"`
	Version  string `xml:"version,attr"`
}

// String gives the capability the way the registry and DISM name it:
// Name~~~language~version, with nothing for the neutral language. A version has two
// numbers in a manifest, 1.0, and four elsewhere, 0.0.1.0; some capabilities have
// none, like WMIC~~~~.
func (c Capability) String() string {
	language, version := c.Language, c.Version
	if strings.EqualFold(language, "neutral") {
		language = ""
	}
	if version != "" {
		version = strings.Repeat("0.", max(3-strings.Count(version, "."), 0)) + version
	}
	return c.Name + "~~~" + language + "~" + version
}
