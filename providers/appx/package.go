package appx

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Where a package says what it is, and how much of that is read.
const (
	packageManifest = "AppxManifest.xml"
	bundleManifest  = "AppxMetadata/AppxBundleManifest.xml"
	maxManifest     = 4 << 20
	maxPackages     = 10000
)

// packed is what a file with an app says of itself.
type packed struct {
	identity
	bundle        bool
	architectures []string // of the code in it, as manifests name them; neutral: of any
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
	Packages []struct {
		Type         string `xml:"Type,attr"`
		Architecture string `xml:"Architecture,attr"`
	} `xml:"Packages>Package"`
}

// readPackage reads the identity of the app in a file.
func readPackage(file string) (packed, error) {
	z, err := zip.OpenReader(file)
	if errors.Is(err, zip.ErrFormat) {
		return packed{}, errors.New("it is no ZIP file, or a part of it is missing at the end")
	}
	if err != nil {
		return packed{}, err
	}
	defer z.Close()
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if !strings.EqualFold(name, packageManifest) && !strings.EqualFold(name, bundleManifest) {
			continue
		}
		if f.UncompressedSize64 > maxManifest {
			return packed{}, fmt.Errorf("%s: it has %d bytes, more than any manifest (%d)", name, f.UncompressedSize64, maxManifest)
		}
		r, err := f.Open()
		if err != nil {
			return packed{}, fmt.Errorf("%s: %w", name, err)
		}
		p, err := parseManifest(io.LimitReader(r, maxManifest))
		if err := errors.Join(err, r.Close()); err != nil {
			return packed{}, fmt.Errorf("%s: %w", name, err)
		}
		return p, nil
	}
	return packed{}, fmt.Errorf("it holds neither %s nor %s", packageManifest, bundleManifest)
}

func parseManifest(r io.Reader) (packed, error) {
	var m manifest
	if err := xml.NewDecoder(r).Decode(&m); err != nil {
		return packed{}, err
	}
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
		for _, one := range m.Packages[:min(len(m.Packages), maxPackages)] {
			if strings.EqualFold(one.Type, "application") {
				p.architectures = append(p.architectures, architecture(one.Architecture))
			}
		}
	} else {
		p.arch, p.resource = architecture(id.Architecture), id.Resource
		p.architectures = []string{p.arch}
	}
	p.full = strings.Join([]string{p.name, p.version, p.arch, p.resource, p.publisher}, "_")
	return p, checkArchitectures(p.architectures)
}

// architecture is what a manifest says, in lower case; neutral if it says nothing.
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

// runsOn tells whether code of one of the architectures runs in an image of the
// architecture, as images name it. An image that names none is not judged.
func runsOn(image string, list []string) bool {
	can := map[string]string{
		"amd64": "neutral x86 x64 x86a64", "x86": "neutral x86 x86a64", "arm": "neutral arm",
		"arm64": "neutral arm64 arm x86 x64 x86a64",
	}[strings.ToLower(image)]
	if can == "" {
		return true
	}
	for _, a := range list {
		if strings.Contains(" "+can+" ", " "+a+" ") {
			return true
		}
	}
	return false
}

// publisherID is what stands for a publisher in names of packages: the first 64
// bits of the SHA-256 of its name in UTF-16, in base 32 without i, l, o and u
// ("Package identity overview" in the documentation of MSIX).
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
