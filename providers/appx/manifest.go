package appx

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// packed is the manifest of a file with an app.
type packed struct {
	identity
	bundle        bool
	architectures []string // of the code in it, as manifests name them; neutral: of any
	demands       []demand
}

// manifest is what is of interest in a manifest of a package or of a bundle
// ("Package manifest schema reference" and "Bundle manifest schema" in the
// documentation of Windows).
type manifest struct {
	XMLName  xml.Name
	Identity struct {
		Name         string `xml:"Name,attr"`
		Publisher    string `xml:"Publisher,attr"`
		Version      string `xml:"Version,attr"`
		Architecture string `xml:"ProcessorArchitecture,attr"`
		Resource     string `xml:"ResourceId,attr"`
	} `xml:"Identity"`
	Needs    dependencies     `xml:"Dependencies"`
	Oldest   string           `xml:"Prerequisites>OSMinVersion"` // of packages for Windows 8
	Packages []bundledPackage `xml:"Packages>Package"`
}

type bundledPackage struct {
	Type         string       `xml:"Type,attr"`
	Architecture string       `xml:"Architecture,attr"`
	File         string       `xml:"FileName,attr"`
	Needs        dependencies `xml:"Dependencies"`
}

type dependencies struct {
	Families []struct {
		Name string `xml:"Name,attr"`
		Min  string `xml:"MinVersion,attr"`
	} `xml:"TargetDeviceFamily"`
	Packages []packageDependency `xml:"PackageDependency"`
	Main     []packageDependency `xml:"MainPackageDependency"` // of an optional package
}

type packageDependency struct {
	Name      string `xml:"Name,attr"`
	Publisher string `xml:"Publisher,attr"`
	Min       string `xml:"MinVersion,attr"`
	Optional  string `xml:"Optional,attr"`
}

func parseManifest(r io.Reader) (*manifest, error) {
	var m manifest
	if err := xml.NewDecoder(r).Decode(&m); err != nil {
		return nil, err
	}
	return &m, nil
}

// applications returns the packages with code in a bundle.
func (m *manifest) applications() []bundledPackage {
	var list []bundledPackage
	for _, one := range m.Packages[:min(len(m.Packages), maxPackages)] {
		if strings.EqualFold(one.Type, "application") {
			list = append(list, one)
		}
	}
	return list
}

// packed returns what the manifest says, without demands within a bundle.
func (m *manifest) packed() (packed, error) {
	p := packed{bundle: m.XMLName.Local == "Bundle"}
	if !p.bundle && m.XMLName.Local != "Package" {
		return p, fmt.Errorf("is a %s, not a Package or a Bundle", m.XMLName.Local)
	}
	id := m.Identity
	switch {
	case id.Name == "" || strings.ContainsFunc(id.Name, func(r rune) bool { return !isNameRune(r) }):
		return p, fmt.Errorf("its name %q is not that of an app", id.Name)
	case id.Publisher == "":
		return p, errors.New("it names no publisher")
	case !isVersion(id.Version):
		return p, fmt.Errorf("its version %q does not consist of four numbers", id.Version)
	case strings.ContainsFunc(id.Resource, func(r rune) bool { return !isNameRune(r) }):
		return p, fmt.Errorf("its resource %q is none", id.Resource)
	}
	p.identity = identity{name: id.Name, version: id.Version, publisher: publisherID(id.Publisher)}
	if p.bundle {
		p.arch, p.resource = "neutral", "~"
		for _, one := range m.applications() {
			p.architectures = append(p.architectures, architecture(one.Architecture))
		}
	} else {
		p.arch, p.resource = architecture(id.Architecture), id.Resource
		p.architectures = []string{p.arch}
		p.demands = m.Needs.demands(p.arch)
		if v := strings.TrimSpace(m.Oldest); v != "" {
			p.demands = append(p.demands, demand{name: anyFamily, version: v, arch: p.arch})
		}
	}
	p.full = strings.Join([]string{p.name, p.version, p.arch, p.resource, p.publisher}, "_")
	return p, errors.Join(checkArchitectures(p.architectures), checkDemands(p.demands))
}

// architecture is that of a manifest, in lower case; neutral if it has none.
func architecture(s string) string {
	if s == "" {
		return "neutral"
	}
	return strings.ToLower(s)
}

func checkArchitectures(list []string) error {
	if len(list) == 0 {
		return errors.New("it holds no application")
	}
	for _, a := range list {
		switch a {
		case "neutral", "x86", "x64", "arm", "arm64", "x86a64":
		default:
			return fmt.Errorf("there is no architecture %q", a)
		}
	}
	return nil
}

// publisherID identifies the publisher in names of packages: the first 64 bits of the SHA-256 of
// its name in UTF-16, in base 32 without i, l, o and u ("Package identity overview" in the
// documentation of MSIX).
func publisherID(publisher string) string {
	const digits = "0123456789abcdefghjkmnpqrstvwxyz"
	sum := sha256.Sum256(nt.AppendUTF16(nil, publisher))
	bits := binary.BigEndian.Uint64(sum[:8])
	var id [13]byte
	id[12] = digits[bits<<1&31]
	bits >>= 4
	for i := 11; i >= 0; i-- {
		id[i] = digits[bits&31]
		bits >>= 5
	}
	return string(id[:])
}
