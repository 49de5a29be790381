package dismemu

import (
	"os"
	"slices"
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

// getPackageInfo tells of a package in the image, or of one in a file.
func (r *run) getPackageInfo() error {
	path, byPath := r.args.get("PackagePath")
	name, byName := r.args.get("PackageName")
	if byPath == byName {
		return missingOption("packagename or packagepath")
	}
	if byPath && strings.EqualFold(extension(path), ".msu") {
		return known(errUnsupported)
	}
	return r.inspect(func(img *serviced) error {
		list, err := img.records().Packages()
		if err != nil {
			return err
		}
		var p *cbs.Manifest
		if byPath {
			if _, err := os.Stat(path); err != nil {
				return cannotOpen(path)
			}
			found, err := cbs.ReadFile(path)
			if err != nil {
				return known(errInvalidPackage, path)
			}
			p, name = found[0], found[0].Identity.String()
		}
		i := slices.IndexFunc(list, func(p cbs.Package) bool { return strings.EqualFold(p.Identity, name) })
		if i < 0 && !byPath {
			return known(errInvalidPackage, name)
		}
		held := cbs.Package{Identity: name, State: cbs.Absent}
		if i >= 0 {
			held = list[i]
		}
		if p == nil {
			p = img.manifest(held.Identity)
		}
		return r.packageInfo(img, held, p)
	})
}

// manifest returns what the manifest in the image says of a package; what its
// identity says if there is none that can be read.
func (img *serviced) manifest(identity string) *cbs.Manifest {
	if m := img.records().Manifest(identity); m != nil {
		return m
	}
	return &cbs.Manifest{Identity: cbs.Split(identity)}
}

func (r *run) packageInfo(img *serviced, held cbs.Package, p *cbs.Manifest) error {
	capability, restart, offline := "", "Possible", "Undetermined"
	if len(p.Capabilities) > 0 {
		capability = p.Capabilities[0]
	}
	if p.Restart != "" {
		restart = words(p.Restart)
	}
	if p.Offline != "" {
		offline = words(p.Offline)
	}
	r.out.line("Package information:")
	r.out.line("")
	r.out.record([]field{
		{"Package Identity", held.Identity}, {"Applicable", yes(img.applicable(p) == nil)}, {"Copyright", p.Copyright},
		{"Company", p.Company}, {"Creation Time", ""}, {"Description", p.Description}, {"Install Client", held.Client},
		{"Install Package Name", img.text(cbsRecords+`\`+held.Identity, "InstallName")}, {"Install Time", r.locale.moment(held.InstallTime)},
		{"Last Update Time", ""}, {"Name", p.DisplayName}, {"Product Name", p.Identity.Name()}, {"Product Version", ""},
		{"Release Type", p.ReleaseType}, {"Restart Required", restart}, {"Support Information", p.URL},
		{"State", held.State.Words()}, {"Completely offline capable", offline}, {"Self servicing package", "No"},
	})
	r.out.fields([]field{{"Capability Identity", capability}})
	r.out.line("")
	r.noProperties()
	return r.packageFeatures(img, held.Identity)
}

func (r *run) noProperties() {
	r.out.line("Custom Properties:")
	r.out.line("")
	r.out.line("(No custom properties found)")
	r.out.line("")
}

// packageFeatures lists the features in a package.
func (r *run) packageFeatures(img *serviced, identity string) error {
	list, err := img.records().Features()
	if err != nil {
		return err
	}
	r.out.line("Features listing for package : %s", identity)
	r.out.line("")
	var records [][]field
	for _, f := range list {
		if strings.EqualFold(f.Package, identity) {
			records = append(records, []field{{"Feature Name", f.Name}, {"State", f.Status}})
		}
	}
	r.out.records(records, "(No features found for this package)", r.table())
	return nil
}
