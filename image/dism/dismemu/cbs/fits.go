package cbs

import "slices"

// Windows is what decides on whether a package is applicable.
type Windows struct {
	Version  string // major.minor.build.revision
	Packages []Package
}

// builds of Windows that packages can be for: that of the version, and those of the
// packages that Windows is made of, as some versions share their files.
func (w Windows) builds() []int {
	var list []int
	add := func(version string, at int) {
		if n := Numbers(version); len(n) > at && n[at] > 0 {
			list = append(list, n[at])
		}
	}
	add(w.Version, 2)
	for _, p := range w.Packages {
		if !p.State.There() {
			continue
		}
		switch i := Split(p.Identity); {
		case has(i.Name(), "Package_for_RollupFix"):
			add(i.Version(), 0)
		case i.Name() == "Microsoft-Windows-Foundation-Package", i.Name() == "Microsoft-Windows-WinPE-Package":
			add(i.Version(), 2)
		}
	}
	return list
}

// vista is the first build with packages.
const vista = 6000

// wanted are the builds that a package is for; none if it does not tell.
func (m *Manifest) wanted() []int {
	at := 2
	if m.Cumulative() || m.Stack() {
		at = 0
	} else if m.Update() {
		var list []int
		for _, p := range m.Parents {
			n := Numbers(p.Version())
			if p.Build == "GE" {
				return nil
			}
			if !isUpdate(p.Name()) && len(n) > 2 && n[2] >= vista {
				list = append(list, n[2])
			}
		}
		return list
	}
	if n := Numbers(m.Identity.Version()); len(n) > at && n[at] >= vista {
		return []int{n[at]}
	}
	return nil
}

// Takes reports whether Windows takes a package: it is for its build, of no older version
// than what it has, and for a package that it has, if it records one of the names.
func (w Windows) Takes(m *Manifest) bool {
	builds := w.builds()
	if wanted := m.wanted(); len(wanted) > 0 && len(builds) > 0 && !slices.ContainsFunc(wanted, func(b int) bool { return slices.Contains(builds, b) }) {
		return false
	}
	named, fits := false, false
	for _, p := range w.Packages {
		i := Split(p.Identity)
		if p.State.There() && i.SameName(m.Identity) && Compare(i.Version(), m.Identity.Version()) > 0 {
			return false
		}
		for _, parent := range m.Parents {
			if i.SameName(parent.Identity) && (p.State.There() || p.State == Superseded) {
				named = true
				fits = fits || parent.takes(i.Version())
			}
		}
	}
	return fits || !named
}

// takes compares the version of a package with that of the parent. Of an update any
// later one will do.
func (p Parent) takes(version string) bool {
	has, want := Numbers(version), Numbers(p.Version())
	if isUpdate(p.Name()) || len(has) != 4 || len(want) != 4 {
		return Compare(version, p.Version()) >= 0
	}
	switch build := slices.Compare(has[:3], want[:3]); {
	case build < 0, build > 0 && p.Build != "GE":
		return false
	case build > 0:
		return true
	}
	switch p.Revision {
	case "GE":
		return has[3] >= want[3]
	case "EQ":
		return has[3] == want[3]
	}
	return true
}
