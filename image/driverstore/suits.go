package driverstore

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
)

// bootCritical is the property DEVPKEY_DeviceClass_BootCritical of a class (devpkey.h):
// its drivers are recorded in SYSTEM, so that they can be used before the hive DRIVERS
// can be read.
const bootCritical = `\Properties\{6a3433f4-5626-40e8-a9b9-dbd9ecd2884b}\0003`

// scsiAdapter is a class that is boot-critical in every Windows. If it does not have this mark,
// the image marks classes in another way.
const scsiAdapter = "{4d36e97b-e325-11ce-bfc1-08002be10318}"

// place returns the database in which a package of a class is recorded, and whether
// Windows reflects the package at once or stages it until its device appears. A class
// that the image does not have yet is not boot-critical.
func (w *windows) place(class string) (database string, critical bool) {
	switch {
	case w.records.class(class).critical:
		return systemDatabase, true
	case nt.Equal(class, inf.ExtensionClass):
		return systemDatabase, false
	}
	return driversDatabase, false
}

// plan says how a package is imported.
type plan struct {
	database  string // where it is recorded
	reflected bool   // it takes effect at once
	staged    string // why it is not reflected, though its class is boot-critical
}

// plan returns how a package is imported when the packages in gone are removed, or why
// it can't be imported. A boot-critical package is staged if it has parts that gild
// can't reflect as Windows does, as Windows stages packages that no device needs yet;
// but not if the boot loader loads one of its drivers.
func (s *Store) plan(pkg Import, gone []Package) (plan, string) {
	class := pkg.File.Version.ClassGUID
	database, critical := s.place(class)
	p := plan{database: database, reflected: critical}
	if why := s.unsuitedImage(pkg, database); why != "" {
		return p, why
	}
	if why := unsuitedPackage(pkg); why != "" {
		return p, why
	}
	if there := s.holder(pkg); there != nil && !slices.ContainsFunc(gone, func(g Package) bool { return nt.Equal(g.Key, there.Key) }) {
		return p, fmt.Sprintf("the image has a package with the same INF, %s, which stays", there.PublishedName)
	}
	if !critical {
		return p, ""
	}
	why := unsuitedInstalls(pkg)
	if why == "" {
		why = s.conflict(pkg, gone)
	}
	if why != "" && startsWindows(pkg.Package) {
		return p, why
	}
	p.reflected, p.staged = why == "", why
	return p, ""
}

// StartsWindows reports whether a package must be reflected at import, because the boot
// loader loads one of its drivers.
func (s *Store) StartsWindows(pkg Import) bool {
	_, critical := s.place(pkg.File.Version.ClassGUID)
	return critical && startsWindows(pkg.Package)
}

// startsWindows reports whether the boot loader loads a driver of the package.
func startsWindows(p *inf.Package) bool {
	return slices.ContainsFunc(p.Installs, func(in *inf.Install) bool {
		return slices.ContainsFunc(in.Services, func(v *inf.Service) bool { return v.Name != "" && v.Start == inf.StartBoot })
	})
}

// unsuitedImage returns why no package of a class can be imported into the image.
func (w *windows) unsuitedImage(pkg Import, database string) string {
	switch {
	case !slices.Contains(w.state.databases, systemDatabase):
		return "the image has no driver database (HKLM/SYSTEM/DriverDatabase), as Windows before 8 has none"
	case !w.records.class(scsiAdapter).critical:
		return "the image does not mark boot-critical device classes in a known way"
	case !slices.Contains(w.state.databases, database):
		return "the image has no hive DRIVERS, where packages of this class are recorded"
	}
	if arch, ok := w.architecture(); ok && int(arch) != archNumber(pkg.Package.Target.Arch) {
		return fmt.Sprintf("the image's driver database is for %s", cmp.Or(archName(uint16(arch)), "another architecture"))
	}
	return ""
}

// architecture returns the architecture of the image's database, if it is recorded.
func (w *windows) architecture() (uint32, bool) {
	k, _ := w.records.Key(systemDatabase)
	return k.Number("Architecture")
}

