package dismemu

import (
	"bytes"
	"encoding/xml"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/image/servicing"
)

const foundation = "Microsoft-Windows-Foundation-Package~"

// update is what the manifest of a package says of a feature.
type update struct {
	Name        string `xml:"name,attr"`
	DisplayName string `xml:"displayName,attr"`
	Description string `xml:"description,attr"`
	Restart     string `xml:"restart,attr"`

	// What must be enabled before: updates of the package, or of the one it is for.
	Siblings []named `xml:"applicable>detectUpdate>update"`
	Above    []named `xml:"applicable>detectUpdate>parent"`
}

type named struct {
	Name string `xml:"name,attr"`
}

// parents returns the names of the features that must be enabled before one is. They
// are in the manifest of a package that delegates its features to another one, or of
// that itself; so all that there are are looked through.
func (img *serviced) parents(f servicing.Feature) ([]string, error) {
	found, err := fs.Glob(img.files, manifests+"/*.mum")
	if err != nil {
		return nil, err
	}
	for _, name := range append([]string{manifests + "/" + f.Package + ".mum"}, found...) {
		identity := strings.TrimSuffix(path.Base(name), ".mum")
		if parts := strings.Split(identity, "~"); len(parts) == 5 && parts[3] != "" {
			continue // of a language: its share of what another package has
		}
		for _, u := range img.updates(identity) {
			if !strings.EqualFold(u.Name, f.Name) {
				continue
			}
			var names []string
			for _, n := range append(u.Siblings, u.Above...) {
				names = append(names, n.Name)
			}
			return names, nil
		}
	}
	return nil, nil
}

// updates returns what the manifest of a package says of its features, in its order.
func (img *serviced) updates(identity string) []update {
	data, err := img.readFile(manifests + "/" + identity + ".mum")
	if err != nil {
		return nil
	}
	var manifest struct {
		Package struct {
			Updates []update `xml:"update"`
		} `xml:"package"`
	}
	if xml.NewDecoder(bytes.NewReader(data)).Decode(&manifest) != nil {
		return nil
	}
	return manifest.Package.Updates
}

func (img *serviced) update(f servicing.Feature) update {
	all := img.updates(f.Package)
	if i := slices.IndexFunc(all, func(u update) bool { return strings.EqualFold(u.Name, f.Name) }); i >= 0 {
		return all[i]
	}
	return update{Name: f.Name}
}

func (r *run) getFeatures() error {
	return r.inspect(func(img *serviced) error {
		if name, ok := r.args.get("PackageName"); ok {
			return r.packageFeatures(img, name)
		}
		list, _, err := servicing.Features(r.ctx, img)
		if err != nil {
			return err
		}
		owner := ""
		place := map[string]int{}
		for _, f := range list {
			if owner == "" && strings.HasPrefix(f.Package, foundation) {
				owner = f.Package
				for i, u := range img.updates(owner) {
					place[u.Name] = i - 1<<20 // before those that no manifest has
				}
			}
		}
		slices.SortStableFunc(list, func(a, b servicing.Feature) int { return place[a.Name] - place[b.Name] })
		var records [][]field
		for _, f := range list {
			records = append(records, []field{{"Feature Name", f.Name}, {"State", words(f.Status)}})
		}
		r.out.line("Features listing for package : %s", owner)
		r.out.line("")
		r.out.records(records, "(No features found for this package)", r.table())
		return nil
	})
}

func (r *run) getFeatureInfo() error {
	name, err := r.need("FeatureName")
	if err != nil {
		return err
	}
	return r.inspect(func(img *serviced) error {
		list, _, err := servicing.Features(r.ctx, img)
		if err != nil {
			return err
		}
		f := featureNamed(list, name)
		if f == nil {
			return unknownFeature(name)
		}
		u := img.update(*f)
		r.out.line("Feature Information:")
		r.out.line("")
		restart := "Possible"
		if u.Restart != "" {
			restart = words(u.Restart)
		}
		r.out.record([]field{{"Feature Name", f.Name}, {"Display Name", u.DisplayName}, {"Description", u.Description},
			{"Restart Required", restart}, {"State", words(f.Status)}})
		r.noProperties()
		return nil
	})
}

func featureNamed(list []servicing.Feature, name string) *servicing.Feature {
	i := slices.IndexFunc(list, func(f servicing.Feature) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func unknownFeature(name string) error {
	return &failure{code: errUnknownUpdate, lines: []string{"Feature name " + name + " is unknown.", "A Windows feature name was not recognized.",
		`Use the "/Get-Features" option to find the name of the feature in the image and try the command again.`}}
}

func (r *run) enableFeature() error {
	return r.changeFeatures("Enabling feature(s)", (*featureChange).enable)
}

func (r *run) disableFeature() error {
	return r.changeFeatures("Disabling feature(s)", (*featureChange).disable)
}

// featureChange is a change of features.
type featureChange struct {
	*run
	img  *serviced
	list []servicing.Feature
}

// changeFeatures enables or disables the features that are named.
func (r *run) changeFeatures(doing string, change func(*featureChange, *servicing.Feature) error) error {
	names := r.args.all("FeatureName")
	if len(names) == 0 {
		return missingOption("featurename")
	}
	return r.service(func(img *serviced) error {
		list, _, err := servicing.Features(r.ctx, img)
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

// enable enables a feature; with /All those that must be before.
func (c *featureChange) enable(f *servicing.Feature) error {
	parents, err := c.img.parents(*f)
	if err != nil {
		return err
	}
	for _, name := range parents {
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
	if f.Status == servicing.Resolved.Feature() && !c.source() {
		return known(errSourceMissing)
	}
	state := servicing.Installed
	if c.img.update(*f).Restart == "required" {
		state = servicing.InstallPending
		c.restart()
	}
	return c.set(f, state)
}

func on(status string) bool { return status == "enabled" || status == "enable_pending" }

// source tells whether one of the sources has anything to restore a feature from: it
// is a Windows, or a folder with packages or components in it.
func (c *featureChange) source() bool {
	for _, dir := range c.args.all("Source") {
		if found, err := os.ReadDir(dir); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// disable disables a feature and those that it is a parent of.
func (c *featureChange) disable(f *servicing.Feature) error {
	state := servicing.Staged
	if c.args.has("Remove") {
		state = servicing.Resolved
	}
	if err := c.set(f, state); err != nil {
		return err
	}
	for i := range c.list {
		child := &c.list[i]
		if !on(child.Status) {
			continue
		}
		parents, err := c.img.parents(*child)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(parents, func(p string) bool { return strings.EqualFold(p, f.Name) }) {
			if err := c.set(child, servicing.Staged); err != nil {
				return err
			}
		}
	}
	return nil
}

// set records a feature's state where the image records it.
func (c *featureChange) set(f *servicing.Feature, state servicing.State) error {
	f.Status = state.Feature()
	if f.Package != "" {
		if err := c.img.setNumber(cbsRecords+`\`+f.Package+`\Updates`, f.Name, uint32(state)); err != nil {
			return err
		}
	}
	notification := cbs + `\Notifications\OptionalFeatures\` + f.Name
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
	if state == servicing.Resolved {
		removed = 1
	}
	if err := c.img.setNumber(notification, "Selection", selection); err != nil {
		return err
	}
	return c.img.setNumber(notification, "Removed", removed)
}
