package dismemu

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image/dism/dismemu/driverdb"
)

// getDriverInfo tells of drivers in the image, by their published names, and of INF
// files.
func (r *run) getDriverInfo() error {
	names := r.args.all("Driver")
	if len(names) == 0 {
		return missingOption("driver")
	}
	return r.inspect(func(img *serviced) error {
		list, err := driverdb.List(img.files, img.registry)
		if err != nil {
			return err
		}
		for _, name := range names {
			r.out.line("Driver package information:")
			r.out.line("")
			i := slices.IndexFunc(list, func(p driverdb.Driver) bool { return strings.EqualFold(p.PublishedName, name) })
			if i >= 0 {
				err = r.storedDriver(img, list[i])
			} else {
				err = r.driverFile(img, name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// storedDriver tells of a driver in the image.
func (r *run) storedDriver(img *serviced, p driverdb.Driver) error {
	data, err := img.readFile(p.Folder + "/" + p.OriginalName)
	if err != nil {
		return err
	}
	dir, _ := r.args.get("Image")
	path := windowsPath(filepath.Join(absolute(dir), filepath.FromSlash(p.Folder), p.OriginalName))
	head := []field{{"Published Name", p.PublishedName}, {"Driver Store Path", path}, {"Class Name", p.Class}}
	return r.driverDetails(img, data, head, p.ClassGUID, r.locale.day(p.Date), p.Version, p.BootCritical)
}

func windowsPath(p string) string { return strings.ReplaceAll(p, "/", `\`) }

// driverFile tells of an INF file that is not installed.
func (r *run) driverFile(img *serviced, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return known(0x800f023c, name)
	}
	file, err := inf.Parse(data)
	if err != nil {
		return fail(0xe0000100, "The style of the INF is different than what was requested.")
	}
	v := file.Version
	head := []field{{"Published Name", filepath.Base(name)}, {"Driver Store Path", ""}, {"Class Name", v.Class}}
	return r.driverDetails(img, data, head, v.ClassGUID, r.locale.day(v.DriverVer.Date), v.DriverVer.VersionString(), false)
}

func (r *run) driverDetails(img *serviced, data []byte, head []field, class, date, version string, boot bool) error {
	description := img.text(`HKLM\SYSTEM\CurrentControlSet\Control\Class\`+class, "")
	r.out.record(append(head, field{"Class Description", description}, field{"Class GUID", strings.ToUpper(class)},
		field{"Date", date}, field{"Version", version}, field{"Boot Critical", yes(boot)}))
	target, err := img.target()
	if err != nil {
		return err
	}
	r.out.line("Drivers for architecture : %s", target.Arch)
	r.out.line("")
	file, err := inf.Parse(data)
	if err != nil {
		return nil
	}
	pkg := file.Resolve(target)
	arch := map[string]string{"amd64": "x64"}[target.Arch.String()]
	if arch == "" {
		arch = target.Arch.String()
	}
	for i := range pkg.Models {
		m := &pkg.Models[i]
		r.out.record([]field{{"Manufacturer", m.Manufacturer}, {"Description", m.Description}, {"Architecture", arch},
			{"Hardware ID", m.HardwareID}, {"Service Name", serviceOf(pkg, m)},
			{"Compatible IDs", strings.Join(m.CompatibleIDs, ", ")}, {"Exclude IDs", strings.Join(pkg.Exclude, ", ")}})
	}
	return nil
}

// serviceOf is the service that drives a device: the first that its installation adds.
func serviceOf(pkg *inf.Package, m *inf.Model) string {
	in := pkg.Install(m)
	if in == nil {
		return ""
	}
	for _, s := range in.Services {
		if s.Name != "" {
			return s.Name
		}
	}
	return ""
}
