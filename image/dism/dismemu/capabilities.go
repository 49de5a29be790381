package dismemu

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

func getCapabilities(r *run) error {
	return r.inspect(func(img *serviced) error {
		list, err := img.records().Capabilities()
		if err != nil {
			return err
		}
		var records [][]field
		for _, c := range list {
			records = append(records, []field{{"Capability Identity", c.Name}, {"State", c.Status}})
		}
		r.out.line("Capability listing:")
		r.out.line("")
		r.out.records(records, "(No capabilities found)")
		return nil
	})
}

func unknownCapability() error {
	return fail(errParameter, "A Windows capability name was not recognized.")
}

// capabilities changes the capabilities of an image in a run of DISM.
type capabilities struct{ *packages }

// find returns the capability with a name, from the image or else from the sources.
func (cs capabilities) find(name string) (cbs.Capability, error) {
	list, err := cs.img.records().Capabilities()
	if err != nil {
		return cbs.Capability{}, err
	}
	i := slices.IndexFunc(list, func(c cbs.Capability) bool { return strings.EqualFold(c.Name, name) })
	if i >= 0 {
		return list[i], nil
	}
	found, err := cs.offered(name, nil)
	if err != nil {
		return cbs.Capability{}, err
	}
	if len(found) == 0 {
		return cbs.Capability{}, unknownCapability()
	}
	return cbs.Capability{Name: name, Status: cbs.Absent.Words()}, nil
}

func addCapability(r *run) error {
	return eachCapability(r, func(cs capabilities, c cbs.Capability) error {
		switch c.Status {
		case "Installed", "Install Pending":
			return nil
		case "Staged", "Superseded", "Uninstall Pending":
			return cs.setState(c.Package, cbs.Installed)
		}
		packages, err := cs.offered(c.Name, cs.img.records().Indexed(c.Name))
		if err != nil {
			return err
		}
		if len(packages) == 0 {
			return known(errSourceMissing)
		}
		for _, p := range packages {
			if !cs.takes(p) {
				continue
			}
			if err := cs.install(p); err != nil {
				return err
			}
			if err := cs.img.setText(cbsKey+`\CapabilityIndex\`+c.Name, p.Identity.String(), ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// takes reports whether a package of a repository is for the architecture and the languages
// of this image.
func (cs capabilities) takes(p *cbs.Manifest) bool {
	id := p.Identity
	if !strings.EqualFold(id.Arch(), cs.img.info.Arch) && !strings.EqualFold(id.Arch(), "wow64") && id.Arch() != "" {
		return false
	}
	if id.Language() == "" {
		return true
	}
	_, err := cs.img.registry.Values(uiLanguages + `\` + id.Language())
	return err == nil
}

func removeCapability(r *run) error {
	return eachCapability(r, func(cs capabilities, c cbs.Capability) error {
		for _, id := range cs.img.records().Indexed(c.Name) {
			if _, err := cs.img.registry.Values(cbsRecords + `\` + id); err != nil {
				continue
			}
			if err := cs.uninstall(id); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachCapability calls do with each capability on the command line.
func eachCapability(r *run, do func(capabilities, cbs.Capability) error) error {
	names := r.args.all("CapabilityName")
	if len(names) == 0 {
		return missingOption("capabilityname")
	}
	return r.service(func(img *serviced) error {
		cs := capabilities{&packages{run: r, img: img}}
		for i, name := range names {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			c, err := cs.find(name)
			if err == nil {
				err = do(cs, c)
			}
			if err != nil {
				return err
			}
		}
		r.out.progress()
		return nil
	})
}

// offered returns the packages of a capability in the first source that has any: those that
// declare it or that the image's index lists for it, and their satellites, which differ only
// in language or architecture.
func (cs capabilities) offered(name string, identities []string) ([]*cbs.Manifest, error) {
	for _, dir := range cs.args.all("Source") {
		all, err := repository(dir)
		if err != nil {
			return nil, err
		}
		var found []*cbs.Manifest
		for _, p := range all {
			if isOf(p, name) || slices.ContainsFunc(identities, func(id string) bool { return sameName(p, id) }) {
				found = append(found, p)
			}
		}
		for _, p := range all {
			satellite := slices.ContainsFunc(found, func(of *cbs.Manifest) bool { return sameName(p, of.Identity.String()) })
			if satellite && !slices.Contains(found, p) {
				found = append(found, p)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// repository returns the packages in a folder with features on demand.
func repository(dir string) ([]*cbs.Manifest, error) {
	var all []*cbs.Manifest
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(filepath.Ext(name), ".cab") {
			return err
		}
		if found, err := cbs.ReadFile(name); err == nil {
			all = append(all, found...)
		}
		return nil // other cabinets contain metadata
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // a missing source has no packages
	}
	return all, err
}

// isOf reports whether a package declares a capability or has the usual name for it, such as
// Microsoft-Windows-LanguageFeatures-Basic-de-de-Package for
// Language.Basic~~~de-DE~0.0.1.0.
func isOf(p *cbs.Manifest, name string) bool {
	part := strings.Split(strings.ToLower(name), "~")
	if len(part) != 5 {
		return false
	}
	if slices.ContainsFunc(p.Capabilities, func(c string) bool { return strings.EqualFold(c, name) }) {
		return true
	}
	base := strings.ReplaceAll(part[0], ".", "-")
	if feature, ok := strings.CutPrefix(base, "language-"); ok {
		base = "microsoft-windows-languagefeatures-" + feature
	}
	if part[3] != "" {
		base += "-" + part[3]
	}
	return strings.EqualFold(p.Identity.Name(), base+"-package")
}

func sameName(p *cbs.Manifest, identity string) bool {
	name, _, _ := strings.Cut(identity, "~")
	return strings.EqualFold(p.Identity.Name(), name)
}
