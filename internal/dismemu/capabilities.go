package dismemu

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image/servicing"
)

func (r *run) getCapabilities() error {
	return r.inspect(func(img *serviced) error {
		list, _, err := servicing.Capabilities(r.ctx, img)
		if err != nil {
			return err
		}
		var records [][]field
		for _, c := range list {
			records = append(records, []field{{"Capability Identity", c.Name}, {"State", words(c.Status)}})
		}
		r.out.line("Capability listing:")
		r.out.line("")
		r.out.records(records, "(No capabilities found)", r.table())
		return nil
	})
}

func (r *run) getCapabilityInfo() error {
	name, err := r.need("CapabilityName")
	if err != nil {
		return err
	}
	return r.inspect(func(img *serviced) error {
		c, err := r.capability(img, name)
		if err != nil {
			return err
		}
		p := &msu.Package{}
		if c.Package != "" {
			p = img.manifest(c.Package)
		}
		r.out.line("Capability Information:")
		r.out.line("")
		r.out.record([]field{{"Capability Identity", c.Name}, {"Name", c.Name}, {"State", words(c.Status)},
			{"Display Name", p.DisplayName}, {"Description", p.Description}, {"Download Size", r.locale.bytes(0)}, {"Install Size", r.locale.bytes(0)}})
		return nil
	})
}

func unknownCapability() error {
	return fail(errParameter, "A Windows capability name was not recognized.")
}

// capability finds the one of a name: in the image, or else in the sources.
func (r *run) capability(img *serviced, name string) (servicing.Capability, error) {
	list, _, err := servicing.Capabilities(r.ctx, img)
	if err != nil {
		return servicing.Capability{}, err
	}
	i := slices.IndexFunc(list, func(c servicing.Capability) bool { return strings.EqualFold(c.Name, name) })
	if i >= 0 {
		return list[i], nil
	}
	found, err := r.offered(name, nil)
	if err != nil {
		return servicing.Capability{}, err
	}
	if len(found) == 0 {
		return servicing.Capability{}, unknownCapability()
	}
	return servicing.Capability{Name: name, Status: servicing.Absent.String()}, nil
}

func (r *run) addCapability() error {
	return r.eachCapability(func(img *serviced, c servicing.Capability) error {
		switch c.Status {
		case "installed", "install_pending":
			return nil
		case "staged", "superseded", "uninstall_pending":
			return img.setPackage(c.Package, servicing.Installed, r.now())
		}
		identities, err := img.indexed(c.Name)
		if err != nil {
			return err
		}
		packages, err := r.offered(c.Name, identities)
		if err != nil {
			return err
		}
		if len(packages) == 0 {
			return known(errSourceMissing)
		}
		for _, p := range packages {
			if !img.takes(p) {
				continue
			}
			if err := r.install(img, p); err != nil {
				return err
			}
			if err := img.setText(cbs+`\CapabilityIndex\`+c.Name, p.Identity.String(), ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// takes tells whether a package of a repository is for this image: for its architecture,
// and for no language that it does not have.
func (img *serviced) takes(p *msu.Package) bool {
	id := p.Identity
	if !strings.EqualFold(id.Architecture, img.info.Arch) && !strings.EqualFold(id.Architecture, "wow64") && id.Architecture != "" {
		return false
	}
	if id.Language == "" || strings.EqualFold(id.Language, "neutral") {
		return true
	}
	_, err := img.registry.Values(uiLanguages + `\` + id.Language)
	return err == nil
}

func (r *run) removeCapability() error {
	return r.eachCapability(func(img *serviced, c servicing.Capability) error {
		identities, err := img.indexed(c.Name)
		if err != nil {
			return err
		}
		for _, id := range identities {
			if _, err := img.registry.Values(cbsRecords + `\` + id); err != nil {
				continue
			}
			if err := img.uninstall(id); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachCapability changes the capabilities that are named.
func (r *run) eachCapability(do func(*serviced, servicing.Capability) error) error {
	names := r.args.all("CapabilityName")
	if len(names) == 0 {
		return missingOption("capabilityname")
	}
	return r.service(func(img *serviced) error {
		for i, name := range names {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			c, err := r.capability(img, name)
			if err == nil {
				err = do(img, c)
			}
			if err != nil {
				return err
			}
		}
		r.out.progress()
		return nil
	})
}

// indexed returns the packages that the image's index has for a capability.
func (img *serviced) indexed(name string) ([]string, error) {
	values, err := img.registry.Values(cbs + `\CapabilityIndex\` + name)
	if gone(err) != nil {
		return nil, err
	}
	var identities []string
	for _, v := range values {
		if strings.Count(v.Name, "~") == 4 {
			identities = append(identities, v.Name)
		}
	}
	return identities, nil
}

// offered returns the packages of a capability in the first source that has any:
// those that say that they are of it, or are of a name that the index has for it, and
// their satellites, which differ in language or architecture alone.
func (r *run) offered(name string, identities []string) ([]*msu.Package, error) {
	for _, dir := range r.args.all("Source") {
		all, err := repository(dir)
		if err != nil {
			return nil, err
		}
		var found []*msu.Package
		for _, p := range all {
			if isOf(p, name) || slices.ContainsFunc(identities, func(id string) bool { return sameName(p, id) }) {
				found = append(found, p)
			}
		}
		for _, p := range all {
			satellite := slices.ContainsFunc(found, func(of *msu.Package) bool { return sameName(p, of.Identity.String()) })
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

// repository returns the packages in a folder of features on demand.
func repository(dir string) ([]*msu.Package, error) {
	var all []*msu.Package
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(extension(name), ".cab") {
			return err
		}
		if found, err := msu.Inspect(name); err == nil {
			all = append(all, found...)
		}
		return nil // other cabinets hold metadata
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // a source that is not there has nothing
	}
	return all, err
}

// isOf tells whether a package says that it is of a capability, or has a name that
// those of that capability have: Microsoft-Windows-LanguageFeatures-Basic-de-de-Package
// for Language.Basic~~~de-DE~0.0.1.0.
func isOf(p *msu.Package, name string) bool {
	part := strings.Split(strings.ToLower(name), "~")
	if len(part) != 5 {
		return false
	}
	for _, c := range p.Capabilities {
		language := c.Language
		if language == "neutral" {
			language = ""
		}
		if strings.EqualFold(c.Name, part[0]) && strings.EqualFold(language, part[3]) && c.Version == part[4] {
			return true
		}
	}
	base := strings.ReplaceAll(part[0], ".", "-")
	if feature, ok := strings.CutPrefix(base, "language-"); ok {
		base = "microsoft-windows-languagefeatures-" + feature
	}
	if part[3] != "" {
		base += "-" + part[3]
	}
	return strings.EqualFold(p.Identity.Name, base+"-package")
}

func sameName(p *msu.Package, identity string) bool {
	name, _, _ := strings.Cut(identity, "~")
	return strings.EqualFold(p.Identity.Name, name)
}
