// Package cbs is what the emulated DISM knows of Component Based Servicing: packages in
// files, and what an image records of packages, features and capabilities.
//
// It is knowledge of its own. The readers that gild plans and verifies with are
// checked against the emulation, so this package uses none of them, and reads manifests
// and records in another way: a manifest as a tree of elements, a record value by value.
package cbs

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Identity is the identity of a package: name, token, architecture, language, version.
type Identity [5]string

// String joins the parts.
func (i Identity) String() string { return strings.Join(i[:], "~") }

// Name, Arch, Language and Version are parts of it.
func (i Identity) Name() string     { return i[0] }
func (i Identity) Arch() string     { return i[2] }
func (i Identity) Language() string { return i[3] }
func (i Identity) Version() string  { return i[4] }

// Split splits an identity into its parts. A text that is no identity is all name.
func Split(s string) Identity {
	var i Identity
	if parts := strings.Split(s, "~"); len(parts) == len(i) {
		return Identity(parts)
	}
	i[0] = s
	return i
}

// SameName reports whether two packages differ in their versions alone.
func (i Identity) SameName(other Identity) bool {
	i[4], other[4] = "", ""
	return strings.EqualFold(i.String(), other.String())
}

// Manifest is what the manifest of a package says.
type Manifest struct {
	Raw                  []byte
	Identity             Identity
	ReleaseType, Restart string
	Permanent            bool
	Parents              []Parent
	Updates              []Update
	Capabilities         []string // as DISM names them
}

// Parent is a package that another one is for, and how versions compare.
type Parent struct {
	Identity
	Build, Revision string // EQ, GE or nothing
}

// Update is a part of a package. Those of packages with features are features.
type Update struct {
	Name, DisplayName, Description, Restart string
	Parents                                 []string // that must be enabled before
}

// element is an element of XML.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Inside  []element  `xml:",any"`
}

func (e *element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all returns the elements on a path of names below e.
func (e *element) all(names ...string) []*element {
	found := []*element{e}
	for _, name := range names {
		var next []*element
		for _, f := range found {
			for i := range f.Inside {
				if f.Inside[i].XMLName.Local == name {
					next = append(next, &f.Inside[i])
				}
			}
		}
		found = next
	}
	return found
}

var errNoPackage = errors.New("it holds no package")

// ReadManifest reads the manifest of a package, in UTF-8 or UTF-16.
func ReadManifest(raw []byte) (*Manifest, error) {
	text := raw
	if bytes.HasPrefix(raw, []byte{0xff, 0xfe}) {
		units := make([]uint16, len(raw)/2-1)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(raw[2+2*i:])
		}
		text = []byte(string(utf16.Decode(units)))
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var root element
	if err := d.Decode(&root); err != nil {
		return nil, err
	}
	packages, names := root.all("package"), root.all("assemblyIdentity")
	if len(packages) == 0 || len(names) == 0 || names[0].attr("name") == "" {
		return nil, errNoPackage
	}
	p := packages[0]
	m := &Manifest{
		Raw: raw, Identity: identity(names[0]), ReleaseType: p.attr("releaseType"), Restart: strings.ToLower(p.attr("restart")), Permanent: p.attr("permanence") == "permanent",
	}
	for _, x := range p.all("parent") {
		for _, i := range x.all("assemblyIdentity") {
			m.Parents = append(m.Parents, Parent{identity(i), x.attr("buildCompare"), x.attr("revisionCompare")})
		}
	}
	for _, c := range p.all("declareCapability", "capability", "capabilityIdentity") {
		m.Capabilities = append(m.Capabilities, capability(c))
	}
	for _, u := range p.all("update") {
		one := Update{Name: u.attr("name"), DisplayName: u.attr("displayName"), Description: u.attr("description"), Restart: u.attr("restart")}
		for _, d := range slices.Concat(u.all("applicable", "detectUpdate", "update"), u.all("applicable", "detectUpdate", "parent")) {
			if name := d.attr("name"); name != "" && !strings.EqualFold(name, one.Name) {
				one.Parents = append(one.Parents, name)
			}
		}
		m.Updates = append(m.Updates, one)
	}
	return m, nil
}

func identity(e *element) Identity {
	language := e.attr("language")
	if language == "neutral" {
		language = ""
	}
	return Identity{e.attr("name"), e.attr("publicKeyToken"), e.attr("processorArchitecture"), language, e.attr("version")}
}

// capability is the name that DISM has for what a manifest declares. There a version
// of 1.0 is 0.0.1.0.
func capability(e *element) string {
	version, language := e.attr("version"), e.attr("language")
	if strings.Count(version, ".") == 1 {
		version = "0.0." + version
	}
	if language == "neutral" {
		language = ""
	}
	return e.attr("name") + "~~~" + language + "~" + version
}

// Numbers are those of a version.
func Numbers(version string) []int {
	var list []int
	for _, part := range strings.Split(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			n = 0
		}
		list = append(list, n)
	}
	return list
}

// Compare compares versions.
func Compare(a, b string) int {
	x, y := Numbers(a), Numbers(b)
	for len(x) < len(y) {
		x = append(x, 0)
	}
	for len(y) < len(x) {
		y = append(y, 0)
	}
	return slices.Compare(x, y)
}

func has(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// Cumulative, Stack and Language tell what a package is for.
func (m *Manifest) Cumulative() bool { return has(m.Identity.Name(), "Package_for_RollupFix") }
func (m *Manifest) Stack() bool      { return has(m.Identity.Name(), "Package_for_ServicingStack") }
func (m *Manifest) Language() bool {
	return m.ReleaseType == "Language Pack" && strings.HasSuffix(strings.ToLower(m.Identity.Name()), "-languagepack-package")
}

// Update reports whether the package updates others, so that its parts are no features.
func (m *Manifest) Update() bool { return isUpdate(m.Identity.Name()) }

func isUpdate(name string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(name), "package_")
	return ok && strings.HasPrefix(strings.TrimLeft(rest, "0123456789_"), "for_")
}
