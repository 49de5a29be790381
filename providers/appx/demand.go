package appx

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// demand is what a package needs in order to be installed: a version of Windows, or another
// package.
type demand struct {
	name      string // device family such as Windows.Desktop, or name of the package
	publisher string // of a package, as names of packages have it; empty: any
	version   string // lowest version
	arch      string // of the package that needs it
	by        string // full name of that package, if it is not the app itself
	framework bool   // a package, not a version of Windows
}

// anyFamily is the device family of packages for every device.
const anyFamily = "Windows.Universal"

// demands lists what is needed, by a package of an architecture. A dependency that is
// marked as optional is not (uap6:Optional).
func (d dependencies) demands(arch string) []demand {
	var all []demand
	for _, f := range d.Families {
		all = append(all, demand{name: f.Name, version: f.Min, arch: arch})
	}
	for _, p := range append(d.Packages[:len(d.Packages):len(d.Packages)], d.Main...) {
		if optional, err := strconv.ParseBool(p.Optional); err == nil && optional {
			continue
		}
		one := demand{name: p.Name, version: p.Min, arch: arch, framework: true}
		if p.Publisher != "" {
			one.publisher = publisherID(p.Publisher)
		}
		all = append(all, one)
	}
	return all
}

// checkDemands refuses demands that no real manifest has.
func checkDemands(list []demand) error {
	for _, d := range list {
		if d.name == "" || strings.ContainsFunc(d.name, func(r rune) bool { return !isNameRune(r) }) {
			return fmt.Errorf("it depends on %q, which is no name", d.name)
		}
		if d.version != "" && !isDotted(d.version) {
			return fmt.Errorf("it depends on the version %q of %s, which is none", d.version, d.name)
		}
	}
	return nil
}

// isDotted reports whether a version consists of up to four numbers.
func isDotted(version string) bool {
	parts := strings.Split(version, ".")
	for _, p := range parts {
		if _, err := strconv.ParseUint(p, 10, 32); err != nil {
			return false
		}
	}
	return len(parts) <= 4
}

// text is the demand in the form of the resource's attribute: name and publisher, version,
// architecture, and the package that has it.
func (d demand) text() string {
	name, version := d.name, d.version
	if d.framework {
		name += "_" + d.publisher
	}
	if version == "" {
		version = "0"
	}
	return strings.TrimSpace(strings.Join([]string{name, version, d.arch, d.by}, " "))
}

// parseDemand parses what text returned.
func parseDemand(text string) (demand, error) {
	f := strings.Fields(text)
	if len(f) < 3 || len(f) > 4 {
		return demand{}, errors.New("appx: " + strconv.Quote(text) + " says nothing of what an app needs")
	}
	d := demand{version: f[1], arch: f[2]}
	if len(f) == 4 {
		d.by = f[3]
	}
	d.name, d.publisher, d.framework = strings.Cut(f[0], "_")
	return d, nil
}
