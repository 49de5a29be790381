package driver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

// resolve reads the packages in the source.
func resolve(ctx context.Context, host providers.Host, d *driver) error {
	t, err := openTree(ctx, host, d)
	if err != nil {
		return err
	}
	defer t.Close()
	t.signatures = true
	packages, err := t.packages(ctx, d)
	if _, parts := providers.PartsOf(err); err != nil && !parts {
		return err
	} else if len(packages) == 0 {
		return whole(err)
	}
	d.Packages, d.Content = map[string]pack{}, map[string]content{}
	for _, l := range packages {
		d.Packages[l.key()], d.Content[l.key()] = l.pack, l.content
	}
	return err
}

// details are the packages with version, provider and signer.
func details(d driver, _, _ string) []providers.Detail {
	list, arch := providers.Detail{Name: "driver"}, providers.Detail{Name: "arch"}
	for _, name := range slices.Sorted(maps.Keys(d.Packages)) {
		p := d.Packages[name]
		signed := "unsigned"
		if p.Signer != nil {
			signed = "signed by " + *p.Signer
		}
		list.Values = append(list.Values, fmt.Sprintf("%s %s, %s, %s", p.OriginalName, p.Version, p.Provider, signed))
		arch.Values = append(arch.Values, p.Archs...)
	}
	slices.Sort(arch.Values)
	arch.Values = slices.Compact(arch.Values)
	return []providers.Detail{list, arch}
}

// packages returns the packages that pass the filters.
func (t *tree) packages(ctx context.Context, d *driver) ([]*loaded, error) {
	var list []*loaded
	var errs []error
	left := map[string]int{} // left out by the filters
	same := map[string]*loaded{}
	for _, name := range t.infs {
		if _, planned := d.Packages[cty.NormalizeString(name)]; d.Packages != nil && !planned {
			continue
		}
		l, filter, err := t.load(ctx, d, name)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			errs = append(errs, ofPart(err, name))
			continue
		case l == nil:
			left[filter]++
			continue
		}
		id := l.identity()
		switch first := same[id]; {
		case first == nil:
			same[id] = l
			list = append(list, l)
		case first.pack.Digest != l.pack.Digest:
			errs = append(errs, ofPart(providers.Problemf("source", "Two drivers with the same INF file",
				"%s and %s are both %s: their INF files are the same, but other files differ. The driver store has one package for an INF. Exclude one of them.", t.path(first.inf), t.path(l.inf), l.pack.title()), name))
		}
	}
	if allLeft := d.Packages != nil && len(d.Packages) == 0; len(errs) == 0 && len(list) == 0 && !allLeft {
		errs = append(errs, t.nothing(left))
	}
	return list, joined(errs)
}

// ofPart makes a problem that of one package.
func ofPart(err error, name string) error {
	if p, ok := errors.AsType[*providers.Problem](err); ok {
		p.Part = cty.NormalizeString(name)
	}
	return err
}

// whole makes problems those of the source: no package of it is left.
func whole(err error) error {
	for _, e := range providers.Problems(err) {
		if p, ok := errors.AsType[*providers.Problem](e); ok {
			p.Part = ""
		}
	}
	return err
}

// joined returns the first of many problems, and how many more there are.
func joined(errs []error) error {
	if _, parts := providers.PartsOf(errors.Join(errs...)); parts {
		return errors.Join(errs...)
	}
	if more := len(errs) - maxTold; more > 0 {
		errs = append(errs[:maxTold:maxTold], providers.Problemf("source", "Invalid source", "It has %d more problems.", more))
	}
	return errors.Join(errs...)
}

// nothing says why the source has no package to add.
func (t *tree) nothing(left map[string]int) error {
	if t.single && left[""] > 0 {
		return providers.Problemf("source", "Not a driver", "%s installs nothing on any architecture that Windows has: no section of [Manufacturer] lists a device, and there is no [DefaultInstall].", t.path(t.infs[0]))
	}
	var parts []string
	attr := "source"
	for _, filter := range sorted(left) {
		if filter == "" {
			parts = append(parts, fmt.Sprintf("%d install nothing", left[filter]))
			continue
		}
		attr = filter
		parts = append(parts, fmt.Sprintf("%d do not match %s", left[filter], filter))
	}
	return providers.Problemf(attr, "No drivers found", "None of the INF files (%d) in %s can be added: %s.", len(t.infs), t.name, strings.Join(parts, ", "))
}

// identity is what a driver store has only once: an INF.
func (l *loaded) identity() string {
	return nt.Fold(l.pack.OriginalName) + "|" + l.digests[path.Base(l.inf)].SHA256
}

// digest identifies the names and contents of all files.
func (l *loaded) digest() string {
	h := sha256.New()
	for _, name := range sorted(l.digests) {
		fmt.Fprintf(h, "%s %s\n", nt.Fold(name), l.digests[name].SHA256)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
