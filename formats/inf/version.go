package inf

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A Version is what [Version] says ("INF Version section").
type Version struct {
	Signature   string // $Windows NT$ or $Chicago$
	Class       string // name of the device setup class
	ClassGUID   string // of the class, with braces, as written
	Provider    string
	RawProvider string // before strings were substituted
	DriverVer   DriverVer
	Catalogs    []Catalog
	PnpLockdown bool
	// ExtensionID is the GUID of an extension INF, with braces, as written.
	ExtensionID string
	PackageType string // DriverPackageType
	DisplayName string // DriverPackageDisplayName
	LayoutFiles []string
}

// A Catalog is a signed catalogue of the package, in the folder of the INF.
type Catalog struct {
	Name string
	For  Decoration // the targets it is for
	Line int
}

// A DriverVer is the date and version of a driver ("INF DriverVer directive").
type DriverVer struct {
	Date    time.Time // midnight UTC; zero when there is none
	Version [4]uint16
	Line    int // 0 when there is no DriverVer
}

// String is the form of the directive: 09/19/2016,6.7.4.261.
func (v DriverVer) String() string {
	if v.Line == 0 {
		return ""
	}
	return v.Date.Format("01/02/2006") + "," + v.VersionString()
}

// VersionString is the version: 6.7.4.261.
func (v DriverVer) VersionString() string {
	return fmt.Sprintf("%d.%d.%d.%d", v.Version[0], v.Version[1], v.Version[2], v.Version[3])
}

// ExtensionClass is the class of INFs that extend the installation of a device
// by another driver package.
const ExtensionClass = "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}"

var guidForm = regexp.MustCompile(`^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$`)

func (f *File) readVersion() {
	s, p := f.Section("Version"), &f.problems
	if s == nil {
		p.add(0, MissingSection, "there is no section [Version]")
		return
	}
	v := &f.Version
	for i := range s.Lines {
		f.versionLine(v, &s.Lines[i])
	}
	switch fold(v.Signature) {
	case "$windows nt$", "$chicago$", "$windows 95$":
	default:
		p.add(s.Line, BadValue, "the signature of [Version] is %s, not $Windows NT$: Windows refuses the file", quote(v.Signature))
	}
	required := [...]struct{ name, value string }{
		{"Class", v.Class}, {"ClassGuid", v.ClassGUID}, {"Provider", v.Provider}, {"DriverVer", v.DriverVer.String()},
	}
	for _, r := range required {
		if r.value == "" {
			p.add(s.Line, MissingValue, "[Version] has no %s", r.name)
		}
	}
	if strings.EqualFold(v.ClassGUID, ExtensionClass) && v.ExtensionID == "" {
		p.add(s.Line, MissingValue, "[Version] has no ExtensionId, which class Extension requires")
	}
}

// versionLine reads a line of [Version]; the first of a key counts.
func (f *File) versionLine(v *Version, l *Line) {
	set := func(text *string) {
		if *text == "" {
			*text = l.Value(0)
		}
	}
	switch fold(l.Key) {
	case "signature":
		set(&v.Signature)
	case "class":
		set(&v.Class)
	case "classguid":
		set(&v.ClassGUID)
		f.guid(l)
	case "provider":
		if v.Provider == "" {
			v.Provider, v.RawProvider = l.Value(0), l.RawValue(0)
		}
	case "driverver":
		if v.DriverVer.Line == 0 {
			v.DriverVer = f.problems.driverVer(l)
		}
	case "pnplockdown":
		v.PnpLockdown = f.problems.number(l, 0, "PnpLockdown") == 1
	case "extensionid":
		set(&v.ExtensionID)
		f.guid(l)
	case "driverpackagetype":
		set(&v.PackageType)
	case "driverpackagedisplayname":
		set(&v.DisplayName)
	case "layoutfile":
		v.LayoutFiles = nonEmpty(l.Values)
	default:
		f.catalogLine(v, l)
	}
}

// guid reports a value that is no GUID.
func (f *File) guid(l *Line) {
	if !guidForm.MatchString(l.Value(0)) {
		f.problems.add(l.Number, BadValue, "%s: %s is not a GUID in braces", l.Key, quote(l.Value(0)))
	}
}

// catalogLine reads CatalogFile and CatalogFile.NTamd64.
func (f *File) catalogLine(v *Version, l *Line) {
	name, suffix, dotted := strings.Cut(l.Key, ".")
	if !strings.EqualFold(name, "CatalogFile") || l.Value(0) == "" {
		return
	}
	c := Catalog{Name: l.Value(0), Line: l.Number}
	if dotted {
		var err error
		if c.For, err = ParseDecoration(suffix); err != nil {
			f.problems.add(l.Number, BadValue, "%s: %v", l.Key, err)
			return
		}
	}
	v.Catalogs = append(v.Catalogs, c)
}

// Catalog returns the catalogue that signs the package for a target; without,
// the package is unsigned there.
func (v *Version) Catalog(t Target) (Catalog, bool) {
	var best Catalog
	for _, c := range v.Catalogs {
		if c.For.Matches(t) && (best.Name == "" || c.For.compare(best.For) > 0) {
			best = c
		}
	}
	return best, best.Name != ""
}

// driverVer reads a date, month first, and a version of up to four numbers.
// Slashes may be hyphens, and leading zeros and the version may be missing.
func (p *problems) driverVer(l *Line) DriverVer {
	if l.Value(0) == "" {
		return DriverVer{} // as if it were not there
	}
	v := DriverVer{Line: l.Number}
	date := strings.ReplaceAll(l.Value(0), "-", "/")
	at, err := time.ParseInLocation("1/2/2006", date, time.UTC)
	if err != nil {
		p.add(l.Number, BadValue, "DriverVer: %s is not a date as month/day/year", quote(l.Value(0)))
	}
	v.Date = at
	if l.Value(1) == "" {
		return v
	}
	parts := strings.Split(l.Value(1), ".")
	if len(parts) > len(v.Version) {
		p.add(l.Number, BadValue, "DriverVer: version %s has more than 4 numbers", quote(l.Value(1)))
		parts = parts[:len(v.Version)]
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 16)
		if err != nil {
			p.add(l.Number, BadValue, "DriverVer: %s in version %s is not a number below 65536", quote(part), quote(l.Value(1)))
		}
		v.Version[i] = uint16(n)
	}
	return v
}

// nonEmpty returns the values that are not empty.
func nonEmpty(values []string) []string {
	var out []string
	for _, v := range values {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}
