package cbs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/gildhq/gild/image"
)

// Key is where servicing keeps its records; Packages is below it.
const (
	Key      = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	Packages = Key + `\Packages`
)

// Manifests is the folder of the manifests of packages in an image.
const Manifests = "Windows/servicing/Packages"

// State is the value CurrentState of a package, and that of a feature.
type State uint32

// The states.
const (
	Absent           State = 0x00
	UninstallPending State = 0x05
	Resolved         State = 0x20
	Staged           State = 0x40
	Superseded       State = 0x50
	InstallPending   State = 0x60
	Partially        State = 0x65
	Installed        State = 0x70
	Permanent        State = 0x80
	NotTold          State = math.MaxUint32
)

// There reports whether a package of the state is in the image, or will be.
func (s State) There() bool { return s >= InstallPending && s <= Permanent }

// Words is the state of a package or a capability as DISM prints it.
func (s State) Words() string {
	return named(s, map[State]string{Absent: "Not Present", UninstallPending: "Uninstall Pending", 0x10: "Resolving", Resolved: "Resolved", 0x30: "Staging",
		Staged: "Staged", Superseded: "Superseded", InstallPending: "Install Pending", Partially: "Partially Installed", Installed: "Installed", Permanent: "Installed"})
}

// Feature is the state of a feature as DISM prints it.
func (s State) Feature() string {
	return named(s, map[State]string{Absent: "Not Present", UninstallPending: "Disable Pending", 0x10: "Resolving", Resolved: "Disabled with Payload Removed", 0x30: "Staging",
		Staged: "Disabled", Superseded: "Superseded", InstallPending: "Enable Pending", Partially: "Partially Installed", Installed: "Enabled", Permanent: "Enabled"})
}

func named(s State, words map[State]string) string {
	if w, ok := words[s]; ok {
		return w
	}
	return "Unknown"
}

// Package is what an image records of a package.
type Package struct {
	Identity    string
	State       State
	Visible     bool
	ReleaseType string // of visible ones
	Permanent   bool
	InstallTime time.Time
}

// Feature is a feature, and the package that counts for it.
type Feature struct {
	Name, Status, Package string
}

// Capability is a capability, and the package that counts for it.
type Capability struct {
	Name, Status, Package string
}

// Image is an image to read records of.
type Image struct {
	Files    image.Files
	Registry image.Registry
}

// subkeys are those of a key that may not be there.
func (i Image) subkeys(key string) ([]string, error) {
	names, err := i.Registry.Subkeys(key)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return names, err
}

func (i Image) number(key, name string) (uint32, bool) {
	v, err := i.Registry.Value(key, name)
	if err != nil || v.Type != 4 || len(v.Data) != 4 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(v.Data), true
}

