package dismemu

import (
	"errors"
	"slices"
	"strings"

	"github.com/gildhq/gild/image/servicing"
)

const foundation = "Microsoft-Windows-Foundation-Package~"

func (r *run) getFeatures() error {
	return r.service(func(img *serviced) error {
		list, _, err := servicing.Features(r.ctx, img)
		if err != nil {
			return err
		}
		var records [][]field
		owner := ""
		for _, f := range list {
			if strings.HasPrefix(f.Package, foundation) {
				owner = f.Package
			}
			records = append(records, []field{{"Feature Name", f.Name}, {"State", words(f.Status)}})
		}
		r.out.line("Features listing for package : %s", owner)
		r.out.line("")
		r.out.records(records, "(No features found for this package)", r.table())
		return nil
	})
}

func (r *run) enableFeature() error {
	return r.changeFeatures("Enabling feature(s)", func(f servicing.Feature) (servicing.State, error) {
		if f.Status == "disabled_with_payload_removed" && !r.args.has("Source") {
			return 0, r.sourceMissing()
		}
		return servicing.Installed, nil
	})
}

func (r *run) disableFeature() error {
	return r.changeFeatures("Disabling feature(s)", func(servicing.Feature) (servicing.State, error) {
		if r.args.has("Remove") {
			return servicing.Resolved, nil
		}
		return servicing.Staged, nil
	})
}

// changeFeatures gives the features that are named another state.
func (r *run) changeFeatures(doing string, to func(servicing.Feature) (servicing.State, error)) error {
	names := r.args.all("FeatureName")
	if len(names) == 0 {
		return missingOption("featurename")
	}
	return r.service(func(img *serviced) error {
		if err := r.sources(); err != nil {
			return err
		}
		list, _, err := servicing.Features(r.ctx, img)
		if err != nil {
			return err
		}
		r.out.line("%s", doing)
		for _, name := range names {
			i := slices.IndexFunc(list, func(f servicing.Feature) bool { return strings.EqualFold(f.Name, name) })
			if i < 0 {
				return &failure{code: 0x800f080c, lines: []string{"Feature name " + name + " is unknown.", "A Windows feature name was not recognized.", `Use the "/Get-Features" option to find the name of the feature in the image and try the command again.`}}
			}
			state, err := to(list[i])
			if err != nil {
				return err
			}
			if err := img.setFeature(list[i], state); err != nil {
				return err
			}
		}
		r.out.bar(100)
		return nil
	})
}

// setFeature records a feature's state where the image records it.
func (img *serviced) setFeature(f servicing.Feature, state servicing.State) error {
	if f.Package != "" {
		if err := img.setNumber(cbsRecords+`\`+f.Package+`\Updates`, f.Name, uint32(state)); err != nil {
			return err
		}
	}
	notification := cbs + `\Notifications\OptionalFeatures\` + f.Name
	if _, err := img.registry.Values(notification); err != nil {
		if f.Package != "" {
			return nil // not every feature has one
		}
		return err
	}
	on, removed := uint32(0), uint32(0)
	if state == servicing.Installed {
		on = 1
	}
	if state == servicing.Resolved {
		removed = 1
	}
	if err := img.setNumber(notification, "Selection", on); err != nil {
		return err
	}
	return img.setNumber(notification, "Removed", removed)
}

func (r *run) getCapabilities() error {
	return r.service(func(img *serviced) error {
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

func (r *run) addCapability() error {
	return r.changeCapabilities(servicing.Installed, func(c servicing.Capability) error {
		if c.Status != "installed" && !r.args.has("Source") {
			return r.sourceMissing()
		}
		return nil
	})
}

func (r *run) removeCapability() error {
	return r.changeCapabilities(servicing.Absent, func(servicing.Capability) error { return nil })
}

func (r *run) changeCapabilities(state servicing.State, check func(servicing.Capability) error) error {
	names := r.args.all("CapabilityName")
	if len(names) == 0 {
		return missingOption("capabilityname")
	}
	return r.service(func(img *serviced) error {
		if err := r.sources(); err != nil {
			return err
		}
		list, _, err := servicing.Capabilities(r.ctx, img)
		if err != nil {
			return err
		}
		for _, name := range names {
			i := slices.IndexFunc(list, func(c servicing.Capability) bool { return strings.EqualFold(c.Name, name) })
			if i < 0 {
				return fail(errParameter, "A Windows capability name was not recognized.")
			}
			if err := check(list[i]); err != nil {
				return err
			}
			identity, err := img.packageOf(list[i])
			if err == nil {
				err = img.setPackage(identity, state, r.now())
			}
			if err != nil {
				return err
			}
		}
		r.out.bar(100)
		return nil
	})
}

// packageOf returns the package of a capability: the one that is there, or else the
// one that the index names for it.
func (img *serviced) packageOf(c servicing.Capability) (string, error) {
	if c.Package != "" {
		return c.Package, nil
	}
	values, err := img.registry.Values(cbs + `\CapabilityIndex\` + c.Name)
	for _, v := range values {
		if strings.Count(v.Name, "~") == 4 {
			return v.Name, nil
		}
	}
	return "", errors.Join(err, fail(0x800f0912, "The index names no package of the capability %s.", c.Name))
}
