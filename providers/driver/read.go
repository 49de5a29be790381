package driver

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
)

// held is what an image has of drivers with some names.
type held struct {
	files  image.Files
	store  []driverstore.Package
	infs   map[string]*storedINF // of the store, by key
	queue  []queued
	target inf.Target // the image's architecture; AnyArch if it does not say
}

// look reads what an image has of the packages with these INF files.
func look(ctx context.Context, s image.Session, names []string) (*held, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	h := &held{files: files}
	if h.store, err = driverstore.Named(ctx, s, names...); err != nil {
		return nil, err
	}
	if h.queue, err = queuedIn(s); err != nil {
		return nil, err
	}
	info, err := s.Info(ctx)
	h.target = driverstore.Target(info)
	return h, err
}

// aim is the Windows that the packages are for, or a problem if they can't be for this image.
func (h *held) aim(d *driver) (inf.Target, error) {
	t := h.target
	switch {
	case d.Arch == nil && t.Arch == inf.AnyArch:
		return t, providers.Problemf("source", "Unknown architecture", "The image does not say what its architecture is. Set arch.")
	case d.Arch != nil && t.Arch == inf.AnyArch:
		var err error
		t.Arch, err = inf.ParseArch(*d.Arch)
		return t, err
	case d.Arch != nil && *d.Arch != t.Arch.String():
		return t, providers.Problemf("arch", "Wrong architecture", "The image is for %s; drivers for %s do not run there.", t.Arch, *d.Arch)
	}
	return t, nil
}

// suits reports whether a package has anything for a Windows.
func (c *content) suits(p pack, t inf.Target) bool {
	if !slices.Contains(p.Archs, t.Arch.String()) {
		return false
	}
	if len(c.Targets) == 0 { // a driver without a device
		return true
	}
	return slices.ContainsFunc(c.Targets, func(text string) bool {
		d, err := inf.ParseDecoration(text)
		if text == "" {
			d, err = inf.Decoration{}, nil
		}
		return err == nil && d.Matches(t) && (d.Arch != inf.AnyArch || d.Template || t.Arch == inf.X86)
	})
}

// names are the INF files of all packages that the resource is about.
func (d *driver) names() []string {
	var list []string
	for _, p := range d.Packages {
		list = append(list, p.OriginalName)
	}
	if d.OriginalName != nil {
		list = append(list, *d.OriginalName)
	}
	return list
}

func read(ctx context.Context, s image.Session, want driver) (*driver, error) {
	h, err := look(ctx, s, want.names())
	if err != nil {
		return nil, err
	}
	if want.Packages == nil {
		return h.named(want)
	}
	t, err := h.aim(&want)
	if err != nil {
		return nil, err
	}
	have := &driver{
		Source: want.Source, OriginalName: want.OriginalName, Provider: want.Provider, Version: want.Version,
		Packages: map[string]pack{}, Applies: map[string]providers.Applies{},
	}
	var errs []error
	suiting := 0
	for _, name := range sorted(want.Packages) {
		p, c := want.Packages[name], want.Content[name]
		if !c.suits(p, t) {
			have.Packages[name] = p // left out
			continue
		}
		suiting++
		how, err := h.has(p, c, t)
		switch {
		case err != nil:
			return nil, err
		case how != "":
			have.Packages[name], have.Applies[name] = p, how
		default:
			errs = append(errs, obstacles(&want, name, t)...)
			if err := h.other(have, name, p, c, t); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if suiting == 0 {
		errs = append(errs, want.wrongTarget(t))
	}
	if err := joined(errs); err != nil {
		return nil, err
	}
	if len(have.Applies) == 0 {
		return nil, nil
	}
	return have, nil
}

// other returns a problem if Windows itself has a package with the same INF and other files: the
// store has one package for an INF.
func (h *held) other(have *driver, name string, p pack, c content, t inf.Target) error {
	for i := range h.store {
		s := &h.store[i]
		if s.Arch != t.Arch.String() || !h.sameINF(s, p, c) {
			continue
		}
		if s.Inbox {
			return &providers.Problem{Attr: "source", Part: name, Summary: "Driver of Windows with other files", Detail: fmt.Sprintf(
				"%s has the same INF as %s, which came with Windows, but other files. The driver store has one package for an INF, and Windows' package stays.", name, s.PublishedName)}
		}
		have.Packages[name], have.Applies[name] = packOf(*s), other
	}
	return nil
}

// wrongTarget is the problem that no package is for the image, or that all are left out.
func (d *driver) wrongTarget(t inf.Target) error {
	const shown = 5
	if len(d.Packages) == 0 {
		return providers.Problemf("source", "No drivers left", "None of its packages can be added; for each, a warning says why it is left out.")
	}
	var parts []string
	for i, name := range sorted(d.Packages) {
		if i == shown {
			parts = append(parts, fmt.Sprintf("and %d more", len(d.Packages)-shown))
			break
		}
		parts = append(parts, fmt.Sprintf("%s is for %s", name, strings.Join(targets(d.Packages[name], d.Content[name]), " ")))
	}
	return providers.Problemf("source", "No drivers for this image", "The image is for %s, and no package is: %s.", t, strings.Join(parts, ", "))
}

// targets are what a package is for, in the words of its INF where it has any: a
// section of models may have no decoration.
func targets(p pack, c content) []string {
	if len(c.Targets) == 0 || slices.Contains(c.Targets, "") {
		return p.Archs
	}
	return c.Targets
}

// obstacles are why a package can't be put into an image.
func obstacles(d *driver, name string, t inf.Target) []error {
	p, c := d.Packages[name], d.Content[name]
	var errs []error
	arch := t.Arch.String()
	missing := c.Missing[arch]
	for _, missing := range missing {
		errs = append(errs, &providers.Problem{Attr: "source", Part: name, Summary: "Incomplete driver", Detail: missing + ". Copy the whole package, as its vendor unpacks it."})
	}
	if why, unsigned := c.Unsigned[arch]; unsigned && len(missing) == 0 && !*d.ForceUnsigned {
		errs = append(errs, &providers.Problem{Attr: "source", Part: name, Summary: "Unsigned driver", Detail: fmt.Sprintf("%s: %s. Windows would refuse it. Set force_unsigned = true to add it all the same.", p.title(), why)})
	}
	return errs
}
