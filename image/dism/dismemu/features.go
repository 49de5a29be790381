package dismemu

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

const foundation = "Microsoft-Windows-Foundation-Package~"

// updates returns the features in the manifest of a package, in its order.
func (img *serviced) updates(identity string) []cbs.Update {
	if m := img.records().Manifest(identity); m != nil {
		return m.Updates
	}
	return nil
}

// update returns the entry for a feature in a manifest: that of its package, or of another
// package whose features this package lists.
func (img *serviced) update(f cbs.Feature) (cbs.Update, error) {
	found, err := fs.Glob(img.files, manifests+"/*.mum")
	if err != nil {
		return cbs.Update{}, err
	}
	for _, name := range append([]string{f.Package + ".mum"}, found...) {
		identity := strings.TrimSuffix(path.Base(name), ".mum")
		if cbs.Split(identity).Language() != "" {
			continue // the language part of another package
		}
		for _, u := range img.updates(identity) {
			if strings.EqualFold(u.Name, f.Name) {
				return u, nil
			}
		}
	}
	return cbs.Update{Name: f.Name}, nil
}

func getFeatures(r *run) error {
	return r.inspect(func(img *serviced) error {
		list, err := img.records().Features()
		if err != nil {
			return err
		}
		if owner, ok := r.args.get("PackageName"); ok {
			listFeatures(r, owner, slices.DeleteFunc(list, func(f cbs.Feature) bool { return !strings.EqualFold(f.Package, owner) }))
			return nil
		}
		owner := ""
		place := map[string]int{}
		for _, f := range list {
			if owner == "" && strings.HasPrefix(f.Package, foundation) {
				owner = f.Package
				for i, u := range img.updates(owner) {
					place[u.Name] = i - 1<<20 // before features without a manifest
				}
			}
		}
		slices.SortStableFunc(list, func(a, b cbs.Feature) int { return place[a.Name] - place[b.Name] })
		listFeatures(r, owner, list)
		return nil
	})
}

func listFeatures(r *run, owner string, list []cbs.Feature) {
	var records [][]field
	for _, f := range list {
		records = append(records, []field{{"Feature Name", f.Name}, {"State", f.Status}})
	}
	r.out.line("Features listing for package : %s", owner)
	r.out.line("")
	r.out.records(records, "(No features found for this package)")
}

func getFeatureInfo(r *run) error {
	name, err := r.need("FeatureName")
	if err != nil {
		return err
	}
	return r.inspect(func(img *serviced) error {
		list, err := img.records().Features()
		if err != nil {
			return err
		}
		f := featureNamed(list, name)
		if f == nil {
			return unknownFeature(name)
		}
		u, err := img.update(*f)
		if err != nil {
			return err
		}
		r.out.line("Feature Information:")
		r.out.line("")
		restart := "Possible"
		if u.Restart != "" {
			restart = words(u.Restart)
		}
		r.out.record([]field{{"Feature Name", f.Name}, {"Display Name", u.DisplayName}, {"Description", u.Description},
			{"Restart Required", restart}, {"State", f.Status}})
		r.out.line("Custom Properties:")
		r.out.line("")
		r.out.line("(No custom properties found)")
		r.out.line("")
		return nil
	})
}

func featureNamed(list []cbs.Feature, name string) *cbs.Feature {
	i := slices.IndexFunc(list, func(f cbs.Feature) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func unknownFeature(name string) error {
	return &failure{code: errUnknownUpdate, lines: []string{"Feature name " + name + " is unknown.", "A Windows feature name was not recognized.",
		`Use the "/Get-Features" option to find the name of the feature in the image and try the command again.`}}
}

func enableFeature(r *run) error {
	return changeFeatures(r, "Enabling feature(s)", (*featureChange).enable)
}

func disableFeature(r *run) error {
	return changeFeatures(r, "Disabling feature(s)", (*featureChange).disable)
}

// featureChange changes features of an image in a run of DISM.
type featureChange struct {
	*run
	img  *serviced
	list []cbs.Feature
}

// changeFeatures changes the features on the command line.
func changeFeatures(r *run, doing string, change func(*featureChange, *cbs.Feature) error) error {
	names := r.args.all("FeatureName")
	if len(names) == 0 {
		return missingOption("featurename")
	}
	return r.service(func(img *serviced) error {
		list, err := img.records().Features()
		if err != nil {
			return err
		}
		for _, name := range names {
			if featureNamed(list, name) == nil {
				return unknownFeature(name)
			}
		}
		c := &featureChange{run: r, img: img, list: list}
		r.out.line("%s", doing)
		for i, name := range names {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			if err := change(c, featureNamed(list, name)); err != nil {
				return err
			}
		}
		r.out.progress()
		return nil
	})
}

// enable enables a feature; with /All also its parents.
func (c *featureChange) enable(f *cbs.Feature) error {
	u, err := c.img.update(*f)
	if err != nil {
		return err
	}
	for _, name := range u.Parents {
		parent := featureNamed(c.list, name)
		switch {
		case parent == nil || on(parent.Status):
		case !c.args.has("All"):
			return fail(errUnsupported, "The feature %s can't be enabled while its parent %s is disabled. Enable that one first, or use /All.", f.Name, parent.Name)
		default:
			if err := c.enable(parent); err != nil {
				return err
			}
		}
	}
	if on(f.Status) {
		return nil
	}
	if f.Status == cbs.Resolved.Feature() && !c.source() {
		return known(errSourceMissing)
	}
	state := cbs.Installed
	if u.Restart == "required" {
		state = cbs.InstallPending
		c.restart()
	}
	return c.set(f, state)
}

func on(status string) bool { return status == "Enabled" || status == "Enable Pending" }

// source reports whether there is a source with content, such as a Windows folder or a folder
// with packages.
func (c *featureChange) source() bool {
	for _, dir := range c.args.all("Source") {
		if found, err := os.ReadDir(dir); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// disable disables a feature and its children.
func (c *featureChange) disable(f *cbs.Feature) error {
	state := cbs.Staged
	if c.args.has("Remove") {
		state = cbs.Resolved
	}
	if err := c.set(f, state); err != nil {
		return err
	}
	for i := range c.list {
		child := &c.list[i]
		if !on(child.Status) {
			continue
		}
		u, err := c.img.update(*child)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(u.Parents, func(p string) bool { return strings.EqualFold(p, f.Name) }) {
			if err := c.set(child, cbs.Staged); err != nil {
				return err
			}
		}
	}
	return nil
}

// set records a feature's state in the image.
func (c *featureChange) set(f *cbs.Feature, state cbs.State) error {
	f.Status = state.Feature()
	if f.Package != "" {
		if err := c.img.setNumber(cbsRecords+`\`+f.Package+`\Updates`, f.Name, uint32(state)); err != nil {
			return err
		}
	}
	notification := cbsKey + `\Notifications\OptionalFeatures\` + f.Name
	if _, err := c.img.registry.Values(notification); err != nil {
		if f.Package != "" {
			return nil // not every feature has one
		}
		return err
	}
	selection, removed := uint32(0), uint32(0)
	if on(f.Status) {
		selection = 1
	}
	if state == cbs.Resolved {
		removed = 1
	}
	if err := c.img.setNumber(notification, "Selection", selection); err != nil {
		return err
	}
	return c.img.setNumber(notification, "Removed", removed)
}
