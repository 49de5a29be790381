package dismemu

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/base32"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// readApp reads the manifest of a package or bundle.
func readApp(file string) (appIdentity, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return appIdentity{}, err
	}
	defer z.Close()
	for _, name := range []string{"AppxManifest.xml", "AppxMetadata/AppxBundleManifest.xml"} {
		r, err := z.Open(name)
		if err != nil {
			continue
		}
		i, err := parseAppManifest(io.LimitReader(r, 4<<20))
		return i, errors.Join(err, r.Close())
	}
	return appIdentity{}, fmt.Errorf("%s holds no manifest", file)
}

// parseAppManifest reads the identity in the manifest of a package or bundle
// ("Package identity overview" in the documentation of MSIX).
func parseAppManifest(r io.Reader) (appIdentity, error) {
	var m struct {
		XMLName  xml.Name
		Identity struct {
			Name         string `xml:"Name,attr"`
			Publisher    string `xml:"Publisher,attr"`
			Version      string `xml:"Version,attr"`
			Architecture string `xml:"ProcessorArchitecture,attr"`
			Resource     string `xml:"ResourceId,attr"`
		} `xml:"Identity"`
	}
	if err := xml.NewDecoder(r).Decode(&m); err != nil {
		return appIdentity{}, err
	}
	id := m.Identity
	if m.XMLName.Local == "Bundle" {
		id.Architecture, id.Resource = "neutral", "~"
	}
	if id.Architecture == "" {
		id.Architecture = "neutral"
	}
	i := appIdentity{"", id.Name, id.Version, strings.ToLower(id.Architecture), id.Resource, publisherID(id.Publisher)}
	i.full = strings.Join([]string{i.name, i.version, i.arch, i.resource, i.publisher}, "_")
	return i, nil
}

// publisherID is the short form of a publisher: the first 64 bits of the SHA-256 of
// its name in UTF-16, in base 32.
func publisherID(publisher string) string {
	sum := sha256.Sum256(nt.AppendUTF16(nil, publisher))
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(sum[:8])
}

// maxApp is the maximum size of an unpacked file, in bytes.
const maxApp = 4 << 30

// unpack writes the files of a package to their place in Windows.
func (a apps) unpack(file string, app appIdentity) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	folder := windowsApps + "/" + app.full
	if err := a.img.files.MkdirAll(folder, image.Meta{}); err != nil {
		return err
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() || app.resource == "~" && isApp(f.Name) {
			continue
		}
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if decoded, err := url.PathUnescape(name); err == nil {
			name = decoded
		}
		if name, err = image.CleanPath(folder + "/" + name); err != nil || !strings.HasPrefix(name, folder+"/") {
			return fail(0x80073cf0, "The package holds a file with an invalid name: %s", f.Name)
		}
		if err := a.unpackFile(f, name); err != nil {
			return err
		}
	}
	return nil
}

func (a apps) unpackFile(f *zip.File, name string) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	err = a.img.files.MkdirAll(path.Dir(name), image.Meta{})
	if err == nil {
		err = a.img.files.WriteFile(name, io.LimitReader(content, maxApp), image.Meta{})
	}
	return errors.Join(err, content.Close())
}

var (
	dependsOn = regexp.MustCompile(`<PackageDependency\s[^>]*?Name="([^"]*)"[^>]*?MinVersion="([^"]*)"`)
	runsUnder = regexp.MustCompile(`<TargetDeviceFamily\s[^>]*?MinVersion="([^"]*)"`)
)

// installable refuses a package that needs a later Windows, or a framework that the image
// lacks. It does not look into bundles.
func (a apps) installable(file string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	data, err := fs.ReadFile(z, "AppxManifest.xml")
	if err != nil {
		return gone(err)
	}
	for _, m := range runsUnder.FindAllStringSubmatch(string(data), -1) {
		if a.img.info.Version != "" && lower(a.img.info.Version, m[1]) {
			return fail(0x80073cfd, "The package needs Windows %s or later.", m[1])
		}
	}
	there, err := a.list(staged)
	if err != nil {
		return err
	}
	more, err := a.list(provisioned)
	if err != nil {
		return err
	}
	there = append(there, more...)
	for _, m := range dependsOn.FindAllStringSubmatch(string(data), -1) {
		if !slices.ContainsFunc(there, func(i appIdentity) bool { return strings.EqualFold(i.name, m[1]) && !lower(i.version, m[2]) }) {
			return fail(0x80073cf3, "The package needs %s %s or later.", m[1], m[2])
		}
	}
	return nil
}

// lower compares versions, number by number.
func lower(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		n, _ := strconv.Atoi(x[i])
		m, _ := strconv.Atoi(y[i])
		if n != m {
			return n < m
		}
	}
	return len(x) < len(y)
}

func isApp(name string) bool {
	return slices.Contains([]string{".appx", ".msix", ".appxbundle", ".msixbundle"}, strings.ToLower(filepath.Ext(name)))
}
