package msu

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// A Package is what an update.mum says of its package. Attributes that it does
// not have are empty.
type Package struct {
	Path string // of update.mum in what was inspected, with slashes through containers

	Identity    Identity
	Kind        Kind
	Identifier  string // often the article, KB2999226
	ReleaseType string // Security Update, Language Pack, …
	Permanent   bool   // can't be removed once it is installed
	Restart     string // possible, required or never, in lower case
	Offline     string // whether installing it can be completed in an image: yes, no or undetermined

	DisplayName string // can be "default", which is no name
	Description string
	Company     string
	Copyright   string
	SupportURL  string

	Parents      []Parent // one of which must be there for the package to apply
	Installer    Identity // the least servicing stack
	Updates      []Update // the parts; those of a feature package are features
	Capabilities []Capability
	Needs        []Capability // that those build on
}

// An Update is a part of a package.
type Update struct {
	Name    string
	Parents []string // names of the updates that must be on before it, its own where a package for a language has the same
}

// KB returns the number of the article on the package, such as "KB2999226", or
// "" if it names none.
func (p *Package) KB() string { return KB(p.Identifier, p.SupportURL) }

// isArticle reports whether digits are the number of an article. The packages that
// Windows itself consists of, language packs and features on demand among them, have
// 777777 or 777778 in its place, and there is no such article.
func isArticle(digits string) bool {
	return isNumber(digits) && digits != "777777" && digits != "777778"
}

// KB returns the number of the article that the identifier of a package or the
// address of its support is of, or "".
func KB(identifier, supportURL string) string {
	if nt.HasPrefix(identifier, "KB") && isArticle(identifier[2:]) {
		return "KB" + identifier[2:]
	}
	i := strings.LastIndexAny(supportURL, "=/")
	if digits := supportURL[i+1:]; len(digits) >= 6 && isArticle(digits) {
		return "KB" + digits
	}
	return ""
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// assembly is the part of the root element that is read.
type assembly struct {
	XMLName     xml.Name `xml:"assembly"`
	DisplayName string   `xml:"displayName,attr"`
	Description string   `xml:"description,attr"`
	Company     string   `xml:"company,attr"`
	Copyright   string   `xml:"copyright,attr"`
	Support     string   `xml:"supportInformation,attr"`
	Identity    Identity `xml:"assemblyIdentity"`
	Package     *struct {
		Identifier  string `xml:"identifier,attr"`
		ReleaseType string `xml:"releaseType,attr"`
		Permanence  string `xml:"permanence,attr"`
		Restart     string `xml:"restart,attr"`
		Parents     []struct {
			Build      string     `xml:"buildCompare,attr"`
			Revision   string     `xml:"revisionCompare,attr"`
			Identities []Identity `xml:"assemblyIdentity"`
		} `xml:"parent"`
		Installer    Identity     `xml:"installerAssembly"`
		Updates      []update     `xml:"update"`
		Capabilities []Capability `xml:"declareCapability>capability>capabilityIdentity"`
		Needs        []Capability `xml:"declareCapability>dependency>capabilityIdentity"`
		Extended     struct {
			Offline string `xml:"completelyOfflineCapable,attr"`
		} `xml:"packageExtended"`
	} `xml:"package"`
}

// update is an element update. It is not applicable before those are on that are
// named in applicable/detectUpdate, as updates of the same package or, with the
// element parent, of the package that this one is for.
type update struct {
	Name       string `xml:"name,attr"`
	Applicable []struct {
		Detect []struct {
			Updates []struct {
				XMLName xml.Name
				Name    string `xml:"name,attr"`
			} `xml:",any"`
		} `xml:"detectUpdate"`
	} `xml:"applicable"`
}

func (u *update) parents() []string {
	var list []string
	for _, a := range u.Applicable {
		for _, d := range a.Detect {
			for _, e := range d.Updates {
				name, is := strings.TrimSpace(e.Name), e.XMLName.Local
				if (is == "update" || is == "parent") && name != "" && !slices.ContainsFunc(list, func(n string) bool { return nt.Equal(n, name) }) {
					list = append(list, name)
				}
			}
		}
	}
	return list
}

// ParseMUM reads an update.mum or one of the other .mum files of a package,
// in UTF-8 or UTF-16. It gives no path, and the kind as far as it is in data.
func ParseMUM(data []byte) (*Package, error) {
	var a assembly
	d := xml.NewDecoder(strings.NewReader(text(data)))
	d.CharsetReader = charset
	if err := d.Decode(&a); err != nil {
		return nil, corrupt("it is not the XML of an assembly: %v", err)
	}
	if err := a.Identity.check(); err != nil {
		return nil, err
	}
	if a.Package == nil {
		return nil, corrupt("%s is not a package", a.Identity)
	}
	p := a.info()
	p.Kind = kind(p, nil)
	return p, nil
}

func (a *assembly) info() *Package {
	p := &Package{
		Identity:     a.Identity,
		Identifier:   a.Package.Identifier,
		ReleaseType:  a.Package.ReleaseType,
		Permanent:    strings.EqualFold(a.Package.Permanence, "permanent"),
		Restart:      strings.ToLower(a.Package.Restart),
		Offline:      strings.ToLower(a.Package.Extended.Offline),
		DisplayName:  a.DisplayName,
		Description:  a.Description,
		Company:      a.Company,
		Copyright:    a.Copyright,
		SupportURL:   a.Support,
		Installer:    a.Package.Installer,
		Capabilities: a.Package.Capabilities,
		Needs:        a.Package.Needs,
	}
	for _, parent := range a.Package.Parents {
		for _, i := range parent.Identities {
			p.Parents = append(p.Parents, Parent{i, comparison(parent.Build), comparison(parent.Revision)})
		}
	}
	for i := range a.Package.Updates {
		u := &a.Package.Updates[i]
		p.Updates = append(p.Updates, Update{strings.TrimSpace(u.Name), u.parents()})
	}
	return p
}

// text gives XML in UTF-8 by its byte order mark or, without one, by the zero
// in its first character.
func text(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		return string(data[3:])
	case bytes.HasPrefix(data, []byte("\xFE\xFF")), bytes.HasPrefix(data, []byte("\x00<")):
		data = bytes.Clone(data)
		for i := 1; i < len(data); i += 2 {
			data[i-1], data[i] = data[i], data[i-1]
		}
	case !bytes.HasPrefix(data, []byte("\xFF\xFE")) && !bytes.HasPrefix(data, []byte("<\x00")):
		return string(data)
	}
	return strings.TrimPrefix(nt.DecodeUTF16(data[:len(data)&^1]), "\uFEFF")
}

// charset accepts the names of the encodings that text has dealt with.
func charset(label string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-16", "utf-16le", "utf-16be", "unicode", "us-ascii", "ascii":
		return r, nil
	}
	return nil, corrupt("its encoding %q is neither UTF-8 nor UTF-16", label)
}