// unsuitedPackage looks for parts whose records are not known.
func unsuitedPackage(pkg Import) string {
	p := pkg.Package
	switch {
	case archNumber(p.Target.Arch) < 0:
		return fmt.Sprintf("it is not known how Windows records packages for %s", p.Target.Arch)
	case p.DefaultInstall != nil:
		return "it is a driver without a device, and it is not known how Windows records those"
	case len(p.Models) == 0:
		return fmt.Sprintf("it lists no device for %s", p.Target)
	case unsuitedClass(pkg) != "":
		return unsuitedClass(pkg)
	case pkg.File.Version.DriverVer.Line == 0 || pkg.File.Version.DriverVer.Date.IsZero():
		return "its INF has no DriverVer"
	case p.Catalog == "":
		return "it has no catalogue, so it is not signed"
	}
	if nt.Equal(pkg.File.Version.ClassGUID, inf.ExtensionClass) {
		if _, err := parseGUID(pkg.File.Version.ExtensionID); err != nil {
			return "it is an extension without an ExtensionId"
		}
	}
	for i := range p.Models {
		if m := &p.Models[i]; p.Install(m) == nil {
			return fmt.Sprintf("line %d: the section %s that installs it is missing", m.Line, m.Section)
		}
	}
	for _, f := range p.Files {
		if f.Cabinet != "" && !pkg.holds(f.Path) {
			return fmt.Sprintf("line %d: %s is in the cabinet %s", f.Line, f.Path, f.Cabinet)
		}
	}
	for _, m := range p.Models {
		for _, id := range m.IDs() {
			if strings.Count(id, `\`) >= maxNesting || strings.HasPrefix(id, `\`) || strings.HasSuffix(id, `\`) {
				return fmt.Sprintf("line %d: it is not known how Windows records the device ID %s", m.Line, id)
			}
		}
	}
	return ""
}

// unsuitedClass looks for changes of the package's class, which may make it
// boot-critical.
func unsuitedClass(pkg Import) string {
	class := pkg.Package.ClassInstall
	if _, err := parseGUID(pkg.File.Version.ClassGUID); err != nil {
		return "its INF has no ClassGUID"
	}
	if class == nil {
		return ""
	}
	for _, l := range class.Other {
		if strings.EqualFold(l.Key, "AddProperty") {
			return fmt.Sprintf("line %d: it sets properties of its class", l.Number)
		}
	}
	for _, section := range class.AddReg {
		for _, e := range section.Entries {
			if strings.Contains(strings.ToLower(e.Subkey+e.Name), "bootcritical") {
				return fmt.Sprintf("line %d: it makes its class boot-critical", e.Line)
			}
		}
	}
	return ""
}

// holds reports whether the package contains a file.
func (pkg Import) holds(path string) bool {
	return slices.ContainsFunc(pkg.Files, func(f File) bool { return nt.Equal(f.Path, path) })
}

// unsuitedInstalls looks for parts that can't be reflected as Windows does.
func unsuitedInstalls(pkg Import) string {
	if needs := pkg.Package.Needs; len(needs) > 0 {
		return fmt.Sprintf("line %d: it needs section %s of %s, an INF of Windows", needs[0].Line, needs[0].Section, strings.Join(needs[0].INFs, ", "))
	}
	for _, in := range pkg.Package.Installs {
		if why := unsuitedInstall(in); why != "" {
			return why
		}
	}
	for _, f := range pkg.Package.Files {
		for _, c := range f.Copies {
			if why := unsuitedCopy(c, pkg.Package.Target.Arch); why != "" {
				return why
			}
		}
	}
	return ""
}

func unsuitedCopy(c inf.Copy, arch inf.Arch) string {
	if c.Dest.InStore() {
		return ""
	}
	if path, ok := c.Dest.Path(arch); !ok || !inWindows(path) {
		return fmt.Sprintf("line %d: it copies %s to %s", c.Line, c.Source, c.Dest)
	}
	return ""
}

// inWindows reports whether a path is below Windows but not in a folder whose files
// have other records.
func inWindows(path string) bool {
	return len(path) > len(`Windows\`) && nt.Equal(path[:len(`Windows\`)], `Windows\`)
}

func unsuitedInstall(in *inf.Install) string {
	known := map[string][]string{"HW": {}, "Services": {"AddService"}, "Interfaces": {"AddInterface"}, "Wdf": {"KmdfService"}}
	if why := unsuitedPart(in.Part, []string{"DriverVer", "FeatureScore", "ExcludeId", "Reboot"}); why != "" {
		return why
	}
	for _, name := range slices.Sorted(maps.Keys(in.Parts)) {
		p := in.Parts[name]
		directives, ok := known[name]
		if !ok {
			return fmt.Sprintf("line %d: it is not known how Windows records section [%s]", p.Line, p.Section)
		}
		if why := unsuitedPart(p, directives); why != "" {
			return why
		}
	}
	if why := unsuitedProperties(`\Driver`, in.Part); why != "" {
		return why
	}
	if why := unsuitedProperties(`\Device`, in.Parts["HW"]); why != "" {
		return why
	}
	if why := unsuitedInterfaces(in); why != "" {
		return why
	}
	for _, v := range in.Services {
		if why := unsuitedService(v); why != "" {
			return why
		}
	}
	for _, w := range in.Wdf {
		if why := unsuitedPart(w.Part, []string{"KmdfLibraryVersion"}); why != "" {
			return why
		}
	}
	return ""
}

// unsuitedPart returns a directive or registry entry of a section whose record is not
// known.
func unsuitedPart(p inf.Part, known []string) string {
	for _, l := range p.Other {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, l.Key) }) {
			return fmt.Sprintf("line %d: it is not known how Windows records %s", l.Number, l.Key)
		}
	}
	for _, section := range p.DelReg {
		return fmt.Sprintf("line %d: it is not known how Windows records DelReg", section.Line)
	}
	lists := map[string]bool{} // by key and value: whether strings are appended
	for _, section := range p.AddReg {
		for i := range section.Entries {
			e := &section.Entries[i]
			name, appends := nt.Fold(joinKey("", e.Subkey)+`\\`+e.Name), e.Flags&inf.RegAppend != 0
			before, there := lists[name]
			if !knownEntry(e) || there && (appends || before) && !(appends && before) {
				return fmt.Sprintf("line %d: it is not known how Windows records this registry entry", e.Line)
			}
			lists[name] = appends
		}
	}
	return ""
}

// knownEntry reports whether it is known how an entry is recorded.
func knownEntry(e *inf.RegEntry) bool {
	if !strings.EqualFold(e.Root, "HKR") {
		return false
	}
	kind, _, err := e.Data()
	switch e.Flags & 0xfffe {
	case inf.RegKeyOnly:
		return true
	case inf.RegAppend:
		return err == nil && kind == uint32(hive.RegMultiSZ)
	case 0, inf.RegNoClobber:
		return err == nil
	}
	return false
}

// unsuitedProperties looks for values that Windows records as properties of the device
// in an unknown form.
func unsuitedProperties(key string, p inf.Part) string {
	names := []string{"Security", "Exclusive", "FriendlyName", "UINumberDescFormat", "RemovalPolicy", "ResourcePickerTags", "ResourcePickerExceptions"}
	for _, section := range p.AddReg {
		for i := range section.Entries {
			e := &section.Entries[i]
			if at, ok := propertyOf(key, e); ok {
				if _, err := at.value(e, ""); err != nil {
					return fmt.Sprintf("line %d: it is not known how Windows records the property %s: %v", e.Line, e.Name, err)
				}
			} else if e.Subkey == "" && slices.ContainsFunc(names, func(n string) bool { return nt.Equal(n, e.Name) }) {
				return fmt.Sprintf("line %d: it is not known how Windows records the property %s", e.Line, e.Name)
			}
		}
	}
	return ""
}

// unsuitedInterfaces looks for more than interface classes.
func unsuitedInterfaces(in *inf.Install) string {
	p, ok := in.Parts["Interfaces"]
	if ok && len(in.Interfaces) == 0 {
		return fmt.Sprintf("line %d: it is not known how Windows records section [%s]", p.Line, p.Section)
	}
	for _, l := range p.Other {
		_, err := parseGUID(l.Value(0))
		if rest := strings.Join(l.Values[min(1, len(l.Values)):], ""); err != nil || rest != "" {
			return fmt.Sprintf("line %d: it is not known how Windows records an interface with a reference, a section or flags", l.Number)
		}
	}
	return ""
}

// kernelDriver is the only type of services whose records are known.
const kernelDriver = 1

func unsuitedService(v *inf.Service) string {
	switch {
	case v.Name == "":
		return ""
	case v.Type != kernelDriver:
		return fmt.Sprintf("line %d: service %s is of type %#x, not a kernel driver", v.Line, v.Name, v.Type)
	case strings.Contains(v.Name, `\`):
		return fmt.Sprintf("line %d: service %s has a name that a key can't have", v.Line, v.Name)
	case v.StartName != "" || v.Security != "" || len(v.RequiredPrivileges) > 0:
		return fmt.Sprintf("line %d: service %s has StartName, Security or RequiredPrivileges", v.Line, v.Name)
	case v.EventLog.Line != 0 && (!nt.Equal(v.EventLogType, "System") || !nt.Equal(v.EventLogSource, v.Name)):
		return fmt.Sprintf("line %d: service %s writes to the event log %s as %s", v.Line, v.Name, v.EventLogType, v.EventLogSource)
	}
	if _, ok := imagePath(v, "", 0); !ok {
		return fmt.Sprintf("line %d: the program of service %s is %s", v.Line, v.Name, v.Binary)
	}
	known := []string{"DisplayName", "Description", "ServiceType", "StartType", "ErrorControl", "ServiceBinary", "LoadOrderGroup", "Dependencies"}
	if why := unsuitedPart(v.Part, known); why != "" {
		return why
	}
	return unsuitedPart(v.EventLog, nil)
}