func decode(data []byte) string {
	var units []uint16
	for at := 0; at+1 < len(data); at += 2 {
		u := binary.LittleEndian.Uint16(data[at:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// Packages lists the packages, with what the manifests of visible ones say.
func (i Image) Packages() ([]Package, error) {
	names, err := i.subkeys(Packages)
	if err != nil {
		return nil, err
	}
	list := make([]Package, len(names))
	for n, name := range names {
		list[n] = i.readPackage(name)
	}
	return list, nil
}

func (i Image) readPackage(identity string) Package {
	key := Packages + `\` + identity
	p := Package{Identity: identity, State: NotTold}
	if n, ok := i.number(key, "CurrentState"); ok {
		p.State = State(n)
	}
	p.Permanent = p.State == Permanent
	n, _ := i.number(key, "Visibility")
	if p.Visible = n == 1; p.Visible {
		if m := i.Manifest(identity); m != nil {
			p.ReleaseType, p.Permanent = m.ReleaseType, p.Permanent || m.Permanent
		}
	}
	high, hasHigh := i.number(key, "InstallTimeHigh")
	low, hasLow := i.number(key, "InstallTimeLow")
	if hasHigh && hasLow { // hundreds of nanoseconds since 1601
		const since1601 = 11644473600
		ticks := uint64(high)<<32 | uint64(low)
		p.InstallTime = time.Unix(int64(ticks/1e7)-since1601, int64(ticks%1e7)*100).UTC()
	}
	return p
}

// Manifest reads the manifest of a package in the image; nil if there is none that can
// be read.
func (i Image) Manifest(identity string) *Manifest {
	raw, err := fs.ReadFile(i.Files, Manifests+"/"+identity+".mum")
	if err != nil {
		return nil
	}
	m, err := ReadManifest(raw)
	if err != nil {
		return nil
	}
	return m
}

// counts reports whether of two packages that have one thing a is the one that counts:
// more of it is there, or it is newer.
func counts(a, b Package) bool {
	if x, y := a.State.worth(), b.State.worth(); x != y {
		return x > y
	}
	return Compare(Split(a.Identity).Version(), Split(b.Identity).Version()) > 0
}

func (s State) worth() int {
	if s == Superseded || s == NotTold || s.Words() == "Unknown" {
		return -1
	}
	return int(s)
}

// Features lists the features by name. A package lists its own in Updates; what
// packages of a language list is their share of those.
func (i Image) Features() ([]Feature, error) {
	all, err := i.Packages()
	if err != nil {
		return nil, err
	}
	type found struct {
		name  string
		state State
		in    Package
	}
	by := map[string]found{}
	for _, p := range all {
		id := Split(p.Identity)
		if isUpdate(id.Name()) || id.Language() != "" {
			continue
		}
		values, err := i.Registry.Values(Packages + `\` + p.Identity + `\Updates`)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, v := range values {
			old, known := by[strings.ToLower(v.Name)]
			if v.Name == "" || known && !counts(p, old.in) {
				continue
			}
			f := found{name: v.Name, state: NotTold, in: p}
			if v.Type == 4 && len(v.Data) == 4 {
				f.state = State(binary.LittleEndian.Uint32(v.Data))
			}
			by[strings.ToLower(v.Name)] = f
		}
	}
	notified, err := i.subkeys(Key + `\Notifications\OptionalFeatures`)
	if err != nil {
		return nil, err
	}
	for _, name := range notified {
		if _, known := by[strings.ToLower(name)]; !known {
			by[strings.ToLower(name)] = found{name: name, state: NotTold}
		}
	}
	var list []Feature
	for _, f := range by {
		list = append(list, Feature{f.name, i.featureStatus(f.name, f.state), f.in.Identity})
	}
	slices.SortFunc(list, func(a, b Feature) int { return strings.Compare(strings.ToUpper(a.Name), strings.ToUpper(b.Name)) })
	return list, nil
}

// featureStatus is the state of a feature by its package and by its notification, which
// also knows whether the files were removed.
func (i Image) featureStatus(name string, state State) string {
	key := Key + `\Notifications\OptionalFeatures\` + name
	removed, _ := i.number(key, "Removed")
	selected, told := i.number(key, "Selection")
	switch {
	case state == NotTold && told && selected == 1:
		state = Installed
	case state == NotTold && told:
		state = Staged
	}
	if removed != 0 && state == Staged {
		state = Resolved
	}
	return state.Feature()
}

// Capabilities lists those of the index.
func (i Image) Capabilities() ([]Capability, error) {
	names, err := i.subkeys(Key + `\CapabilityIndex`)
	if err != nil {
		return nil, err
	}
	all, err := i.Packages()
	if err != nil {
		return nil, err
	}
	list := make([]Capability, len(names))
	for n, name := range names {
		list[n] = Capability{Name: name, Status: Absent.Words()}
		var best *Package
		for _, id := range i.Indexed(name) {
			at := slices.IndexFunc(all, func(p Package) bool { return strings.EqualFold(p.Identity, id) })
			if at >= 0 && (best == nil || counts(all[at], *best)) {
				best = &all[at]
			}
		}
		if best != nil {
			list[n].Package, list[n].Status = best.Identity, best.State.Words()
		}
	}
	return list, nil
}

// Indexed returns the packages that the index has for a capability: names of values, of
// keys, or data. One of version 0.0.0.0 stands for those in the index of packages.
func (i Image) Indexed(capability string) []string {
	key := Key + `\CapabilityIndex\` + capability
	var list []string
	for _, name := range i.namesIn(key) {
		list = append(list, name)
		if strings.HasSuffix(name, "~0.0.0.0") {
			stem := strings.TrimSuffix(name, "0.0.0.0")
			for _, one := range i.namesIn(Key + `\PackageIndex\` + name) {
				if strings.HasPrefix(one, stem) {
					list = append(list, one)
				}
			}
		}
	}
	return list
}

// namesIn returns the identities that a key has as subkeys, values or data.
func (i Image) namesIn(key string) []string {
	list, _ := i.Registry.Subkeys(key)
	values, _ := i.Registry.Values(key)
	for _, v := range values {
		list = append(list, v.Name)
		if v.Type == 1 {
			list = append(list, decode(v.Data))
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return strings.Count(s, "~") != 4 })
}

// Unserviceable reports whether the image is marked as not to be serviced.
func (i Image) Unserviceable() bool {
	_, err := i.Registry.Values(Key + `\Unserviceable`)
	_, at := i.Registry.Value(Key, "Unserviceable")
	return err == nil || at == nil
}

// Pending tells where work is noted that is to be done at the next start.
func (i Image) Pending() []string {
	var list []string
	for _, name := range []string{"PackagesPending", "SessionsPending"} {
		if keys, err := i.Registry.Subkeys(Key + `\` + name); err == nil && len(keys) > 0 {
			list = append(list, fmt.Sprint(name, " ", len(keys)))
		}
	}
	if v, err := i.Registry.Value(Key+`\SessionsPending`, "Exclusive"); err == nil && strings.Trim(string(v.Data), "\x00") != "" {
		list = append(list, "Exclusive")
	}
	for _, name := range []string{"RebootPending", "RebootInProgress"} {
		if _, err := i.Registry.Values(Key + `\` + name); err == nil {
			list = append(list, name)
		}
	}
	if _, err := i.Registry.Value(`HKLM\COMPONENTS`, "PendingXmlIdentifier"); err == nil {
		list = append(list, "PendingXmlIdentifier")
	}
	if _, err := i.Files.Stat("Windows/WinSxS/pending.xml"); err == nil {
		list = append(list, "pending.xml")
	}
	return list
}
